"""This month beside the past."""

from lib.web import benchmarks_page

benchmarks_page.show()

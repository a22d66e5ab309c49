"""One metric in full; ``?slug=`` names it."""

from lib.web import metric_page

metric_page.show()

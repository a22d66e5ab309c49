"""Who is on trial, and what became of the others."""

from lib.web import trials_page

trials_page.show()

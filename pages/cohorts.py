"""Who stays, by when they first paid."""

from lib.web import cohorts_page

cohorts_page.show()

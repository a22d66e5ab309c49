"""Why customers leave, in figures and in their words."""

from lib.web import cancellations_page

cancellations_page.show()

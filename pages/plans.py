"""What each plan is worth, and who is on it."""

from lib.web import plans_page

plans_page.show()

"""Connected accounts, API keys, and who is signed in."""

from lib.web import settings_page

settings_page.show()

"""Where an invitation's link leads."""

from lib.web import join_page

join_page.show()

"""Every customer, with search and filters."""

from lib.web import customers_page

customers_page.show()

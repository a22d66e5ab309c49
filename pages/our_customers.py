"""Who uses this server, on which plan, and what it brings us: for whoever runs it."""

from lib.web import customers_of_ours_page

customers_of_ours_page.show()

"""One customer and their history; ``?id=`` names it."""

from lib.web import customer_page

customer_page.show()

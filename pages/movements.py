"""How MRR went from one day to another."""

from lib.web import movements_page

movements_page.show()

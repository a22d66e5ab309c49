"""Money in, money out, and what went to the bank."""

from lib.web import cash_flow_page

cash_flow_page.show()

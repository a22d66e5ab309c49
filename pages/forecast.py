"""Where MRR and cash may go in the twelve months to come."""

from lib.web import forecast_page

forecast_page.show()

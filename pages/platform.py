"""Is this server set up at Stripe, and how does it show itself: for whoever runs it."""

from lib.web import platform_page

platform_page.show()

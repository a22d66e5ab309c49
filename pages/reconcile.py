"""Our cash and subscriptions beside Stripe's own lists."""

from lib.web import reconcile_page

reconcile_page.show()

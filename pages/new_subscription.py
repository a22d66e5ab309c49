"""A new subscription for a customer of one's own, made at Stripe."""

from lib.web import new_subscription_page

new_subscription_page.show()

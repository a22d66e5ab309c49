"""Stripe's own MRR of each customer beside ours."""

from lib.web import compare_page

compare_page.show()

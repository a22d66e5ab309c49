"""Connect a Stripe account, and watch its history arrive."""

from lib.web import connect

connect.show()

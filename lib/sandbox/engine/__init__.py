"""The billing engine of the stand-in Stripe: plain functions over one `State`, moved by a clock.

Bottom up: calendar, state, pricing, fx < shapes_* < discounts, truth < balance < payments < invoicing < dunning
< subscriptions < changes < clock < demo. Objects are replaced, never changed in place, so an event can keep the
object it tells of without copying it.
"""

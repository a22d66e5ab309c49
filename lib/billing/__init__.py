"""Our own plans: what they cost and unlock, who has paid, and the way to Stripe's pages where they pay."""

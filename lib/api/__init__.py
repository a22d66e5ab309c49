"""What speaks HTTP beside the pages: sessions, OAuth, webhooks, health, metrics. Imports nothing of the screen."""

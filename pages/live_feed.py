"""What happened lately, as it happens."""

from lib.web import feed_page

feed_page.show()

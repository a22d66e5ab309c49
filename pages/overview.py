"""The overview of one account."""

from lib.web import overview

overview.show()

"""How recurring revenue is counted, with old and new side by side."""

from lib.web import rules_page

rules_page.show()

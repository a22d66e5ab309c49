"""Failed payments: who to call, who is at risk, what was won back."""

from lib.web import failed_page

failed_page.show()

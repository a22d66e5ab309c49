"""The pages, declared once: the menu, the deep links and the tests of the login guard all read PAGES."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True)
class Page:
    """One page: its title in the menu, its Material icon, its file in ``pages/`` and its address below ``/``."""

    title: str
    icon: str
    file: str
    url_path: str
    hidden: bool = False
    """Not in the menu: links lead to it."""

    @property
    def path(self) -> Path:
        """The page's file, absolute: Streamlit then looks for no ``pages/`` folder beside the main script."""
        return FOLDER / self.file

    @property
    def address(self) -> str:
        """The page's address on this site; the first page is at ``/``."""
        return f"/{'' if self is PAGES[0] else self.url_path}"


PAGES: Final = (
    Page("Overview", ":material/dashboard:", "overview.py", "overview"),
    Page("Metric", ":material/show_chart:", "metric.py", "metric"),
    Page("Customers", ":material/group:", "customers.py", "customers"),
    Page("Customer", ":material/person:", "customer.py", "customer", hidden=True),
    Page("Failed charges", ":material/credit_card_off:", "failed_charges.py", "failed-charges"),
    Page("Plans", ":material/sell:", "plans.py", "plans"),
    Page("Cohorts", ":material/table_chart:", "cohorts.py", "cohorts"),
    Page("Cancellations", ":material/person_remove:", "cancellations.py", "cancellations"),
    Page("Connect", ":material/link:", "connect.py", "connect"),
    Page("Rules", ":material/tune:", "rules.py", "rules"),
    Page("Settings", ":material/settings:", "settings.py", "settings"),
)

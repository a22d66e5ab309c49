"""The pages, declared once: the menu, the deep links and the tests of the login guard all read PAGES."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True)
class Page:
    """One page: its title in the menu, its Material icon, its file in ``pages/`` and its address below ``/``.

    ``section`` is its place in the menu, by default the one of SECTIONS that names it; ``hidden`` pages are in no menu;
    those of an ``operator`` are in the menu of whoever runs this server alone, and refuse everybody else by themselves.
    """

    title: str
    icon: str
    file: str
    url_path: str
    section: str | None = None
    hidden: bool = False
    operator: bool = False

    @property
    def path(self) -> Path:
        """The page's file, absolute: Streamlit then looks for no ``pages/`` folder beside the main script."""
        return FOLDER / self.file

    @property
    def menu(self) -> str:
        """The section it stands in."""
        named = next((name for name, pages in SECTIONS.items() if self.title in pages), _ELSEWHERE)
        return named if self.section is None else self.section

    @property
    def address(self) -> str:
        """The page's address on this site; the first page is at ``/``."""
        return f"/{'' if self is PAGES[0] else self.url_path}"


SECTIONS: Final = {
    "": ("Overview", "Live feed", "Metrics", "Movements"),
    "Customers": ("Customers", "Trials", "Failed charges", "Cancellations"),
    "Analysis": ("Plans", "Cohorts", "Cash flow", "Benchmarks", "Forecast"),
    "Proof": ("Reconcile", "Compare with Stripe", "Exports"),
    "Set-up": ("Connect", "Rules", "Settings", "Platform", "Our customers"),
}
"""The menu's sections and the titles in them, both in the menu's order; the first section has no heading."""
_ELSEWHERE: Final = "Analysis"


def menu() -> dict[str, list[Page]]:
    """PAGES by section, in the menu's order; sections without pages are left out."""
    order = [title for titles in SECTIONS.values() for title in titles]
    pages = sorted(PAGES, key=lambda page: order.index(page.title) if page.title in order else len(order))
    found = {name: [page for page in pages if page.menu == name] for name in SECTIONS}
    return {name: pages for name, pages in found.items() if pages}


PAGES: Final = (
    Page("Overview", ":material/dashboard:", "overview.py", "overview"),
    Page("Metrics", ":material/show_chart:", "metric.py", "metric"),
    Page("Movements", ":material/stacked_bar_chart:", "movements.py", "movements"),
    Page("Live feed", ":material/bolt:", "live_feed.py", "live-feed"),
    Page("Customers", ":material/group:", "customers.py", "customers"),
    Page("Customer", ":material/person:", "customer.py", "customer", section="Customers", hidden=True),
    Page("Failed charges", ":material/credit_card_off:", "failed_charges.py", "failed-charges"),
    Page("Trials", ":material/hourglass_top:", "trials.py", "trials"),
    Page("Cash flow", ":material/account_balance:", "cash_flow.py", "cash-flow"),
    Page("Plans", ":material/sell:", "plans.py", "plans"),
    Page("Cohorts", ":material/table_chart:", "cohorts.py", "cohorts"),
    Page("Benchmarks", ":material/leaderboard:", "benchmarks.py", "benchmarks"),
    Page("Forecast", ":material/trending_up:", "forecast.py", "forecast"),
    Page("Cancellations", ":material/person_remove:", "cancellations.py", "cancellations"),
    Page("Reconcile", ":material/balance:", "reconcile.py", "reconcile"),
    Page("Compare with Stripe", ":material/compare_arrows:", "compare.py", "compare"),
    Page("Exports", ":material/download:", "exports.py", "exports"),
    Page("Connect", ":material/link:", "connect.py", "connect"),
    Page("Rules", ":material/tune:", "rules.py", "rules"),
    Page("Settings", ":material/settings:", "settings.py", "settings"),
    Page("Platform", ":material/construction:", "platform.py", "platform", operator=True),
    Page("Our customers", ":material/storefront:", "our_customers.py", "our-customers", operator=True),
    Page(
        "New subscription",
        ":material/add_card:",
        "new_subscription.py",
        "new-subscription",
        section="Customers",
        hidden=True,
    ),
    Page("Join a team", ":material/group_add:", "join.py", "join", section="Set-up", hidden=True),
)

"""What a page's figures must be: the command line's, and where it has no such figure a report's or Stripe's objects'.

The command line runs in this process, beside the app and on the same database, so that dozens of figures take seconds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from typer.testing import CliRunner

from lib import settings as settings_module
from lib.accounts import sessions, team
from lib.accounts.roles import Role
from lib.accounts.sessions import SignedIn
from lib.api import answers
from lib.charts.scale import Scale
from lib.cli.main import app
from lib.metrics import catalog
from lib.metrics.registry import Total, Unit
from lib.money import MICRO, exponent
from lib.periods import add_months
from lib.settings import Settings
from lib.store import engine
from lib.store.secrets import digest
from lib.web.words import scale_count
from tests.conftest import AppServer

if TYPE_CHECKING:
    from tests.browser.conftest import Walked

T = TypeVar("T")
CENTS = 10 ** exponent("usd")


@contextmanager
def beside(server: AppServer, **settings: object) -> Iterator[None]:
    """This process as another one of the same server."""
    settings_module.replace(Settings.model_validate({"data_dir": server.data_dir, "billing": False, **settings}))
    try:
        yield
    finally:
        engine.engine().dispose()
        settings_module.replace(None)


@dataclass
class Truth:
    """The account's figures as a reader of ``locale`` writes them."""

    walked: Walked
    locale: str = "en_US"
    today: date = field(default_factory=date.today)

    # --- Asking ---

    def cli(self, *arguments: str) -> str:
        """What the command prints."""
        with beside(self.walked.server):
            done = CliRunner().invoke(app, [*arguments, "--account", self.walked.account], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    def report(self, ask: Callable[[str], T]) -> T:
        """What a report says of the account."""
        with beside(self.walked.server):
            return ask(self.walked.account)

    @cached_property
    def moved(self) -> list[dict[str, Any]]:
        """Every row of the MRR ledger; its amounts in micros of the reporting currency under ``micros``."""
        rows = json.loads(self.cli("movements", "--format", "json"))
        return [row | {"micros": int(Decimal(str(row["amount_base"])) * CENTS * MICRO)} for row in rows]

    def objects(self, resource: str) -> list[dict[str, str]]:
        """Stripe's objects as ``export`` writes them."""
        return list(csv.DictReader(io.StringIO(self.cli("export", resource))))

    def raw(self, slug: str, start: date | None = None, end: date | None = None, *, by: str = "") -> Any:  # noqa: ANN401 - JSON
        """A metric's answer of these days, by default today."""
        last = end or self.today
        days = ("--from", (start or last).isoformat(), "--to", last.isoformat())
        split = ("--by", by) if by else ()
        return json.loads(self.cli("metrics", slug, *days, *split, "--format", "json"))

    def value(self, slug: str, start: date | None = None, end: date | None = None) -> float | None:
        """A metric's one number for the days, in raw units."""
        total: float | None = self.raw(slug, start, end)["total"]
        money = catalog.find(slug).unit is Unit.MONEY
        return self.micros(total) if money and total is not None else total

    # --- Writing ---

    @staticmethod
    def micros(major: float) -> int:
        """Dollars as micros."""
        return round(major * CENTS) * MICRO

    @property
    def money(self) -> Scale:
        """The scale of amounts."""
        return Scale(Unit.MONEY, "usd", self.locale)

    def text(self, slug: str, start: date | None = None, end: date | None = None) -> str:
        """A metric's number for the days as pages write it."""
        return self.scale(slug).text(self.value(slug, start, end))

    def card(self, slug: str) -> str:
        """The number on a card: today's of a level, else that of 30 days."""
        level = catalog.find(slug).total is Total.LAST
        return self.scale(slug).card(self.value(slug, None if level else self.ago(29)))

    def scale(self, slug: str) -> Scale:
        """The metric's scale."""
        return Scale(catalog.find(slug).unit, "usd", self.locale)

    def count(self, number: int) -> str:
        """A whole number."""
        return scale_count(number, self.money)

    # --- Days and people ---

    def ago(self, days: int) -> date:
        """So many days ago."""
        return self.today - timedelta(days=days)

    @property
    def year(self) -> date:
        """The first day of the span that pages begin with: twelve months, this one counted."""
        return add_months(self.today.replace(day=1), -11)

    @cached_property
    def customer(self) -> str:
        """The customer who is worth most today."""
        return max({row["customer"] for row in self.moved}, key=self.worth)

    def worth(self, customer: str) -> int:
        """What their movements add up to, in micros."""
        return sum(row["micros"] for row in self.moved if row["customer"] == customer)

    def user(self) -> SignedIn:
        """Who is signed in."""
        token = next(each["value"] for each in self.walked.state["cookies"] if each["name"] == "plimsoll")
        return self.report(lambda _account: _known(token))

    @cached_property
    def invitation(self) -> str:
        """The token of a link that invites to the workspace."""
        user = self.user()
        return self.report(lambda _account: team.invite(user, Role.MEMBER, "Grace", now=answers.now()).token)


def _known(token: str) -> SignedIn:
    found = sessions.find(digest(token), now=answers.now())
    assert found
    return found

"""Our own customers, for whoever runs this server: every workspace, what it has, and what it brings us."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lib.accounts.sessions import SignedIn
from lib.billing import access, begun, moment
from lib.billing.access import Access, State
from lib.billing.operators import require_operator
from lib.billing.plans import CURRENCY
from lib.money import MICRO, major, rounded
from lib.settings import settings
from lib.store import billing
from lib.store.engine import Db, reading
from lib.store.tables import BillingCustomer, BillingSubscription

DASHBOARD: Final = "https://dashboard.stripe.com"
_REAL: Final = "https://api.stripe.com"
WORDS: Final = {
    State.OFF: "Nothing is charged",
    State.FREE: "On Free",
    State.WELCOME: "Here before plans were sold",
    State.TRIAL: "On trial",
    State.ACTIVE: "Paying",
    State.ENDING: "Cancelled, runs out",
    State.GRACE: "In grace: the last payment failed",
    State.LAPSED: "Lapsed: not paid",
    State.UNFINISHED: "First payment not through yet",
}
"""The states in words."""


@dataclass(frozen=True, slots=True)
class Line:
    """A workspace: its connected accounts as (acct_ id, name), its ``cus_`` id, and its MRR to us in micros.

    ``owed``: what its open invoices come to, of plans that have ended too, minor units; ``since``: when its first
    subscription began, epoch seconds; ``created``: when the workspace was made; ``elsewhere``: another Stripe key of
    ours sold to it, which says nothing here.
    """

    workspace: str
    name: str
    accounts: tuple[tuple[str, str], ...]
    customer: str | None
    access: Access
    mrr: int
    owed: int
    since: int | None
    created: int
    people: int
    elsewhere: bool = False

    @property
    def plan(self) -> str:
        """The plan that it has or has not paid."""
        return self.access.bought.name

    @property
    def status(self) -> str:
        """Its state in words."""
        words = WORDS[self.access.state]
        return f"{words}; sold with another Stripe key" if self.elsewhere else words

    def matches(self, search: str) -> bool:
        """Whether the words of a search are all found in what is shown of it."""
        names = (each for account in self.accounts for each in account)
        shown = " ".join((self.name, self.workspace, self.customer or "", self.plan, self.status, *names)).lower()
        return all(word in shown for word in search.lower().split())


@dataclass(frozen=True, slots=True)
class Overview:
    """The lines that were asked for, and what all of them come to. MRR is micros of CURRENCY, what is owed minor units.

    Who has lapsed brings nothing any more: what they have not paid is owed.
    """

    lines: tuple[Line, ...]

    @property
    def mrr(self) -> int:
        """What they bring us a month: the sum of the lines."""
        return sum(each.mrr for each in self.lines)

    @property
    def owed(self) -> int:
        """What waits to be paid, all in all."""
        return sum(each.owed for each in self.lines)

    @property
    def cents(self) -> tuple[int, ...]:
        """Each line's MRR in minor units, which add up to the total in minor units: see :func:`shared_out`."""
        return shared_out([each.mrr for each in self.lines])

    @property
    def paying(self) -> int:
        """Workspaces that pay for the time that runs now."""
        return self._count(lambda each: each.access.state in {State.ACTIVE, State.ENDING} and each.mrr > 0)

    @property
    def trying(self) -> int:
        """Workspaces on trial, cancelled ones too."""
        tried = {State.TRIAL, State.ENDING}
        return self._count(lambda each: each.access.state in tried and each.mrr == 0)

    def count(self, state: State) -> int:
        """Workspaces that stand so."""
        return self._count(lambda each: each.access.state is state)

    def matching(self, search: str) -> Overview:
        """The lines that a search finds."""
        return Overview(tuple(each for each in self.lines if each.matches(search)))

    def _count(self, fits: Callable[[Line], bool]) -> int:
        return sum(fits(each) for each in self.lines)


def overview(user: SignedIn) -> Overview:
    """Every workspace, those that bring most first. Raises NotTheOperator."""
    require_operator(user)
    now = moment.now()
    welcomes = begun.welcomes(now)
    with reading() as db:
        bought: dict[str, list[BillingSubscription]] = {}
        for row in billing.all_subscriptions(db):
            bought.setdefault(row.workspace, []).append(row)
        customers = {each.workspace: each for each in billing.customers(db)}
        names, people = billing.connected_names(db), billing.people(db)
        owed, elsewhere = _owed(db), set(billing.elsewhere(db).values())
        lines = [
            Line(
                workspace=each.id,
                name=each.name,
                accounts=tuple(names.get(each.id, ())),
                customer=_customer(customers.get(each.id), bought.get(each.id, ())),
                access=access.of_rows(each.id, bought.get(each.id, ()), now, welcome=welcomes.get(each.id)),
                mrr=sum(_mrr(row, now) for row in bought.get(each.id, ())),
                owed=sum(owed.get(row.id, 0) for row in bought.get(each.id, ())),
                since=min((row.created for row in bought.get(each.id, ())), default=None),
                created=each.created,
                people=people.get(each.id, 0),
                elsewhere=each.id in elsewhere,
            )
            for each in billing.workspaces(db)
        ]
    return Overview(tuple(sorted(lines, key=lambda each: (-each.mrr, -each.owed, each.created, each.workspace))))


def _customer(row: BillingCustomer | None, bought: Sequence[BillingSubscription]) -> str | None:
    return row.customer if row else next((each.customer for each in bought), None)


def _mrr(row: BillingSubscription, now: int) -> int:
    """What a subscription brings us a month: nothing once nobody may use it. Another currency is none of our plans."""
    return (row.mrr or 0) if access.holds(row, now) and row.currency in {CURRENCY, None} else 0


def _owed(db: Db) -> Mapping[str, int]:
    """What waits to be paid for each subscription (sub_ id), minor units."""
    found: dict[str, int] = {}
    for bill in billing.open_invoices(db):
        if bill.subscription is not None and bill.currency == CURRENCY:
            found[bill.subscription] = found.get(bill.subscription, 0) + (bill.due or 0)
    return found


def shared_out(micros: Sequence[int]) -> tuple[int, ...]:
    """Micros as minor units that add up to the rounded sum: the largest remainders get the units that are left.

    Of three yearly plans at $24.16⅔ a month two are shown as $24.17 and one as $24.16, because together they bring
    $72.50.
    """
    whole = [each // MICRO for each in micros]
    left = rounded(sum(micros)) - sum(whole)
    largest = sorted(range(len(micros)), key=lambda place: (-(micros[place] % MICRO), place))
    for place in largest[:left]:
        whole[place] += 1
    return tuple(whole)


def link(id_: str, *, livemode: bool | None) -> str | None:
    """A customer's or subscription's page in our own account's dashboard.

    None where Stripe is a stand-in, or the mode not known.
    """
    real = settings().stripe_api_base.rstrip("/") == _REAL and not settings().sandbox_mode
    if livemode is None or not real:
        return None
    kind = "subscriptions" if id_.startswith("sub_") else "customers"
    return f"{DASHBOARD}/{'' if livemode else 'test/'}{kind}/{id_}"


# --- To take along ----------------------------------------------------------------------------------------------------

_COLUMNS: Final = (
    "workspace",
    "name",
    "accounts",
    "account_names",
    "customer",
    "plan",
    "status",
    "mrr",
    "owed",
    "currency",
    "since",
    "people",
)


def as_csv(found: Overview, day: Callable[[int], str], safe: Callable[[str], str]) -> str:
    """The lines as CSV, MRR in major units, which add up to the last row; ``day`` writes epoch seconds as a date.

    ``safe`` disarms text that a spreadsheet would run, as in every report: names are written by strangers.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for line, cents in zip(found.lines, found.cents, strict=True):
        cells = _row(line, cents, day)
        writer.writerow([safe(each) if isinstance(each, str) else each for each in cells])
    total, owed = major(rounded(found.mrr), CURRENCY), major(found.owed, CURRENCY)
    writer.writerow(
        ("Total", "", "", "", "", "", "", total, owed, CURRENCY, "", sum(each.people for each in found.lines))
    )
    return text.getvalue()


def _row(line: Line, cents: int, day: Callable[[int], str]) -> tuple[object, ...]:
    return (
        line.workspace,
        line.name,
        " ".join(account for account, _ in line.accounts),
        ", ".join(name for _, name in line.accounts),
        line.customer or "",
        line.plan,
        line.status,
        major(cents, CURRENCY),
        major(line.owed, CURRENCY),
        CURRENCY,
        day(line.since) if line.since is not None else "",
        line.people,
    )

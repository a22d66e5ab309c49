"""What a workspace has, owes and uses, read in one go for the page that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from lib.accounts import roles
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.billing import access
from lib.billing.access import Access, State
from lib.billing.plans import CURRENCY, Every
from lib.settings import settings
from lib.store import billing, team
from lib.store.engine import Db, reading
from lib.store.tables import BillingInvoice

UNPAID: frozenset[State] = frozenset({State.GRACE, State.LAPSED, State.UNFINISHED})
"""How a workspace stands when something is to be paid before anything else."""
_ENDED: frozenset[State] = frozenset({State.FREE, State.WELCOME})
"""How a workspace stands that may still owe something for a plan that has ended."""
_OPEN: str = "open"
_NEWEST: int = 24


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice that waits to be paid: minor units, and Stripe's page where this one alone is paid, if known.

    ``created``: epoch seconds.
    """

    amount: int
    page: str | None
    created: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What is still to be paid: all in all, minor units of ``currency``, and invoice by invoice, the oldest first."""

    amount: int
    currency: str
    bills: tuple[Bill, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """``amount``: what a period costs in minor units of ``currency``; ``accounts`` and ``people``: how many there are.

    ``owed`` is told to owners alone. ``discounted`` and ``taxed``: whether less or more than ``amount`` may be billed.
    """

    access: Access
    amount: int
    currency: str
    accounts: int
    people: int
    owed: Owed | None
    discounted: bool = False
    taxed: bool = False


def of(user: SignedIn) -> Summary:
    """The workspace that ``user`` looks at."""
    return _of(user, access.of(user.workspace))


def unsold(user: SignedIn) -> Summary | None:
    """The same where no plans are sold any more, by what was bought; None where nothing that was bought still runs."""
    with reading() as db:
        if not billing.live(db, user.workspace):
            return None
    return _of(user, access.bought(user.workspace))


def _of(user: SignedIn, standing: Access) -> Summary:
    with reading() as db:
        mine = {each.id: each for each in billing.subscriptions(db, user.workspace)}
        row = mine.get(standing.subscription or "")
        return Summary(
            standing,
            row.amount if row and row.amount is not None else standing.bought.amount(standing.every or Every.MONTH),
            row.currency if row and row.currency else CURRENCY,
            len(billing.connected(db, user.workspace)),
            len(team.members(db, user.workspace)),
            _owed(db, user, standing),
            discounted=row is not None and row.discounted is not False,
            taxed=settings().billing_tax,
        )


def owed(user: SignedIn) -> Owed | None:
    """What the workspace owes for the plan that it has, or for one that has ended.

    None where nothing is known, or ``user`` may not see it.
    """
    with reading() as db:
        return _owed(db, user, access.of(user.workspace))


def _owed(db: Db, user: SignedIn, standing: Access) -> Owed | None:
    if standing.state not in UNPAID | _ENDED or not roles.may(user, Right.MANAGE):
        return None
    of: set[str | None] = {standing.subscription, None}
    if standing.state in _ENDED:
        of = {each.id for each in billing.subscriptions(db, user.workspace) if each.ended_at is not None}
    newest = [each for each in billing.invoices(db, user.workspace, _NEWEST) if _open(each) and each.subscription in of]
    bills = [each for each in reversed(newest) if each.currency == newest[0].currency]
    if not bills:
        return None
    found = tuple(Bill(each.due or 0, each.page, each.created) for each in bills)
    return Owed(sum(each.amount for each in found), bills[0].currency, found)


def _open(bill: BillingInvoice) -> bool:
    return bill.status == _OPEN and bool(bill.due)

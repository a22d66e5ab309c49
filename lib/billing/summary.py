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
RUNNING: frozenset[State] = frozenset({State.TRIAL, State.ACTIVE, State.GRACE, State.LAPSED})
"""How a workspace stands when its subscription goes on until somebody cancels it."""
_OPEN: str = "open"
_NEWEST: int = 24


@dataclass(frozen=True, slots=True)
class Owed:
    """What is still to be paid: minor units of ``currency``, and Stripe's page where that can be done, if known."""

    amount: int
    currency: str
    page: str | None


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
    standing = access.of(user.workspace)
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
    """What the workspace owes for the plan that it has; None where nothing is known, or ``user`` may not see it."""
    with reading() as db:
        return _owed(db, user, access.of(user.workspace))


def _owed(db: Db, user: SignedIn, standing: Access) -> Owed | None:
    if standing.state not in UNPAID or not roles.may(user, Right.MANAGE):
        return None
    bills = [each for each in billing.invoices(db, user.workspace, _NEWEST) if _open(each, standing)]
    if not bills:
        return None
    return Owed(sum(each.due or 0 for each in bills), bills[-1].currency, bills[-1].page)


def _open(bill: BillingInvoice, standing: Access) -> bool:
    return bill.status == _OPEN and bool(bill.due) and bill.subscription in {standing.subscription, None}

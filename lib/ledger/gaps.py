"""The times in which a subscription counts for nothing: unpaid for too long, collection paused, or cancelled for now.

From the first version of a subscription on these are told by its versions; before that, invoices show them. Where a
version only shows that something changed since the one before, an invoice in between tells when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from lib.ledger import versions
from lib.ledger.history import Gap
from lib.ledger.rules import Rules
from lib.ledger.versions import Version

Row = Mapping[str, Any]

DAY: Final = 86_400
PUT_ASIDE: Final = 7_200
"""Seconds: a draft is finalized after about an hour; one older than this waits for a person."""
_OUT: Final = frozenset({"unpaid", "paused"})
"""Statuses in which a subscription that began counts for nothing, whatever the rules."""


class Debt(NamedTuple):
    """When an invoice was finalized, fell due and was settled (None: not yet). UTC epoch seconds."""

    finalized: int
    due: int
    settled: int | None


class Traces(NamedTuple):
    """What tells of a subscription's troubles."""

    invoices: Sequence[Row]
    """Oldest first."""
    failures: Mapping[str, int]
    """The last failed payment attempt of each invoice (UTC epoch seconds), by its id."""
    known: Sequence[Version]


def gaps(sub: Row, traces: Traces, rules: Rules, as_of: int) -> Iterable[Gap]:
    """The subscription's gaps by these rules, in no order; they may overlap."""
    invoices, failures, known = traces
    if not rules.count_paused:
        yield from versions.told(known, lambda v: v.paused, pauses(sub, invoices, as_of))
    if rules.past_due_days is not None:
        grace = rules.past_due_days * DAY
        for gap in versions.told(known, lambda v: v.status == "past_due", _past_due(invoices)):
            if gap.end is None or gap.end > gap.start + grace:
                yield Gap(gap.start + grace, gap.end)
    yield from versions.told(known, lambda v: v.status in _OUT, _unpaid(sub, invoices, failures))
    if rules.churn_at_click:
        yield from versions.undone(known)


def _past_due(invoices: Sequence[Row]) -> Iterable[Gap]:
    """When the subscription became past due and when it ceased to be; None: not yet.

    As Stripe's status does, this follows the invoice finalized last alone: once that is paid, an older one that stays
    open keeps nobody out; while that is due and is not, paying an older one brings nobody back.
    """
    debts = [Debt(i["finalized_at"], due, _settled(i)) for i in invoices if i["amount_due"] and (due := _due(i))]
    if all(debt.settled is not None and debt.settled <= debt.due for debt in debts):
        return
    settled = {debt.settled for debt in debts}
    since: int | None = None
    for at in sorted({t for debt in debts for t in debt if t is not None}):
        newest = max((debt for debt in debts if debt.finalized <= at), key=lambda debt: debt.finalized)
        owed = newest.settled is None or at < newest.settled
        if since is None and owed and newest.due <= at:
            since = at
        elif since is not None and (not owed or (at < newest.due and at in settled)):
            yield Gap(since, at)
            since = None
    if since is not None:
        yield Gap(since, None)


def _settled(invoice: Row) -> int | None:
    return min(
        (t for t in (invoice["paid_at"], invoice["voided_at"], invoice["marked_uncollectible_at"]) if t), default=None
    )


def pauses(sub: Row, invoices: Sequence[Row], as_of: int) -> Iterable[Gap]:
    """The times in which nothing was collected on purpose, of a subscription with its ``invoices``, oldest first.

    Stripe keeps no history of pauses. A renewal that was put aside the moment it was made (voided, written off, or
    left a draft) shows one, until the next renewal that was not. A pause that no renewal shows yet counts from now on.
    """
    renewals = [i for i in invoices if i["billing_reason"] == "subscription_cycle"]
    since: int | None = None
    for invoice in renewals:
        if _put_aside(invoice, as_of):
            since = invoice["created"] if since is None else since
        elif since is not None:
            yield Gap(since, invoice["created"])
            since = None
    paused_now = bool(sub["pause_behavior"])
    if since is not None:
        yield Gap(since, None if paused_now else as_of)
    elif paused_now:
        yield Gap(as_of, None)


def _put_aside(invoice: Row, as_of: int) -> bool:
    """Whether nobody tried to collect this renewal."""
    if invoice["status"] == "draft":
        return bool(invoice["created"] + PUT_ASIDE < as_of)
    gone = invoice["voided_at"] or invoice["marked_uncollectible_at"]
    return gone is not None and gone <= invoice["created"] + PUT_ASIDE and invoice["paid_at"] is None


def _unpaid(sub: Row, invoices: Sequence[Row], failures_of: Mapping[str, int]) -> Iterable[Gap]:
    """The times in which the subscription was ``unpaid``: from the last failure until what had failed was settled.

    It stands so now, or a renewal stayed a draft in that time.
    """
    failures = [(failures_of[i["id"]], _settled(i)) for i in invoices if i["id"] in failures_of]
    waited = [i["created"] for i in invoices if _waited(i)]
    if sub["status"] == "unpaid":
        waited.append(max((failed for failed, _ in failures), default=0) + 1)
    for created in waited:
        owed = [each for each in failures if each[0] < created and (each[1] is None or created < each[1])]
        if owed:
            yield Gap(*owed[0])


def _waited(invoice: Row) -> bool:
    """Whether a renewal stayed a draft for longer than Stripe lets it by itself, or is one still."""
    finalized: int | None = invoice["finalized_at"]
    return invoice["status"] == "draft" or (finalized is not None and finalized > invoice["created"] + PUT_ASIDE)


def _due(invoice: Row) -> int | None:
    """When the invoice became past due (UTC epoch seconds) should it be unpaid; None while it is a draft."""
    if invoice["status"] == "draft" or invoice["finalized_at"] is None:
        return None
    due: int | None = invoice["due_date"] if invoice["collection_method"] == "send_invoice" else invoice["finalized_at"]
    return due

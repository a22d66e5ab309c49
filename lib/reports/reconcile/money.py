"""Charges and payouts beside the balance transactions that booked them, each unmatched one with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from lib.periods import local_date
from lib.reports import books
from lib.reports.reconcile.findings import Check, findings, money

Row = Mapping[str, Any]
Tables = dict[str, pl.DataFrame]
CHARGES: Final = ("charge", "payment")
"""Types of balance transactions that book a charge."""
PAYOUTS: Final = ("payout",)
_BACK: Final = ("payout_failure", "payout_cancel")
"""Types that bring a payout back into the balance."""


def charges(account: str) -> Check:
    """Every charge against Stripe's transactions of type charge and payment. Raises UnknownAccount, NotSyncedYet."""
    return charges_of(books.tables(account), books.ledger(account).tz)


def charges_of(tables: Tables, tz: ZoneInfo) -> Check:
    """The same of tables at hand; days are cut in ``tz``."""
    booked = tables["balance_transaction"].filter(pl.col("type").is_in(CHARGES))
    known = tables["charge"]
    pairs = known.join(booked, left_on="id", right_on="source", how="inner", suffix="_booked")
    alone = known.join(booked, left_on="id", right_on="source", how="anti")
    orphans = booked.join(known, left_on="source", right_on="id", how="anti")
    first = known["created"].min()
    found = [
        *(_unbooked(row, tz) for row in alone.iter_rows(named=True)),
        *(_orphan(row, first if isinstance(first, int) else None, tz) for row in orphans.iter_rows(named=True)),
        *_unequal(pairs, tz),
    ]
    frame = findings(found)
    return Check("Charges", known.height, booked.height, pairs.height - _among(frame, pairs), frame)


def _among(frame: pl.DataFrame, pairs: pl.DataFrame) -> int:
    return frame.filter(pl.col("object").is_in(pairs["id"].implode())).height


def _unbooked(charge: Row, tz: ZoneInfo) -> dict[str, Any]:
    """A charge that no transaction booked, and why."""
    amount = money(charge["amount"], charge["currency"])
    cause, sentence = _never_booked(charge, amount)
    return {
        "object": charge["id"],
        "customer": charge["customer"],
        "day": local_date(charge["created"], tz),
        "currency": charge["currency"],
        "ours": charge["amount"],
        "cause": cause,
        "sentence": sentence,
        "explained": cause != _UNEXPLAINED,
    }


_UNEXPLAINED: Final = "Not explained"


def _never_booked(charge: Row, amount: str) -> tuple[str, str]:
    if charge["status"] == "failed":
        return "Failed", f"A charge of {amount} failed, so no money reached the balance."
    if charge["status"] == "pending":
        return "Pending", f"A charge of {amount} is pending: Stripe books it once the bank has confirmed it."
    if charge.get("captured") is False:
        if charge.get("refunded"):
            return "Released", f"{amount} was authorised and released without being captured, so nothing was booked."
        return "Not captured", f"{amount} was authorised and not captured yet, so nothing was booked."
    if charge["amount"] == 0:
        return "Nothing to book", "A charge of 0 moves no balance."
    return _UNEXPLAINED, f"A charge of {amount} succeeded, yet Stripe's list has no balance transaction for it."


def _orphan(booked: Row, first: int | None, tz: ZoneInfo) -> dict[str, Any]:
    """A transaction whose charge is not in Stripe's list, and why."""
    amount = money(booked["amount"], booked["currency"])
    cause = _UNEXPLAINED
    sentence = f"{amount} was booked for a charge ({booked['source']}) that Stripe's list of charges does not have."
    if booked["source"] is None:
        cause, sentence = "No charge behind it", f"Stripe booked {amount} without naming a charge."
    elif first is None or booked["created"] < first:
        cause = "Before the first charge"
        sentence = f"{amount} was booked before the first charge that Stripe still lists."
    return {
        "object": booked["id"],
        "day": local_date(booked["created"], tz),
        "currency": booked["currency"],
        "theirs": booked["amount"],
        "cause": cause,
        "sentence": sentence,
        "explained": cause != _UNEXPLAINED,
    }


def _unequal(pairs: pl.DataFrame, tz: ZoneInfo) -> Iterator[dict[str, Any]]:
    """Pairs whose amounts differ. A conversion at Stripe's own rate is no difference."""
    for row in pairs.iter_rows(named=True):
        captured = row.get("amount_captured")
        taken = row["amount"] if captured is None else captured
        same = row["currency"] == row["currency_booked"]
        if taken == row["amount_booked"] if same else row["exchange_rate"] is not None:
            if taken == row["amount"]:
                continue
            cause, explained = "Captured in part", True
            sentence = (
                f"{money(row['amount'], row['currency'])} was authorised, {money(taken, row['currency'])} captured."
            )
        else:
            cause, explained = _UNEXPLAINED, False
            booked = money(row["amount_booked"], row["currency_booked"])
            sentence = f"The charge says {money(taken, row['currency'])}, its balance transaction {booked}."
        yield {
            "object": row["id"],
            "customer": row["customer"],
            "day": local_date(row["created"], tz),
            "currency": row["currency"],
            "ours": row["amount"],
            "theirs": row["amount_booked"] if same else None,
            "cause": cause,
            "sentence": sentence,
            "explained": explained,
        }


def payouts(account: str) -> Check:
    """Every payout against Stripe's transactions of type payout. Raises UnknownAccount, NotSyncedYet."""
    return payouts_of(books.tables(account), books.ledger(account).tz)


def payouts_of(tables: Tables, tz: ZoneInfo) -> Check:
    """The same of tables at hand; days are cut in ``tz``."""
    moved = tables["balance_transaction"]
    booked = moved.filter(pl.col("type").is_in(PAYOUTS))
    back = set(moved.filter(pl.col("type").is_in(_BACK))["source"].drop_nulls())
    known = tables["payout"]
    pairs = known.join(booked, left_on="id", right_on="source", how="inner", suffix="_booked")
    wrong = pairs.filter(pl.col("amount") != -pl.col("amount_booked"))
    alone = known.join(booked, left_on="id", right_on="source", how="anti")
    orphans = booked.join(known, left_on="source", right_on="id", how="anti")
    first = known["created"].min()
    returned = pairs.filter(pl.col("status").is_in(["failed", "canceled"]))
    found = [
        *(_unmatched(row, tz) for row in alone.iter_rows(named=True)),
        *(_unknown(row, first if isinstance(first, int) else None, tz) for row in orphans.iter_rows(named=True)),
        *(_other_amount(row, tz) for row in wrong.iter_rows(named=True)),
        *(_gone_back(row, tz) for row in returned.iter_rows(named=True) if row["id"] not in back),
    ]
    frame = findings(found)
    return Check("Payouts", known.height, booked.height, pairs.height - _among(frame, pairs), frame)


def _payout(row: Row, tz: ZoneInfo, cause: str, sentence: str) -> dict[str, Any]:
    return {
        "object": row["id"],
        "day": local_date(row["created"], tz),
        "currency": row["currency"],
        "ours": row["amount"],
        "cause": cause,
        "sentence": sentence,
        "explained": cause != _UNEXPLAINED,
    }


def _unmatched(payout: Row, tz: ZoneInfo) -> dict[str, Any]:
    amount = money(payout["amount"], payout["currency"])
    if payout["status"] in {"canceled", "failed"}:
        return _payout(
            payout, tz, "Never sent", f"A payout of {amount} was {_STATUS[payout['status']]} before it was booked."
        )
    if payout["status"] == "pending":
        return _payout(payout, tz, "Pending", f"A payout of {amount} is planned and not booked yet.")
    return _payout(payout, tz, _UNEXPLAINED, f"A payout of {amount} has no balance transaction in Stripe's list.")


_STATUS: Final = {"canceled": "cancelled", "failed": "refused by the bank"}


def _unknown(booked: Row, first: int | None, tz: ZoneInfo) -> dict[str, Any]:
    amount = money(-booked["amount"], booked["currency"])
    row = {**booked, "amount": None}
    if first is None or booked["created"] < first:
        sentence = f"{amount} was paid out before the first payout that Stripe still lists."
        return _payout(row, tz, "Before the first payout", sentence) | {"theirs": -booked["amount"]}
    sentence = f"{amount} was booked for a payout ({booked['source']}) that Stripe's list of payouts does not have."
    return _payout(row, tz, _UNEXPLAINED, sentence) | {"theirs": -booked["amount"]}


def _other_amount(pair: Row, tz: ZoneInfo) -> dict[str, Any]:
    ours, theirs = money(pair["amount"], pair["currency"]), money(-pair["amount_booked"], pair["currency_booked"])
    sentence = f"The payout says {ours}, its balance transaction {theirs}."
    return _payout(pair, tz, _UNEXPLAINED, sentence) | {"theirs": -pair["amount_booked"]}


def _gone_back(pair: Row, tz: ZoneInfo) -> dict[str, Any]:
    amount = money(pair["amount"], pair["currency"])
    sentence = f"A payout of {amount} was {_STATUS[pair['status']]}; the money is not back in the balance yet."
    return _payout(pair, tz, "On its way back", sentence)

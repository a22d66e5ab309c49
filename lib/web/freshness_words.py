"""How fresh an account's figures are, in words. Pure: all that is said comes in. Times are epoch seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from lib.accounts.deliveries import Seen
from lib.sync.allowance import DAYS, FLOOR, PER_TRANSACTION, Allowance
from lib.web import arrival

STALE: Final = 3_600
"""Seconds after which a page says that its figures are old."""
DAY: Final = 86_400
REASONS: Final = {
    "type not read": "of a kind that no figure needs",
    "other mode": "from Stripe's other mode (test or live)",
    "no such connection": "from before the account was connected",
    "access withdrawn": "about access that was taken away",
    "our own account": "about the server's own Stripe account",
    "it can't be read": "not readable",
}
"""Why deliveries are ignored, by the note that was kept."""


def as_of(checked: float | None, now: float, delivered: float | None = None) -> str:
    """``Up to date as of 3 minutes ago``: since Stripe was last asked, or since it delivered something after that."""
    if checked is None:
        return "Not everything is read yet"
    if delivered is not None and delivered > checked:
        return f"Up to date as of {arrival.ago(now - delivered)}, when Stripe last delivered a change"
    return f"Up to date as of {arrival.ago(now - checked)}"


def how(*, delivered: bool, kind: str, every: int, asked_ago: float | None = None) -> str:
    """By what means changes arrive, and how often Stripe is asked (``every`` so many seconds); of deliveries also how
    long ago it was, in seconds.
    """
    asked = f"every {arrival.duration(every)}"
    if every == 3_600:  # noqa: PLR2004 - seconds of an hour
        asked = "every hour"
    if delivered:
        last = "" if asked_ago is None else f" It last asked {arrival.ago(asked_ago)}."
        return (
            f"Stripe delivers changes as they happen. {asked.capitalize()} this server asks for what was not delivered."
            f"{last}"
        )
    if kind == "sample":
        return f"This server asks the demo business {asked} what changed."
    if kind == "restricted_key":
        return f"This server asks Stripe {asked} what changed."
    return f"No change was delivered in the last day, so this server asks Stripe {asked} what changed."


def delivered(seen: Seen, now: float, locale: str) -> str:
    """The deliveries that came, that wait and that were ignored, with the reasons."""
    if not seen.received:
        return "None arrived yet."
    last = f", the last one {arrival.ago(now - seen.last)}" if seen.last else ""
    said = f"{_count(seen.received, 'delivery', 'deliveries', locale)} arrived{last}."
    if seen.waiting:
        said += f" {_count(seen.waiting, 'waits', 'wait', locale)} to be worked on."
    if seen.ignored:
        total = sum(count for _, count in seen.ignored)
        why = ", ".join(f"{_number(count, locale)} {REASONS.get(note, note)}" for note, count in seen.ignored)
        said += f" {_count(total, 'was', 'were', locale)} not needed: {why}."
    return said


def reads(found: Allowance, locale: str) -> str:
    """How much of Stripe's allocation is used: the words at the bar."""
    share = format_percent(found.share, format="#,##0.#%", locale=locale)
    return f"{_number(found.used, locale)} of {_number(found.allowed, locale)} reads in {DAYS} days ({share})"


def allocation(found: Allowance, locale: str) -> str:
    """Where the allocation comes from, who shares it, and what happens when it runs low."""
    floor = _number(FLOOR, locale)
    if found.allowed > FLOOR:
        source = (
            f"Stripe allows {PER_TRANSACTION} reads for each of the {_number(found.transactions, locale)} payments."
        )
    else:
        source = f"Stripe allows at least {floor} reads, and {PER_TRANSACTION} for each payment where that is more."
    shared = ""
    if found.accounts > 1:
        shared = (
            f" {_number(found.accounts, locale)} accounts connected to this server share it; "
            f"this one used {_number(found.own, locale)}."
        )
    if found.share >= 1:
        return f"{source}{shared} All of it is used, so this server asks every 6 hours until there is room again."
    return f"{source}{shared} When much of it is used, this server asks less often."


def stale(  # noqa: PLR0913 - all that is said comes in
    checked: float | None, every: int, now: float, timezone: str, locale: str, *, delivered: float | None = None
) -> str | None:
    """A quiet sentence when figures are older than an hour, or than the usual pause between two looks; else None.

    They are as of when Stripe was last asked (``checked``), or of what it delivered after that.
    """
    if checked is None:
        return None
    newest = max(checked, delivered or 0)
    if now - newest <= max(STALE, every + STALE // 2):
        return None
    moment = datetime.fromtimestamp(newest, ZoneInfo(timezone))
    at = format_time(moment.timetz(), "short", locale=locale)
    if now - newest >= DAY // 2:
        at = f"{at} on {format_date(moment.date(), 'medium', locale=locale)}"
    what = "Stripe last answered" if newest == checked else "Stripe last delivered a change"
    return f"{what} at {at}; figures are as of then."


def _count(count: int, one: str, many: str, locale: str) -> str:
    return f"{_number(count, locale)} {one if count == 1 else many}"


def _number(count: int, locale: str) -> str:
    return str(format_decimal(count, locale=locale))

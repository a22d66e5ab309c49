"""What the Platform page says, as HTML and words. Pure, so that each is tested by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from lib.billing.setup import Check, Group, Side, State
from lib.billing.setup.hooks import wanted

MARKS: Final[Mapping[State, tuple[str, str]]] = {
    State.OK: ("✓", "In place"),
    State.WRONG: ("✕", "Wrong"),
    State.AMISS: ("!", "To fix"),
    State.MISSING: ("✕", "Missing"),
    State.UNKNOWN: ("○", "Not yet"),
}
"""The mark and the word of each state: colour never stands alone."""
CLASSES: Final[Mapping[State, str]] = {
    State.OK: "pl-good",
    State.WRONG: "pl-bad",
    State.AMISS: "pl-bad",
    State.MISSING: "pl-bad",
    State.UNKNOWN: "pl-muted",
}
ABOUT: Final[Mapping[Group, str]] = {
    Group.KEYS: "One pair for each mode, in the settings of this server. Keys themselves are shown nowhere.",
    Group.SIGN_IN: "Where Stripe may send owners back to after Connect with Stripe. It compares them letter by letter.",
    Group.WEBHOOKS: "Stripe tells this server what happened: in connected accounts, and in our own, where plans are "
    "paid.",
    Group.PLANS: "What workspaces pay for, and whether Stripe charges just that.",
}


def head(side: Side) -> str:
    """The head of a column."""
    note = "this server runs in it" if side.main else "looked at only"
    return f'<p class="pl-mode"><b>{side.mode.value.capitalize()} mode</b> <span class="pl-muted">{note}</span></p>'


def nothing(side: Side) -> str:
    """What an empty column says."""
    if side.empty:
        return f"Nothing to check without a key of {side.mode} mode; see Keys."
    return "Nothing to check here: see the other mode."


def cell(check: Check) -> str:
    """One check: its mark, name and word, what is so, and what to do."""
    mark, word = MARKS[check.state]
    colour = CLASSES[check.state]
    todo = f"<p>{_todo(check)}</p>" if check.todo or check.link else ""
    return (
        f'<div class="pl-check"><span class="pl-check-mark {colour}" aria-hidden="true">{mark}</span><div>'
        f'<b>{escape(check.name)}</b> <span class="{colour} pl-small">{word}</span>'
        f"<p>{escape(check.says)}</p>{todo}</div></div>"
    )


def _todo(check: Check) -> str:
    link = f'<a href="{escape(check.link, quote=True)}" target="_blank" rel="noreferrer">Open at Stripe</a>'
    return " ".join(part for part in (escape(check.todo), link if check.link else "") if part)


def summary(checks: Sequence[Check]) -> str:
    """How many things are in place and how many are not."""
    counts = {state: sum(each.state is state for each in checks) for state in State}
    bad = counts[State.WRONG] + counts[State.AMISS] + counts[State.MISSING]
    good = f'<span class="pl-good">✓ {counts[State.OK]} in place</span>'
    wrong = f'<span class="pl-bad">✕ {bad} to fix</span>' if bad else ""
    rest = f'<span class="pl-muted">○ {counts[State.UNKNOWN]} not yet</span>' if counts[State.UNKNOWN] else ""
    return f'<p class="pl-tally">{" ".join(part for part in (wrong, good, rest) if part)}</p>'


def endpoint(path: str, connected_events: Sequence[str]) -> tuple[str, int, str]:
    """Of the endpoint at ``path``: its address, how many kinds of events it hears, and whose."""
    found = next(each for each in wanted(connected_events) if each.path == path)
    return found.url, len(found.events), found.whose

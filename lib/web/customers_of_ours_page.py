"""Our customers, for whoever runs this server: every workspace, its plan, and what it brings us a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

import streamlit as st

from lib.billing import admin, strays, truth
from lib.billing.access import State
from lib.billing.admin import Line, Overview
from lib.billing.plans import CURRENCY
from lib.errors import NotTheOperator
from lib.money import rounded
from lib.money import show as money
from lib.reports import tables
from lib.settings import settings
from lib.store.tables import BillingStray
from lib.web import downloads, facts, plan_words, style
from lib.web.facts import Fact
from lib.web.guard import require_login
from lib.web.reader import reader

_HEADS: Final = ("Workspace", "Accounts", "Customer", "Plan", "Status", "MRR to us", "Owed", "Since", "People")
_NOBODYS: Final = ("Subscription", "Customer", "Names workspace", "Status", "Since", "Costs")
_SHOWN: Final = 500
"""Rows that a browser draws quickly; the others are summed up in one."""


def show() -> None:
    """The whole page."""
    user = require_login()
    style.apply()
    st.title("Our customers", anchor=False)
    try:
        everyone = admin.overview(user)
    except NotTheOperator as error:
        st.warning(error.message)
        return
    if not settings().charging:
        st.caption(
            "No plans are sold on this server, and everything is unlocked. What was sold before is charged by Stripe "
            "until it is cancelled: there, or by its owners in Settings, Your plan."
        )
    _head(everyone)
    search = st.text_input(
        "Search",
        placeholder="Workspace, account or id",
        key="q",
        bind="query-params",
        icon=":material/search:",
        width=320,
    )
    found = everyone.matching(search or "")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.html(f'<span class="pl-muted">{escape(counted(found, everyone))}</span>', width="content")
        name = downloads.csv_name("our-customers", datetime.now(UTC).date(), segment=None)
        downloads.csv("Download CSV", lambda: admin.as_csv(found, _iso, tables.safe), name, "ours-csv")
    if not found.lines:
        st.info("No workspace matches. Shorten your search.")
        return
    st.html(table(found, reader().locale, livemode=truth.livemode()))
    st.caption(
        "MRR to us is what a plan comes to in a month after discounts that stay; trials bring nothing yet, and lapsed "
        "plans nothing any more: what was not paid is owed. Cents are shared out so that the column adds up to its "
        "total."
    )
    _strays(strays.of(user))


def _strays(found: Sequence[BillingStray]) -> None:
    """What is paid for a workspace that is not here; nothing is said where there is none."""
    if not found:
        return
    st.subheader("Without a workspace", anchor=False)
    st.html(nobodys(found, reader().locale))
    st.caption(
        "These subscriptions at Stripe name a workspace that is not on this server: it was deleted, or another "
        "installation sold them. Nothing is done about them here; cancel at Stripe what is yours to cancel. Looked for "
        "once an hour."
    )


def nobodys(found: Sequence[BillingStray], locale: str) -> str:
    """Subscriptions without a workspace as HTML; everything from others is escaped."""
    heads = "".join(f'<th scope="col">{each}</th>' for each in _NOBODYS)
    rows = "".join(_stray(each, locale) for each in found)
    return (
        '<div class="pl-scroll" tabindex="0" role="region" aria-label="Without a workspace">'
        '<table class="pl-grid pl-ours">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _stray(row: BillingStray, locale: str) -> str:
    amount = money(row.amount, row.currency, locale) if row.amount is not None and row.currency else "—"
    cells = (
        _linked(row.customer, row.livemode),
        escape(row.named),
        escape(row.status),
        escape(plan_words.day(row.created, locale)),
        escape(amount),
    )
    return (
        f'<tr><th scope="row">{_linked(row.id, row.livemode)}</th>{"".join(f"<td>{each}</td>" for each in cells)}</tr>'
    )


def _head(everyone: Overview) -> None:
    locale = reader().locale
    facts.show(
        (
            Fact("MRR to us", money(rounded(everyone.mrr), CURRENCY, locale)),
            Fact("Paying", str(everyone.paying)),
            Fact("On trial", str(everyone.trying)),
            Fact("In grace", str(everyone.count(State.GRACE))),
            Fact("Lapsed", str(everyone.count(State.LAPSED))),
            Fact("Owed", money(everyone.owed, CURRENCY, locale)),
        )
    )


def counted(found: Overview, everyone: Overview) -> str:
    """How many match: ``3 of 12 workspaces``."""
    of = "" if len(found.lines) == len(everyone.lines) else f"{len(found.lines)} of "
    return f"{of}{len(everyone.lines)} {'workspace' if len(everyone.lines) == 1 else 'workspaces'}"


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def table(found: Overview, locale: str, *, livemode: bool | None) -> str:
    """The lines and their total as HTML; everything from others is escaped."""
    rows = [_row(each, cents, locale, livemode) for each, cents in zip(found.lines, found.cents, strict=True)]
    if len(rows) > _SHOWN:
        rows[_SHOWN:] = [_others(found, locale)]
    heads = "".join(f'<th scope="col">{each}</th>' for each in _HEADS)
    total = escape(money(rounded(found.mrr), CURRENCY, locale))
    people = sum(each.people for each in found.lines)
    return (
        '<div class="pl-scroll" tabindex="0" role="region" aria-label="Our customers"><table class="pl-grid pl-ours">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}"
        f'<tr class="pl-sum"><th scope="row">Total</th>{"<td></td>" * 4}<td>{total}</td>'
        f"<td>{_owed(found.owed, locale)}</td><td></td><td>{people}</td></tr>"
        "</tbody></table></div>"
    )


def _others(found: Overview, locale: str) -> str:
    """What is not drawn, in one row, so that the column still adds up."""
    rest = escape(money(sum(found.cents[_SHOWN:]), CURRENCY, locale))
    people = sum(each.people for each in found.lines[_SHOWN:])
    name = f"{len(found.lines) - _SHOWN} others, in the CSV file"
    owed = _owed(sum(each.owed for each in found.lines[_SHOWN:]), locale)
    cells = f"{'<td></td>' * 4}<td>{rest}</td><td>{owed}</td><td></td><td>{people}</td>"
    return f'<tr class="pl-muted"><th scope="row">{name}</th>{cells}</tr>'


def _row(line: Line, cents: int, locale: str, livemode: bool | None) -> str:  # noqa: FBT001 - passed on as it came
    since = plan_words.day(line.since, locale) if line.since is not None else "—"
    cells = (
        "<br>".join(_account(*each) for each in line.accounts) or "—",
        _linked(line.customer, livemode),
        escape(line.plan),
        escape(line.status),
        escape(money(cents, CURRENCY, locale)),
        _owed(line.owed, locale),
        escape(since),
        str(line.people),
    )
    return f'<tr><th scope="row">{escape(line.name)}</th>{"".join(f"<td>{each}</td>" for each in cells)}</tr>'


def _account(account: str, name: str) -> str:
    named = "" if name == account else f"<small>{escape(account)}</small>"
    return f"{escape(name)}{named}"


def _owed(amount: int, locale: str) -> str:
    return escape(money(amount, CURRENCY, locale)) if amount else "—"


def _linked(id_: str | None, livemode: bool | None) -> str:  # noqa: FBT001 - as above
    if id_ is None:
        return "—"
    address = admin.link(id_, livemode=livemode)
    if address is None:
        return escape(id_)
    return (
        f'<a href="{escape(address, quote=True)}" target="_blank" rel="noopener noreferrer" '
        f'aria-label="{escape(id_, quote=True)}, in Stripe (new tab)">{escape(id_)}</a>'
    )

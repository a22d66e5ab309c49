"""The weekly summary: what an email says about the week that ended on Sunday, and its way to those who chose it."""

from __future__ import annotations

import logging
import time
from datetime import date, timedelta
from html import escape
from typing import Final
from urllib.parse import urlencode

from babel.dates import format_skeleton

from lib.accounts import connections, mail, weekly
from lib.accounts.mail import Letter
from lib.accounts.weekly import Recipient
from lib.billing import access, brand
from lib.billing.plans import Feature
from lib.errors import AppError
from lib.metrics.query import Query
from lib.money import show_count, show_micros
from lib.reports import books, door
from lib.reports.door import Value
from lib.settings import settings

log = logging.getLogger(__name__)

WEEK: Final = timedelta(days=7)
_NOTHING: Final = "No Stripe account is connected, so there is nothing to tell. Connect one to see figures here."


def send_due() -> None:
    """Send every summary that is due and that the workspace's plan includes.

    One that can't be sent stays due for two days and keeps no other back.
    """
    if not mail.ready():
        return
    for recipient, day in weekly.due(time.time()):
        if not access.of(recipient.workspace).has(Feature.EMAILS):
            continue
        weekly.note(recipient, day)  # first: a process that dies now leaves one letter out rather than send it twice
        try:
            send(recipient, day)
        except AppError as error:
            weekly.note(recipient, None)
            log.warning("A weekly summary could not be sent and is tried again: %s", error.code)


def send(recipient: Recipient, monday: date | None = None) -> None:
    """Send the summary of the seven days before ``monday``; without it, of the last seven whole days.

    Raises PlanNeeded, MailNotSet, MailFailed.
    """
    access.of(recipient.workspace).need(Feature.EMAILS)
    mail.send(letter(recipient, monday))


def letter(recipient: Recipient, monday: date | None = None) -> Letter:
    """The summary as plain text and as simple HTML: no image, nothing that tells us it was opened."""
    mine = connections.own(connections.of(recipient.workspace))
    parts = [(each.name, each.account, told(each.account, monday, recipient.locale)) for each in mine]
    leave = weekly.leave_link(recipient)
    shown = brand.current()
    ending = f"You get this every Monday because you chose it in {shown.title}, for {recipient.workspace_name}."
    text = "\n\n".join(
        [f"Hello {recipient.name},"]
        + [
            f"{name}\n" + "\n".join(f"- {each}" for each in said) + f"\n{_link(account)}"
            for name, account, said in parts
        ]
        + ([] if parts else [_NOTHING])
        + [f"{ending}\nTo stop it: {leave}"]
    )
    body = "".join(
        f"<h2>{escape(name)}</h2><ul>{''.join(f'<li>{escape(each)}</li>' for each in said)}</ul>"
        f'<p><a href="{escape(_link(account), quote=True)}">Open the overview</a></p>'
        for name, account, said in parts
    )
    html = (
        f"<!doctype html><html lang=en><body style='font-family:sans-serif'><p>Hello {escape(recipient.name)},</p>"
        f"{body or escape(_NOTHING)}<p><small>{escape(ending)} "
        f'<a href="{escape(leave, quote=True)}">Stop these emails</a></small></p></body></html>'
    )
    names = ", ".join(name for name, _account, _said in parts) or recipient.workspace_name
    return Letter(recipient.email, f"Your week: {names}", text, html, leave, shown.name)


def _link(account: str) -> str:
    return f"{settings().app_url.rstrip('/')}/?{urlencode({'account': account})}"


def told(account: str, monday: date | None = None, locale: str = "en_US") -> list[str]:
    """An account's week in sentences, or the one that says why there are none; figures and days as ``locale`` does."""
    try:
        today = books.ledger(account).today
        week = Query((monday or today) - WEEK, (monday or today) - timedelta(days=1))
        return _sentences(account, week, locale)
    except AppError as error:
        return [error.message]


def _sentences(account: str, week: Query, locale: str) -> list[str]:
    mrr, net, customers, failed = (
        door.metric(account, slug, week) for slug in ("mrr", "net_new_mrr", "active_customers", "failed_charges")
    )

    before = door.metric(account, "active_customers", week.before()).total  # a week, also where a month begins

    def money(value: Value) -> str:
        return "n/a" if value is None else show_micros(int(value), mrr.currency, locale)

    first, last = (str(format_skeleton("MMMMd", day, locale=locale)) for day in (week.start, week.end))
    days = f"from {first} to {last}"
    people = show_count(int(customers.total or 0), locale)
    return [
        f"MRR was {money(mrr.total)} at the end of the week {days}; net new MRR in it was {money(net.total)}.",
        f"{people} active customers, {_more(customers.total, before, locale)}.",
        f"{money(failed.total)} of charges failed." if failed.total else "No charge failed.",
        *(door.unrated(code, mrr.currency) for code in books.ledger(account).unpriced),
    ]


def _more(now: Value, before: Value, locale: str) -> str:
    change = int((now or 0) - (before or 0))
    if not change:
        return "as many as a week before"
    return f"{show_count(abs(change), locale)} {'more' if change > 0 else 'fewer'} than a week before"

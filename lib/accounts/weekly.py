"""Who gets the weekly summary, when it is due, and the link that ends it. Times are epoch seconds, passed in."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from lib.accounts import connections, preferences
from lib.accounts.sessions import SignedIn
from lib.errors import BadUnsubscribeLink
from lib.periods import zone
from lib.settings import settings
from lib.store import preferences as rows
from lib.store import weekly
from lib.store.engine import reading, transaction
from lib.store.secrets import digest

CHOSEN: Final = "weekly_email"
LOCALE: Final = "locale"
"""The reader's locale, as Babel writes it and as their browser last told it."""
_ENGLISH: Final = "en_US"
SENT: Final = "weekly_sent"
"""The Monday (ISO day) of the summary that was sent last."""
HOUR: Final = 8
"""On Monday, in the time zone of the workspace's first account."""
TRIED_FOR: Final = timedelta(days=2)
"""How long after that hour a summary that could not be sent is tried again."""


@dataclass(frozen=True)
class Recipient:
    """Somebody who chose the summary, in one workspace."""

    user: str
    email: str
    name: str
    workspace: str
    workspace_name: str
    locale: str = _ENGLISH

    @classmethod
    def of(cls, user: SignedIn) -> Recipient:
        """Whoever is signed in."""
        locale = preferences.get(user, LOCALE, _ENGLISH)
        return cls(user.id, user.email, user.name, user.workspace, user.workspace_name, locale)


def wanted(user: SignedIn) -> bool:
    """Whether ``user`` chose the summary of the workspace that they look at."""
    return preferences.get(user, CHOSEN) is True


def choose(user: SignedIn, *, on: bool) -> None:
    """Begin or end the summary for ``user``. The first one comes on the next Monday."""
    preferences.put(user, CHOSEN, on or None)


def due(now: float) -> tuple[tuple[Recipient, date], ...]:
    """Who is to get a summary now and has not got it, each with the Monday it is due on."""
    with reading() as db:
        found = weekly.chosen(db, CHOSEN)
        sent = {(user.id, at.id): rows.value(db, user.id, at.id, SENT) for user, at in found}
        recipients = [
            Recipient(
                user.id, user.email, user.name, at.id, at.name, rows.value(db, user.id, at.id, LOCALE) or _ENGLISH
            )
            for user, at in found
        ]
    mondays = [(each, monday(each.workspace, now)) for each in recipients]
    return tuple((each, day) for each, day in mondays if day and sent[each.user, each.workspace] != day.isoformat())


def monday(workspace: str, now: float) -> date | None:
    """This week's Monday while a summary is due in ``workspace``; None at other times, and without accounts."""
    accounts = connections.own(connections.of(workspace))
    if not accounts:
        return None
    here = datetime.fromtimestamp(now, UTC).astimezone(zone(accounts[0].timezone))
    first = here.date() - timedelta(days=here.weekday())
    begins = datetime(first.year, first.month, first.day, HOUR, tzinfo=here.tzinfo)
    return first if begins <= here < begins + TRIED_FOR else None


def note(recipient: Recipient, day: date | None) -> None:
    """Keep that the summary of ``day`` was sent; None: it was not after all."""
    with transaction() as db:
        if day is None:
            rows.remove(db, recipient.user, recipient.workspace, SENT)
        else:
            rows.keep(db, recipient.user, recipient.workspace, SENT, day.isoformat())


# --- The link that ends it --------------------------------------------------------------------------------------------


def leave_link(recipient: Recipient) -> str:
    """The address that ends the summary for ``recipient`` without signing in. It does nothing else."""
    query = {
        "user": recipient.user,
        "workspace": recipient.workspace,
        "token": _token(recipient.user, recipient.workspace),
    }
    return f"{settings().app_url.rstrip('/')}/unsubscribe?{urlencode(query)}"


def leave(user: str, workspace: str, token: str) -> None:
    """End the summary that the link was made for; ending it twice is fine. Raises BadUnsubscribeLink."""
    check(user, workspace, token)
    with transaction() as db:
        rows.remove(db, user, workspace, CHOSEN)


def check(user: str, workspace: str, token: str) -> None:
    """Raise BadUnsubscribeLink unless the link is one that we made."""
    if not hmac.compare_digest(_token(user, workspace).encode(), token.encode()):
        raise BadUnsubscribeLink


def _token(user: str, workspace: str) -> str:
    return digest(f"unsubscribe {user} {workspace}")

"""Sessions of our own: revocable, looked up at every use, kept as hashes. Times are epoch seconds, passed in.

A password becomes a *ticket* (single-use, short-lived, bound to one browser), a ticket becomes a *session*. The
session's token lives in a cookie alone; everywhere else, in this module too, a session is its hash.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from lib.accounts import identifiers, paths, xsrf
from lib.accounts.roles import Role
from lib.errors import CookiesBlocked, TicketRefused
from lib.settings import settings
from lib.store import people, tables
from lib.store.engine import reading, transaction
from lib.store.secrets import digest

__all__ = [
    "Opened",
    "SignedIn",
    "csrf",
    "csrf_fits",
    "digest",
    "find",
    "issue_ticket",
    "redeem",
    "revoke",
    "revoke_all",
]

DAY: Final = 86_400
IDLE: Final = 14 * DAY
"""Seconds without a visit after which a session ends."""
LONGEST: Final = 90 * DAY
"""Seconds after which a session ends however often it is used."""
TOUCH: Final = 3_600
"""A visit moves the end of a session at most this often (seconds): a page asks at every rerun."""
TICKET_LIFE: Final = 30
"""Seconds a ticket is good for."""


@dataclass(frozen=True)
class Opened:
    """A new session: its token, for the cookie only, and the page to go to."""

    token: str = field(repr=False)
    path: str


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, where they work, and by which session (its hash)."""

    id: str
    email: str
    name: str
    workspace: str
    workspace_name: str
    session: str = field(repr=False)
    role: str = Role.OWNER
    """A lib.accounts.roles.Role in that workspace."""


def issue_ticket(user: str, xsrf_cookie: object, path: str, *, now: int) -> str:
    """A ticket for ``user``, bound to the browser that sent ``xsrf_cookie``. Raises CookiesBlocked without one."""
    browser = xsrf.token(xsrf_cookie)
    if browser is None:
        raise CookiesBlocked
    ticket = identifiers.token()
    with transaction() as db:
        people.add(
            db,
            tables.SessionTicket(
                hash=digest(ticket),
                user=user,
                xsrf_hash=digest(browser.hex()),
                next=paths.local(path),
                expires=now + TICKET_LIFE,
            ),
        )
    return ticket


def redeem(ticket: str, xsrf_cookie: object, *, now: int) -> Opened:
    """Spend ``ticket`` and open a session. Raises TicketRefused: unknown, used, too old or from another browser.

    A ticket is spent by the first who brings it, whatever comes of it; so a stolen one can't be tried twice.
    """
    browser = xsrf.token(xsrf_cookie)
    token = identifiers.token()
    with transaction() as db:
        spent = people.take_ticket(db, digest(ticket))
    if spent is None or browser is None or spent.expires <= now or spent.xsrf_hash != digest(browser.hex()):
        raise TicketRefused
    with transaction() as db:
        people.forget_expired(db, now=now)
        people.add(db, tables.LoginSession(token_hash=digest(token), user=spent.user, created=now, expires=now + IDLE))
    return Opened(token, spent.next)


def find(session: str, *, now: int) -> SignedIn | None:
    """Who is signed in by ``session``, or None when it is unknown, revoked or over. A find keeps it alive."""
    with reading() as db:
        found = people.session_owner(db, session)
    if found is None:
        return None
    login, user, workspace, role = found
    if login.expires <= now or login.created + LONGEST <= now:
        return None
    _keep_alive(login, now)
    return SignedIn(user.id, user.email, user.name, workspace.id, workspace.name, session, role)


def _keep_alive(login: tables.LoginSession, now: int) -> None:
    expires = min(now + IDLE, login.created + LONGEST)
    if expires - login.expires >= TOUCH:
        with transaction() as db:
            people.extend_session(db, login.token_hash, expires=expires)


def revoke(session: str) -> None:
    """End ``session`` everywhere, at once. Unknown ones are fine."""
    with transaction() as db:
        people.revoke_session(db, session)


def revoke_all(user: str) -> None:
    """End all sessions of ``user``: after a password change, or when a device is lost."""
    with transaction() as db:
        people.revoke_sessions_of(db, user)


def csrf(session: str) -> str:
    """What a form of ours must carry to act for ``session``: no other site can know it."""
    return hmac.new(settings().secret.encode(), f"csrf {session}".encode(), hashlib.sha256).hexdigest()


def csrf_fits(session: str, value: object) -> bool:
    """Whether ``value`` is the :func:`csrf` of ``session``."""
    return isinstance(value, str) and hmac.compare_digest(csrf(session).encode(), value.encode())

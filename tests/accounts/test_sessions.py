"""Tickets and sessions, with time as a value."""

from __future__ import annotations

import pytest

from lib.accounts import paths, sessions, xsrf
from lib.accounts.sessions import DAY, SignedIn
from lib.errors import CookiesBlocked, TicketRefused
from tests.accounts.members import NOON, enter
from tests.accounts.members import XSRF as BROWSER

SAME_BROWSER_LATER = "2|0f0f0f0f|55555555555555555555555555555555|1800000900"
OTHER_BROWSER = "2|00000000|6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b|1800000000"


def alive(session: str, at: int) -> bool:
    return sessions.find(session, now=at) is not None


def test_the_token_under_the_mask_is_what_stays() -> None:
    assert xsrf.token(BROWSER) == xsrf.token(SAME_BROWSER_LATER) == b"Z" * 16


@pytest.mark.parametrize("cookie", [None, "", "2|zz|00|1", "2||5a|1", "1|00|5a|1", "2|00|5a", 7, object()])
def test_a_cookie_that_is_none_says_nothing(cookie: object) -> None:
    assert xsrf.token(cookie) is None


def test_a_ticket_opens_a_session_and_leads_to_the_page_first_asked_for(ada: SignedIn) -> None:
    ticket = sessions.issue_ticket(ada.id, BROWSER, "/metric?slug=mrr", now=NOON)

    opened = sessions.redeem(ticket, SAME_BROWSER_LATER, now=NOON + 29)

    assert opened.path == "/metric?slug=mrr"
    found = sessions.find(sessions.digest(opened.token), now=NOON + 29)
    assert found is not None
    assert (found.email, found.workspace) == ("ada@example.com", ada.workspace)


def test_a_ticket_is_spent_by_its_first_use(ada: SignedIn) -> None:
    ticket = sessions.issue_ticket(ada.id, BROWSER, "/", now=NOON)
    sessions.redeem(ticket, BROWSER, now=NOON)
    with pytest.raises(TicketRefused):
        sessions.redeem(ticket, BROWSER, now=NOON)


@pytest.mark.parametrize(
    ("cookie", "after", "why"),
    [
        (OTHER_BROWSER, 0, "session fixation: a link sent to somebody else"),
        (None, 0, "no cookie at all"),
        (BROWSER, 30, "too late"),
    ],
)
def test_a_ticket_in_the_wrong_hands_is_refused_and_spent(
    ada: SignedIn, cookie: str | None, after: int, why: str
) -> None:
    ticket = sessions.issue_ticket(ada.id, BROWSER, "/", now=NOON)
    with pytest.raises(TicketRefused):
        sessions.redeem(ticket, cookie, now=NOON + after)
    with pytest.raises(TicketRefused):
        sessions.redeem(ticket, BROWSER, now=NOON)


def test_no_ticket_without_the_browsers_cookie(ada: SignedIn) -> None:
    with pytest.raises(CookiesBlocked):
        sessions.issue_ticket(ada.id, None, "/", now=NOON)


def test_a_session_lives_on_by_visits_and_ends_without(ada: SignedIn) -> None:
    """Table: days of the visits after sign-in, and whether each still finds the session."""
    for visits, still_there in [
        ((13,), (True,)),
        ((14,), (False,)),
        ((13, 26, 39), (True, True, True)),
        ((13, 27), (True, False)),
        ((13, 26, 39, 52, 65, 78, 89), (True,) * 7),
        ((13, 26, 39, 52, 65, 78, 90), (True,) * 6 + (False,)),
    ]:
        session = enter(ada.id).user.session
        assert tuple(alive(session, NOON + day * DAY) for day in visits) == still_there


def test_a_revoked_session_is_gone_and_stays_gone(ada: SignedIn) -> None:
    sessions.revoke(ada.session)
    assert not alive(ada.session, NOON)
    assert not alive(ada.session, NOON + DAY)


def test_all_sessions_of_one_user_end_and_no_others(ada: SignedIn, eve: SignedIn) -> None:
    other = enter(ada.id).user.session
    sessions.revoke_all(ada.id)
    assert [alive(each, NOON) for each in (ada.session, other, eve.session)] == [False, False, True]


def test_a_form_acts_for_one_session_only(ada: SignedIn, eve: SignedIn) -> None:
    assert sessions.csrf_fits(ada.session, sessions.csrf(ada.session))
    assert not sessions.csrf_fits(ada.session, sessions.csrf(eve.session))
    assert not sessions.csrf_fits(ada.session, None)


@pytest.mark.parametrize(
    ("asked", "sent_to"),
    [
        ("/connect?status=connected", "/connect?status=connected"),
        ("/", "/"),
        (None, "/"),
        ("", "/"),
        ("connect", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("/\n//evil.example", "/"),
        (" //evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/session/end", "/"),
        ("/oauth/start", "/"),
    ],
)
def test_only_our_own_pages_are_gone_to(asked: str | None, sent_to: str) -> None:
    assert paths.local(asked) == sent_to

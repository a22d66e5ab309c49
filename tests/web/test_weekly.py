"""The weekly summary: told of the synced business, sent once a week to who chose it, ended by its link."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from lib import settings as settings_module
from lib.accounts import connections, mail, weekly
from lib.accounts.sessions import SignedIn
from lib.accounts.weekly import Recipient
from lib.errors import MailFailed, MailNotSet
from lib.metrics.query import Query
from lib.money import show_micros
from lib.reports import books, door
from lib.reports import weekly as summary
from lib.settings import settings
from tests.accounts.members import join
from tests.accounts.postbox import Postbox, postbox
from tests.web.conftest import Business, Open

MONDAY = date(2026, 11, 23)


@pytest.fixture
def box(business: Business, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    """A mail server that the settings name."""
    with postbox() as found:
        bound = settings_module.standin()
        chosen = settings().model_copy(update={"smtp_url": _secret(found.url), "mail_from": "plimsoll@example.com"})
        settings_module.replace(chosen)
        assert bound
        settings_module.bind_standin(bound)
        yield found


def _secret(url: str) -> object:
    from pydantic import SecretStr

    return SecretStr(url)


def at(business: Business, hour: int, *, day: date = MONDAY) -> float:
    """Epoch seconds of an hour of that day in the account's time zone."""
    zone = ZoneInfo(connections.of(business.user.workspace)[0].timezone)
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone).timestamp()


def plain(box: Postbox, number: int = -1) -> str:
    body = box.letters[number].get_body(("plain",))
    assert body
    text: str = body.get_content()
    return text


def test_it_tells_the_week_as_the_metrics_do(business: Business, box: Postbox) -> None:
    today = books.ledger(business.account).today
    week = Query(today - summary.WEEK, date.fromordinal(today.toordinal() - 1))
    mrr = door.metric(business.account, "mrr", week)
    summary.send(Recipient.of(business.user))
    assert show_micros(int(mrr.total or 0), mrr.currency) in plain(box)
    assert box.letters[0]["To"] == business.user.email
    assert "active customers" in plain(box)
    html = box.letters[0].get_body(("html",))
    assert html
    assert "<img" not in html.get_content()


def test_it_is_due_once_a_week_from_monday_eight_to_those_who_chose_it(business: Business, box: Postbox) -> None:
    def due(moment: float) -> list[tuple[str, date]]:
        return [(each.email, day) for each, day in weekly.due(moment)]

    assert due(at(business, 9)) == []
    weekly.choose(business.user, on=True)

    hours = {hour: due(at(business, hour)) for hour in (7, 8, 23)}
    expected = [(business.user.email, MONDAY)]
    assert hours == {7: [], 8: expected, 23: expected}
    assert due(at(business, 9, day=date(2026, 11, 26))) == []
    ((recipient, day),) = weekly.due(at(business, 9))
    weekly.note(recipient, day)
    assert due(at(business, 9)) == []
    assert due(at(business, 9, day=date(2026, 11, 30))) == [(business.user.email, date(2026, 11, 30))]


def test_who_left_the_workspace_gets_none(business: Business) -> None:
    weekly.choose(replace(join("Eve").user, workspace=business.user.workspace), on=True)
    assert weekly.due(at(business, 9)) == ()


def test_one_that_fails_is_tried_again_and_keeps_none_back(
    business: Business, box: Postbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Recipient.of(business.user), Recipient("usr_zed", "zed@example.com", "Zed", "ws_2", "Zed's")
    monkeypatch.setattr(weekly, "due", lambda _now: ((first, MONDAY), (second, MONDAY)))
    noted: list[tuple[str, date | None]] = []
    monkeypatch.setattr(weekly, "note", lambda each, day: noted.append((each.user, day)))
    box.refuses.add(business.user.email)
    summary.send_due()
    assert [each["To"] for each in box.letters] == ["zed@example.com"]
    assert noted == [(first.user, MONDAY), (first.user, None), ("usr_zed", MONDAY)]
    assert "mail_failed" in caplog.text
    assert business.user.email not in caplog.text


def test_the_password_is_sent_and_never_told(business: Business, box: Postbox) -> None:
    url = box.url.replace("://", "://ada:p%40ss@")
    settings_module.replace(settings().model_copy(update={"smtp_url": _secret(url)}))
    assert "p%40ss" not in repr(settings())
    summary.send(Recipient.of(business.user))
    assert base64.b64decode(box.signed_in[0].split()[-1]) == b"\0ada\0p@ss"


@pytest.mark.parametrize(
    ("url", "error"),
    [("smtp://127.0.0.1:1", MailFailed), ("https://mail.example", MailNotSet), ("smtp://host:x", MailNotSet)],
)
def test_a_server_that_is_away_or_wrong_gets_a_sentence(
    url: str, error: type[Exception], business: Business, box: Postbox
) -> None:
    settings_module.replace(settings().model_copy(update={"smtp_url": _secret(url)}))
    with pytest.raises(error):
        mail.send(mail.Letter("a@example.com", "Hello", "text", "<p>text", "http://x"))


def test_settings_offer_it_and_send_one_now(business: Business, box: Postbox, open_page: Open) -> None:
    app = open_page("settings", section="Notifications")
    app.toggle[0].set_value(True).run()
    assert weekly.wanted(business.user)
    next(each for each in app.button if each.label == "Send me one now").click().run()
    assert "on its way" in app.success[0].value
    assert len(box.letters) == 1


def test_without_a_mail_server_settings_say_how_to_have_one(business: Business, open_page: Open) -> None:
    app = open_page("settings", section="Notifications")
    assert app.toggle[0].disabled
    assert "SMTP" in app.info[0].value


def test_the_link_ends_it_for_that_user_alone(business: Business, box: Postbox) -> None:
    weekly.choose(business.user, on=True)
    summary.send(Recipient.of(business.user))
    link = box.letters[0]["List-Unsubscribe"].strip("<>")
    assert link in plain(box).replace("\n", "")
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert set(query) == {"user", "workspace", "token"}
    weekly.leave(**query)
    assert not weekly.wanted(business.user)


def test_nobody_chose_it_by_themselves(newcomer: SignedIn) -> None:
    assert not weekly.wanted(newcomer)

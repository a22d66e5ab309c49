"""The Live feed page: what happened, by kind and by word, and what is new since the page was drawn."""

from __future__ import annotations

import pytest

from lib.reports import feed
from lib.reports.feed import USUAL, Kind
from lib.web import feed_page, figures
from tests.web.conftest import Business, Open


def page_of(app: object) -> str:
    bodies = [each.proto.body for each in app.get("html")]  # type: ignore[attr-defined]  # AppTest is untyped here
    return "".join(body for body in bodies if not body.startswith("<style"))


def test_the_feed_tells_what_the_report_tells(business: Business, open_page: Open) -> None:
    app = open_page("live-feed")
    items = [item for item in feed.newest(business.account, 30) if item.kind in USUAL]
    assert items, "something happens within a month in this world"
    text = page_of(app)
    assert all(item.said.replace("'", "&#x27;").replace("&", "&amp;") in text or "&" in item.said for item in items[:5])
    assert "new</span>" not in text, "nothing is new to who has just come"


def test_a_kind_and_a_word_narrow_it() -> None:
    def item(kind: Kind, name: str) -> feed.Item:
        return feed.Item(kind, None, None, "c", name, " came", None)  # type: ignore[arg-type]  # no day is asked for

    found = [item(Kind.NEW, "Acme"), item(Kind.CHURN, "Acme"), item(Kind.NEW, "Zoë")]
    assert [each.name for each in feed_page.narrowed(found, [Kind.NEW], "")] == ["Acme", "Zoë"]
    assert [each.kind for each in feed_page.narrowed(found, list(Kind), "ACME")] == [Kind.NEW, Kind.CHURN]
    assert feed_page.narrowed(found, list(Kind), "acme zoë") == ()


def test_what_was_picked_stands_in_the_address(business: Business, open_page: Open) -> None:
    app = open_page("live-feed", kind="Left", lookback="12 months")
    assert "✕" in page_of(app)
    assert "●" not in page_of(app)


def test_a_search_without_a_hit_says_so(business: Business, open_page: Open) -> None:
    app = open_page("live-feed", q="nobody of that name")
    assert "Remove a filter" in app.info[0].value


def test_what_happened_since_is_marked_and_said(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("live-feed")
    whole = feed.newest

    def with_another(*asked: object, **more: object) -> tuple[feed.Item, ...]:
        items = whole(*asked, **more)  # type: ignore[arg-type]  # passed on as they came
        first = items[0]
        return (
            feed.Item(Kind.NEW, first.date, None, "cus_x", "Fresh Ltd", " became a customer on Pro", "sub_x"),
            *items,
        )

    monkeypatch.setattr(feed, "newest", with_another)
    figures.feed.cache_clear()
    app.run()
    text = page_of(app)
    assert 'aria-live="polite">Fresh Ltd became a customer on Pro</div>' in text
    assert text.count("pl-badge") == 1
    figures.feed.cache_clear()


def test_payments_are_there_at_once_when_the_address_asks_for_them(business: Business, open_page: Open) -> None:
    app = open_page("live-feed", kind="Payments", lookback="12 months")
    assert "✓" in page_of(app)
    assert not app.info


@pytest.mark.parametrize(("key", "value"), [("lookback", 365), ("kind", ["Payments"])])
def test_what_another_filter_shows_is_no_news(business: Business, open_page: Open, key: str, value: object) -> None:
    app = open_page("live-feed")
    before = page_of(app)
    app.session_state[key] = value
    app.run()
    assert page_of(app) != before
    assert "pl-badge" not in page_of(app)

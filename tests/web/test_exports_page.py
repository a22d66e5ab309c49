"""The Exports page: what is shown is what the file holds, and the way to the file says the same."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from lib.accounts import connections, preferences
from lib.reports import door, exports
from lib.web import downloads
from lib.web import reader as reading
from tests.web.conftest import Business, Open
from tests.web.test_analysis_pages import html


@pytest.mark.parametrize("title", ["All metrics", "MRR movements", "Customers", "Stripe: invoices"])
def test_a_look_and_the_way_to_the_file(title: str, business: Business, open_page: Open) -> None:
    app = open_page("exports", what=title)
    chosen = next(each for each in exports.EXPORTS if each.title == title)
    (address,) = re.findall(r'href="(/download/[^"]+)"', html(app))
    assert unescape(address).startswith(f"/download/{chosen.name}.csv?account={business.account}&from=")
    assert app.dataframe[0].value.shape[0] <= exports.PREVIEWED
    assert '<th scope="row">' in html(app)


def test_the_mark_for_excel_is_kept_for_every_download(business: Business, open_page: Open) -> None:
    app = open_page("exports")
    assert "bom=1" not in html(app)
    app.checkbox[0].check().run()
    assert "bom=1" in html(app)
    assert preferences.get(business.user, downloads.BOM) is True
    assert downloads.bom(business.user)


def test_parquet_and_a_report_of_today(business: Business, open_page: Open) -> None:
    app = open_page("exports", what="Plans", format="Parquet")
    assert "/download/plans.parquet?" in html(app)
    assert any("as of today" in each.value for each in app.caption)
    assert door.span(business.account)[1].isoformat() in html(app)


def test_numbers_are_written_as_the_reader_writes_them(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exports.MOST_PERIODS >= 1000
    monkeypatch.setattr(reading, "known_locale", lambda _tag: "de_DE")
    meant = exports.meant
    monkeypatch.setattr(exports, "meant", lambda *of: replace(meant(*of), start=meant(*of).end))
    said = [each.value for each in open_page("exports", what="All metrics").caption]
    assert f"no more than {exports.MOST_PERIODS // 1000}.000 periods" in " ".join(said)


def test_decimal_commas_are_offered_where_they_are_written_and_kept_for_every_download(
    business: Business, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [each.key for each in open_page("exports").checkbox] == ["bom"]
    monkeypatch.setattr(reading, "known_locale", lambda _tag: "de_DE")
    app = open_page("exports")
    app.checkbox(key="commas").check().run()
    assert "decimal=comma" in html(app)
    assert preferences.get(business.user, downloads.COMMAS) is True
    assert downloads.commas(business.user)
    connections.disconnect(business.user.workspace, business.account, now=1_900_000_000)
    assert f"everything.zip?account={business.account}&amp;decimal=comma" in html(open_page("connect"))
    monkeypatch.setattr(reading, "known_locale", lambda _tag: "en_US")
    assert not downloads.commas(business.user)

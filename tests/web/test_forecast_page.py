"""The page of forecasts as a script, and its sentences."""

from __future__ import annotations

from tests.web.conftest import Business, Open


def test_it_opens(business: Business, open_page: Open) -> None:
    app = open_page("forecast")
    assert [each.value for each in app.subheader] == ["What if", "How wrong it has been", "Figures", "Cash from renewals"]

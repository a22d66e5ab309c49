"""The digest's first sentence leads to the rows that its figure is made of."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lib.charts.scale import Scale
from lib.metrics.registry import Unit
from lib.money import exponent
from lib.web import digest, figures
from lib.web.navigation import PAGES
from tests.web.conftest import Business


@pytest.mark.parametrize("over", list(digest.Over))
def test_the_rows_behind_why_mrr_moved_add_up_to_how_much(over: digest.Over, business: Business) -> None:
    book = figures.book(business.account)
    found = digest.facts(book, over)
    assert found.mrr
    first = digest.sentences(found, over, Scale(Unit.MONEY, book.currency))[0]
    assert first.text.startswith("MRR ")
    page = next(each for each in PAGES if each.url_path == first.page)
    app = AppTest.from_file(str(page.path), default_timeout=60)
    for name, value in first.query:
        app.query_params[name] = value if isinstance(value, str) else list(value)
    app.run()
    assert not app.exception
    rows = app.dataframe[0].value
    change = (found.mrr.now - found.mrr.before) / 10 ** (6 + exponent(book.currency))
    assert rows["amount_base"].sum() == pytest.approx(change, abs=rows.shape[0] * 0.005 + 1e-9)
    assert rows["date"].min().date() >= found.span.start

"""Every page right after the Overview in one session, through the main script: what it remembers is no other's ruin."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lib.web import navigation
from lib.web.navigation import PAGES, Page
from tests.web.conftest import Business

MAIN = Path(navigation.__file__).with_name("main.py")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.url_path)
def test_a_page_opens_after_the_overview(page: Page, business: Business) -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params["account"] = business.account
    app.run()
    app.switch_page(os.path.relpath(page.path, MAIN.parent))
    app.run()
    assert not app.exception
    assert app.title[0].value

"""The platform's look: checked, shown where its users see it, and kept."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.sandbox.shop_front import selling

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 20).decode()
LOOK = {"name": "Plimsoll & Sons", "icon": PNG, "colour": "#0b6b72"}


def test_the_look_is_shown_and_kept(tmp_path: Path) -> None:
    with selling(state=tmp_path) as front:
        assert front.post("/_sandbox/branding", json=LOOK).json() == {**LOOK, "logo": None}
        asked = {"response_type": "code", "client_id": front.standin.connections.client_id}
        asked["redirect_uri"] = "http://localhost:8501/oauth/callback"
        consent = front.get("/oauth/authorize", params=asked).text
        sub = front.bought()
        for page in (consent, front.get(front.session()["url"]).text, front.get(front.portal(sub["customer"])).text):
            assert "Plimsoll &amp; Sons" in page
            assert PNG in page
            assert "--brand: #0b6b72; --on-brand: #ffffff" in page
        account = front.one("/v1/account")
        assert account["business_profile"]["name"] == "Plimsoll & Sons"
        assert account["settings"]["branding"]["primary_color"] == "#0b6b72"
    with selling(state=tmp_path) as front:
        assert front.get("/_sandbox/branding").json()["name"] == "Plimsoll & Sons"
        assert front.post("/_sandbox/branding", json={"icon": None}).json()["icon"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"colour": "#12345"},
        {"colour": "#123456; }"},
        {"icon": "https://example.com/x.png"},
        {"icon": "data:image/svg+xml;base64,PHN2Zz4="},
        {"icon": 'data:image/png;base64,AAAA"><script>'},
        {"logo": "data:image/png;base64,AAAA"},
        {"logo": PNG.replace("png", "webp")},
        {"name": ""},
        {"name": "a\nb"},
        {"name": 7},
        {"shape": "round"},
    ],
)
def test_what_is_not_safe_is_refused(wrong: dict[str, object]) -> None:
    with selling() as front:
        assert front.post("/_sandbox/branding", json=wrong).status_code == 400


def test_the_human_page_shows_the_shop() -> None:
    with selling() as front:
        assert "no subscription yet" in front.words("/")
        front.bought()
        words = front.words("/")
        for each in ("Plimsoll Business", "$990.00 per year", "LAUNCH20", "visa 4242", "Advance 15 days", "active"):
            assert each in words

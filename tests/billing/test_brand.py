"""The brand: what is taken and what is refused, who may keep it, where it shows, and that the stand-in is told."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from lib import settings as settings_module
from lib.accounts import mail
from lib.accounts.mail import Letter
from lib.accounts.sessions import SignedIn
from lib.accounts.weekly import Recipient
from lib.billing import brand, colours, pictures
from lib.billing.brand import PLAIN, Brand
from lib.charts.theme import DARK, LIGHT
from lib.errors import BadBrand, NotTheOperator
from lib.reports import weekly
from lib.settings import Settings, Standin
from lib.store.engine import migrate
from lib.web import branding, style
from tests.accounts.members import NOON, join


@pytest.fixture(autouse=True)
def _anew(data_dir: Path) -> Iterator[None]:
    migrate()
    brand.forget()
    yield
    brand.forget()


@pytest.fixture
def ada() -> SignedIn:
    return join("Ada").user


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 64)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#7A1F3D").save(out, kind)
    return out.getvalue()


def moving() -> bytes:
    out = io.BytesIO()
    first, second = (Image.new("RGB", (64, 64), each) for each in ("red", "blue"))
    first.save(out, "WEBP", save_all=True, append_images=[second])
    return out.getvalue()


# --- What is taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_is_kept_as_what_it_is(kind: str, mime: str) -> None:
    content = picture(kind)
    assert pictures.data_url(content, pictures.ICON) == f"data:{mime};base64,{base64.b64encode(content).decode()}"


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "shape", "why"),
    [
        (SVG, pictures.ICON, "is not a PNG, JPEG or WebP picture (an SVG can carry scripts)"),
        (b"<html><script>alert(1)</script>", pictures.ICON, "is not a PNG, JPEG or WebP picture"),
        (b"", pictures.ICON, "is not a PNG, JPEG or WebP picture"),
        (picture("GIF"), pictures.ICON, "is not a PNG, JPEG or WebP picture"),
        (b"\x89PNG\r\n\x1a\n" + b"<svg onload=alert(1)>", pictures.ICON, "icon"),
        (picture()[:100], pictures.ICON, "is damaged and does not open"),
        (picture() + bytes(pictures.LARGEST), pictures.ICON, "256 KB is the most"),
        (picture(size=(16, 16)), pictures.ICON, "is 16 × 16 pixels, and 32 a side is the least"),
        (picture(size=(1100, 1100)), pictures.ICON, "1,024 a side is the most"),
        (picture(size=(200, 64)), pictures.ICON, "make it nearly square"),
        (picture(size=(1000, 20)), pictures.LOGO, "make it less drawn out"),
        (picture(size=(4000, 4000)), pictures.LOGO, "2,048 a side is the most"),
        (moving(), pictures.ICON, "is animated"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_that_can_not_be_used_is_refused_with_a_sentence(
    content: bytes, shape: pictures.Shape, why: str
) -> None:
    with pytest.raises(BadBrand) as caught:
        pictures.data_url(content, shape)
    assert caught.value.message.startswith("This can't be used: the ")
    assert why in caught.value.message


def test_a_wide_logo_is_taken() -> None:
    assert pictures.data_url(picture(size=(600, 100)), pictures.LOGO).startswith("data:image/png")


@pytest.mark.parametrize(
    ("name", "colour", "why"),
    [
        ("x" * 61, None, "the name has 61 characters, and 60 is the most"),
        ("Har\u202ebour", None, "characters that can't be seen"),
        ("Harbour", "red", "a colour is written like #0B6B72"),
        ("Harbour", "#FFD700", "#FFD700 has a contrast of 1.4 to white, and links and buttons need 4.5"),
        ("Harbour", "#777777", "#777777 has a contrast of 4.4 to white"),
    ],
)
def test_names_and_colours_that_can_not_be_read_are_refused(name: str, colour: str | None, why: str) -> None:
    with pytest.raises(BadBrand) as caught:
        brand.draft(PLAIN, name=name, colour=colour)
    assert why in caught.value.message


def test_a_draft_keeps_the_pictures_that_are_not_given() -> None:
    before = Brand(icon="data:image/png;base64,AA")
    made = brand.draft(before, name="  The   Harbour ", colour="#7a1f3d", logo=picture(size=(120, 40)))
    assert (made.name, made.colour, made.icon) == ("The Harbour", "#7A1F3D", before.icon)
    assert made.logo
    assert "base64" not in repr(made)
    assert brand.draft(before, name=" ", colour="").title == "Plimsoll"


# --- Kept -------------------------------------------------------------------------------------------------------------


def test_the_operator_alone_keeps_and_resets_it(ada: SignedIn, use_settings: object) -> None:
    assert callable(use_settings)
    use_settings(stripe_secret_key="sk_test_1")
    bob = join("Bob", now=NOON + 1).user
    chosen = brand.draft(PLAIN, name="Harbour", colour="#7A1F3D", icon=picture())
    for act in (lambda: brand.keep(bob, chosen), lambda: brand.reset(bob)):
        with pytest.raises(NotTheOperator):
            act()
    assert brand.current() == PLAIN
    assert brand.keep(ada, chosen) is None
    assert brand.current() == chosen
    with pytest.raises(BadBrand):
        brand.keep(ada, Brand(colour="#FFFFFF"))
    assert brand.reset(ada) is None
    assert brand.current() == PLAIN


def test_the_stand_in_is_told_and_told_again(ada: SignedIn, bound_standin: Standin) -> None:
    door = f"{bound_standin['base']}/_sandbox/branding"
    try:
        assert brand.keep(ada, brand.draft(PLAIN, name="Harbour", colour="#7A1F3D", icon=picture())) is None
        shown = httpx.get(door).json()
        assert (shown["name"], shown["colour"], shown["logo"]) == ("Harbour", "#7A1F3D", None)
        assert shown["icon"].startswith("data:image/png;base64,")
    finally:
        assert brand.reset(ada) is None
    assert set(httpx.get(door).json().values()) == {None}


def test_a_stand_in_that_is_gone_loses_nothing(ada: SignedIn, standin: Standin) -> None:
    settings_module.bind_standin({**standin, "base": "http://127.0.0.1:9"})
    said = brand.keep(ada, Brand(name="Harbour"))
    assert said
    assert said.startswith("It is kept, but the stand-in did not take it")
    assert brand.current().name == "Harbour"


# --- Shown ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", ["#7A1F3D", "#000000", "#0000EE", "#006400", "#5B4BB5"])
def test_the_accent_can_be_read_in_both_modes(colour: str) -> None:
    light, dark = style.accent(colour)
    assert light == colour
    assert min(colours.contrast(dark, DARK.page), colours.contrast(dark, DARK.panel)) >= 4.5
    assert f"--pl-primary:light-dark({light},{dark})" in style.css(colour)


WIDGETS = ("stCheckbox", "stRadioOption", "stButtonGroup", "stSlider", "stSelectbox", "stTextInputRootElement")


@pytest.mark.parametrize("widget", WIDGETS)
def test_the_colour_reaches_what_streamlit_paints_and_the_ring_where_the_keyboard_is(widget: str) -> None:
    rules = [each for each in style.css("#7A1F3D").split("}") if f'"{widget}"' in each and "var(--pl-primary)" in each]
    assert rules
    assert len(style.css("#7A1F3D")) > len(style.css())
    ring = next(each for each in style.css("#7A1F3D").split("}") if "focus-visible" in each and "0 0 0 4px" in each)
    assert "0 0 0 2px var(--pl-page),0 0 0 4px var(--pl-primary)" in ring, "parted from a button of its own colour"


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        ("icon.svg", Brand(name="Harbour")),
        ("data:image/png;base64,QQ==", Brand(colour="#7A1F3D", icon="data:image/png;base64,QQ==")),
        ("stroke:#7A1F3D", Brand(colour="#7A1F3D")),
    ],
)
def test_a_closed_sidebar_shows_the_brand_s_mark(drawn: str, shown: Brand) -> None:
    found = branding.small(shown)
    svg = found.removeprefix("data:image/svg+xml;base64,")
    assert drawn in (base64.b64decode(svg).decode() if svg != found else found)
    assert branding.mark(shown) == (found if shown.colour else branding.MARK), "and so does the sign-in page"


def test_without_a_colour_the_accent_is_our_own() -> None:
    assert style.accent(None) == (LIGHT.primary, DARK.primary)
    assert style.css() == style.css(None)
    assert colours.contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_a_name_without_a_logo_is_drawn_and_can_not_break_out() -> None:
    drawn = branding.logo(Brand(name='<script>alert("1")</script>'))
    svg = base64.b64decode(drawn.removeprefix("data:image/svg+xml;base64,")).decode()
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    assert branding.logo(PLAIN).endswith("logo.svg")
    assert branding.logo(Brand(logo="data:image/png;base64,AA")) == "data:image/png;base64,AA"


def test_the_tab_says_the_name(ada: SignedIn) -> None:
    assert (branding.title("Overview"), branding.tab_icon()) == ("Overview · Plimsoll", branding.ICON)
    brand.keep(ada, Brand(name="Harbour", icon="data:image/png;base64,AA"))
    assert (branding.title("Overview"), branding.tab_icon()) == ("Overview · Harbour", "data:image/png;base64,AA")


def test_weekly_letters_carry_the_name(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    recipient = Recipient(ada.id, ada.email, ada.name, ada.workspace, ada.workspace_name)
    assert "you chose it in Plimsoll" in weekly.letter(recipient).text
    assert weekly.letter(recipient).by is None
    brand.keep(ada, Brand(name="Harbour"))
    made = weekly.letter(recipient)
    assert "you chose it in Harbour" in made.text
    assert "you chose it in Harbour" in made.html
    assert made.by == "Harbour"
    settings_module.replace(Settings.model_construct(mail_from="post@example.com"))
    letter = Letter("ada@example.com", "Hello", "text", "html", "https://x", "Harbour")
    assert mail._message(letter)["From"] == "Harbour <post@example.com>"
    settings_module.replace(Settings.model_construct(mail_from="The Post <post@example.com>"))
    assert mail._message(letter)["From"] == "The Post <post@example.com>"
    settings_module.replace(None)

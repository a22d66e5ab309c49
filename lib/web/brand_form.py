"""Branding on the Platform page: a name, a colour, an icon and a logo, looked at before they are kept."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from lib.accounts.sessions import SignedIn
from lib.billing import brand, pictures, setup
from lib.billing.brand import LONGEST_NAME, OURS, PLAIN, Brand
from lib.charts.theme import DARK, LIGHT
from lib.errors import AppError, BadBrand
from lib.settings import settings
from lib.web import branding, style
from lib.web.guard import require_login

_SAID: Final = "brand-said"
_ROUND: Final = "brand-round"
"""Session state: how often something was kept; the fields start anew each time."""
_TYPES: Final = ["png", "jpg", "jpeg", "webp"]
_MOST: Final = f"{pictures.LARGEST // 1024} KB at most"
_LET_IN: Final = 20
"""Megabytes that Streamlit lets in: whole ones only, so what is too large is told by us and its own line is hidden."""
_AT_STRIPE: Final = "https://dashboard.stripe.com/settings/branding"


def section(user: SignedIn) -> None:
    """The form and its preview, under the heading of the checks."""
    if said := st.session_state.pop(_SAID, None):
        kept, trouble = said
        st.success(kept)
        if trouble:
            st.warning(trouble)
    st.caption(_where())
    before = brand.current()
    fields, preview = st.columns(2, gap="large")
    with fields:
        chosen = _fields(before)
        _acts(user, before, chosen)
    with preview:
        st.html(_preview(chosen or before))


def _where() -> str:
    ours = "Shown in the tab, the sidebar, on the sign-in page, in invitations and weekly emails."
    if settings().sandbox_mode:
        return f"{ours} The stand-in's page of consent, Checkout and portal show it too."
    return (
        f"{ours} Stripe's own pages (consent, Checkout, portal) show what is set in "
        f"[Stripe's branding settings]({_AT_STRIPE})."
    )


def _fields(before: Brand) -> Brand | None:
    """The brand as the fields have it now; None while something in them can't be used."""
    number = st.session_state.get(_ROUND, 0)
    name = st.text_input(
        "Name", before.name or "", max_chars=LONGEST_NAME, placeholder=OURS, key=f"brand-name-{number}"
    )
    colour = st.color_picker(
        "Colour", before.colour or LIGHT.primary, key=f"brand-colour-{number}", help="Of buttons and links."
    )
    icon = st.file_uploader(
        f"Icon, square, PNG, JPEG or WebP, {_MOST}", _TYPES, key=f"brand-icon-{number}", max_upload_size=_LET_IN
    )
    logo = st.file_uploader(
        f"Logo, PNG, JPEG or WebP, {_MOST}", _TYPES, key=f"brand-logo-{number}", max_upload_size=_LET_IN
    )
    try:
        return brand.draft(
            before,
            name=name,
            colour=None if colour.upper() == LIGHT.primary.upper() else colour,
            icon=icon.getvalue() if icon else None,
            logo=logo.getvalue() if logo else None,
        )
    except BadBrand as error:
        st.error(error.message)
        return None


def _acts(user: SignedIn, before: Brand, chosen: Brand | None) -> None:
    with st.container(horizontal=True):
        if st.button("Save this brand", type="primary", disabled=chosen in {None, before}) and chosen:
            _keep(user, chosen)
        if before != PLAIN and st.button(f"Back to {OURS}'s own"):
            _keep(user, PLAIN)


def _keep(_user: SignedIn, chosen: Brand) -> None:
    """Keep it, by whoever is signed in now, and draw every page's head anew."""
    try:
        user = require_login()
        trouble = brand.reset(user) if chosen == PLAIN else brand.keep(user, chosen)
    except AppError as error:
        st.error(error.message)
        return
    setup.forget()
    kept = (
        f"This server shows itself as {OURS} again." if chosen == PLAIN else "The brand is saved and shown everywhere."
    )
    st.session_state[_SAID] = (kept, trouble)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _preview(shown: Brand) -> str:
    """The head of the sidebar and the sign-in page in both modes, as they will be."""
    light, dark = style.accent(shown.colour)
    return (
        '<p class="pl-small pl-muted">Preview</p><div class="pl-brands">'
        + _mode(shown, "light", LIGHT.page, LIGHT.panel, LIGHT.ink, light, LIGHT.page)
        + _mode(shown, "dark", DARK.page, DARK.panel, DARK.ink, dark, DARK.page)
        + "</div>"
    )


def _mode(shown: Brand, mode: str, page: str, panel: str, ink: str, accent: str, on: str) -> str:  # noqa: PLR0913, PLR0917 - the colours of one mode
    name = escape(shown.title)
    head = branding.logo(shown)
    head = head if head.startswith("data:") else branding.wordmark(OURS, None, *style.accent(None))
    mark = branding.mark(shown)
    return (
        f'<div class="pl-brand" style="background:{page};color:{ink};color-scheme:{mode}">'
        f'<div class="pl-brand-head" style="background:{panel}"><img src="{head}" alt="{name}"></div>'
        f'<div class="pl-brand-body"><img src="{mark}" alt="" width="32" height="32"><b>{name}</b></div>'
        f'<p><span class="pl-brand-act" style="background:{accent};color:{on}">Sign in</span> '
        f'<span style="color:{accent};text-decoration:underline">A link</span></p>'
        f'<p class="pl-small">{mode.capitalize()} mode</p></div>'
    )

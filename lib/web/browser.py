"""The few things a script must ask of the browser itself: go elsewhere, or post a form."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

import streamlit as st

_HISTORY: Final = Path(__file__).with_name("static") / "history.js"


def go(path: str) -> None:
    """Load ``path`` (of this site, or a whole address that Stripe gave us) in this tab."""
    _run(f"window.location.assign({_literal(path)})")


def post(path: str, **fields: str) -> None:
    """Post ``fields`` to ``path`` (of this site) as a form would, in this tab."""
    _run(
        f"const form = Object.assign(document.createElement('form'), {{method: 'post', action: {_literal(path)}}});"
        f"for (const [name, value] of Object.entries({_literal(fields)})) "
        "form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));"
        "document.body.append(form); form.submit()"
    )


def scroll_to(css_class: str) -> None:
    """Bring what has this class into view, once it is drawn."""
    _run(
        f"setTimeout(() => document.querySelector('.' + {_literal(css_class)})"
        f"?.scrollIntoView({{block: 'start'}}), 600) /* {time.monotonic_ns()} */"
    )


def one_entry_a_visit() -> None:
    """Have one click leave one entry in the browser's history, however often the page then writes its address."""
    _run(_HISTORY.read_text("utf-8"))


def close_menu(page: str) -> None:
    """Close the menu where it covers the page (a phone): somebody who tapped ``page`` wants to see it."""
    _run(
        f"/* {_literal(page).replace('*', '')} */ if (window.innerWidth < 768) "
        "document.querySelector('[data-testid=stSidebarCollapseButton] button[aria-expanded=true]')?.click()"
    )


def _run(script: str) -> None:
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def _literal(value: str | dict[str, str]) -> str:
    """``value`` as a JavaScript literal that can't end the script element."""
    return json.dumps(value).replace("<", "\\u003c")

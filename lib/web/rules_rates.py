"""Exchange rates on the Rules page: which are in use, and bringing a file or an address of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from lib.accounts.roles import Right
from lib.errors import AppError
from lib.reports import rates
from lib.web.guard import require_right
from lib.web.settings.said import refusal
from lib.web.standing import Standing

_SAID: Final = "rates-said"
_HELP: Final = (
    "A CSV file with the columns date, currency and rate (what one of the currency is worth in yours), "
    "or the European Central Bank's eurofxref-hist.csv as it is."
)


def section(at: Standing) -> None:
    """The whole section."""
    st.subheader("Exchange rates", anchor=False)
    account = at.account.account
    found = rates.in_use(account)
    st.write(rates.sentence(found))
    if found.needed:
        st.caption(
            "Rates come from your own charges, otherwise from your table; otherwise the last known rate is used."
        )
    for code in found.unpriced:
        st.warning(f"No rate for {code.upper()} is known: its amounts count as 0 until you add one.")
    if said := st.session_state.pop(_SAID, None):
        st.success(said)
    why_not = refusal(at.user, Right.MANAGE)
    _file(account, found, why_not)
    _address(account, found, why_not)


def _file(account: str, found: rates.InUse, why_not: str | None) -> None:
    brought = st.file_uploader("Your own daily rates", type=["csv", "zip", "txt"], help=_HELP, max_upload_size=16)
    with st.container(horizontal=True):
        off = bool(why_not) or brought is None
        if st.button("Use this file", disabled=off, help=why_not) and brought is not None:
            _try(lambda: f"{rates.bring(account, brought.getvalue()):,} rates are read from your file.")
        if found.file and st.button("Delete the file's rates", disabled=bool(why_not), help=why_not):
            _try(lambda: _forgotten(account))


def _forgotten(account: str) -> str:
    rates.forget(account)
    return "The rates of your file are deleted."


def _address(account: str, found: rates.InUse, why_not: str | None) -> None:
    with st.form(f"rates-url-{account}", border=False):
        url = st.text_input(
            "Or an address that is read every day",
            value=found.address or "",
            placeholder="https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip",
            help="The same kinds of file. Clear it to stop; the rates read from it are then deleted.",
        )
        if st.form_submit_button("Read it now", disabled=bool(why_not), help=why_not):
            _try(lambda: _read(account, url))


def _read(account: str, url: str) -> str:
    count = rates.read_from(account, url)
    return f"{count:,} rates are read from that address, and again every day." if count else "No address is read now."


def _try(act: Callable[[], str]) -> None:
    """Do it, and say how it went: over a rerun when it went well, so that the figures above are new."""
    try:
        require_right(Right.MANAGE)
        st.session_state[_SAID] = act()
    except AppError as error:
        st.error(error.message)
        return
    st.rerun()

"""Exchange rates on the Rules page: which are in use, and bringing a file or an address of one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from lib.accounts.roles import Right
from lib.errors import AppError
from lib.money import show_count
from lib.reports import rates
from lib.web import asking, words
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
    st.write(rates.sentence(found, at.reader.locale))
    if found.needed:
        st.caption(
            "Rates come from your own charges, otherwise from your table; otherwise the last known rate is used."
        )
    for code in found.unpriced:
        st.warning(f"No rate for {code.upper()} is known: its amounts count as 0 until you add one.")
    if said := st.session_state.pop(_SAID, None):
        st.success(said)
    why_not = refusal(at.user, Right.MANAGE)
    _file(at, found, why_not)
    _address(at, found, why_not)


def _file(at: Standing, found: rates.InUse, why_not: str | None) -> None:
    account = at.account.account
    brought = st.file_uploader("Your own daily rates", type=["csv", "zip", "txt"], help=_HELP, max_upload_size=16)
    with st.container(horizontal=True):
        off = bool(why_not) or brought is None
        if st.button("Use this file", disabled=off, help=why_not) and brought is not None:
            _try(lambda: f"{_rates(at, rates.bring(account, brought.getvalue()))} read from your file.")
        if found.file:
            asking.button("Delete the file's rates", f"rates-file-{account}", why_not=why_not)
    lost = (
        f"Delete the rates of {rates.days(found.file, at.reader.locale)} from your file? Amounts of those days will be "
        "converted at other rates, and every figure that includes them will change. To have them back, choose the file "
        "again."
    )
    if found.file and asking.confirmed(f"rates-file-{account}", lost):
        _try(lambda: _forgotten(account))


def _forgotten(account: str) -> str:
    rates.forget(account)
    return "The rates of your file are deleted."


def _address(at: Standing, found: rates.InUse, why_not: str | None) -> None:
    account, now = at.account.account, found.address or ""
    stop, field = f"rates-stop-{account}", f"rates-address-{account}"
    if field not in st.session_state:  # the page was left meanwhile, and the question with it
        asking.leave(stop)
    st.session_state.setdefault(field, now)
    with st.form(f"rates-url-{account}", border=False):
        url = st.text_input(
            "Or an address that is read every day",
            key=field,
            placeholder="https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip",
            help="The same kinds of file. Clear it to stop; the rates read from it are then deleted.",
        )
        read = st.form_submit_button("Read it now", disabled=bool(why_not), help=why_not)
    if read and now and not url.strip():
        asking.ask(stop)
    elif read:
        asking.leave(stop)
        _try(lambda: _read(at, url))
    lost = (
        f"Stop reading {words.plain(now)}? The rates of {rates.days(found.url, at.reader.locale)} that were read "
        "from it will be deleted, and every figure that includes an amount of those days will change."
    )
    if now and asking.confirmed(stop, lost, "Stop reading it", kept=partial(_set, field, now)):
        _try(lambda: _read(at, ""))


def _set(key: str, value: str) -> None:
    st.session_state[key] = value


def _read(at: Standing, url: str) -> str:
    if not (count := rates.read_from(at.account.account, url)):
        return "No address is read now."
    return f"{_rates(at, count)} read from that address, and again every day."


def _rates(at: Standing, count: int) -> str:
    return "1 rate is" if count == 1 else f"{show_count(count, at.reader.locale)} rates are"


def _try(act: Callable[[], str]) -> None:
    """Do it, and say how it went: over a rerun when it went well, so that the figures above are new."""
    try:
        require_right(Right.MANAGE)
        st.session_state[_SAID] = act()
    except AppError as error:
        st.error(error.message)
        return
    st.rerun()

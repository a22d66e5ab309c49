"""The Rules page: how MRR is counted. Old and new stand side by side before anything is kept, and can be put back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

import orjson
import streamlit as st

from lib.accounts import workspaces
from lib.accounts.roles import Right
from lib.accounts.sessions import SignedIn
from lib.errors import AppError
from lib.ledger.rules import PRESETS, SWITCHES, Preset, Rules, preset_of, to_json
from lib.reports import rules, switches
from lib.reports.rules import Comparison, Counting
from lib.reports.switches import Kind
from lib.web import links, rules_comparison, rules_rates, words
from lib.web.guard import require_login, require_right
from lib.web.settings.said import refusal
from lib.web.standing import Standing, stand

OWN: Final = "Your own"
ABOUT: Final = {
    Preset.BAREMETRICS: "The default: running coupons lower MRR, customers who cancel leave when the paid period ends.",
    Preset.CHARTMOGUL: "Every coupon lowers MRR, free customers stay active, returning customers offset churn.",
    Preset.PROFITWELL: "Every coupon lowers MRR, paused subscriptions and stays within one month are left out.",
    Preset.STRIPE: "As in Stripe's dashboard: customers leave when they cancel, unpaid renewals never count as left.",
    OWN: "Each switch as you set it below.",
}
"""One sentence for each choice."""
_SEEN: Final = "rules-seen"
"""The comparison on the page, with the account it is about."""
_SAID: Final = "rules-said"


def show() -> None:
    """The whole page."""
    at = stand("Rules", alone=True)
    account = at.account.account
    try:
        now = rules.current(account)
        offered = rules.currencies(account)
    except AppError as error:
        st.error(error.message)
        st.stop()
    st.write("How recurring revenue is counted. Nothing changes until you compare old and new and choose the new.")
    _told(at.user, account)
    left, right = st.columns([5, 6], gap="large")
    with left:
        wanted = _Draft(at, now, offered).draw()
        rules_rates.section(at)
    with right:
        _compared(at, now, wanted)


class _Draft:
    """The widgets of one account's rules; what stands in them is kept nowhere else."""

    def __init__(self, at: Standing, now: Counting, offered: tuple[str, ...]) -> None:
        self.at, self.now, self.offered = at, now, offered
        state = orjson.dumps([to_json(now.rules), now.timezone], option=orjson.OPT_SORT_KEYS)
        self.prefix = f"rules-{at.account.account}-{hashlib.sha256(state).hexdigest()[:8]}"
        for switch in SWITCHES:
            st.session_state.setdefault(self._key(switch.name), _widget_value(now.rules, switch.name))
        st.session_state.setdefault(self._key("timezone"), now.timezone)

    def draw(self) -> Counting | None:
        """Draw all, and return what is set; None, with the reason on the page, for what can't be."""
        wanted = self._read()
        self._presets(wanted)
        st.subheader("Switches", anchor=False)
        for switch in SWITCHES:
            self._switch(switch.name, switch.metadata["title"], switch.metadata["help"])
        st.selectbox("Time zone", self._zones(), key=self._key("timezone"))
        st.caption("Days and months begin and end at midnight there.")
        if isinstance(wanted, AppError):
            st.error(wanted.message)
            return None
        if wanted != self.now:
            st.button("Undo these changes", on_click=self._set, args=(self.now,))
        return wanted

    def _key(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def _zones(self) -> tuple[str, ...]:
        known = rules.timezones()
        return known if self.now.timezone in known else (self.now.timezone, *known)

    def _read(self) -> Counting | AppError:
        values = {switch.name: st.session_state[self._key(switch.name)] for switch in SWITCHES}
        values = {name: frozenset(v) if switches.kind(name) is Kind.SET else v for name, v in values.items()}
        try:
            return replace(self.now, rules=Rules(**values), timezone=st.session_state[self._key("timezone")])
        except AppError as error:
            return error

    def _presets(self, wanted: Counting | AppError) -> None:
        found = None if isinstance(wanted, AppError) else preset_of(wanted.rules)
        own = st.session_state.get(self._key("own"), False)
        st.session_state[self._key("preset")] = OWN if own or found is None else found.value
        st.radio(
            "Count as",
            list(ABOUT),
            captions=list(ABOUT.values()),
            key=self._key("preset"),
            on_change=self._choose,
        )

    def _choose(self) -> None:
        chosen = st.session_state[self._key("preset")]
        st.session_state[self._key("own")] = chosen == OWN
        if chosen == OWN:
            return
        held = {name: st.session_state[self._key(name)] for name in ("currency", "frozen_rates")}
        zone = st.session_state[self._key("timezone")]
        self._set(replace(self.now, rules=replace(PRESETS[Preset(chosen)], **held), timezone=zone))

    def _set(self, to: Counting) -> None:
        """Put values into the widgets; in a callback, before they are drawn."""
        for switch in SWITCHES:
            st.session_state[self._key(switch.name)] = _widget_value(to.rules, switch.name)
        st.session_state[self._key("timezone")] = to.timezone

    def _switch(self, name: str, title: str, help_: str) -> None:
        """One switch by its kind, with its sentence below."""
        key = self._key(name)
        match switches.kind(name):
            case Kind.FLAG:
                st.toggle(title, key=key)
            case Kind.SET:
                st.pills(
                    title, switches.choices(name), selection_mode="multi", format_func=switches.choice_title, key=key
                )
            case Kind.CHOICE:
                st.selectbox(title, switches.choices(name), format_func=switches.choice_title, key=key)
            case Kind.NUMBER:
                st.number_input(title, min_value=0, step=1, placeholder="Never", key=key)
            case Kind.DAY:
                first, last = self.at.book.first, self.at.book.today
                st.date_input(title, min_value=first, max_value=last, key=key, format=self.at.reader.date_input)
            case Kind.CURRENCY:
                self._currency(title, key)
        st.caption(help_)

    def _currency(self, title: str, key: str) -> None:
        held = self.now.rules.currency
        known = [each for each in self.offered if each != held]
        st.selectbox(title, [None, *([held] if held else []), *known], format_func=_currency_title, key=key)
        if len(self.offered) < _FEW:
            st.caption("Only currencies with known exchange rates can be chosen. Add daily rates below to have more.")


_FEW: Final = 3


def _widget_value(held: Rules, name: str) -> Any:  # noqa: ANN401 - as each widget wants it
    value = getattr(held, name)
    return [each for each in switches.choices(name) if each in value] if isinstance(value, frozenset) else value


def _currency_title(code: str | None) -> str:
    return code.upper() if code else "The account's own"


# --- Old and new ------------------------------------------------------------------------------------------------------


def _compared(at: Standing, now: Counting, wanted: Counting | None) -> None:
    st.subheader("Old and new", anchor=False)
    if wanted is None:
        return
    if (wanted.rules, wanted.timezone) == (now.rules, now.timezone):
        st.caption("These are the rules in force. Change a switch or choose a preset, and compare.")
        return
    account = at.account.account
    seen = st.session_state.get(_SEEN)
    if not seen or seen[0] != (account, wanted.rules, wanted.timezone):
        st.caption("Not in force yet. Every figure is recalculated for the comparison, which may take some seconds.")
        if st.button("Show old and new", type="primary"):
            _compare(at, wanted)
        return
    rules_comparison.draw(seen[1], at.reader)
    with st.container(horizontal=True):
        why_not = refusal(at.user, Right.MANAGE)
        if st.button("Use these rules", type="primary", disabled=bool(why_not), help=why_not):
            _confirm(account, words.plain(at.account.name), wanted)


def _compare(at: Standing, wanted: Counting) -> None:
    account = at.account.account
    try:
        with st.spinner("Counting by the new rules"):
            found: Comparison = rules.preview(account, wanted.rules, wanted.timezone)
    except AppError as error:
        st.error(error.message)
        return
    st.session_state[_SEEN] = ((account, wanted.rules, wanted.timezone), found)
    st.rerun()


@st.dialog("Use these rules?")
def _confirm(account: str, name: str, wanted: Counting) -> None:
    confirming(account, name, wanted)


def confirming(account: str, name: str, wanted: Counting) -> None:
    """What the dialog asks. The account is one that the page has found to be the reader's."""
    require_login()
    st.write(
        f"Every figure of **{name}** follows, past ones too: on all pages, in exports and in the API. "
        "You can put the old rules back on this page."
    )
    if not st.button("Use these rules", type="primary", key="rules-keep-now"):
        return
    try:
        user = require_right(Right.MANAGE)
        rules.keep(workspaces.require_account(user.workspace, account), wanted.rules, wanted.timezone)
    except AppError as error:
        st.error(error.message)
        return
    st.session_state[_SAID] = "The new rules are in force. Every figure is counted by them."
    st.session_state.pop(_SEEN, None)
    st.rerun()


def _told(user: SignedIn, account: str) -> None:
    """What the last act came to, and the way back: it stays until other rules are kept, in any session."""
    if said := st.session_state.pop(_SAID, None):
        st.success(said)
    if (old := rules.before(account)) is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.write(f"Before these rules, figures were counted as {named(old)}.")
        why_not = refusal(user, Right.MANAGE)
        if st.button("Put the old rules back", icon=":material/undo:", disabled=bool(why_not), help=why_not):
            _put_back(account)
        links.overview("See the overview", account)


def named(counting: Counting) -> str:
    """Rules by their preset's name, or as the owner's own; the time zone is told with them."""
    found = preset_of(counting.rules)
    return f"{found.value if found else 'your own settings'} (time zone {counting.timezone})"


def _put_back(account: str) -> None:
    try:
        require_right(Right.MANAGE)
        rules.put_back(account)
    except AppError as error:
        st.error(error.message)
        return
    st.session_state[_SAID] = "The old rules are back. Every figure is as it was."
    st.rerun()

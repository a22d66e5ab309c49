"""Settings, Metric rules: by which rules each account is counted, in a sentence, and the way to change them."""

from __future__ import annotations

import streamlit as st

from lib.accounts import connections
from lib.accounts.sessions import SignedIn
from lib.errors import AppError
from lib.ledger.rules import PRESETS, SWITCHES, Preset, Rules, preset_of
from lib.reports import rules
from lib.web import links, rules_page, words


def section(user: SignedIn) -> None:
    """The whole section."""
    st.subheader("Metric rules", anchor=False)
    st.write("What counts as recurring revenue, when a customer counts as having left, and how discounts are taken.")
    mine = connections.of(user.workspace)
    if not mine:
        st.caption("Each account has its own rules. Connect one, then choose them here.")
        return
    for each in mine:
        with st.container(border=True):
            st.markdown(f"**{words.plain(each.name)}**")
            try:
                st.write(in_force(rules.current(each.account).rules))
            except AppError as error:
                st.error(error.message)
            st.page_link(
                links.page("rules"),
                label="See the rules, compare and change them",
                icon=":material/tune:",
                query_params={"account": each.account},
            )


def in_force(held: Rules) -> str:
    """Which rules are in force, in a sentence or two."""
    if found := preset_of(held):
        return f"Counted as **{found}** does. {rules_page.ABOUT[found]}"
    near = min(PRESETS, key=lambda preset: len(_differing(held, PRESETS[preset])))
    titles = [f"“{each}”" for each in _differing(held, PRESETS[near])]
    return f"Counted by your own rules: as **{Preset(near)}** does, except for {_listed(titles)}."


def _differing(one: Rules, other: Rules) -> list[str]:
    """Titles of the switches that are set otherwise; the reporting currency is no matter of rules to readers."""
    named = [each for each in SWITCHES if each.name != "currency"]
    return [each.metadata["title"] for each in named if getattr(one, each.name) != getattr(other, each.name)]


def _listed(titles: list[str]) -> str:
    if not titles:
        return "the reporting currency"
    *first, last = titles
    return f"{', '.join(first)} and {last}" if first else last

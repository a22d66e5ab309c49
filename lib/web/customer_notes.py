"""The notes about a customer, on the customer's page: read by everybody, written by who may."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from html import escape

import streamlit as st

from lib.accounts import customer_notes, roles
from lib.accounts.customer_notes import Note
from lib.accounts.roles import Right
from lib.errors import AppError
from lib.web import words
from lib.web.settings import said
from lib.web.standing import Standing


def section(at: Standing, customer: str) -> None:
    """The whole section."""
    found = customer_notes.of(at.user, at.account.account, customer)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Notes", anchor=False, width="content")
        _add(at, customer, len(found))
    if not found:
        st.caption("What should your team know about this customer? Notes stay here and are not sent to Stripe.")
    for note in found:
        _note(at, note)


def _add(at: Standing, customer: str, count: int) -> None:
    why_not = said.refusal(at.user, Right.EDIT)
    with (
        st.popover("Add a note", icon=":material/add:", disabled=bool(why_not), help=why_not, key=f"note-{count}"),
        st.form("note-add", border=False, clear_on_submit=True),
    ):
        text = st.text_area("Note", max_chars=customer_notes.LONGEST, key="note-text")
        if not st.form_submit_button("Save this note", type="primary", disabled=bool(why_not)):
            return
    add = partial(customer_notes.add, at.user, at.account.account, customer, text, now=int(time.time()))
    _done(add)


def _note(at: Standing, note: Note) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        st.html(
            f'<div class="pl-note">{escape(note.text)}<small>{escape(_signed(at, note))}</small></div>', width="stretch"
        )
        if roles.may(at.user, Right.EDIT):
            with st.popover("Edit" if note.mine else "Delete", type="tertiary", key=f"{note.id}-{hash(note.text)}"):
                _change(at, note)


def _signed(at: Standing, note: Note) -> str:
    day = words.short_day(datetime.fromtimestamp(note.created, UTC).date(), at.reader.locale)
    return f"{note.author or 'Somebody who left the team'} · {day}"


def _change(at: Standing, note: Note) -> None:
    if note.mine:
        text = st.text_area("Note", value=note.text, max_chars=customer_notes.LONGEST, key=f"text-{note.id}")
        if st.button("Save", type="primary", key=f"save-{note.id}"):
            _done(partial(customer_notes.rewrite, at.user, note.id, text))
    else:
        st.write("Delete this note for everybody?")
    if st.button("Delete this note", key=f"remove-{note.id}"):
        _done(partial(customer_notes.remove, at.user, note.id))


def _done(act: Callable[[], object]) -> None:
    try:
        act()
    except AppError as error:
        st.error(error.message)
        return
    st.rerun()

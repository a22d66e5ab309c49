"""How to make Stripe deliver changes here: the address and the events to paste, and whether a test event arrives."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import streamlit as st

from lib.accounts import deliveries
from lib.accounts.connections import Connected
from lib.errors import AppError
from lib.gateway import refusals, standin
from lib.settings import settings
from lib.sync.announcements import EVENT_TYPES
from lib.web import arrival, words
from lib.web.guard import require_login

PATH: Final = "/webhooks/stripe"
LOOKS: Final = 2.0
"""Seconds between two looks for the test event."""
_SINCE: Final = "endpoint-waits-since"


def show(mine: Sequence[Connected]) -> None:
    """The help, folded: most owners never need it, because the server's admin sets deliveries up once."""
    with st.expander("Set up deliveries from Stripe", icon=":material/bolt:"):
        st.write(
            "Whoever runs this server does this once, in the Stripe account that Connect with Stripe belongs to. "
            "Changes in connected accounts then show up here within a second."
        )
        _steps()
        st.markdown("**Check that it works**")
        _check(mine)


def address() -> str:
    """The address that Stripe delivers to."""
    return f"{settings().app_url.rstrip('/')}{PATH}"


def _steps() -> None:
    st.markdown(
        "1. At Stripe, open Workbench, then Webhooks, and add a destination for events of **Connected accounts** "
        "(not “Your account”: its events are about the server's own Stripe account and are ignored here)."
    )
    st.markdown("2. Paste this as the endpoint URL:")
    st.code(address(), language=None, wrap_lines=True)
    st.markdown(f"3. Choose these {len(EVENT_TYPES)} event types:")
    st.code("\n".join(EVENT_TYPES), language=None, height=180)
    st.markdown("4. Give the endpoint's signing secret to this server as this setting, and restart it:")
    st.code("STRIPE_WEBHOOK_SECRET=whsec_…", language=None)
    st.markdown("With Stripe's command line tool, all in one:")
    st.code(command(), language="bash")


def command() -> str:
    """The same with ``stripe``, Stripe's command line tool."""
    events = " ".join(f'-d "enabled_events[]={each}"' for each in EVENT_TYPES)
    return f'stripe webhook_endpoints create -d "url={address()}" -d connect=true {events}'


@st.fragment(run_every=LOOKS)
def _check(mine: Sequence[Connected]) -> None:
    require_login()
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Wait for a test event"):
            st.session_state[_SINCE] = time.time()
        if settings().sandbox_mode and st.button("Let the stand-in send one"):
            st.session_state[_SINCE] = time.time()
            _send(mine)
    if (since := st.session_state.get(_SINCE)) is not None:
        _told(since, mine)


def _send(mine: Sequence[Connected]) -> None:
    try:
        standin.send_test_event(next(each.account for each in mine if each.kind != "restricted_key"))
    except AppError as error:
        st.error(error.message)


def _told(since: float, mine: Sequence[Connected]) -> None:
    """What came since the owner began to wait: a delivery, refused ones, or nothing so far."""
    now = time.time()
    names = [each.account for each in mine]
    last = max((at for name in names if (at := deliveries.seen(name).last)), default=0.0)
    if last >= since:
        st.success(f"A test event arrived {_seconds(now - last)}. Deliveries work.")
    elif refused := refusals.since(since):
        times = "One delivery was" if len(refused) == 1 else f"{len(refused)} deliveries were"
        st.error(
            f"{times} refused: {words.plain(refused[-1].why)} If it names the signature, copy the endpoint's signing "
            "secret again into STRIPE_WEBHOOK_SECRET and restart the server."
        )
    else:
        st.info(
            f"Waiting since {arrival.duration(max(1.0, now - since))}. Press “Send test event” at Stripe, or run "
            f"`stripe trigger product.updated --stripe-account {names[0]}`. If nothing comes within a minute, see "
            "whether the endpoint's address is the one above and can be reached from the internet."
        )


def _seconds(seconds: float) -> str:
    return "just now" if seconds < 1 else f"{arrival.duration(int(seconds))} ago"

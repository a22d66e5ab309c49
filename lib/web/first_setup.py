"""The steps from a fresh server to one that real Stripe knows, with the pages of Stripe's dashboard for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from lib.billing.setup import Side
from lib.billing.setup.hooks import CONNECTED_PATH, OWN_PATH
from lib.billing.setup.sides import CALLBACK, home
from lib.settings import settings

_DASHBOARD: Final = "https://dashboard.stripe.com"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, why, the page of Stripe's dashboard, and the line for the settings or for Stripe."""

    title: str
    about: str
    link: str = ""
    copy: str = ""


def steps() -> tuple[Step, ...]:
    """All of them, in order; each works in test mode first."""
    return (
        Step(
            "Make your Stripe account a platform",
            "Connect lets other businesses link their accounts to yours. Begin in test mode: nothing is real there.",
            f"{_DASHBOARD}/test/connect",
        ),
        Step(
            "Copy the secret key",
            "It lets this server read from Stripe. It belongs in the server's settings and nowhere else.",
            f"{_DASHBOARD}/test/apikeys",
            "STRIPE_SECRET_KEY=sk_test_…",
        ),
        Step(
            "Copy the client id",
            "It names your platform on the page where owners allow access; you find it where OAuth is switched on.",
            f"{_DASHBOARD}/test/settings/connect/onboarding-options/oauth",
            "STRIPE_CLIENT_ID=ca_…",
        ),
        Step(
            "Register the address that owners come back to",
            "On the same page, among the redirects, exactly like this:",
            f"{_DASHBOARD}/test/settings/connect/onboarding-options/oauth",
            home(CALLBACK),
        ),
        Step(
            "Restart the server and come back here",
            "This page then asks Stripe about each step, and can create the two webhook endpoints, "
            f"{CONNECTED_PATH} and {OWN_PATH}, with the events they need.",
        ),
        Step(
            "Put their signing secrets into the settings",
            "Each is shown once, when its endpoint is created. Do the same in live mode when you are ready.",
            f"{_DASHBOARD}/test/webhooks",
            "STRIPE_WEBHOOK_SECRET=whsec_…\nSTRIPE_PLATFORM_WEBHOOK_SECRET=whsec_…",
        ),
    )


def show(main: Side) -> None:
    """The steps where no key is set; folded in the sandbox, which needs none; nothing once there is one."""
    if settings().sandbox_mode:
        with st.expander("From the sandbox to your own Stripe account", icon=":material/checklist:"):
            _list()
    elif not main.keys.secret:
        st.subheader("First steps", anchor=False)
        st.write("This server has no Stripe key yet. Six steps, about a quarter of an hour:")
        _list()


def _list() -> None:
    with st.container(key="first-setup"):
        for number, step in enumerate(steps(), 1):
            link = f" [Open at Stripe]({step.link})" if step.link else ""
            st.markdown(f"**{number}. {step.title}.** {step.about}{link}")
            if step.copy:
                st.code(step.copy, language=None, wrap_lines=True)

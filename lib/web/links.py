"""Ways from page to page that keep the account and need no reload."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lib.web.navigation import PAGES

GO = "go"
"""In an address: the section was asked for by a link, whatever section Settings shows now."""


def page(url_path: str) -> st.Page:
    """The registered page at ``url_path``."""
    found = next(each for each in PAGES if each.url_path == url_path)
    return st.Page(found.path, title=found.title, url_path=found.url_path, default=found is PAGES[0])


def metric(slug: str, label: str, account: str, segment: str | None = None) -> None:
    """A link to a metric's page, of a segment if one is named."""
    more = {"segment": segment} if segment else {}
    st.page_link(page("metric"), label=label, query_params={"slug": slug, "account": account, **more})


def overview(label: str, account: str) -> None:
    """A link to the overview of an account."""
    st.page_link(page("overview"), label=label, query_params={"account": account})


def feed(label: str, account: str) -> None:
    """A link to an account's live feed."""
    st.page_link(page("live-feed"), label=label, query_params={"account": account})


def go_overview(label: str, account: str) -> None:
    """The same as the page's main button."""
    with st.container(key="go"):
        overview(label, account)


def go_connect(label: str) -> None:
    """The way to the Connect page, as the page's main button."""
    with st.container(key="go"):
        st.page_link(page("connect"), label=label)


def sync(label: str, account: str) -> None:
    """A link to an account's progress on the Connect page."""
    st.page_link(page("connect"), label=label, query_params={"account": account})


def customers(label: str, account: str, filters: Mapping[str, list[str]]) -> None:
    """A link to the list of customers, filtered as its address says it."""
    st.page_link(page("customers"), label=label, query_params={**filters, "account": account})


def go_customers(account: str, filters: Mapping[str, list[str]]) -> None:
    """Go to that list now; nothing more of this run happens."""
    st.switch_page(page("customers"), query_params={**filters, "account": account})


def go_customer(customer: str, account: str) -> None:
    """Go to a customer's page now; nothing more of this run happens."""
    st.switch_page(page("customer"), query_params={"id": customer, "account": account})


def customer(label: str, customer: str, account: str) -> None:
    """A link to a customer's page."""
    st.page_link(page("customer"), label=label, query_params={"id": customer, "account": account})


def go_metric(address: Mapping[str, list[str]]) -> None:
    """Go to a metric's page as its address was; nothing more of this run happens."""
    st.switch_page(page("metric"), query_params=dict(address))


def go_movements(address: Mapping[str, list[str]]) -> None:
    """Go to the movements of MRR now; nothing more of this run happens."""
    st.switch_page(page("movements"), query_params=dict(address))


def cash_flow(label: str, account: str) -> None:
    """A link to an account's cash flow."""
    st.page_link(page("cash-flow"), label=label, query_params={"account": account})


def plan(label: str) -> None:
    """A link to what the workspace has bought, and to what else there is to buy; it works within Settings too."""
    st.page_link(page("settings"), label=label, query_params={"section": "Your plan", GO: "1"})


def exports(label: str) -> None:
    """A link to where everything can be taken along."""
    st.page_link(page("exports"), label=label, icon=":material/download:")


def new_subscription(account: str, customer: str | None = None) -> None:
    """A link to where a subscription is made, for one customer if one is named."""
    asked = {"customer": customer} if customer else {}
    st.page_link(
        page("new-subscription"),
        label="New subscription",
        icon=":material/add:",
        query_params={**asked, "account": account},
    )

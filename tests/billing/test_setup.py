"""What a look at our own set-up finds, against a stand-in over HTTP: right, wrong, missing; and never a secret."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from lib.billing import brand, plans, setup, truth
from lib.billing.brand import Brand
from lib.billing.setup import Check, State, hooks, keys, looks, portal, prices, signin
from lib.gateway import refusals
from lib.gateway.platform import Keys
from lib.settings import Settings, Standin
from lib.store.engine import migrate, transaction
from lib.store.tables import Connection, EventInbox, Workspace
from lib.sync.announcements import EVENT_TYPES
from tests.accounts.members import join
from tests.conftest import standin_process
from tests.gateway.stub import Asked, Reply, stripe

Use = Callable[..., Settings]
CONNECTED, OWN = hooks.wanted(EVENT_TYPES)
SITE = "http://localhost:8501"


@pytest.fixture(autouse=True)
def _anew(data_dir: Path) -> Iterator[None]:
    migrate()
    setup.forget()
    brand.forget()
    yield
    setup.forget()
    brand.forget()


@pytest.fixture(scope="module")
def own(world_cache: Path) -> Iterator[Standin]:
    """A stand-in whose endpoints this module makes and deletes."""
    with standin_process("--cache", str(world_cache)) as info:
        yield info


@pytest.fixture
def at(use_settings: Use, own: Standin) -> Iterator[Use]:
    """``at(app_url=…)``: the stand-in is our Stripe, as its own keys say, but for what is given."""

    def use(**more: object) -> Settings:
        return use_settings(
            **{
                "stripe_secret_key": own["secret_key"],
                "stripe_client_id": own["client_id"],
                "stripe_api_base": own["base"],
                "stripe_connect_base": own["base"],
                "billing": True,
                **more,
            }
        )

    use()
    yield use
    api = httpx.Client(base_url=own["base"], headers={"Authorization": f"Bearer {own['secret_key']}"})
    for each in api.get("/v1/webhook_endpoints?limit=100").json()["data"]:
        api.delete(f"/v1/webhook_endpoints/{each['id']}")


def made(own: Standin, url: str, events: tuple[str, ...], *, connect: bool) -> None:
    answer = httpx.post(
        f"{own['base']}/v1/webhook_endpoints",
        headers={"Authorization": f"Bearer {own['secret_key']}"},
        data={"url": url, "connect": str(connect).lower()} | {f"enabled_events[{n}]": e for n, e in enumerate(events)},
    )
    assert answer.status_code == 200, answer.text


def found(name: str, mode: str = "test") -> Check:
    setup.forget()
    checks = setup.look(EVENT_TYPES).checks
    (one,) = [each for each in checks if each.name == name and each.mode == mode]
    return one


def names(mode: str) -> list[str]:
    return [each.name for each in setup.look(EVENT_TYPES).checks if each.mode == mode]


# --- Keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at")
def test_keys_that_belong_together_are_in_place() -> None:
    key = found(keys.SECRET_KEY)
    assert key.state is State.OK
    assert "Answers in test mode as Plimsoll (acct_" in key.says
    assert found(keys.CLIENT_ID).state is State.OK


def test_a_key_that_stripe_does_not_know_is_wrong_and_hides_nothing_else(at: Use) -> None:
    at(stripe_secret_key="sk_test_nobodyhasthis")
    key = found(keys.SECRET_KEY)
    assert key.state is State.WRONG
    assert "does not know the key in STRIPE_SECRET_KEY" in key.says
    assert found(keys.CLIENT_ID).state is State.WRONG
    assert found(signin.DEVELOPMENT).state is State.OK
    events = found("Webhook endpoints")
    assert (events.state, events.says) == (
        State.UNKNOWN,
        "Stripe refused the secret key, so this could not be asked.",
    )


@pytest.mark.parametrize(
    ("given", "name", "state", "says"),
    [
        ({"stripe_secret_key": None}, keys.SECRET_KEY, State.MISSING, "No key of test mode is set."),
        ({"stripe_secret_key": "pk_test_1"}, keys.SECRET_KEY, State.WRONG, "does not look like a secret key"),
        ({"stripe_client_id": None}, keys.CLIENT_ID, State.MISSING, "No client id of test mode is set"),
        ({"stripe_client_id": "acct_1"}, keys.CLIENT_ID, State.WRONG, "does not look like a client id"),
        ({"stripe_client_id": "ca_another"}, keys.CLIENT_ID, State.WRONG, "does not know this client id"),
        ({"stripe_connect_scope": "everything"}, keys.CLIENT_ID, State.WRONG, "ask for the scope everything"),
        ({"stripe_connect_base": "https://connect.stripe.com"}, keys.CLIENT_ID, State.UNKNOWN, "was not asked"),
    ],
)
def test_what_is_wrong_with_a_key_is_said(
    at: Use, given: dict[str, object], name: str, state: State, says: str
) -> None:
    at(**given)
    check = found(name)
    assert check.state is state
    assert says in check.says
    assert check.todo


def test_oauth_refuses_a_client_id_of_another_account(use_settings: Use) -> None:
    def answer(asked: Asked, _number: int) -> Reply:
        if asked.path == "/oauth/token":
            return Reply(401, {"error": "invalid_client", "error_description": "No such application: 'ca_1'"})
        return Reply(200, {"id": "acct_1", "data": [], "has_more": False})

    with stripe(answer) as stub:
        use_settings(
            stripe_secret_key="sk_test_1",
            stripe_client_id="ca_1",
            stripe_api_base=stub.base,
            stripe_connect_base=stub.base,
        )
        check = found(keys.CLIENT_ID)
    assert (check.state, check.says) == (
        State.WRONG,
        "Stripe does not take this client id together with this secret key.",
    )


# --- Both modes -------------------------------------------------------------------------------------------------------


def test_the_other_mode_is_looked_at_with_the_second_pair_of_keys(at: Use, own: Standin) -> None:
    at(
        stripe_secret_key="sk_live_main",
        stripe_test_secret_key=own["secret_key"],
        stripe_test_client_id=own["client_id"],
        app_url="https://plimsoll.example.com",
    )
    assert found(keys.SECRET_KEY, "test").state is State.OK
    assert found(keys.CLIENT_ID, "test").state is State.OK
    assert found(keys.SECRET_KEY, "live").state is State.WRONG
    assert prices.BILLING in names("live")
    assert prices.BILLING not in names("test")


def test_an_empty_column_says_what_to_set(at: Use) -> None:
    assert names("live") == [keys.SECRET_KEY, keys.CLIENT_ID]
    assert "STRIPE_TEST_SECRET_KEY" in found(keys.SECRET_KEY, "live").todo
    assert "STRIPE_TEST_CLIENT_ID" in found(keys.CLIENT_ID, "live").todo


def test_a_second_key_of_the_same_mode_is_wrong(at: Use, own: Standin) -> None:
    at(stripe_test_secret_key=own["secret_key"])
    check = found(keys.SECRET_KEY, "live")
    assert check.state is State.WRONG
    assert "is a key of test mode, like STRIPE_SECRET_KEY" in check.says
    assert "once the secret key is right" in found(hooks.name_of(CONNECTED), "live").says
    assert found("Pro, monthly", "live").state is State.UNKNOWN


def test_the_stand_in_fills_the_column_of_test_mode(standin: Standin, bound_standin: Standin) -> None:
    assert found(keys.SECRET_KEY).state is State.OK
    assert "sandbox has no live mode" in found(keys.SECRET_KEY, "live").says


# --- Ways back --------------------------------------------------------------------------------------------------------


def test_ways_back_are_asked_of_the_page_of_consent(at: Use) -> None:
    way = found(signin.DEVELOPMENT)
    assert (way.state, way.copy) == (State.OK, "http://localhost:8501/oauth/callback")
    at(app_url="https://plimsoll.example.com")
    way = found(signin.PRODUCTION)
    assert (way.state, way.copy) == (State.WRONG, "https://plimsoll.example.com/oauth/callback")
    assert "refuses to send owners here" in way.says


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("https://plimsoll.example.com", State.OK),
        ("http://plimsoll.example.com", State.WRONG),
        ("http://localhost:8501", State.UNKNOWN),
    ],
)
def test_the_public_address_is_https(at: Use, url: str, state: State) -> None:
    at(app_url=url)
    assert found(signin.ADDRESS).state is state


def test_live_mode_needs_https_even_on_this_machine(at: Use) -> None:
    at(stripe_secret_key="sk_live_1")
    assert found(signin.ADDRESS, "live").state is State.MISSING
    assert signin.DEVELOPMENT not in names("live")


def test_of_real_stripe_it_is_told_when_the_last_owner_came_back(at: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.gateway.addresses.is_real_stripe", lambda _base: True)
    at(app_url="http://127.0.0.1:8501")
    monkeypatch.setattr("lib.billing.setup.signin.local", lambda _url: False)
    way = found(signin.PRODUCTION)
    assert way.state is State.UNKNOWN
    assert "no owner has come back" in way.says
    owner(livemode=True)
    assert found(signin.PRODUCTION).state is State.UNKNOWN
    owner(livemode=False)
    way = found(signin.PRODUCTION)
    assert (way.state, way.says) == (
        State.OK,
        "The last owner came back through it on 15 January 2027, 08:00 UTC.",
    )


def owner(*, livemode: bool) -> None:
    """Somebody connected with Connect with Stripe."""
    name = f"acct_{livemode}"
    with transaction() as db:
        db.merge(Workspace(id="w", name="Mine", created=1))
        db.flush()
        values = {"id": name, "workspace": "w", "account": name, "kind": "oauth", "created": 1_800_000_000}
        db.add(Connection(**values, livemode=livemode))


# --- Webhooks ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at")
@pytest.mark.parametrize("want", [CONNECTED, OWN], ids=["connected", "own"])
class TestAnEndpoint:
    def test_that_hears_just_what_is_needed_is_in_place(self, own: Standin, want: hooks.Wanted) -> None:
        made(own, want.url, want.events, connect=want.connect)
        check = found(hooks.name_of(want))
        assert check.state is State.OK
        assert f"hears just the {len(want.events)} kinds" in check.says
        assert check.todo == check.create == ""

    def test_that_is_not_there_can_be_created(self, want: hooks.Wanted) -> None:
        check = found(hooks.name_of(want))
        assert (check.state, check.copy, check.create) == (State.MISSING, want.url, want.path)
        assert check.events == want.events
        endpoint, setting = setup.create(want.path, EVENT_TYPES, once=f"for {want.path}")
        again, _ = setup.create(want.path, EVENT_TYPES, once=f"for {want.path}")
        assert again.id == endpoint.id
        assert endpoint.secret.startswith("whsec_")
        assert endpoint.secret not in repr(endpoint)
        assert setting == want.setting
        assert found(hooks.name_of(want)).state is State.OK

    def test_that_lacks_events_is_wrong_and_names_them(self, own: Standin, want: hooks.Wanted) -> None:
        made(own, want.url, want.events[2:], connect=want.connect)
        check = found(hooks.name_of(want))
        assert (check.state, check.copy) == (State.WRONG, "\n".join(want.events[:2]))
        assert f"does not hear 2 of {len(want.events)}" in check.says

    def test_that_hears_more_names_what_is_needless(self, own: Standin, want: hooks.Wanted) -> None:
        made(own, want.url, (*want.events, "topup.created"), connect=want.connect)
        check = found(hooks.name_of(want))
        assert (check.state, check.todo) == (State.OK, "Not needed, and only counted: topup.created.")

    def test_that_hears_everything_is_in_place(self, own: Standin, want: hooks.Wanted) -> None:
        made(own, want.url, ("*",), connect=want.connect)
        assert found(hooks.name_of(want)).state is State.OK

    def test_of_the_other_kind_is_wrong(self, own: Standin, want: hooks.Wanted) -> None:
        made(own, want.url, want.events, connect=not want.connect)
        check = found(hooks.name_of(want))
        assert check.state is State.WRONG
        heard, needed = ("Your account", "Connected accounts")[:: 1 if want.connect else -1]
        assert f"hears “{heard}”, not “{needed}”" in check.says

    def test_elsewhere_does_not_count(self, own: Standin, want: hooks.Wanted) -> None:
        made(own, f"https://elsewhere.example.com{want.path}", want.events, connect=want.connect)
        assert found(hooks.name_of(want)).state is State.MISSING

    def test_twice_is_wrong(self, own: Standin, want: hooks.Wanted) -> None:
        made(own, want.url, want.events, connect=want.connect)
        made(own, want.url, want.events, connect=want.connect)
        check = found(hooks.name_of(want))
        assert check.state is State.WRONG
        assert "2 endpoints deliver" in check.says

    def test_that_is_switched_off_is_wrong(self, use_settings: Use, want: hooks.Wanted) -> None:
        def answer(_asked: Asked, _number: int) -> Reply:
            endpoint = {
                "id": "we_1",
                "url": want.url,
                "status": "disabled",
                "enabled_events": ["*"],
                "application": "ca_1" if want.connect else None,
            }
            return Reply(200, {"id": "acct_1", "data": [endpoint], "has_more": False})

        with stripe(answer) as stub:
            use_settings(stripe_secret_key="sk_test_1", stripe_api_base=stub.base, billing=True)
            check = found(hooks.name_of(want))
        assert check.state is State.WRONG
        assert "switched off" in check.says


def test_our_own_endpoint_is_not_needed_while_nothing_is_sold(at: Use) -> None:
    at(billing=False)
    check = found(hooks.name_of(OWN))
    assert (check.state, check.create) == (State.UNKNOWN, "")
    assert f"Signing secret, {OWN.whose}" not in names("test")


@pytest.mark.parametrize(
    ("given", "state"), [(None, State.MISSING), ("hush", State.WRONG), ("whsec_1", State.OK)], ids=str
)
def test_the_signing_secret_is_there_and_looks_like_one(at: Use, given: str | None, state: State) -> None:
    at(stripe_webhook_secret=given, stripe_platform_webhook_secret="whsec_2")
    assert found(f"Signing secret, {CONNECTED.whose}").state is state
    assert found(f"Signing secret, {OWN.whose}").state is State.OK


def test_the_last_delivery_and_a_later_refusal_are_told(at: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"Deliveries, {OWN.whose}"
    assert found(name).says == "None has arrived yet."
    with transaction() as db:
        event = EventInbox(id="evt_1", account="platform", type="invoice.paid", created=1, received=1_800_000_000.0)
        db.add(event.sqlmodel_update({"state": "done"}))
    assert found(name).says == "The last one arrived on 15 January 2027, 08:00 UTC."
    monkeypatch.setattr("lib.gateway.refusals.time.time", lambda: 1_800_000_060.0)
    refusals.note("The delivery's signature does not verify.", CONNECTED.path)
    assert found(name).state is State.OK
    refusals.note("The delivery's signature does not verify.", OWN.path)
    check = found(name)
    assert check.state is State.WRONG
    assert "One was refused on 15 January 2027, 08:01 UTC: The delivery's signature" in check.says


def test_what_is_needed_of_our_own_account_is_what_we_hear() -> None:
    assert OWN.events == truth.EVENTS
    assert CONNECTED.events == EVENT_TYPES
    assert all(truth.heard(each) for each in OWN.events)


# --- Plans, branding --------------------------------------------------------------------------------------------------


def test_prices_are_compared_with_the_page(at: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("Pro, monthly").state is State.OK
    assert found(prices.BILLING).says == "On, because BILLING=on is set: workspaces choose a plan and pay."
    dearer = plans.Plan("pro", "Pro", "", 30_00, 300_00, plans.PRO.limits)
    monkeypatch.setattr(plans, "PLANS", (plans.FREE, dearer, plans.BUSINESS))
    check = found("Pro, monthly")
    assert (check.state, check.says) == (
        State.WRONG,
        "Stripe's price is $29.00 a month; the page says $30.00 a month.",
    )
    assert found("Business, yearly").state is State.OK


def test_a_price_that_is_not_there_names_its_setting(at: Use) -> None:
    at(stripe_price_id_business_yearly="price_gone")
    check = found("Business, yearly")
    assert (check.state, check.copy) == (State.WRONG, "plimsoll_business_yearly")
    assert "STRIPE_PRICE_ID_BUSINESS_YEARLY" in check.todo


def test_plans_without_a_key_to_sell_them_with_are_wrong(at: Use) -> None:
    at(stripe_secret_key=None, stripe_client_id=None)
    check = found(prices.BILLING)
    assert (check.state, check.says) == (
        State.WRONG,
        "On, because BILLING=on is set, but there is no secret key: limits hold, and nobody can pay.",
    )
    assert "Set STRIPE_SECRET_KEY, or BILLING=off" in check.todo


# --- The portal -------------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(own: Standin) -> Iterator[Callable[[object], None]]:
    """``saved({"invoice_history": {"enabled": False}})`` saves what the portal at Stripe allows; None: nothing was."""

    def save(features: object) -> None:
        asked = {"account": own["platform_account"], "operation": "set_portal", "features": features}
        answer = httpx.post(f"{own['base']}/_sandbox/do", json=asked)
        assert answer.status_code == 200, answer.text

    yield save
    cancel = {"enabled": True, "mode": "at_period_end"}
    on, off = {"enabled": True}, {"enabled": False}
    save(
        {"subscription_cancel": cancel, "subscription_update": off, "payment_method_update": on, "invoice_history": on}
    )


@pytest.mark.usefixtures("at")
def test_a_portal_that_allows_what_our_pages_count_on_is_in_place() -> None:
    assert found(portal.PORTAL).state is State.OK


@pytest.mark.usefixtures("at")
@pytest.mark.parametrize(
    ("features", "says", "todo"),
    [
        ({"subscription_update": {"enabled": True}}, "without the amounts that our page shows", "customers can switch"),
        ({"subscription_cancel": {"mode": "immediately"}}, "loses at once what is paid", "end of the billing period"),
        ({"subscription_cancel": {"enabled": False, "mode": "immediately"}}, "Nobody can cancel in it", "cancel at"),
        ({"payment_method_update": {"enabled": False}}, "Nobody can change their card", "update payment methods"),
        ({"invoice_history": {"enabled": False}}, "Nobody sees their invoices", "invoice history"),
    ],
)
def test_a_portal_that_allows_more_or_less_is_to_be_mended(
    saved: Callable[[object], None], features: object, says: str, todo: str
) -> None:
    saved(features)
    check = found(portal.PORTAL)
    assert check.state is State.AMISS
    assert says in check.says
    assert todo in check.todo


@pytest.mark.usefixtures("at")
def test_a_portal_that_nobody_saved_lets_nobody_in(saved: Callable[[object], None]) -> None:
    saved(None)
    check = found(portal.PORTAL)
    assert check.state is State.WRONG
    assert "never saved" in check.says
    assert "Then save" in check.todo


def test_the_portal_is_not_asked_about_without_plans_or_a_key(at: Use) -> None:
    at(stripe_secret_key=None, stripe_client_id=None)
    assert found(portal.PORTAL).state is State.UNKNOWN
    at(billing=False)
    assert portal.PORTAL not in names("test")


def test_nothing_is_said_of_prices_while_nothing_is_sold(at: Use) -> None:
    at(billing=False)
    assert found(prices.BILLING).says.startswith("Off, because BILLING=off is set")
    assert "Pro, monthly" not in names("test")


def test_stripe_tax_is_asked_for_where_it_is_used(use_settings: Use) -> None:
    def answer(asked: Asked, _number: int) -> Reply:
        more = {"status": "pending"} if asked.path.startswith("/v1/tax/settings") else {}
        return Reply(200, {"id": "acct_1", "data": [], "has_more": False, **more})

    with stripe(answer) as stub:
        use_settings(stripe_secret_key="sk_test_1", stripe_api_base=stub.base, billing=True, billing_tax=True)
        assert found(prices.TAX).state is State.WRONG
        use_settings(stripe_secret_key="sk_test_1", stripe_api_base=stub.base, billing=True)
        assert prices.TAX not in names("test")


def test_stripes_own_pages_are_compared_with_the_brand(at: Use) -> None:
    assert found(looks.NAME).state is State.OK
    brand.keep(join("Ada").user, Brand(name="Harbour", colour="#7A1F3D"))
    check = found(looks.NAME)
    assert check.state is State.MISSING
    assert "Not as here: the name, the colour." in check.says


# --- Everything at once -----------------------------------------------------------------------------------------------


def test_what_was_found_is_kept_until_somebody_asks_anew(at: Use, own: Standin) -> None:
    first = setup.look(EVENT_TYPES)
    assert setup.look(EVENT_TYPES) is first
    setup.forget()
    assert setup.look(EVENT_TYPES) is not first
    at(stripe_client_id="ca_another")
    assert setup.look(EVENT_TYPES).checks != first.checks


def test_a_stripe_that_does_not_answer_is_told_and_hides_nothing(use_settings: Use) -> None:
    nowhere = "http://127.0.0.1:9"
    use_settings(
        stripe_secret_key="sk_test_1",
        stripe_client_id="ca_1",
        stripe_api_base=nowhere,
        stripe_connect_base=nowhere,
        billing=True,
        app_url="http://plimsoll.example.com",
    )
    assert found(keys.SECRET_KEY).state is State.UNKNOWN
    assert "Check again" in found(keys.SECRET_KEY).todo
    assert found(signin.ADDRESS).state is State.WRONG
    assert found(prices.BILLING).state is State.OK


def test_a_check_that_breaks_or_never_ends_hides_no_other(at: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_side: object) -> Check:
        raise ZeroDivisionError("sk_test_hush")

    monkeypatch.setattr(keys, "secret_key", broken)
    check = found(keys.SECRET_KEY)
    assert (check.state, check.says) == (State.UNKNOWN, "Something unexpected kept this from being asked.")
    over = threading.Event()
    monkeypatch.setattr(keys, "client_id", lambda _side: over.wait(20))
    monkeypatch.setattr(setup, "PATIENCE", 3.0)
    try:
        assert "took too long" in found(keys.CLIENT_ID).says
        assert found(prices.BILLING).state is State.OK
    finally:
        over.set()


def test_no_secret_is_in_any_sentence_repr_or_log(at: Use, own: Standin, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hush = "sk_live_hushhushhush"
    for given in ({}, {"stripe_secret_key": hush}, {"stripe_secret_key": "not a key", "stripe_client_id": "x"}):
        chosen = at(**given, stripe_webhook_secret="quietly", stripe_platform_webhook_secret="whsec_quiet")
        setup.forget()
        said = repr(setup.look(EVENT_TYPES)) + repr(setup.both()) + repr(chosen) + caplog.text
        told = (own["secret_key"], hush, "not a key", "quietly", "whsec_quiet")
        assert [word for word in told if word in said] == []
    at()
    endpoint, _ = setup.create(CONNECTED.path, EVENT_TYPES, once="quiet")
    assert endpoint.secret not in caplog.text + repr(setup.look(EVENT_TYPES))
    assert hush not in repr(Keys(hush, "ca_1", livemode=True))

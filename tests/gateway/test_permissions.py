from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from lib import errors
from lib.gateway import permissions, scopes
from lib.gateway.retry import INTERACTIVE
from lib.settings import Settings
from tests.gateway.stub import Asked, Reply, error, stripe

RK = "rk_test_51Habcdefgh"
EMPTY = Reply(200, {"object": "list", "data": [], "has_more": False})


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("sk_live_abcdefghijk", errors.KeyIsSecret),
        (" sk_test_abcdefghijk", errors.KeyIsSecret),
        ("pk_test_abcdefghijk", errors.KeyIsPublishable),
        ("", errors.KeyMalformed),
        ("rk_test_", errors.KeyMalformed),
        ("rk_abcdefghijk", errors.KeyMalformed),
        ("rk_test_abc def ghi", errors.KeyMalformed),
        ("hello", errors.KeyMalformed),
    ],
)
def test_what_is_no_restricted_key_is_named(pasted: str, expected: type[errors.AppError]) -> None:
    with pytest.raises(expected) as caught:
        permissions.parse(pasted)
    assert "abcdefghijk" not in str(caught.value)


def test_a_restricted_key_may_be_pasted_with_a_line_break() -> None:
    assert permissions.parse(f" {RK}\n") == RK


def account_with(allowed: set[str], *, account: bool = True) -> Callable[[Asked, int], Reply]:
    """A Stripe whose key may read these paths."""

    def answer(asked: Asked, _number: int) -> Reply:
        path = urlsplit(asked.path).path
        if path == "/v1/account" and account:
            return Reply(200, {"id": "acct_1", "object": "account"})
        if path in allowed:
            return EMPTY
        rak = next(each.rak for each in (*scopes.ALL, scopes.ACCOUNT) if each.probe == path)
        return error(
            403,
            message=f"The provided key 'rk_test_***efgh' does not have the required permissions for this endpoint on "
            f"account 'acct_1'. Having the '{rak}' permission would allow this request to continue.",
        )

    return answer


EVERYTHING = {each.probe for each in scopes.ALL}


def test_a_key_that_reads_everything_lacks_nothing(use_settings: Callable[..., Settings]) -> None:
    with stripe(account_with(EVERYTHING)) as stub:
        use_settings(stripe_secret_key="sk_test_x", stripe_api_base=stub.base)
        report = permissions.check(RK)
    assert (report.account, report.livemode, report.missing) == ("acct_1", False, ())
    assert report.require() == "acct_1"
    assert all("Stripe-Account" not in asked.headers for asked in stub.asked)
    assert sum("limit=1" in asked.path for asked in stub.asked) == len(scopes.ALL)


def test_what_is_missing_is_named_as_in_the_dashboard(use_settings: Callable[..., Settings]) -> None:
    with stripe(account_with(EVERYTHING - {"/v1/invoices", "/v1/charges", "/v1/refunds"})) as stub:
        use_settings(stripe_secret_key="sk_test_x", stripe_api_base=stub.base)
        report = permissions.check(RK)
    assert [(each.rak, each.label) for each in report.missing] == [
        ("rak_invoice_read", "Invoices"),
        ("rak_charge_read", "Charges and refunds"),
        ("rak_charge_read", "Charges and refunds"),
    ]
    with pytest.raises(errors.PermissionMissing, match=r"can't read Invoices, Charges and refunds\."):
        report.require()


def test_a_key_may_lack_what_is_not_required(use_settings: Callable[..., Settings]) -> None:
    with stripe(account_with(EVERYTHING - {"/v1/tax_rates"})) as stub:
        use_settings(stripe_secret_key="sk_test_x", stripe_api_base=stub.base)
        report = permissions.check(RK)
    assert report.require() == "acct_1"
    assert report.missing == (scopes.TAX_RATES,)
    assert scopes.TAX_RATES.without.startswith("Not required.")


def test_the_refusal_itself_tells_whose_key_it_is(use_settings: Callable[..., Settings]) -> None:
    with stripe(account_with(EVERYTHING, account=False)) as stub:
        use_settings(stripe_secret_key="sk_test_x", stripe_api_base=stub.base)
        assert permissions.check(RK).require() == "acct_1"


def test_nobody_is_kept_waiting_while_stripe_is_down(use_settings: Callable[..., Settings]) -> None:
    with stripe(lambda _asked, _number: error(500)) as stub:
        use_settings(stripe_secret_key="sk_test_x", stripe_api_base=stub.base)
        with pytest.raises(errors.StripeUnavailable):
            permissions.check(RK)
    assert len(stub.asked) == 2
    assert INTERACTIVE.delay(1, retry_after=60.0) == 5.0


def test_an_unknown_key_is_refused(use_settings: Callable[..., Settings]) -> None:
    with stripe(lambda _asked, _number: error(401, message=f"Invalid API Key provided: {RK}")) as stub:
        use_settings(stripe_secret_key="sk_test_x", stripe_api_base=stub.base)
        with pytest.raises(errors.KeyRefused) as caught:
            permissions.check(RK)
    assert RK not in str(caught.value)


def test_the_link_to_a_new_key_has_every_permission_once() -> None:
    url = permissions.create_key_url(livemode=False)
    assert url.startswith("https://dashboard.stripe.com/test/apikeys/create?name=Plimsoll&permissions%5B%5D=rak_")
    assert all(url.count(f"={each.rak}") == 1 for each in scopes.ALL)

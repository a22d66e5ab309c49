"""The limits of a plan on the command line: exit 1 and one line; one's own objects are printed whole."""

from __future__ import annotations

import pytest

from lib.accounts import workspaces
from lib.settings import Standin
from lib.store import begun
from lib.store.engine import migrate, transaction
from tests import paying
from tests.cli.conftest import Cli


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch) -> str:
    """The command line's workspace on Free, with two accounts."""
    migrate()
    paying.sell(monkeypatch)
    workspace = workspaces.for_command_line(now=1)
    paying.connect(workspace, "acct_0", "acct_1")
    return workspace


@pytest.mark.parametrize("account", ["acct_1", "all"])
@pytest.mark.parametrize("words", [("metrics", "mrr"), ("metrics", "all"), ("movements",)])
def test_figures_of_an_account_beyond_the_plan(cli: Cli, shop: str, words: tuple[str, ...], account: str) -> None:
    ran = cli(*words, "--account", account)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1)
    assert "The Free plan shows one of your connected accounts, the oldest first." in ran.err
    paying.pay(shop, "pro")
    assert "Free plan" not in cli(*words, "--account", account).err


def test_ones_own_objects_are_printed_whole(cli: Cli) -> None:
    for account in ("acct_0", "acct_1"):
        ran = cli("export", "customers", "--account", account)
        assert (ran.code, ran.out.partition(",")[0]) == (0, "id")


def test_there_is_room_for_as_many_accounts_as_the_plan_says(cli: Cli, shop: str, standin: Standin) -> None:
    key, base = standin["restricted_key"], standin["base"]
    with transaction() as db:
        begun.note(db, 1)  # plans have been sold here for long
    with pytest.MonkeyPatch.context() as at:
        at.setenv("STRIPE_API_BASE", base)
        at.setenv("STRIPE_SECRET_KEY", standin["secret_key"])
        ran = cli("connect", "--restricted-key", key)
        assert (ran.code, ran.err) == (
            1,
            "Your plan has room for 1 account. Disconnect one first, or upgrade in Settings, Your plan.\n",
        )
        paying.pay(shop, "pro")
        assert cli("connect", "--restricted-key", key).code == 0

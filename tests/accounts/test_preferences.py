"""What a user chose stays theirs: by name, by workspace, and the last choice wins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from lib.accounts import preferences
from lib.accounts.sessions import SignedIn


def test_nothing_chosen_is_the_default(ada: SignedIn) -> None:
    assert preferences.get(ada, "cards") is None
    assert preferences.get(ada, "cards", ["mrr"]) == ["mrr"]


@pytest.mark.parametrize("value", [["mrr", "arr"], {"dismissed": True}, "", 0, False, [], "Müller 🎈"])
def test_any_json_value_comes_back_as_it_was_kept(ada: SignedIn, value: object) -> None:
    preferences.put(ada, "cards", value)
    found = preferences.get(ada, "cards", "default")
    assert found == value
    assert type(found) is type(value)


def test_the_last_choice_wins_and_none_forgets(ada: SignedIn) -> None:
    preferences.put(ada, "cards", ["mrr"])
    preferences.put(ada, "cards", ["arr"])
    assert preferences.get(ada, "cards") == ["arr"]
    preferences.put(ada, "cards", None)
    preferences.put(ada, "cards", None)
    assert preferences.get(ada, "cards", ["default"]) == ["default"]


def test_a_choice_is_one_users_in_one_workspace(ada: SignedIn, eve: SignedIn) -> None:
    preferences.put(ada, "cards", ["mrr"])
    preferences.put(ada, "bom", value=True)
    assert preferences.get(eve, "cards") is None
    assert preferences.get(replace(ada, workspace=eve.workspace), "cards") is None
    assert preferences.get(ada, "cards") == ["mrr"]


def test_many_who_write_at_once_leave_one_of_their_values(ada: SignedIn) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(partial(preferences.put, ada, "cards"), [[n] for n in range(1, 20)]))
    assert preferences.get(ada, "cards") in [[n] for n in range(1, 20)]

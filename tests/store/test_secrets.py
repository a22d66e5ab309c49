"""Sealed keys and digested tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import SealBroken
from lib.settings import Settings
from lib.store import secrets

Use = Callable[..., Settings]


@given(st.text())
def test_what_is_sealed_opens_again(text: str) -> None:
    sealed = secrets.seal(text)
    assert secrets.open_(sealed) == text
    assert len(text) < 4 or text not in sealed


def test_sealing_twice_gives_different_texts() -> None:
    assert secrets.seal("rk_test_1") != secrets.seal("rk_test_1")


def test_another_secret_opens_nothing_and_recognises_nothing(use_settings: Use) -> None:
    use_settings(app_secret="first")
    sealed, digest = secrets.seal("rk_test_1"), secrets.digest("token")
    assert digest == secrets.digest("token") != secrets.digest("Token")
    use_settings(app_secret="second")
    assert secrets.digest("token") != digest
    with pytest.raises(SealBroken) as caught:
        secrets.open_(sealed)
    assert "rk_test_1" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "garbage", "gAAAAA", "é"])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        secrets.open_(text)

"""``operator`` prints the link by which whoever runs the server signs up."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli


def test_it_prints_a_link_for_an_email_that_operators_names(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATORS", "ops@example.com")
    monkeypatch.setenv("APP_URL", "https://plimsoll.example.com/")
    ran = cli("operator", "Ops@example.com")
    assert ran.code == 0
    assert ran.out.startswith("https://plimsoll.example.com/?operator=")
    assert ran.out.count("\n") == 1


def test_others_are_told_what_to_set(cli: Cli) -> None:
    ran = cli("operator", "ada@example.com")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "ada@example.com is not listed as running this server. Add it to OPERATORS first, and restart.\n"

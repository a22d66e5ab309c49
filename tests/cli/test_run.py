"""``run``: which address, what it says, and a clear sentence when the port is taken."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from lib.cli import serving
from lib.settings import Settings, settings
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("environment", "port", "address", "url"),
    [
        ({}, 8501, "127.0.0.1", "http://localhost:8501"),
        ({"PORT": "8600"}, 8600, "127.0.0.1", "http://localhost:8600"),
        ({"APP_URL": "http://localhost:9000"}, 9000, "127.0.0.1", "http://localhost:9000"),
        ({"APP_URL": "https://plimsoll.example.com"}, 8501, "0.0.0.0", "https://plimsoll.example.com"),
        ({"APP_URL": "https://plimsoll.example.com:8443"}, 8501, "0.0.0.0", "https://plimsoll.example.com:8443"),
        ({"APP_URL": "https://a.example", "PORT": "80"}, 80, "0.0.0.0", "https://a.example"),
        ({"BIND_ADDRESS": "0.0.0.0"}, 8501, "0.0.0.0", "http://localhost:8501"),
    ],
)
def test_the_address_follows_port_and_app_url(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], port: int, address: str, url: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert serving.listen_on(settings()) == (port, address)
    assert url in serving.greeting(settings())


def test_the_greeting_tells_of_sandbox_mode_only_in_it(use_settings: Callable[..., Settings]) -> None:
    assert "stand-in" in serving.greeting(use_settings())
    assert "stand-in" not in serving.greeting(use_settings(stripe_secret_key="sk_test_1"))


def test_a_taken_port_is_a_sentence(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        ran = cli("run")
    assert ran.code == 1
    assert ran.err.startswith(f"Port {port} is taken by another program")

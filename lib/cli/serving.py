"""Commands that stay: the app, the stand-in Stripe alone, and a background worker."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from lib.errors import PortTaken
from lib.settings import Settings, settings

ROOT = Path(__file__).resolve().parents[2]
USUAL_PORT = 8501
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def run() -> None:
    """Serve the app and say where to click; PORT or APP_URL choose the address."""
    chosen = settings()
    port, address = listen_on(chosen)
    if not is_free(address, port):
        raise PortTaken(port=port, other=port + 100)
    typer.echo(greeting(chosen))
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(sys.executable, streamlit_command(chosen, port, address))  # noqa: S606 - our own interpreter, fixed words


def listen_on(chosen: Settings) -> tuple[int, str]:
    """The port and network address to listen on. Behind https (a proxy) APP_URL's port is the proxy's, not ours."""
    url = urlsplit(chosen.app_url)
    port = chosen.port or (None if chosen.https else url.port) or USUAL_PORT
    return port, chosen.bind_address or ("127.0.0.1" if url.hostname in THIS_MACHINE else "0.0.0.0")  # noqa: S104 - a public APP_URL asks for it


def is_free(address: str, port: int) -> bool:
    """Whether nobody listens on the port yet."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def greeting(chosen: Settings) -> str:
    """Where to click, and what to expect there."""
    lines = [f"Plimsoll is at {chosen.app_url} in a few seconds. Ctrl+C stops it."]
    if chosen.sandbox_mode:
        lines.append("No Stripe keys are set: a stand-in Stripe with a made-up business is ready to connect.")
    return "\n".join(lines)


def streamlit_command(chosen: Settings, port: int, address: str) -> list[str]:
    """How this app is started; all else is in .streamlit/config.toml."""
    url = urlsplit(chosen.app_url)
    options: dict[str, object] = {
        "server.port": port,
        "server.address": address,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.serverAddress": url.hostname or "localhost",
        "browser.gatherUsageStats": "false",
        "logger.hideWelcomeMessage": "true",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return [sys.executable, "-m", "streamlit", "run", "Home.py", *words]


def sandbox(
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; 0 takes any free one (default 8502).")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same business (default 7).")] = None,
    months: Annotated[int | None, typer.Option(min=1, help="Months of history (default 36).")] = None,
    customers: Annotated[int | None, typer.Option(min=1, help="How many customers (default 2200).")] = None,
    deliver_to: Annotated[list[str] | None, typer.Option(metavar="URL", help="Where its webhooks go.")] = None,
    redirect_uri: Annotated[list[str] | None, typer.Option(metavar="URL", help="Allow this OAuth return too.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps worlds as they were made.")] = None,
    state: Annotated[Path | None, typer.Option(help="Folder that keeps what happened in it over restarts.")] = None,
) -> None:
    """Serve the stand-in Stripe alone; its first line on stdout is its address and keys as JSON."""
    from lib import sandbox as stand_in

    chosen = settings()
    try:
        stand_in.serve(
            port=chosen.sandbox_port if port is None else port,
            seed=chosen.sandbox_seed if seed is None else seed,
            months=months or chosen.sandbox_months,
            customers=customers or chosen.sandbox_customers,
            deliver_to=deliver_to,
            cache=cache or chosen.data_dir.resolve() / "sandbox",
            state=state,
            redirect_uris=redirect_uri or (),
        )
    except OSError as error:  # it has said why
        raise typer.Exit(1) from error


def worker() -> None:
    """Work in the background: syncs, webhooks and schedules, on as many machines as wanted (PostgreSQL)."""
    from lib.billing import truth
    from lib.cli.stripe_at_hand import stripe
    from lib.reports import weekly
    from lib.store.engine import migrate
    from lib.sync import own
    from lib.sync import weekly as schedule
    from lib.sync import worker as background

    migrate()
    logging.getLogger("lib").setLevel(logging.INFO)
    schedule.sender(weekly.send_due)
    own.handlers(truth.apply_events, truth.reconcile)
    with stripe():
        typer.echo("Working. Ctrl+C stops at the next checkpoint; the next start goes on there.", err=True)
        background.serve()

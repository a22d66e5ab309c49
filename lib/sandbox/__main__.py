"""``python -m lib.sandbox``: the stand-in Stripe as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lib.sandbox.http.server import serve


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and serve until stopped; 1 when the port is taken."""
    parser = argparse.ArgumentParser("python -m lib.sandbox", description="A stand-in Stripe. Nothing in it is real.")
    parser.add_argument("--port", type=int, default=8502, help="port on 127.0.0.1; 0 takes any free one")
    parser.add_argument("--seed", type=int, default=7, help="another seed is another business")
    parser.add_argument("--months", type=int, default=36, help="months of history")
    parser.add_argument("--customers", type=int, default=2200, help="customers of the demo business")
    parser.add_argument("--deliver-to", action="append", metavar="URL", help="webhook endpoint; may be repeated")
    parser.add_argument(
        "--deliver-platform-to", action="append", metavar="URL",
        help="webhook endpoint for the platform's own account; may be repeated",
    )  # fmt: skip
    parser.add_argument("--redirect-uri", action="append", metavar="URL", help="allow this OAuth return address too")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep worlds as they were made, for a fast start")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep connections, clock and worlds over a restart")
    given = parser.parse_args(arguments)
    try:
        serve(
            given.port, given.seed, given.months, given.customers, given.deliver_to, given.cache, given.state,
            given.redirect_uri or (), deliver_platform_to=given.deliver_platform_to,
        )  # fmt: skip
    except OSError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

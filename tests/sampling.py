"""A server with real keys: a Stripe that counts what it is asked, and a stand-in ready for whoever opens the sample."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lib.billing import access
from lib.gateway import sample
from lib.settings import Settings, Standin, replace, settings
from tests.gateway import stub
from tests.gateway.stub import Stub

SMALL = {"sandbox_customers": 60, "sandbox_months": 14}
ON_SQLITE = "several machines share the work on PostgreSQL, and there is no sample there"


@dataclass(frozen=True)
class Server:
    """Its real Stripe, where ``asked`` are the requests so far, and its folder."""

    stripe: Stub
    data_dir: Path

    def puts_to_bed(self) -> Path:
        """Whoever reads the sample next starts its stand-in; the file that its card is in then."""
        card = self.data_dir / "sample.json"
        card.unlink(missing_ok=True)
        return card

    def sells_plans(self) -> None:
        """From now on plans are charged for."""
        replace(settings().model_copy(update={"billing": True}))
        access.forget()


@contextmanager
def beside_real_accounts(
    use_settings: Callable[..., Settings], data_dir: Path, cache: Path, ready: Standin | None, **more: object
) -> Iterator[Server]:
    """Real-looking keys; ``ready`` is a stand-in that runs as the sample's already, with a business that is made."""
    with stub.stripe(lambda _asked, _number: stub.error(401, message="Who are you?")) as stripe:
        keys = {"stripe_secret_key": "sk_live_real", "stripe_client_id": "ca_real"}
        use_settings(stripe_api_base=stripe.base, stripe_connect_base=stripe.base, **keys, **SMALL, **more)
        (data_dir / "sandbox").symlink_to(cache, target_is_directory=True)
        if ready is not None:
            (data_dir / "sample.json").write_text(json.dumps(ready), "utf-8")
        try:
            yield Server(stripe, data_dir)
        finally:
            sample.rest()

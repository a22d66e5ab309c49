"""Everything that one stand-in is made of, put together once."""

from __future__ import annotations

import gc
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lib.sandbox.http.access import Access
from lib.sandbox.http.branding import Branding
from lib.sandbox.http.challenges import Challenges
from lib.sandbox.http.clock import Clock
from lib.sandbox.http.connections import Connections
from lib.sandbox.http.engine import EmptyWorld, Engine, Object
from lib.sandbox.http.faults import Recorder
from lib.sandbox.http.rendering import told
from lib.sandbox.http.tenants import Cast, Tenant, cast_of, token
from lib.sandbox.http.webhooks import Deliveries
from lib.sandbox.world import World

log = logging.getLogger(__name__)

_SMALL_MONTHS = 6
_SMALL_CUSTOMERS = 30
_PLATFORM_SEED = 1_000
"""Added to the seed, so that no id of the platform is one of another account."""

Build = Callable[[int, int, int, int], Engine]
"""Makes a world from seed, months, customers and now (epoch seconds)."""


@dataclass(frozen=True)
class Options:
    """How a stand-in is started. ``state`` keeps connections, clock and worlds over a restart."""

    seed: int = 7
    months: int = 36
    customers: int = 2200
    deliver_to: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    cache: Path | None = None
    state: Path | None = None
    deliver_platform_to: tuple[str, ...] = ()
    """Endpoints for the events of the platform's own account."""


@dataclass
class StandIn:
    """The accounts, who may read them, the clock, the deliveries and the planted faults."""

    options: Options
    clock: Clock
    cast: Cast
    connections: Connections
    access: Access
    deliveries: Deliveries
    """Of the connected accounts' events."""
    platform_deliveries: Deliveries
    """Of the platform's own events, with a secret and manners of their own."""
    recorder: Recorder
    challenges: Challenges = field(default_factory=Challenges)
    _saving: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, options: Options) -> StandIn:
        """Put one together; nothing runs yet."""
        seed, clock = options.seed, Clock()
        client_id = f"ca_{token(seed, 'client id', 32)}"
        connections = Connections(client_id, clock.now, options.redirect_uris)
        cast = cast_of(seed, int(clock.now()) - options.months * 30 * 86_400)
        deliveries = Deliveries(f"whsec_{token(seed, 'webhook secret', 32)}", options.deliver_to, seed)
        ours = Deliveries(f"whsec_{token(seed, 'platform webhook secret', 32)}", options.deliver_platform_to, seed + 1)
        access = Access.of(seed, cast, connections)
        return cls(options, clock, cast, connections, access, deliveries, ours, Recorder(seed))

    def card(self, base: str) -> dict[str, str]:
        """What the stand-in prints first: where it is, and the keys to it."""
        return {
            "base": base,
            "secret_key": self.access.secret_key,
            "client_id": self.connections.client_id,
            "account": self.cast.demo.id,
            "restricted_key": self.cast.demo.restricted_key,
            "webhook_secret": self.deliveries.secret,
            "platform_webhook_secret": self.platform_deliveries.secret,
            "platform_account": self.cast.platform.id,
        }

    def start(self, build: Build = World.build, base: str = "") -> None:
        """Restore what was kept, let the clock and the deliveries run, and make the worlds in the background.

        ``base`` is the address that hosted pages are served at.
        """
        self._restore()
        self.connections.changed = self.keep
        for each in (self.cast.empty, self.cast.foreign):
            each.settle(EmptyWorld(int(self.clock.now())))
        self._open_platform(base)
        self.deliveries.start()
        self.platform_deliveries.start()
        self.clock.start(self.cast.everyone)
        threading.Thread(target=self._populate, args=(build,), name="stand-in worlds", daemon=True).start()

    def stop(self) -> None:
        """Stop the threads and keep the worlds as they are now."""
        self.clock.stop()
        self.deliveries.stop()
        self.platform_deliveries.stop()
        self.keep()
        for each in (self.cast.demo, self.cast.small, self.cast.platform):
            self._save(each)

    def keep_platform(self) -> None:
        """Write the platform's own business down: it is small, and what users paid must not be forgotten."""
        self._save(self.cast.platform)

    def _save(self, tenant: Tenant) -> None:
        if self.options.state and tenant.ready.is_set():
            with tenant.world() as (engine, _):
                engine.save(self._kept_world(tenant))

    def _open_platform(self, base: str) -> None:
        """Let our own business go on as it was left, or open it now."""
        ours = self.cast.platform
        world = World.load(self._kept_world(ours)) if self.options.state else None
        world = world or World.for_platform(ours.id, self.options.seed + _PLATFORM_SEED, int(self.clock.now()))
        world.serve_at(base)
        world.on_event = partial(self._happened, ours)
        ours.settle(world)

    def advance(self, moment: float) -> None:
        """Set the clock forward to a moment (epoch seconds) and wait until every world is there."""
        self.clock.skip_to(moment)
        self.clock.catch_up(self.cast.everyone)
        self.keep()
        self.keep_platform()

    def revoke(self, tenant: Tenant) -> bool:
        """End our access to an account and tell our endpoints; False when there was none."""
        if not self.connections.revoke(tenant.id):
            return False
        application = {"id": self.connections.client_id, "object": "application", "name": None}
        self.deliveries.send(self._event("account.application.deauthorized", application), tenant.id)
        return True

    def send_test_event(self, tenant: Tenant) -> str:
        """Tell our endpoints of a product that did not change; the event's id."""
        with tenant.world() as (engine, _):
            event = self._event("product.updated", engine.listing("product")[0])
        if tenant is self.cast.platform:
            self.platform_deliveries.send(event)
        else:
            self.deliveries.send(event, tenant.id)
        return str(event["id"])

    def _event(self, type_: str, subject: Object) -> Object:
        moment = self.clock.now()
        return {
            "id": f"evt_{token(int(moment * 1e6), type_, 24)}",
            "object": "event",
            "api_version": None,
            "created": int(moment),
            "data": {"object": subject},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": type_,
        }

    def _populate(self, build: Build) -> None:
        options = self.options
        sizes = (
            (self.cast.demo, options.seed, options.months, options.customers),
            (self.cast.small, options.seed + 1, min(options.months, _SMALL_MONTHS), _SMALL_CUSTOMERS),
        )
        for tenant, seed, months, customers in sizes:
            engine = self._engine(build, tenant, (seed, months, customers))
            engine.on_event = partial(self._happened, tenant)
            engine.advance(int(self.clock.now()))
            tenant.settle(engine)
            gc.freeze()  # the worlds stay: the collector need not walk their millions of objects again and again

    def _engine(self, build: Build, tenant: Tenant, size: tuple[int, int, int]) -> Engine:
        """A world: as it was left, as it was cached when made, or made now."""
        seed, months, customers = size
        kept = self._kept_world(tenant) if self.options.state else None
        cached = self.options.cache / f"world-{seed}-{months}-{customers}" if self.options.cache else None
        for path in (kept, cached):
            if path and (found := World.load(path)):
                return found
        made = build(seed, months, customers, int(self.clock.now()))
        if cached:
            cached.parent.mkdir(parents=True, exist_ok=True)
            made.save(cached)
        return made

    def _happened(self, tenant: Tenant, event: Object) -> None:
        if tenant is self.cast.platform:
            self.platform_deliveries.send(told(event))
        elif self.connections.holds(tenant.id):
            self.deliveries.send(told(event), tenant.id)

    def _kept_world(self, tenant: Tenant) -> Path:
        assert self.options.state is not None  # noqa: S101 - asked for only where there is one; tells mypy
        name = f"{tenant.id}-{self.options.months}-{self.options.customers}"
        return self.options.state / name

    @property
    def _kept_file(self) -> Path | None:
        return self.options.state / "standin-state.json" if self.options.state else None

    def keep(self) -> None:
        """Write connections, clock, branding and endpoints down."""
        if (path := self._kept_file) is None:
            return
        kept = {
            "seed": self.options.seed,
            "offset": self.clock.offset,
            "connections": self.connections.dump(),
            "branding": self.cast.platform.branding.dump(),
            "endpoints": self.deliveries.dump(),
            "platform_endpoints": self.platform_deliveries.dump(),
        }
        with self._saving:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(json.dumps(kept), "utf-8")
            fresh.replace(path)

    def _restore(self) -> None:
        if (path := self._kept_file) is None or not path.exists():
            return
        try:
            kept = json.loads(path.read_text("utf-8"))
        except json.JSONDecodeError:
            log.warning("what this stand-in had kept is damaged; it starts afresh")
            return
        if kept.get("seed") == self.options.seed:
            self.clock.offset = int(kept["offset"])
            self.connections.restore(kept["connections"])
            self.cast.platform.branding = Branding.restored(kept.get("branding", {}))
            self.deliveries.restore(kept.get("endpoints", []))
            self.platform_deliveries.restore(kept.get("platform_endpoints", []))

"""Plays a plan: a stand-in Stripe, a receiver, a worker, now and then a second one, and whoever looks at the page."""

from __future__ import annotations

import os
import random
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from lib import settings as settings_module
from lib.accounts import connections, workspaces
from lib.settings import Settings, Standin
from lib.store import engine as engine_module
from tests.chaos import roles, verdict
from tests.chaos.databases import Databases
from tests.chaos.nursery import Nursery
from tests.chaos.plans import Act, Plan
from tests.chaos.watcher import Watcher, stack_traces

DRAINED_WITHIN: Final = 30
"""Seconds that deliveries may take until the last one came."""
BACKOFF: Final = 0.05
"""Seconds before a delivery is tried again; at Stripe minutes."""
RIVALS: Final = 2
LAST_WORDS: Final = 4
NO_MORE: Final = resource.RLIM_INFINITY
Object = dict[str, Any]


@dataclass
class Report:
    """How a run went: ``failures`` is empty when all converged and nobody was told anything untrue."""

    seed: int
    plan: str
    seconds: float = 0.0
    happened: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        again = f"again: make chaos SEEDS=1 FROM={self.seed}"
        return "\n".join([self.plan, *(f"  WRONG {each}" for each in self.failures), again])


@dataclass
class Lane:
    """What runs one after another share: the nursery, the databases and a folder."""

    folder: Path
    nursery: Nursery
    databases: Databases


@contextmanager
def lane() -> Iterator[Lane]:
    """Somewhere to run plans, cleaned up behind."""
    for name in [name for name in os.environ if name.startswith("STRIPE_") or name in {"DATA_DIR", "DATABASE_URL"}]:
        os.environ.pop(name)
    Settings.model_config["env_file"] = None
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-chaos-"))
    nursery = Nursery()
    databases = Databases(folder / "databases")
    try:
        yield Lane(folder, nursery, databases)
    finally:
        nursery.close()
        databases.close()
        shutil.rmtree(folder, ignore_errors=True)


def run(plan: Plan, on: Lane) -> Report:
    """Play a plan to its end and judge."""
    began = time.monotonic()
    report = Report(plan.seed, str(plan))
    director = _Director(plan, on, report)
    try:
        director.play()
    finally:
        director.close()
    report.seconds = time.monotonic() - began
    return report


class _Director:
    def __init__(self, plan: Plan, on: Lane, report: Report) -> None:
        self._plan, self._on, self._report = plan, on, report
        self._folder = on.folder / f"seed-{plan.seed}"
        self._logs = self._folder / "logs"
        self._logs.mkdir(parents=True)
        self._clock = self._folder / "clock"
        self._ahead, self._skew = 0.0, 0.0
        roles.set_clock(self._clock, 0.0, 0.0)
        self._alive: dict[str, int] = {}
        self._rivals: list[int] = []
        self._http = httpx.Client(timeout=30)
        self._data = self._database("ours")
        self._number = 0

    # --- From beginning to end ----------------------------------------------------------------------------------------

    def play(self) -> None:
        self._info: Standin = self._bear("standin", seed=self._plan.seed)
        self._port = self._bear("receiver", port=0)
        url = f"http://127.0.0.1:{self._port}/webhooks/stripe"
        self._account = self._connect()
        self._tell("webhooks", endpoints=[url], backoff=BACKOFF, **self._plan.manners)
        watcher = Watcher(self._account)
        watcher.start()
        self._employ()
        for number, act in enumerate(self._plan.acts):
            self._number = number
            time.sleep(act.after)
            self._do(act)
        self._peace()
        watcher.stop()
        self._judge(watcher)

    def close(self) -> None:
        for pid in [*self._alive.values(), *self._rivals]:
            self._on.nursery.kill(pid)
        self._http.close()
        engine_module.engine().dispose()
        settings_module.replace(None)
        if not self._report.failures:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _peace(self) -> None:
        """No more failures; what Stripe still delivers comes; then one ordinary round of the schedule."""
        self._tell("faults", clear=True)
        self._tell("webhooks", drop=0, delay=0, shuffle=0)
        self._set_skew(0.0)
        deadline = time.monotonic() + DRAINED_WITHIN
        while (told := self._tell("webhooks"))["pending"] and time.monotonic() < deadline:
            time.sleep(0.02)
        self._report.happened.update(
            {f"deliveries {key}": told.get(key, 0) for key in ("delivered", "dropped", "retried", "failed")}
        )
        for pid in self._rivals:
            self._on.nursery.wait(pid)
        self._rivals.clear()
        self._dismiss("worker")
        self._last_words()
        if code := self._finish("catch_up", self._data, account=self._account):
            self._fail(f"the last catch-up ended with {code}")

    def _last_words(self) -> None:
        """Changes once all clocks are right again, which only the list of events tells of."""
        self._tell("webhooks", drop=1)
        for number in range(LAST_WORDS):
            self._business(Act("upgrade", 0.0, {"pick": 5 * number, "more": 1}))

    def _judge(self, watcher: Watcher) -> None:
        peace = self._database("clean")
        self._finish("clean", peace, info=self._info)
        anew = verdict.tables(self._url(peace), self._account)
        lived = verdict.tables(self._url(self._data), self._account)
        self._fail(*verdict.differences(lived, anew, self._info))
        self._fail(*verdict.unsettled(self._url(self._data), self._account))
        self._fail(*watcher.lies, *stack_traces(self._logs))
        rows = sum(len(each) for each in anew.values())
        self._report.happened.update({"looks": watcher.looks, "figures": watcher.figures, "rows compared": rows})
        if not rows:
            self._fail("the clean sync read nothing")

    # --- Acts ---------------------------------------------------------------------------------------------------------

    def _do(self, act: Act) -> None:
        self._report.happened[act.kind] += 1
        getattr(self, f"_act_{act.kind}", self._business)(act)

    def _business(self, act: Act) -> None:
        """An act of the business; one that is not possible as things stand does not happen."""
        self._advance(1)
        try:
            operation, arguments = self._operation(act.kind, act.arguments)
        except LookupError:
            self._report.happened[f"{act.kind} not possible"] += 1
            return
        answer = self._http.post(f"{self._info['base']}/_sandbox/do", json={"operation": operation, **arguments})
        if answer.status_code != httpx.codes.OK:
            self._report.happened[f"{act.kind} not possible"] += 1

    def _operation(self, kind: str, told: Object) -> tuple[str, Object]:  # noqa: PLR0911 - one for each kind
        pick = told["pick"]
        match kind:
            case "subscribe":
                customer = self._post("do", operation="create_customer", name=f"New {pick}", email="new@example.com")
                price = self._one("price", pick, lambda each: each.get("recurring"))
                items = [[price["id"], told["more"]]]
                return "create_subscription", {"customer": customer["result"]["id"], "items": items}
            case "upgrade":
                subscription = self._one("subscription", pick, _running)
                item = subscription["items"]["data"][0]
                edit = {"item": item["id"], "quantity": item.get("quantity", 1) + told["more"]}
                return "update_subscription", {"id_": subscription["id"], "edits": [edit]}
            case "cancel" | "cancel_later":
                id_ = self._one("subscription", pick, _running)["id"]
                return "cancel_subscription", {"id_": id_, "at_period_end": kind == "cancel_later"}
            case "keep" | "pause" | "resume":
                operation = {"keep": "keep_subscription"}.get(kind, kind)
                return operation, {"id_": self._one("subscription", pick, _running)["id"]}
            case "charge":
                return "charge", {"customer": self._one("customer", pick)["id"], "amount": told["amount"]}
            case "refund" | "dispute":
                charge = self._one("charge", pick, lambda each: each["paid"] and not each["refunded"])
                return kind, {"charge": charge["id"]} | ({"amount": told["amount"]} if "amount" in told else {})
            case "decline" | "delete_customer":
                return kind, {"customer": self._one("customer", pick)["id"]}
            case "discount":
                holder = self._one("subscription", pick, _running)
                return "discount", {"id_": holder["id"], "coupon": self._one("coupon", pick)["id"]}
            case _:
                price = self._one("price", pick, lambda each: not each.get("recurring"))
                return "invoice_once", {"customer": self._one("customer", pick)["id"], "price": price["id"]}

    def _one(self, kind: str, pick: int, which: Any = None) -> Object:  # noqa: ANN401 - a test of an object, or None
        answer = self._http.get(f"{self._info['base']}/_sandbox/objects", params={"kind": kind})
        found: list[Object] = [each for each in answer.json()["data"] if which is None or which(each)]
        if not found:
            raise LookupError(kind)
        return found[pick % len(found)]

    def _act_advance(self, act: Act) -> None:
        self._advance(act.arguments["seconds"])

    def _act_gap(self, act: Act) -> None:
        """We are away for longer than Stripe keeps events."""
        self._dismiss("worker")
        self._advance(act.arguments["seconds"])
        self._employ()

    def _act_fault(self, act: Act) -> None:
        self._tell("faults", **act.arguments)

    def _act_calm(self, _: Act) -> None:
        self._tell("faults", clear=True)

    def _act_manners(self, _: Act) -> None:
        draw = random.Random(f"{self._plan.seed} {self._number}")
        self._tell("webhooks", drop=draw.choice((0.0, 0.5)), shuffle=draw.choice((0.0, 0.3)), duplicate=draw.random())

    def _act_kill(self, act: Act) -> None:
        self._dismiss("worker")
        time.sleep(act.arguments["down"])
        self._employ()

    def _act_kill_receiver(self, act: Act) -> None:
        self._dismiss("receiver")
        time.sleep(act.arguments["down"])
        self._bear("receiver", port=self._port)

    def _act_rival(self, _: Act) -> None:
        self._rivals = [pid for pid in self._rivals if not self._on.nursery.ended(pid)]
        if len(self._rivals) < RIVALS:
            pid, _said = self._born("rival", self._data, account=self._account)
            self._rivals.append(pid)

    def _act_skew(self, act: Act) -> None:
        self._set_skew(act.arguments["seconds"])

    def _act_full(self, act: Act) -> None:
        """The worker's disk takes no more: files may not grow, or (hard) not be written to at all. SQLite alone."""
        if self._plan.database != "sqlite" or self._plan.worker != "plain":
            return
        files = list(self._data.glob("plimsoll.sqlite*"))
        limit = 0 if act.arguments["hard"] else max(file.stat().st_size for file in files)
        pid = self._alive["worker"]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, NO_MORE))
        time.sleep(act.arguments["for"])
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (NO_MORE, NO_MORE))

    # --- Processes and doors ------------------------------------------------------------------------------------------

    def _employ(self) -> None:
        self._bear("worker", account=self._account, real=self._plan.worker == "DBOS")

    def _dismiss(self, role: str) -> None:
        pid = self._alive.pop(role)
        if self._on.nursery.ended(pid):
            self._fail(f"the {role} ended by itself")
        self._on.nursery.kill(pid) if not self._on.nursery.ended(pid) else None

    def _bear(self, role: str, **arguments: object) -> Any:  # noqa: ANN401 - what the role says
        pid, said = self._born(role, self._data, **arguments)
        self._alive[role] = pid
        return said

    def _finish(self, role: str, data: Path, **arguments: object) -> int:
        pid, _ = self._born(role, data, **arguments)
        code = self._on.nursery.wait(pid)
        if code:
            self._fail(f"{role} ended with {code}")
        return code

    def _born(self, role: str, data: Path, **arguments: object) -> tuple[int, Any]:
        if role not in {"standin", "receiver"}:
            arguments["clock"] = str(self._clock)
        environment = {"DATA_DIR": str(data), "DATABASE_URL": self._on.databases.setting(data)}
        return self._on.nursery.bear(role, self._logs / f"{role}.log", environment, **arguments)

    def _database(self, name: str) -> Path:
        data = self._folder / name
        self._on.databases.make(data, self._plan.database)
        return data

    def _url(self, data: Path) -> str:
        return self._on.databases.url(data)

    def _connect(self) -> str:
        os.environ["DATA_DIR"] = str(self._data)
        if url := self._on.databases.setting(self._data):
            os.environ["DATABASE_URL"] = url
        else:
            os.environ.pop("DATABASE_URL", None)
        settings_module.replace(None)
        settings_module.bind_standin(self._info)
        now = int(time.time())
        return connections.connect_demo(workspaces.for_command_line(now=now), now=now)

    def _advance(self, seconds: float) -> None:
        self._ahead = self._post("advance", seconds=seconds)["now"] - time.time()
        roles.set_clock(self._clock, self._ahead, self._skew)

    def _set_skew(self, seconds: float) -> None:
        self._skew = seconds
        roles.set_clock(self._clock, self._ahead, self._skew)

    def _tell(self, door: str, **told: object) -> Object:
        return self._post(door, **told)

    def _post(self, door: str, **told: object) -> Object:
        answer = self._http.post(f"{self._info['base']}/_sandbox/{door}", json=told)
        answer.raise_for_status()
        found: Object = answer.json()
        return found

    def _fail(self, *sentences: str) -> None:
        self._report.failures += sentences


def _running(subscription: Object) -> bool:
    return subscription["status"] in {"active", "trialing", "past_due"}

"""Hold the books of the whole demo business against the stand-in's truth: 36 months, every subscription, every day.

First by the default rules, then by every switch in both positions and by every preset; then another business of the
same kind that was connected from its first day, with and without the versions of its subscriptions.

python bench/bench_truth.py            the demo business as `make run` serves it
python bench/bench_truth.py --seed 11  another one
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from lib.accounts import connections, workspaces
from lib.gateway import standin
from lib.ledger.build import build
from lib.ledger.rules import Rules, to_json
from lib.metrics.catalog import find
from lib.metrics.query import Query
from lib.money import MICRO
from lib.reports import books
from lib.settings import settings
from lib.store.engine import migrate
from lib.sync import work
from tests.kept import demo_business
from tests.switched_truth import SWITCHED, judge
from tests.truth import balance, compare


def main() -> None:
    """Build, sync, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    seed = parser.parse_args().seed
    os.environ["SANDBOX_SEED"] = str(seed)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "SANDBOX_PORT": "0"}
        with standin.running():
            compare_all(Path(folder))
    compare_connected(seed)


def compare_all(folder: Path) -> None:
    """Sync the demo business into ``folder`` and print the comparison."""
    assert settings().data_dir == folder
    migrate()
    now = int(time.time())
    account = connections.connect_demo(workspaces.for_command_line(now=now), now=now)
    work.run(account)
    started = time.perf_counter()
    ledger = books.ledger(account)
    print(f"ledger built in {time.perf_counter() - started:.2f} s, {ledger.movements.height:,} rows")
    bound = standin_address()
    truth = httpx.get(f"{bound}/_sandbox/truth", params={"compact": "true"}, timeout=120).json()
    verdict = compare(ledger, truth, last=ledger.today - timedelta(days=1))
    print(f"{verdict.days:,} days, {verdict.values:,} values of subscriptions that count")
    print(f"currencies: {dict(Counter(s['currency'] for s in truth['subscriptions'].values()))}")
    print(f"unexplained differences: {len(verdict.wrong)}")
    print(f"days exact in every subscription: {verdict.exact_days:,} of {verdict.days:,}")
    print(f"changes the API hides until an invoice tells: {len(verdict.changes)}")
    for each in verdict.changes:
        until = each["revealed"] or each["until"] or "still hidden"
        print(f"  {each['subscription']} {each['currency']} {each['date']} to {until}: ", end="")
        print(f"{each['from']['mrr']} became {each['to']['mrr']} (minor units a month)")
    print(f"balance by the cash ledger {balance(ledger)}, by the stand-in {truth['balance']}")
    span = Query(ledger.start, ledger.today)
    for slug in ("gross_revenue", "refunds", "net_revenue", "fees"):
        print(f"{slug}: {find(slug)(ledger, span)['value'].sum() // MICRO:,} minor units of {ledger.base}")
    print("\n| rules | values of subscriptions | movements | trials | wrong | can't be known, and why |")
    print("|---|---:|---:|---:|---:|---|")
    for named, rules in SWITCHED.items():
        print(switched(account, bound, named, rules))


def compare_connected(seed: int) -> None:
    """Print what is left unknown of a business whose every event was kept, and what there would be without them."""
    kept = demo_business(seed, months=36, customers=2_200, now=int(time.time()))
    known = kept.tables()
    unknown = {name: frame for name, frame in known.items() if name != "subscription_version"}
    print(f"\nconnected from the first day: {known['subscription_version'].height:,} versions")
    print("\n| rules | values of subscriptions | movements | trials | wrong | wrong without versions |")
    print("|---|---:|---:|---:|---:|---:|")
    spent = {id(known): 0.0, id(unknown): 0.0}
    for named, rules in SWITCHED.items():
        truth, found = kept.truth(to_json(rules)), []
        for tables in (unknown, known):
            started = time.perf_counter()
            ledger = build(tables, base="usd", as_of=kept.world.now, tz=ZoneInfo("UTC"), rules=rules)
            spent[id(tables)] += time.perf_counter() - started
            found.append(judge(ledger, truth, tables, ledger.today, excused=False))
        without, judged = found
        counts = f"{judged.values:,} | {judged.moves:,} | {judged.trials:,} | {len(judged.wrong)}"
        print(f"| {named} | {counts} | {len(without.wrong):,} |")
    print(f"\nbuilding them took {spent[id(known)]:.1f} s, without versions {spent[id(unknown)]:.1f} s")


def switched(account: str, bound: str, named: str, rules: Rules) -> str:
    """One row of the table: what comes of the comparison under some rules."""
    asked = {"compact": "true", "rules": json.dumps(to_json(rules))}
    truth = httpx.get(f"{bound}/_sandbox/truth", params=asked, timeout=120).json()
    ledger = books.ledger(account, rules)
    found = judge(ledger, truth, books.tables(account), ledger.today - timedelta(days=1))
    unseen = "; ".join(f"{why}: {days:,} days of {len(found.whose[why])}" for why, days in sorted(found.unseen.items()))
    return f"| {named} | {found.values:,} | {found.moves:,} | {found.trials:,} | {len(found.wrong)} | {unseen} |"


def standin_address() -> str:
    """Where the stand-in of this process listens."""
    from lib.settings import standin as bound  # noqa: PLC0415 - a name of its own

    info = bound()
    assert info is not None
    return info["base"]


if __name__ == "__main__":
    main()

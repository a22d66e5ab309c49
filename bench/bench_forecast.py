"""Make the MRR forecast again for every past month of the demo business, beside the plain means of 3 and 12 months.

python bench/bench_forecast.py            the seeds of bench/README.md
python bench/bench_forecast.py 7 11 3     the seeds that the model was chosen on

Each seed is another business of 2,200 customers and 36 months, synced as `make run` does. A forecast made at the end of
a month knows nothing of the months after; the first is made after six months.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import polars as pl

from lib.accounts import connections, workspaces
from lib.gateway import standin
from lib.metrics import forecast, forecast_backtest
from lib.metrics.forecast_backtest import HORIZONS, LEVELS, Fold
from lib.reports import books
from lib.store.engine import migrate
from lib.sync import work

FRESH = (23, 42, 99, 5, 61, 77)
"""Seeds that nobody had looked at when the model was chosen; the last two, nor when its intervals were."""
YEAR = 12


def main() -> None:
    """Each seed in a process of its own: settings are read once in a process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("seeds", type=int, nargs="*", default=FRESH)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    for seed in asked.seeds:
        if asked.alone:
            one(seed)
        else:
            subprocess.run([sys.executable, __file__, str(seed), "--alone"], check=True)


def one(seed: int) -> None:
    """Sync the business of ``seed``, forecast from every month, and print the errors."""
    values = history(seed)
    forecast.model(values)  # statsmodels is imported here, outside of what is timed
    started = time.perf_counter()
    made = forecast_backtest.folds(values)
    took = time.perf_counter() - started
    print(f"seed {seed}: {len(values)} months, {len(made)} forecasts in {took:.1f} s")
    print("  months ahead                ", *(f"{ahead:>8}" for ahead in HORIZONS))
    for name, told in predictions(values).items():
        shares = (error(values, made, ahead, told) for ahead in HORIZONS)
        print(f"  {name:<28}", *(f"{share:>7.1%} " for share in shares))
    held = forecast_backtest.coverage(values, made)
    for level in LEVELS:
        rows = held.filter(level=level).sort("ahead")
        count, kept = rows["forecasts"].sum(), rows["held"].sum()
        each = (f"{kept}/{count}" for kept, count in rows.select("held", "forecasts").iter_rows())
        print(
            f"  {level}% range held              ", *(f"{text:>8}" for text in each), f"   together {kept / count:.0%}"
        )


def history(seed: int) -> list[int]:
    """MRR at the end of every full month of the demo business, micros."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "SANDBOX_PORT": "0", "SANDBOX_SEED": str(seed)}
        with standin.running():
            migrate()
            now = int(time.time())
            account = connections.connect_demo(workspaces.for_command_line(now=now), now=now)
            work.run(account)
            frame: pl.DataFrame = forecast.history(books.ledger(account))
            return frame["value"].to_list()


def predictions(values: Sequence[int]) -> dict[str, Callable[[Fold, int], float]]:
    """What each says from a fold, so many months ahead."""
    return {
        "ARIMA(0, 1, 1) with drift": lambda fold, ahead: fold.path.points[ahead - 1],
        "mean of 3 months": lambda fold, ahead: fold.plain[ahead - 1],
        "mean of 12 months": lambda fold, ahead: year(values[: fold.known], ahead),
    }


def year(known: Sequence[int], ahead: int) -> float:
    """The last MRR and ``ahead`` times the mean change of the last twelve months, or of all while there are fewer."""
    months = min(YEAR, len(known) - 1)
    return known[-1] + (known[-1] - known[-1 - months]) / months * ahead


def error(values: Sequence[int], made: Sequence[Fold], ahead: int, told: Callable[[Fold, int], float]) -> float:
    """The mean distance from what came, as a share of it."""
    reached = [fold for fold in made if fold.known + ahead <= len(values)]
    misses = [abs(told(fold, ahead) / values[fold.known + ahead - 1] - 1) for fold in reached]
    return sum(misses) / len(misses)


if __name__ == "__main__":
    main()

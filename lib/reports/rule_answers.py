"""An account's rules, and old and new side by side, as text for people and as JSON values for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from lib.ledger.rules import SWITCHES, preset_of
from lib.metrics.registry import Unit
from lib.reports import switches
from lib.reports.answers import number
from lib.reports.rules import Comparison, Counting, Figure
from lib.reports.tables import plain, safe

_WIDTH = 40


def counting_text(now: Counting) -> str:
    """The rules, one switch a line as it is set on the command line, each before its title."""
    lines = [f"# {preset_of(now.rules) or 'Your own'}, in {now.currency.upper()}, days of {now.timezone}"]
    for switch in SWITCHES:
        value = switches.written(switch.name, getattr(now.rules, switch.name))
        lines.append(f"{switch.name}={value}".ljust(_WIDTH) + switch.metadata["title"])
    return "\n".join(lines) + "\n"


def counting(now: Counting) -> dict[str, Any]:
    """The rules in full as JSON values, each switch as it is set on the command line."""
    preset = preset_of(now.rules)
    return {
        "preset": preset.value if preset else None,
        "timezone": now.timezone,
        "currency": now.currency,
        "rules": {s.name: switches.written(s.name, getattr(now.rules, s.name)) for s in SWITCHES},
    }


def comparison_text(found: Comparison) -> str:
    """Old and new as three tables of CSV: figures of today, MRR at month ends, the customers that change most."""
    old, new = found.old.currency, found.new.currency
    figures = [
        (f.metric.slug, plain(f.old, f.metric.unit, old), plain(f.new, f.metric.unit, new), _difference(f, new))
        for f in found.figures
    ]
    months = [
        (f"{day:%Y-%m}", plain(before, Unit.MONEY, old), plain(after, Unit.MONEY, new))
        for day, before, after in found.months.select("date", "old", "new").iter_rows()
    ]
    movers = [
        (m.customer, safe(m.name), plain(m.old, Unit.MONEY, old), plain(m.new, Unit.MONEY, new)) for m in found.largest
    ]
    return "\n".join(
        (
            _csv(("figure", "old", "new", "difference"), figures),
            _csv(("month", "old", "new"), months),
            f"# Customers whose MRR of today changes: {found.changed}",
            _csv(("customer", "name", "old", "new"), movers),
        )
    )


def comparison(found: Comparison) -> dict[str, Any]:
    """The same as JSON values: money in major units, n/a null."""
    old, new = found.old.currency, found.new.currency
    return {
        "old": counting(found.old),
        "new": counting(found.new),
        "figures": [
            {
                "slug": f.metric.slug,
                "old": number(f.old, f.metric.unit, old),
                "new": number(f.new, f.metric.unit, new),
                "difference": number(f.difference, f.metric.unit, new),
            }
            for f in found.figures
        ],
        "months": [
            {"month": f"{day:%Y-%m}", "old": number(before, Unit.MONEY, old), "new": number(after, Unit.MONEY, new)}
            for day, before, after in found.months.select("date", "old", "new").iter_rows()
        ],
        "changed_customers": found.changed,
        "largest": [
            {"customer": m.customer, "old": number(m.old, Unit.MONEY, old), "new": number(m.new, Unit.MONEY, new)}
            for m in found.largest
        ],
    }


def _difference(figure: Figure, currency: str) -> str:
    return plain(figure.difference, figure.metric.unit, currency)


def _csv(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([head, *rows])
    return written.getvalue()

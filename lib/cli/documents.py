"""``docs``: the pages that are derived from the code and so can't fall behind it; tests/test_docs.py compares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lib.settings import Settings

if TYPE_CHECKING:
    from lib.metrics.registry import Metric

ROOT = Path(__file__).resolve().parents[2]
METRICS_PAGE = ROOT / "docs" / "metrics.md"
README = ROOT / "README.md"
_INTRODUCTION = """\
# The metrics

Written by `make docs` from the registry in `lib/metrics`; edit the docstrings there.

Money is exact until it is shown. A figure that can't be computed (a division by nothing) is “n/a”, never 0. “30 days”
is the rolling window that ends on the day of the figure. Days are cut in the account's time zone.
"""
_UNITS = {"money": "money in the account's currency", "percent": "a share", "count": "a number"}
_TOTALS = {"last": "the value at its end", "sum": "the sum of its periods"}


def docs() -> None:
    """Write docs/metrics.md and the tables of settings and commands in the README."""
    METRICS_PAGE.write_text(metrics_page(), encoding="utf-8")
    README.write_text(readme(README.read_text("utf-8")), encoding="utf-8")
    typer.echo(f"Wrote {METRICS_PAGE.relative_to(ROOT)} and the tables in {README.relative_to(ROOT)}.")


def metrics_page() -> str:
    """docs/metrics.md: every metric in display order, under its group."""
    from lib.metrics.catalog import METRICS

    groups = dict.fromkeys(metric.group for metric in METRICS)
    sections = [
        "\n".join([f"\n## {group}\n", *(_entry(metric) for metric in METRICS if metric.group == group)])
        for group in groups
    ]
    return _INTRODUCTION + "\n".join(sections).rstrip() + "\n"


def _entry(metric: Metric) -> str:
    return (
        f"### {metric.name} (`{metric.slug}`)\n\n{metric.formula}\n\n"
        f"{_UNITS[metric.unit.value].capitalize()}; over a span, {_TOTALS[metric.total.value]}. "
        f"Good when it goes {metric.good.value}. Splits by {', '.join(metric.by)}.\n"
    )


def readme(text: str) -> str:
    """``text`` with the tables between its markers renewed."""
    return _between(_between(text, "settings", settings_table()), "commands", commands_table())


def settings_table() -> str:
    """Every setting with its default."""
    rows = [f"| `{name.upper()}` | {_default(field)} | {field.description} |" for name, field in _fields().items()]
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows])


def _fields() -> dict[str, Any]:
    return dict(Settings.model_fields)


def _default(field: Any) -> str:  # noqa: ANN401 - pydantic's FieldInfo
    return "" if field.default is None else f"`{field.default}`"


def commands_table() -> str:
    """Every command with its first sentence."""
    from lib.cli.main import app

    rows = [
        f"| `python -m lib {each.callback.__name__}` | {each.callback.__doc__} |"
        for each in app.registered_commands
        if each.callback
    ]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def _between(text: str, name: str, content: str) -> str:
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"README.md has lost its <!-- {name} --> markers")
    return f"{before}{start}\n{content}\n\n{end}{after}"

"""``docs``: the pages that are derived from the code and so can't fall behind it; tests/test_docs.py compares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lib.cli import sentences
from lib.settings import Settings

if TYPE_CHECKING:
    from lib.metrics.registry import Metric

ROOT = Path(__file__).resolve().parents[2]
METRICS_PAGE = ROOT / "docs" / "metrics.md"
README = ROOT / "README.md"
PRESETS_PAGE = ROOT / "docs" / "decisions" / "0008-presets.md"
_INTRODUCTION = """\
# The metrics

Written by `make docs` from the registry in `lib/metrics` and the switches in `lib/ledger/rules.py`; edit them there.

Money is exact until it is shown. A figure that can't be computed (a division by nothing) is “n/a”, never 0. “30 days”
is the rolling window that ends on the day of the figure. Days are cut in the account's time zone. A ratio over a span
is never a mean of ratios.
"""
_SPLITS = """\
## Splits

`--by` on the command line, `?by=` in the API. Where a customer or subscription can be in several groups, counts of them
do not add up to the whole; money always does.

| by | groups |
|---|---|
"""
_RULES = """\

## Rules

Switches of the account, under Settings. They decide what MRR is, and so all that is made of it; those that change
single metrics beside are named there.

| rule | | what it does |
|---|---|---|
"""
_UNITS = {
    "money": "money in the reporting currency",
    "percent": "a share",
    "count": "a number",
    "ratio": "a plain ratio",
    "days": "days",
    "months": "months",
}
_TOTALS = {
    "last": "the value at its end",
    "sum": "the sum of its periods",
    "ratio": "computed anew from the span as a whole",
}


def docs() -> None:
    """Write docs/metrics.md, docs/sentences.md, the tables of settings and commands in the README, and the presets'."""
    METRICS_PAGE.write_text(metrics_page(), encoding="utf-8")
    README.write_text(readme(README.read_text("utf-8")), encoding="utf-8")
    sentences.PAGE.write_text(sentences.page(), encoding="utf-8")
    PRESETS_PAGE.write_text(presets_page(PRESETS_PAGE.read_text("utf-8")), encoding="utf-8")
    page, presets, readme_ = (each.relative_to(ROOT) for each in (METRICS_PAGE, PRESETS_PAGE, README))
    typer.echo(f"Wrote {page}, {sentences.PAGE.relative_to(ROOT)} and the tables in {readme_} and {presets}.")


def metrics_page() -> str:
    """docs/metrics.md: every metric in display order, under its group; then what they split by, and the rules."""
    from lib.metrics import catalog

    groups = dict.fromkeys(metric.group for metric in catalog.METRICS)
    sections = [
        "\n".join([f"\n## {group}\n", *(_entry(metric) for metric in catalog.METRICS if metric.group == group)])
        for group in groups
    ]
    return _INTRODUCTION + "\n".join(sections).rstrip() + "\n\n" + _SPLITS + _splits() + "\n" + _RULES + _rules() + "\n"


def _entry(metric: Metric) -> str:
    from lib.ledger.rules import SWITCHES
    from lib.metrics.query import written

    titles = [f"“{each.metadata['title']}”" for each in SWITCHES if each.name in metric.rules]
    changed = f" Changed by the rule{'s' if len(titles) > 1 else ''} {' and '.join(titles)}." if titles else ""
    return (
        f"### {metric.name} (`{metric.slug}`)\n\n{metric.formula}\n\n"
        f"{_UNITS[metric.unit.value].capitalize()}; over a span, {_TOTALS[metric.total.value]}. "
        f"Good when it goes {metric.good.value}. Splits by {written(metric.by)}.{changed}\n"
    )


def _splits() -> str:
    from lib.metrics.query import By, written

    return "\n".join(f"| `{written([by])}` | {by.meaning} |" for by in By)


def _rules() -> str:
    from lib.ledger.rules import SWITCHES

    return "\n".join(f"| `{s.name}` | {s.metadata['title']} | {s.metadata['help']} |" for s in SWITCHES)


def presets_page(text: str) -> str:
    """``text`` (docs/decisions/0008-presets.md) with its table of the presets renewed."""
    return _between(text, "presets", presets_table())


def presets_table() -> str:
    """Every switch as each preset sets it; what differs from the default is bold."""
    from lib.ledger.rules import PRESETS, SWITCHES, Rules
    from lib.reports.switches import written

    def cell(name: str, held: Rules) -> str:
        value = written(name, getattr(held, name)).replace(",", ", ")
        return value if getattr(held, name) == getattr(Rules(), name) else f"**{value}**"

    head = ["| rule | " + " | ".join(PRESETS) + " |", "|---" * (len(PRESETS) + 1) + "|"]
    rows = [
        f"| {s.metadata['title']} (`{s.name}`) | " + " | ".join(cell(s.name, held) for held in PRESETS.values()) + " |"
        for s in SWITCHES
    ]
    return "\n".join(head + rows)


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
        raise ValueError(f"the page has lost its <!-- {name} --> markers")
    return f"{before}{start}\n{content}\n\n{end}{after}"

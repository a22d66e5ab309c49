"""The command that shows an account's rules, what other rules would change, and keeps them only when told to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from lib.cli import accounts, output
from lib.cli.options import Account, Json

if TYPE_CHECKING:
    from lib.ledger.rules import Rules


def rules(
    account: Account = None,
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="All switches as Baremetrics, ChartMogul, ProfitWell or Stripe has them."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="One switch, like churn_at_click=on; may come several times."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="The time zone of days, like Europe/Paris.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep them; without it they are only compared.")] = False,
    json: Json = False,
) -> None:
    """Print how recurring revenue is counted; with changes, what they would do to the figures."""
    from lib.reports import rule_answers
    from lib.reports import rules as reports

    account = accounts.chosen(account)
    now = reports.current(account)
    wanted = wished(now.rules, preset, changes or [])
    if (wanted, timezone or now.timezone) == (now.rules, now.timezone):
        output.as_json(rule_answers.counting(now)) if json else output.figures(rule_answers.counting_text(now))
        return
    found = reports.preview(account, wanted, timezone)
    if keep:
        reports.keep(account, wanted, timezone)
    if json:
        output.as_json({"kept": keep, **rule_answers.comparison(found)})
    else:
        output.figures(rule_answers.comparison_text(found))
    output.note("The new rules are kept." if keep else "Nothing is kept. Add --keep to count by these rules.")


def wished(now: Rules, preset: str | None, changes: list[str]) -> Rules:
    """``now`` with a preset's switches (currency and frozen rates stay), then with single ones set.

    Raises UnknownRule, BadRules, BadDate, or typer's own for what is no NAME=VALUE or no preset.
    """
    from lib.ledger.rules import PRESETS, Preset
    from lib.reports import switches

    if preset is not None:
        known = {each.value.lower(): each for each in Preset}
        if preset.lower() not in known:
            raise typer.BadParameter(f"There is no preset called “{preset}”. Known: {', '.join(Preset)}.")
        held = PRESETS[known[preset.lower()]]
        now = replace(held, currency=now.currency, frozen_rates=now.frozen_rates)
    typed = [each.partition("=") for each in changes]
    if wrong := [name for name, sign, _ in typed if not sign]:
        raise typer.BadParameter(f"“{wrong[0]}” sets nothing. Write it like churn_at_click=on.")
    return switches.changed(now, {name.strip(): text for name, _, text in typed})

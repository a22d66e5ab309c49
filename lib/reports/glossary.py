"""What each column of an exported file means, and its unit."""

from __future__ import annotations

from typing import Final

from lib.metrics import catalog
from lib.metrics.registry import Unit
from lib.reports import export
from lib.reports.exports import Export

_UNITS: Final = {
    Unit.MONEY: "major units of the reporting currency",
    Unit.PERCENT: "a fraction: 0.05 is 5%",
    Unit.COUNT: "a whole number",
    Unit.RATIO: "a plain ratio",
    Unit.DAYS: "days",
    Unit.MONTHS: "months",
}
_EACH: Final = "in major units of the reporting currency (column base), unrounded"
_BASE: Final = f"{_EACH}, so that rows add up"
REPORTS: Final = {
    "account": "The name of the account that the row is of; in files of all accounts together alone.",
    "date": "First day of the period, or the day it happened (ISO, the account's time zone).",
    "unfinished": "Whether the period still runs.",
    "base": "The reporting currency, an ISO code.",
    "currency": "ISO code of the currency of the amount beside it; of customers, the reporting currency.",
    "type": "new, expansion, reactivation, contraction, churn or fx (exchange rates).",
    "customer": "Stripe's customer id.",
    "name": "The customer's name at Stripe, else the email, else the id.",
    "email": "The customer's email at Stripe.",
    "phone": "The customer's phone number at Stripe; empty where none is kept there.",
    "subscription": "Stripe's subscription id.",
    "invoice": "Stripe's invoice id.",
    "plan": "Stripe's price id; of plans and trials the plan's name.",
    "label": "The plan's name: product and how often it bills; where it has none, the price id.",
    "amount": "In major units of the row's currency, unrounded, so that rows add up.",
    "amount_base": f"The amount {_BASE}.",
    "status": "Of customers: past due, paused, active, trialing, churned or one-time. Of payouts: as Stripe says it.",
    "mrr": f"MRR today, {_BASE}.",
    "plans": "What is paid for or on trial, joined by +.",
    "since": "First day with MRR; of failed charges the day of the first failed attempt.",
    "country": "ISO code of the customer's country.",
    "ltv": f"Charges less refunds so far, {_BASE}.",
    "last_payment": "Day of the newest payment.",
    "last_amount": f"What was paid on that day, {_BASE}.",
    "card_expires": "Last month in which the card of the newest payment is good.",
    "deleted": "Whether Stripe has deleted the customer.",
    "share": "Share of all MRR, a fraction.",
    "customers": "Customers today.",
    "arpu": f"MRR per customer, {_EACH}.",
    "new_customers": "Customers who came in the last 30 days.",
    "churned_customers": "Customers who left in the last 30 days.",
    "new_mrr": f"MRR of those who came, {_BASE}.",
    "churned_mrr": f"MRR of those who left, {_BASE}.",
    "churn_rate": "Those who left, divided by those who were there 30 days ago, a fraction.",
    "start": "First day of the trial.",
    "end": "First day that is no longer on trial.",
    "days": "Days until then.",
    "worth": f"MRR if it becomes paying, {_BASE}.",
    "leaving": "Whether it is cancelled already.",
    "number": "The invoice's number.",
    "attempts": "How often Stripe tried.",
    "next_attempt": "Day on which Stripe tries again; empty: it does not.",
    "reason": "Why the payment failed.",
    "charge": f"Charges that succeeded, {_BASE}.",
    "other": f"Other moves of the balance, {_BASE}.",
    "refund": f"Refunds (negative), {_BASE}.",
    "dispute": f"Disputes (negative) and what came back of them, {_BASE}.",
    "fee": f"Stripe's fees (negative), {_BASE}.",
    "net": f"The sum of the five before it, {_BASE}.",
    "payout": f"Payouts to the bank (negative), {_BASE}.",
    "balance": f"The Stripe balance at the period's end, {_EACH}.",
    "cohort": "The cohort's first day.",
    "age": "Months since then.",
    "size": "Customers in the cohort.",
    "value": "Share of them who were still there, a fraction; empty: n/a.",
    "cancelled": "Day of the cancellation.",
    "leaves": "Day on which the subscription ends.",
    "gone": "Whether that day has come: yes or no.",
    "feedback": "Stripe's word for what the customer answered.",
    "comment": "What the customer wrote.",
    "lost": f"MRR that was lost, {_BASE}.",
    "at_stake": f"MRR that will be lost, {_BASE}.",
    "metric": "The metric's slug, as in its address.",
    "so_far": "This month so far; money in major units, ratios as fractions, n/a empty.",
    "last_month_same_days": "The same days of last month.",
    "a_year_ago_same_days": "The same days of this month a year ago.",
    "last_month": "The whole of last month.",
    "average_of_12": "The average of the last twelve whole months.",
    "best": "The best whole month of all.",
    "best_month": "Which month that was.",
    "rank_of_last_month": "Which place last month takes among all months; 1 is the best.",
    "months": "How many whole months there are.",
    "month": "The month.",
    "kind": "actual, or forecast.",
    "low_80": "Lower end of the range that holds with 80% probability, major units.",
    "high_80": "Its upper end, major units.",
    "low_95": "The same with 95%.",
    "high_95": "Its upper end, major units.",
    "plain_mean": "What the average of past changes alone would give, major units.",
    "scenario": "What the levers of the page would give, major units; empty: they were not moved.",
    "target": "What the metric is to be: money in major units, ratios as fractions.",
    "text": "What was written.",
    "author": "Who wrote it; empty when they have left.",
    "segment": "The segment's name.",
    "conditions": "Its conditions as JSON: all of them must hold.",
    "id": "Stripe's id.",
    "created": "Day, or moment (UTC), it was created.",
    "arrival": "Day on which the bank has it, or will have it.",
}
"""Columns of Plimsoll's own reports."""


def of(chosen: Export, columns: list[str]) -> list[tuple[str, str]]:
    """(column, meaning) of an export's columns."""
    own = chosen.name.startswith("stripe-")
    return [(column, _stripe(column) if own else _report(chosen, column)) for column in columns]


def _report(chosen: Export, column: str) -> str:
    metric = next((each for each in catalog.METRICS if each.slug == column), None)
    if chosen.name == "figures" and metric:
        return f"{metric.name}, {_UNITS[metric.unit]}; empty: n/a."
    return REPORTS[column]


def _stripe(column: str) -> str:
    if column.removesuffix("_iso") in export.TIMES:
        iso = column.endswith("_iso")
        return "The same moment as ISO text, UTC." if iso else "Moment in epoch seconds, UTC, as Stripe gives it."
    if column.endswith(_MONEY) or column in {"fee", "net", "total", "tax"}:
        return f"Stripe's {_said(column)}, a whole number of minor units (cents) of the row's currency."
    if column == "id":
        return "Stripe's id."
    if column == "metadata":
        return "Your own facts about it, as JSON."
    return f"Stripe's {_said(column)}; see the object in Stripe's API reference."


_MONEY: Final = ("amount", "_captured", "_refunded", "_due", "_paid", "_remaining", "balance")


def _said(column: str) -> str:
    return column.replace("_", " ")

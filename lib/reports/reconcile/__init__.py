"""Reconcile: our cash and our active subscriptions beside Stripe's own lists, with a sentence on each difference."""

from lib.reports.reconcile.counts import Lists, lists
from lib.reports.reconcile.findings import FINDINGS, Check, as_csv, table
from lib.reports.reconcile.money import charges, payouts
from lib.reports.reconcile.months import BALANCE, Balance, balance, lines
from lib.reports.reconcile.standing import subscriptions

__all__ = [
    "BALANCE",
    "FINDINGS",
    "Balance",
    "Check",
    "Lists",
    "as_csv",
    "balance",
    "charges",
    "lines",
    "lists",
    "payouts",
    "subscriptions",
    "table",
]

"""The one tuple of all metrics, in display order."""

from __future__ import annotations

from lib.errors import UnknownMetric
from lib.metrics import cash, churn, customers, recurring, retention, trials
from lib.metrics.registry import Metric

METRICS: tuple[Metric, ...] = (
    recurring.mrr,
    recurring.arr,
    recurring.mrr_growth_rate,
    recurring.committed_mrr,
    recurring.trial_mrr,
    recurring.new_mrr,
    recurring.expansion_mrr,
    recurring.contraction_mrr,
    recurring.churned_mrr,
    recurring.reactivation_mrr,
    recurring.net_new_mrr,
    recurring.arpu,
    recurring.asp,
    churn.ltv,
    recurring.quick_ratio,
    churn.customer_churn_rate,
    churn.revenue_churn_rate,
    churn.net_mrr_churn_rate,
    retention.gross_revenue_retention,
    retention.net_revenue_retention,
    churn.months_to_churn,
    customers.active_customers,
    customers.new_customers,
    customers.churned_customers,
    customers.reactivated_customers,
    customers.active_subscriptions,
    customers.new_subscriptions,
    customers.churned_subscriptions,
    customers.upgrades,
    customers.downgrades,
    trials.new_trials,
    trials.active_trials,
    trials.converted_trials,
    trials.trial_conversion_rate,
    trials.trial_length,
    cash.gross_revenue,
    cash.net_revenue,
    cash.other_revenue,
    cash.fees,
    cash.refunds,
    cash.disputes_lost,
    cash.coupons,
    cash.failed_charges,
    cash.payouts,
    cash.stripe_balance,
)
"""Read it as ``catalog.METRICS`` whenever it is needed: what is added here is everywhere."""


def find(slug: str) -> Metric:
    """The metric with this slug; raises UnknownMetric."""
    for known in METRICS:
        if known.slug == slug:
            return known
    raise UnknownMetric(slug=slug, known=", ".join(m.slug for m in METRICS))

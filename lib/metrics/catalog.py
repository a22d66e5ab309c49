"""The one tuple of all metrics, in display order."""

from __future__ import annotations

from lib.errors import UnknownMetric
from lib.metrics.cash import failed_charges, fees, gross_revenue, net_revenue, refunds
from lib.metrics.churn import customer_churn_rate, ltv, revenue_churn_rate
from lib.metrics.customers import active_customers, churned_customers, new_customers
from lib.metrics.recurring import (
    arpu,
    arr,
    churned_mrr,
    contraction_mrr,
    expansion_mrr,
    mrr,
    new_mrr,
    reactivation_mrr,
)
from lib.metrics.registry import Metric

METRICS: tuple[Metric, ...] = (
    mrr,
    arr,
    new_mrr,
    expansion_mrr,
    contraction_mrr,
    churned_mrr,
    reactivation_mrr,
    arpu,
    active_customers,
    new_customers,
    churned_customers,
    customer_churn_rate,
    revenue_churn_rate,
    ltv,
    gross_revenue,
    net_revenue,
    fees,
    refunds,
    failed_charges,
)


def find(slug: str) -> Metric:
    """The metric with this slug; raises UnknownMetric."""
    for known in METRICS:
        if known.slug == slug:
            return known
    raise UnknownMetric(slug=slug, known=", ".join(m.slug for m in METRICS))

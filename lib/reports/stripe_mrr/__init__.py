"""Stripe's own MRR per subscriber and month beside ours: each difference and the rule that causes it."""

from lib.reports.stripe_mrr.comparison import COMPARED, Comparison, compare, of, result_csv, table
from lib.reports.stripe_mrr.file import LARGEST, MRR_FILE, parse

__all__ = ["COMPARED", "LARGEST", "MRR_FILE", "Comparison", "compare", "of", "parse", "result_csv", "table"]

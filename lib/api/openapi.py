"""``GET /api/v1/openapi.json``: the HTTP API described for programs, generated from the metrics' registry."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lib.api.metrics import DAYS, FORMATS, MOST
from lib.billing import brand
from lib.metrics import catalog
from lib.metrics.query import By, written
from lib.metrics.registry import Metric, Unit
from lib.periods import Interval
from lib.settings import settings

JSON = dict[str, Any]
_ERROR: JSON = {
    "type": "object",
    "properties": {
        "error": {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}
    },
}
_VALUES = {
    "money": "major units of the reporting currency, with at most the currency's decimals",
    "percent": "a fraction: 0.031 is 3.1 %",
    "count": "a whole number",
    "ratio": "a plain number: 3.5 is three and a half to one",
    "days": "days, with decimals",
    "months": "months, with decimals",
}
_PREVIOUS = (
    "The total of the span before, as on the metric's page. A span that starts on the first of a month is compared "
    "with as many months before, up to the same day of the month; any other with as many days just before."
)


async def document(_request: Request) -> Response:
    """The document; no key needed, it holds no figures."""
    shown = await run_in_threadpool(brand.current)
    return JSONResponse(describe(settings().app_url.rstrip("/"), catalog.METRICS, shown.title))


@lru_cache(maxsize=4)
def describe(address: str, metrics: tuple[Metric, ...], name: str = brand.OURS) -> JSON:
    """An OpenAPI 3.1 document of the API served at ``address``, called ``name``: one path a metric."""
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1", "description": "Subscription metrics of connected accounts."},
        "servers": [{"url": address}],
        "security": [{"key": []}],
        "paths": {f"/api/v1/metrics/{each.slug}": {"get": _operation(each)} for each in metrics},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key, plim_…"}},
            "schemas": {"Error": _ERROR},
        },
    }


def _operation(metric: Metric) -> JSON:
    value = _VALUES[metric.unit]
    return {
        "operationId": metric.slug,
        "tags": [metric.group],
        "summary": metric.name,
        "description": f"{metric.formula} Values are {value}; null (JSON) or empty (CSV) where n/a.",
        "parameters": _parameters(metric),
        "responses": {
            "200": {
                "description": f"One row for every period asked, {MOST:,} at most.",
                "content": {
                    "application/json": {"schema": _result(metric)},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            "402": {
                "description": "The workspace's plan does not include the API, this account or days this early.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
            "default": {
                "description": "What is wrong, as one sentence.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }


def _result(metric: Metric) -> JSON:
    value: JSON = {"type": ["integer" if metric.unit is Unit.COUNT else "number", "null"]}
    text = {"type": "string"}
    row: JSON = {
        "date": {"type": "string", "format": "date", "description": "First day of the period."},
        **{by: {**text, "description": f"The group's id, when `by` is {by}."} for by in metric.by},
        "label": {**text, "description": "The group's name for people, when `by` is given."},
        "value": value,
        "unfinished": {"type": "boolean", "description": "The period is not over yet."},
    }
    return {
        "type": "object",
        "properties": {
            "account": text,
            "metric": {"type": "string", "const": metric.slug},
            "name": {"type": "string", "const": metric.name},
            "unit": {"type": "string", "const": metric.unit},
            "currency": {"type": ["string", "null"], "description": "Lower-case ISO code, for money."},
            "from": {"type": "string", "format": "date"},
            "to": {"type": "string", "format": "date"},
            "interval": text,
            "by": {"type": ["string", "null"], "description": "What it is split by."},
            "segment": {"type": ["string", "null"], "description": "Whom it is about; null: all customers."},
            "total": value,
            "previous": {**value, "description": _PREVIOUS},
            "change": {
                "type": ["number", "null"],
                "description": "Against `previous`: in points for percents, else relative.",
            },
            "notes": {"type": "array", "items": text, "description": "What these figures can't show."},
            "rows": {"type": "array", "items": {"type": "object", "properties": row}},
        },
    }


def _parameters(metric: Metric) -> list[JSON]:
    day = {"type": "string", "format": "date"}
    shapes = {
        "account": ({"type": "string"}, "Stripe's acct_… id; not needed while only one is connected."),
        "from": (
            day,
            f"First day; {DAYS} days up to `to` when not given. A span of more than {MOST:,} periods is refused.",
        ),
        "to": (day, "Last day, included; today (UTC) when not given."),
        "interval": ({"type": "string", "enum": [*Interval], "default": Interval.DAY}, "How the span is cut."),
        "by": ({"type": "string", "pattern": _by_pattern(metric)}, f"Split by {written(metric.by)}."),
        "segment": ({"type": "string"}, "Only the customers of the saved segment of this name."),
        "format": ({"type": "string", "enum": [*FORMATS], "default": FORMATS[0]}, "JSON or CSV."),
    }
    return [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": text}
        for name, (schema, text) in shapes.items()
        if name != "by" or metric.by
    ]


def _by_pattern(metric: Metric) -> str:
    """A regular expression of what the metric can be split by."""
    return f"^({'|'.join(f'{by}:.+' if by is By.METADATA else by for by in metric.by)})$"

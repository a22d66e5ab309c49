"""``GET /api/v1/metrics/{slug}``: the command line's figures over HTTP, for a bearer API key."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from lib.accounts import api_keys, connections, workspaces
from lib.billing import access
from lib.billing.plans import Feature
from lib.errors import NothingConnected, SpanTooLong, UnknownFormat, WhichAccount
from lib.metrics import catalog
from lib.metrics.query import Query, parse_by
from lib.periods import Interval, parse_date, periods
from lib.reports import answers, arriving, door, exports, segments, tables

DAYS = 365
"""Days shown when ``from`` is not given."""
MOST = exports.MOST_PERIODS
"""Periods of one answer at most: a row is owed for each, and centuries of them would keep the server busy."""
FORMATS = ("json", "csv")
ALL = "all"
"""What stands for all accounts of the workspace together."""


async def one(request: Request) -> Response:
    """One metric of one account as JSON or CSV; raises AppError, which the server answers as JSON."""
    slug, params = request.path_params["slug"], request.query_params
    form = params.get("format", FORMATS[0])
    if form not in FORMATS:
        raise UnknownFormat(format=form, known=", ".join(FORMATS))
    workspace = await run_in_threadpool(_workspace, _bearer(request))
    account = await run_in_threadpool(_account, workspace, params.get("account"))
    asked = query(slug, params)
    narrow = params.get("segment")
    segment = await run_in_threadpool(segments.find, workspace, narrow) if narrow else None
    result = await run_in_threadpool(door.metric, account, slug, asked, segment)
    told = await run_in_threadpool(arriving.headers, account)
    if form == "csv":
        return PlainTextResponse(tables.metric_csv(result), media_type="text/csv", headers=told)
    return JSONResponse(answers.metric_answer(result, partial=bool(told)), headers=told)


def query(slug: str, params: QueryParams) -> Query:
    """The question in a URL: ``from`` and ``to`` (ISO dates, both included), ``interval`` and ``by``
    (``metadata:KEY`` too).

    Raises UnknownMetric, BadDate, BadRange, BadInterval, UnknownBreakdown, or SpanTooLong for more than MOST periods.
    """
    known = catalog.find(slug)
    end = parse_date(params["to"]) if "to" in params else datetime.now(UTC).date()
    start = parse_date(params["from"]) if "from" in params else _before(end)
    interval = Interval.parse(params.get("interval", Interval.DAY))
    asked = Query(start, end, interval, *parse_by(params.get("by"), slug, known.by))
    if next(islice(periods(start, end, interval), MOST, None), None):
        raise SpanTooLong(start=start, end=end, most=f"{MOST:,}", interval=interval)
    return asked


def _before(end: date) -> date:
    return end - timedelta(days=DAYS - 1)


def _bearer(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def _workspace(key: str | None) -> str:
    """Whose key it is, while their plan includes the API. Raises BadApiKey, PlanNeeded."""
    workspace = api_keys.require(key)
    access.of(workspace).need(Feature.API)
    return workspace


def _account(workspace: str, asked: str | None) -> str:
    """The account asked for (``all``: all together), or the workspace's only one; a sample beside it must be named.

    Raises UnknownAccount, WhichAccount or NothingConnected.
    """
    if asked:
        return workspace if asked == ALL else workspaces.require_account(workspace, asked)
    own = [each.account for each in connections.own(connections.of(workspace))]
    if not own:
        raise NothingConnected
    if len(own) > 1:
        raise WhichAccount(known=", ".join(own))
    return own[0]

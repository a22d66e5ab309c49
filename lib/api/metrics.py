"""``GET /api/v1/metrics/{slug}``: the command line's figures over HTTP, for a bearer API key."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from lib.accounts import api_keys, connections, workspaces
from lib.errors import BadInterval, NothingConnected, UnknownBreakdown, UnknownFormat, WhichAccount
from lib.metrics import catalog
from lib.metrics.query import By, Query
from lib.periods import Interval, parse_date
from lib.reports import answers, door, tables

DAYS = 365
"""Days shown when ``from`` is not given."""
FORMATS = ("json", "csv")


async def one(request: Request) -> Response:
    """One metric of one account as JSON or CSV; raises AppError, which the server answers as JSON."""
    slug, params = request.path_params["slug"], request.query_params
    form = params.get("format", FORMATS[0])
    if form not in FORMATS:
        raise UnknownFormat(format=form, known=", ".join(FORMATS))
    workspace = await run_in_threadpool(api_keys.require, _bearer(request))
    account = await run_in_threadpool(_account, workspace, params.get("account"))
    result = await run_in_threadpool(door.metric, account, slug, query(slug, params))
    if form == "csv":
        return PlainTextResponse(tables.metric_csv(result), media_type="text/csv")
    return JSONResponse(answers.metric_answer(result))


def query(slug: str, params: QueryParams) -> Query:
    """The question in a URL: ``from`` and ``to`` (ISO dates, both included), ``interval`` and ``by``.

    Raises UnknownMetric, BadDate, BadRange, BadInterval or UnknownBreakdown.
    """
    known = catalog.find(slug)
    end = parse_date(params["to"]) if "to" in params else datetime.now(UTC).date()
    start = parse_date(params["from"]) if "from" in params else _before(end)
    return Query(start, end, _interval(params.get("interval", Interval.DAY)), _by(slug, params.get("by"), known.by))


def _before(end: date) -> date:
    return end - timedelta(days=DAYS - 1)


def _interval(text: str) -> Interval:
    try:
        return Interval(text)
    except ValueError:
        raise BadInterval(text=text) from None


def _by(slug: str, text: str | None, known: tuple[By, ...]) -> By | None:
    if text is None:
        return None
    try:
        return By(text)
    except ValueError:
        raise UnknownBreakdown(slug=slug, by=text, known=", ".join(known)) from None


def _bearer(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def _account(workspace: str, asked: str | None) -> str:
    """The account asked for, or the workspace's only one. Raises UnknownAccount, WhichAccount or NothingConnected."""
    if asked:
        return workspaces.require_account(workspace, asked)
    own = [each.account for each in connections.of(workspace)]
    if not own:
        raise NothingConnected
    if len(own) > 1:
        raise WhichAccount(known=", ".join(own))
    return own[0]

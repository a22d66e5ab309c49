"""``GET /download/{name}.{csv|parquet}``: a file of one's own data, written while it is sent; ``everything.zip``: all.

The session cookie opens it, as it opens the pages. An account of another workspace is answered like an unknown one.
Stripe's objects can be had of an account that is no longer read too, while its data is kept.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Final

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from lib.accounts import workspaces
from lib.accounts.sessions import SignedIn
from lib.api import answers
from lib.api.identity import signed_in
from lib.errors import NotSignedIn, UnknownFormat
from lib.metrics.query import Query
from lib.periods import Interval, parse_date
from lib.reports import arriving, exports, segments
from lib.reports import everything as everything_of
from lib.reports.exports import Ask, Export

FORMATS: Final = ("csv", "parquet")
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
DAYS: Final = 365


async def file(request: Request) -> Response:
    """The file. Raises UnknownExport, UnknownFormat, and what :func:`ask` and the report itself raise."""
    try:
        user = await signed_in(request)
    except NotSignedIn:
        return answers.go("/")
    name, _, form = request.path_params["file"].rpartition(".")
    if form not in FORMATS:
        raise UnknownFormat(format=form, known=", ".join(FORMATS))
    chosen = exports.find(name)
    asked = await run_in_threadpool(ask, user, request.query_params, chosen)
    told = await run_in_threadpool(arriving.headers, asked.account)
    name = f"{'partial-' if told else ''}{file_name(chosen, asked, form)}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store", **told}
    if form == "parquet":
        path = await run_in_threadpool(exports.parquet, chosen, asked)
        return FileResponse(path, headers=headers, media_type=_TYPES[form], background=BackgroundTask(_forget, path))
    wanted = request.query_params
    pieces = exports.csv(chosen, asked, bom=wanted.get("bom") == "1", commas=wanted.get("decimal") == "comma")
    first = await run_in_threadpool(next, pieces, "")

    return StreamingResponse(chain((first,), pieces), headers=headers, media_type=_TYPES[form])


async def everything(request: Request) -> Response:
    """All that is kept of ``account`` as one ZIP, of CSV files unless ``format=parquet``; ``bom=1`` and
    ``decimal=comma`` as of one file.

    Raises UnknownAccount, OneAccountOnly, UnknownFormat.
    """
    try:
        user = await signed_in(request)
    except NotSignedIn:
        return answers.go("/")
    wanted = request.query_params
    form = wanted.get("format", "csv")
    if form not in FORMATS:
        raise UnknownFormat(format=form, known=", ".join(FORMATS))
    account = await run_in_threadpool(workspaces.require_own, user.workspace, wanted.get("account", ""))
    told = await run_in_threadpool(arriving.headers, account)
    how = {"bom": wanted.get("bom") == "1", "commas": wanted.get("decimal") == "comma"}
    pieces = everything_of.zipped(user.workspace, account, form, **how, reader=user.id)
    first = await run_in_threadpool(next, pieces, b"")
    name = f"{'partial-' if told else ''}everything-{re.sub(r'[^A-Za-z0-9]+', '-', account)}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store", **told}
    return StreamingResponse(chain((first,), pieces), headers=headers, media_type="application/zip")


def ask(user: SignedIn, params: QueryParams, chosen: Export) -> Ask:
    """What the address asks for: ``account``, ``from``, ``to`` (ISO days), ``interval``, ``segment`` by name; as
    exports.meant, so that the file is called after the days that it has.

    Stripe's objects may be of an account whose data is kept, too. Of a CSV file also ``bom=1`` and ``decimal=comma``:
    how it is written.
    """
    require = workspaces.require_own if chosen in exports.RESOURCES else workspaces.require_account
    account = require(user.workspace, params.get("account", ""))
    end = parse_date(params["to"]) if "to" in params else datetime.now(UTC).date()
    start = parse_date(params["from"]) if "from" in params else end - timedelta(days=DAYS - 1)
    named = params.get("segment")
    segment = segments.find(user.workspace, named) if named else None
    asked = Ask(account, start, end, Interval.parse(params.get("interval", Interval.MONTH)), segment, user.workspace)
    Query(asked.start, asked.end)  # refuses swapped days
    return exports.meant(chosen, asked)


def file_name(chosen: Export, asked: Ask, form: str) -> str:
    """``movements-2026-01-01-2026-03-31.csv``; without days where they don't matter."""
    among = [f"of-{asked.segment.name}"] if asked.segment and chosen.segmented else []
    days = [asked.start, asked.end] if chosen.dated else []
    cut = [asked.interval] if chosen.cut else []
    plain = re.sub(r"[^a-z0-9]+", "-", "-".join(map(str, (chosen.name, *among, *days, *cut))).lower())
    return f"{plain}.{form}"


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)

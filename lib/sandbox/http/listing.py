"""One page of a list: filters, cursors and the order of Stripe (newest first)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from lib.sandbox.http import errors
from lib.sandbox.http.engine import Object
from lib.sandbox.http.index import Index
from lib.sandbox.http.params import Params, Range
from lib.sandbox.http.resources import Resource

EVENTS_KEPT = 30 * 86_400
"""Seconds for which Stripe lists events."""
_MOST_TYPES = 20

Test = Callable[[Object], bool]


def page(resource: Resource, index: Index, params: Params, now: int) -> tuple[list[Object], bool]:
    """Return the objects of one page, newest first, and whether more follow. ``now`` is the world's clock."""
    if resource.required and not params.get(resource.required):
        raise errors.missing_parameter(resource.required)
    positions, tests = _candidates(resource, index, params)
    low, high = index.window(_created(resource, params, now))
    limit = params.limit
    after, before = params.get("starting_after"), params.get("ending_before")
    if after is not None and before is not None:
        raise errors.invalid_value("ending_before", "You cannot use both ending_before and starting_after.")
    if before is not None:
        at, live = _cursor(resource, index, "ending_before", before)
        found = _take(index, _ascending(positions, max(low, at + live), high), tests, limit + 1)
        return found[:limit][::-1], len(found) > limit
    if after is not None:
        high = min(high, _cursor(resource, index, "starting_after", after)[0])
    found = _take(index, _descending(positions, low, high), tests, limit + 1)
    return found[:limit], len(found) > limit


def _created(resource: Resource, params: Params, now: int) -> Range | None:
    asked = params.range(resource.created) if resource.created else None
    if resource.kind != "event":
        return asked
    oldest = now - EVENTS_KEPT
    low = oldest if asked is None or asked.low is None else max(asked.low, oldest)
    return Range(low, asked.high if asked else None)


def _cursor(resource: Resource, index: Index, name: str, id_: str) -> tuple[int, bool]:
    if not index.knows(id_):
        raise errors.no_such(resource.kind, id_, param=name, status=400)
    return index.place(id_)


def _candidates(resource: Resource, index: Index, params: Params) -> tuple[Sequence[int], list[Test]]:
    """Return the positions to look at, and what an object there must pass. The first exact filter uses the index."""
    positions: Sequence[int] = range(len(index.objects))
    tests: list[Test] = []
    for name, value_of in resource.exact.items():
        wanted = params.get(name)
        if wanted is None:
            continue
        if isinstance(positions, range):
            positions = index.group(name, value_of, wanted)
        else:
            tests.append(lambda each, value_of=value_of, wanted=wanted: value_of(each) == wanted)  # type: ignore[misc]
    return positions, tests + _further_tests(resource, params)


def _further_tests(resource: Resource, params: Params) -> list[Test]:
    tests: list[Test] = []
    for name, value_of in resource.flags.items():
        if (flag := params.boolean(name)) is not None:
            tests.append(lambda each, value_of=value_of, flag=flag: bool(value_of(each)) is flag)  # type: ignore[misc]
    for name, value_of in resource.ranges.items():
        if (span := params.range(name)) is not None:
            tests.append(lambda each, value_of=value_of, span=span: value_of(each) in span)  # type: ignore[misc]
    for name, value_of in resource.any_of.items():
        if name in params.lists:
            wanted = frozenset(params.lists[name])
            tests.append(lambda each, value_of=value_of, wanted=wanted: value_of(each) in wanted)  # type: ignore[misc]
    if special := _SPECIAL.get(resource.kind):
        tests += special(params)
    return tests


def _of_subscriptions(params: Params) -> list[Test]:
    status, price = params.get("status"), params.get("price")
    tests: list[Test] = []
    match status:
        case None:
            tests.append(lambda each: each["status"] != "canceled")
        case "all":
            pass
        case "ended":
            tests.append(lambda each: each["status"] in {"canceled", "incomplete_expired"})
        case _ if status in _STATUSES:
            tests.append(lambda each: bool(each["status"] == status))
        case _:
            raise errors.invalid_value("status", f"Invalid status: must be one of {', '.join(sorted(_STATUSES))}")
    if price:
        tests.append(lambda each: any(item["price"]["id"] == price for item in each["items"]["data"]))
    return tests


_STATUSES = frozenset(
    {"active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing"}
    | {"unpaid"}
)


def _of_events(params: Params) -> list[Test]:
    wanted = params.lists.get("types[]", ())
    if (one := params.get("type")) is not None:
        if wanted:
            raise errors.invalid_value("types", "You may not specify both `type` and `types`.")
        wanted = (one,)
    if len(wanted) > _MOST_TYPES:
        raise errors.invalid_value("types", f"You may specify up to {_MOST_TYPES} types.")
    if not wanted:
        return []
    exact = frozenset(wanted)
    prefixes = tuple(each[:-1] for each in wanted if each.endswith("*"))
    return [lambda each: each["type"] in exact or each["type"].startswith(prefixes)]


_SPECIAL: dict[str, Callable[[Params], list[Test]]] = {"subscription": _of_subscriptions, "event": _of_events}


def _descending(positions: Sequence[int], low: int, high: int) -> Iterator[int]:
    first, last = bisect_left(positions, low), bisect_left(positions, high)
    return (positions[each] for each in range(last - 1, first - 1, -1))


def _ascending(positions: Sequence[int], low: int, high: int) -> Iterator[int]:
    first, last = bisect_left(positions, low), bisect_left(positions, high)
    return (positions[each] for each in range(first, last))


def _take(index: Index, positions: Iterator[int], tests: list[Test], count: int) -> list[Object]:
    objects = index.objects
    passing = (objects[each] for each in positions if all(test(objects[each]) for test in tests))
    return list(islice(passing, count))

"""Cutting lists of any shape: every object is read, and read once."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter, deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.sync import windows
from lib.sync.windows import END_OF_TIME, Seen, Window

NOW = 1_790_000_000
Object = tuple[int, int]
"""When it was created, and its number: objects of one second have an order too."""


def page(objects: list[Object], window: Window, size: int) -> tuple[list[Object], bool]:
    """What Stripe answers: newest first, after the cursor, within the span. ``objects`` are oldest first."""
    low = bisect_left(objects, (window.start, -1))
    high = bisect_left(objects, (window.end, -1))
    if window.cursor is not None:
        at, number = map(int, window.cursor.split())
        high = min(high, bisect_left(objects, (at, number)))
    first = max(low, high - size)
    return objects[first:high][::-1], first > low


def read(times: list[int], begin: int, size: int) -> tuple[Counter[Object], int]:
    """All that is read, how often, and with how many requests."""
    objects = sorted((at, number) for number, at in enumerate(times))
    todo = deque(windows.first("invoice", begin))
    found: Counter[Object] = Counter()
    requests = 0
    while todo:
        window = todo.popleft()
        some, has_more = page(objects, window, size)
        requests += 1
        found.update(some)
        at = [each[0] for each in some]
        cursor = "{} {}".format(*some[-1]) if some else None
        seen = Seen(cursor, max(at, default=0), min(at, default=0), len(some), has_more)
        todo.extend(each for each in windows.after(window, seen, NOW) if not each.done)
    return found, requests


@given(
    seed=st.integers(0, 10**6),
    count=st.integers(0, 600),
    span=st.sampled_from([1, 400, 3_000, 10**5, 10**8]),
    begin=st.sampled_from([0, 1, 10**6]),
    size=st.integers(1, 20),
)
def test_every_object_is_read_once(seed: int, count: int, span: int, begin: int, size: int) -> None:
    chance = random.Random(seed)
    times = [NOW - chance.randrange(span) for _ in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "PAGE_SIZE", size)
        found, _ = read(times, begin and NOW - span // begin, size)
    assert found == Counter({(at, number): 1 for number, at in enumerate(times)})


def test_an_even_list_costs_few_requests_beyond_its_pages() -> None:
    times = list(range(NOW - 10**8, NOW, 10**8 // 20_000))
    found, requests = read(times, NOW - 10**8, 100)
    assert len(found) == 20_000
    assert requests <= 200 * 1.25 + 2


def test_a_short_list_costs_two_requests() -> None:
    assert read([NOW - 5, NOW - 9], NOW - 100, 100)[1] == 2


def test_what_is_left_is_guessed_from_the_density() -> None:
    #        100 objects in the newest 1,000 s of a span of 11,000 s: 1,000 more
    window = Window("invoice", NOW - 11_000, END_OF_TIME)
    (going_on,) = windows.after(window, Seen("in_1", NOW - 1, NOW - 1_000, 100, has_more=True), NOW)
    assert (going_on.cursor, going_on.expected) == ("in_1", 1_000)


def test_a_long_window_is_cut_and_the_newest_piece_keeps_the_cursor() -> None:
    window = Window("invoice", NOW - 21_000, END_OF_TIME)
    pieces = windows.after(window, Seen("in_1", NOW - 1, NOW - 1_000, 100, has_more=True), NOW)
    assert [(NOW - each.start, each.end, each.cursor, each.expected) for each in pieces] == [
        (6_000, END_OF_TIME, "in_1", 500),
        (11_000, NOW - 6_000, None, 500),
        (16_000, NOW - 11_000, None, 500),
        (21_000, NOW - 16_000, None, 500),
    ]

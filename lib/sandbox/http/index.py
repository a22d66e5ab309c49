"""Lists of one world in order: positions by id, by time and by the value of a field, kept until the kind changes."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lib.sandbox.http.engine import Engine, Object, objects_of, version_of
from lib.sandbox.http.params import Range
from lib.sandbox.http.resources import Value

Key = tuple[int, int]
"""Creation time (epoch seconds), then the order in which objects were first seen."""


class Index:
    """All live objects of a kind, oldest first. Ids of objects that went away keep their place as cursors."""

    def __init__(self, engine: Engine, kind: str) -> None:
        self._engine = engine
        self._kind = kind
        self._version: int | None = None
        self._known: dict[str, Key] = {}
        self.objects: list[Object] = []
        self._keys: list[Key] = []
        self._groups: dict[str, dict[Any, list[int]]] = {}

    def refresh(self) -> None:
        """Take over what changed in the world since the last call."""
        version = version_of(self._engine, self._kind)
        if version == self._version:
            return
        known = self._known
        objects = objects_of(self._engine, self._kind)
        for each in objects:
            if each["id"] not in known:
                known[each["id"]] = (created_at(each), len(known))
        self.objects = sorted(objects, key=lambda each: known[each["id"]])
        self._keys = [known[each["id"]] for each in self.objects]
        self._groups = {}
        self._version = version

    def knows(self, id_: str) -> bool:
        """Whether an id is, or ever was, in the list."""
        return id_ in self._known

    def place(self, id_: str) -> tuple[int, bool]:
        """Return where an id stands, or would stand, and whether it is live. Raises KeyError for an unknown id."""
        key = self._known[id_]
        position = bisect_left(self._keys, key)
        return position, position < len(self._keys) and self._keys[position] == key

    def find(self, id_: str) -> Object | None:
        """Return the live object with an id."""
        if id_ not in self._known:
            return None
        position, live = self.place(id_)
        return self.objects[position] if live else None

    def window(self, created: Range | None) -> tuple[int, int]:
        """Return the positions from and up to which objects were created within a range."""
        low = 0 if created is None or created.low is None else bisect_left(self._keys, (created.low, -1))
        high = (
            len(self._keys) if created is None or created.high is None else bisect_left(self._keys, (created.high, -1))
        )
        return low, max(low, high)

    def group(self, name: str, value_of: Value, wanted: str) -> Sequence[int]:
        """Positions of the objects whose field has a value, ascending."""
        if name not in self._groups:
            groups: dict[Any, list[int]] = defaultdict(list)
            for position, each in enumerate(self.objects):
                groups[value_of(each)].append(position)
            self._groups[name] = dict(groups)
        return self._groups[name].get(wanted, ())


def created_at(each: Object) -> int:
    """When an object came to be, epoch seconds; invoice items call it ``date``."""
    return int(each.get("created") or each.get("date") or 0)

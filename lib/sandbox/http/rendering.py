"""Objects as the API shows them: nested lists filled in, fields expanded, hidden ones left out."""

from __future__ import annotations

from typing import Any

import orjson

from lib.sandbox.http.engine import Engine, Object
from lib.sandbox.http.expansion import GRAPH, HIDDEN, HIDDEN_FIELDS, PLAIN, Tree
from lib.sandbox.http.index import Index
from lib.sandbox.http.resources import Value, at

EMBEDDED = 10
"""Objects of a nested list that come with their parent; the rest has pages of its own."""

KIND_OF_PREFIX = {
    "ch": "charge", "py": "charge", "re": "refund", "pyr": "refund", "dp": "dispute", "du": "dispute", "po": "payout",
}  # fmt: skip
"""What kind of object an id names, where a field may hold several."""

_NESTED: dict[tuple[str, str], tuple[str, str, Value]] = {
    ("invoice", "payments"): ("invoice_payment", "/v1/invoice_payments", at("invoice")),
    ("charge", "refunds"): ("refund", "/v1/charges/{id}/refunds", at("charge")),
    ("customer", "subscriptions"): ("subscription", "/v1/customers/{id}/subscriptions", at("customer")),
}
"""Hidden lists: the kind of their objects, their address, and the field that names the parent."""


class Renderer:
    """Turns objects of one world into JSON bytes. Not safe for threads: the caller holds the world's lock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._indexes: dict[str, Index] = {}

    def index(self, kind: str) -> Index:
        """Return the up-to-date index of a kind."""
        if kind not in self._indexes:
            self._indexes[kind] = Index(self._engine, kind)
        found = self._indexes[kind]
        found.refresh()
        return found

    def find(self, kind: str, id_: str) -> Object | None:
        """Return an object, its tombstone, or None."""
        if kind == "subscription_item":
            return self.index(kind).find(id_)
        return self._engine.get(kind, id_)

    def one(self, kind: str, each: Object, tree: Tree) -> bytes:
        """One object as JSON."""
        return orjson.dumps(self.shown(kind, each, tree))

    def many(self, url: str, kind: str, objects: list[Object], tree: Tree, *, has_more: bool) -> bytes:
        """A page of a list as JSON."""
        inside = tree.get("data", {})
        data = [self.shown(kind, each, inside) for each in objects]
        return orjson.dumps({"object": "list", "data": data, "has_more": has_more, "url": url})

    def shown(self, kind: str, each: Object, tree: Tree) -> Object:
        """One object, or part of one, with the fields of ``tree`` expanded.

        It shares its parts with the world: it is for reading.
        """
        if kind == "event":
            return told(each)
        shown = bare(kind, each, tree)
        if tree:
            shown = dict(shown)
        for name, inside in tree.items():
            if name in shown or (kind, name) in _NESTED:
                shown[name] = self._expanded(kind, shown, name, inside)
        return shown

    def _expanded(self, kind: str, parent: Object, name: str, tree: Tree) -> Any:  # noqa: ANN401 - a JSON value
        how, target = GRAPH[kind][name]
        if how == HIDDEN and (kind, name) in _NESTED:
            nested, url, value_of = _NESTED[kind, name]
            index = self.index(nested)
            positions = index.group(f"of {kind}", value_of, parent["id"])
            newest_first = [index.objects[each] for each in reversed(positions)]
            return self._part(target, _sublist(newest_first, url.format(id=parent["id"])), tree)
        value = parent[name]
        if how == PLAIN:
            return self._part(target, value, tree)
        if isinstance(value, list):
            return [self._replaced(target, each, tree) for each in value]
        return self._replaced(target, value, tree)

    def _part(self, target: str, value: Any, tree: Tree) -> Any:  # noqa: ANN401 - a JSON value
        """A part that is there anyway: an object, a list of them, or Stripe's list object."""
        if isinstance(value, list):
            return [self.shown(target, each, tree) for each in value]
        if not isinstance(value, dict):
            return value
        if target == "price":  # one inside an item never has its tiers
            value = self._engine.get("price", value["id"]) or value
        if target.startswith("list:"):
            inside, kind = tree.get("data", {}), target.removeprefix("list:")
            return {**value, "data": [self.shown(kind, each, inside) for each in value["data"]]}
        return self.shown(target, value, tree)

    def _replaced(self, target: str, value: Any, tree: Tree) -> Any:  # noqa: ANN401 - a JSON value
        """The object that an id names; the id itself where there is none."""
        if not isinstance(value, str):
            return value
        kind = target if "|" not in target else KIND_OF_PREFIX.get(value.split("_", 1)[0], "")
        found = self._engine.get(kind, value) if kind else None
        return value if found is None else self.shown(kind, found, tree)


def bare(kind: str, each: Object, tree: Tree) -> Object:
    """Return an object without the fields that are hidden unless expanded."""
    hidden = [name for name in HIDDEN_FIELDS.get(kind, ()) if name in each and name not in tree]
    return {name: value for name, value in each.items() if name not in hidden} if hidden else each


def told(event: Object) -> Object:
    """Return an event as it is listed and delivered: its object shows nothing that must be asked for."""
    subject = event["data"]["object"]
    shown = bare(subject.get("object", ""), subject, {})
    return event if shown is subject else {**event, "data": {**event["data"], "object": shown}}


def _sublist(objects: list[Object], url: str) -> Object:
    return {"object": "list", "data": objects[:EMBEDDED], "has_more": len(objects) > EMBEDDED, "url": url}

"""The billing portal: who may come in, for how long, and what for. Times are epoch seconds."""

from __future__ import annotations

from lib.sandbox.engine import shapes_portal as shapes
from lib.sandbox.engine.calendar import HOUR
from lib.sandbox.engine.state import Object, State

OPEN_FOR = HOUR


def configured(state: State) -> Object | None:
    """Return the default configuration, if one is saved."""
    found = state.of("billing_portal.configuration").values()
    return next((each for each in found if each["is_default"] and each["active"]), None)


def changes_plans(state: State) -> bool:
    """Tell whether customers may change their plan in the portal."""
    found = configured(state)
    return found is not None and bool(found["features"]["subscription_update"]["enabled"])


def configure(state: State, features: Object | None) -> Object:
    """Set what the portal allows, feature by feature; None: as if nobody had ever saved its settings."""
    (kept,) = state.of("billing_portal.configuration").values()
    known = kept["features"]
    merged = {name: {**told, **(features or {}).get(name, {})} for name, told in known.items()}
    saved = features is not None
    changed = {"features": merged, "active": saved, "is_default": saved}
    return state.change("billing_portal.configuration", kept["id"], "billing_portal.configuration.updated", **changed)


def begin(state: State, secret: str, fields: Object) -> Object:
    """Let a customer in by a secret in the address; a visit with a flow begins at its page."""
    _forget_old(state)
    id_ = state.id("bps")
    url = f"{state.base}/p/session/{secret}{'/flow' if fields.get('flow') else ''}"
    state.visits[secret] = id_
    return state.add(shapes.session(id_, state.now, url, fields))


def visit(state: State, secret: str) -> Object | None:
    """Return the visit of a secret while it lasts and its customer exists."""
    found = state.of("billing_portal.session").get(state.visits.get(secret, ""))
    fresh = found is not None and state.now < found["created"] + OPEN_FOR
    return found if found and fresh and found["customer"] in state.of("customer") else None


def _forget_old(state: State) -> None:
    kept = state.of("billing_portal.session")
    for secret, id_ in list(state.visits.items()):
        if state.now >= kept[id_]["created"] + OPEN_FOR:
            del state.visits[secret], kept[id_]

"""What tests may do to a business from outside: the world's operations, by name."""

from __future__ import annotations

import inspect
from typing import Any

from lib.sandbox.http import errors
from lib.sandbox.http.engine import Engine
from lib.sandbox.world import Edit

OPERATIONS = (
    "attach_card", "cancel_subscription", "charge", "close_dispute", "complete_checkout", "create_customer",
    "create_subscription", "decline", "delete_customer", "discount", "dispute", "expire_checkout", "invoice_once",
    "keep_subscription", "pause", "pay_invoice", "refund", "resume", "set_portal",
    "update_subscription",
)  # fmt: skip


def known(engine: Engine) -> dict[str, str]:
    """The operations of a world, each with its parameters."""
    return {name: str(inspect.signature(getattr(engine, name))) for name in OPERATIONS if hasattr(engine, name)}


def perform(engine: Engine, name: str, arguments: dict[str, Any]) -> object:
    """Call an operation and return the object that it changed.

    Raises 400 for an unknown operation, wrong arguments, or the id of an object that there is not.
    """
    if name not in known(engine):
        raise errors.invalid_value("operation", f"Unknown operation: {name}")
    operation = getattr(engine, name)
    try:
        bound = inspect.signature(operation).bind(**_converted(arguments))
    except TypeError as failure:
        raise errors.invalid_value("operation", f"{name}: {failure}") from None
    try:
        return operation(*bound.args, **bound.kwargs)
    except LookupError as failure:
        raise errors.invalid_value("operation", f"{name}: there is no {failure}") from None


def _converted(arguments: dict[str, Any]) -> dict[str, Any]:
    """JSON as the engine has it: edits are named tuples. Raises TypeError for an unknown field."""
    if "edits" in arguments:
        return {**arguments, "edits": [Edit(**each) for each in arguments["edits"]]}
    return arguments

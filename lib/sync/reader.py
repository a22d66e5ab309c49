"""Asking Stripe for what a resource declares: pages of a list, and objects by id, always whole."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lib.errors import PermissionMissing, ResourceMissing
from lib.gateway import Gateway
from lib.sync.resources import JSON, Resource
from lib.sync.windows import Seen


@dataclass(frozen=True)
class Pulled:
    """Objects of one resource as they were at ``observed_at`` (epoch seconds, when the request began)."""

    resource: Resource
    objects: list[JSON]
    observed_at: float
    has_more: bool = False
    refused: bool = False
    """The key may not read the list, and need not."""

    @property
    def seen(self) -> Seen:
        """What the page tells of the list."""
        times = [each.get("created") or each.get("date") or 0 for each in self.objects]
        cursor = self.objects[-1]["id"] if self.objects else None
        return Seen(cursor, max(times, default=0), min(times, default=0), len(self.objects), self.has_more)


def page(gateway: Gateway, resource: Resource, **params: Any) -> Pulled:  # noqa: ANN401 - Stripe's parameters
    """One page of a list. Raises like ``Gateway.get``."""
    began = time.time()
    asked = gateway.page(resource.path, **{**resource.params, "expand": resource.expand, **params})
    for each in asked.data:
        complete(gateway, resource, each)
    return Pulled(resource, asked.data, began, asked.has_more)


def one(gateway: Gateway, resource: Resource, id_: str) -> Pulled | None:
    """The object ``id_`` as it is now; None when Stripe no longer has it. Raises like ``Gateway.get``.

    Of a list that the key may not read, and need not, nothing comes.
    """
    began = time.time()
    try:
        found = gateway.get(f"{resource.path}/{quote(id_, safe='')}", expand=resource.detail)
    except ResourceMissing:
        return None
    except PermissionMissing:
        if resource.permission.required:
            raise
        return Pulled(resource, [], began, refused=True)
    complete(gateway, resource, found)
    return Pulled(resource, [found], began)


def complete(gateway: Gateway, resource: Resource, found: JSON) -> None:
    """Read the rest of nested lists that Stripe cut off, into ``found`` itself."""
    for each in resource.sublists:
        nested = found.get(each.name)
        if not isinstance(nested, dict) or not nested.get("has_more"):
            continue
        params = {key: value.format(id=found["id"]) for key, value in each.params.items()}
        pages = gateway.pages(each.path.format(id=found["id"]), expand=each.expand, **params)
        found[each.name] = {**nested, "data": [line for part in pages for line in part.data], "has_more": False}

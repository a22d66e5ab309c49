"""The event types to paste at Stripe are exactly those that Stripe has and we hear."""

from __future__ import annotations

import gzip
import json

import pytest

from lib.accounts import deliveries
from lib.sync.announcements import EVENT_TYPES, SILENT, WITHDRAWN
from lib.sync.resources import RESOURCES, heard
from tests.sync.test_parameters import SPEC


def test_each_is_heard_and_each_resource_has_one() -> None:
    assert [each for each in EVENT_TYPES if not heard(each)] == [WITHDRAWN] == [deliveries.WITHDRAWN]
    assert list(EVENT_TYPES) == sorted(set(EVENT_TYPES))
    announced = [each for each in RESOURCES if each.events]
    assert all(any(each.hears(name) for name in EVENT_TYPES) for each in announced)


@pytest.mark.skipif(not SPEC.exists(), reason="Stripe's OpenAPI document is not beside this project")
def test_they_are_all_that_stripe_has_of_them() -> None:
    form = json.loads(gzip.decompress(SPEC.read_bytes()))["paths"]["/v1/webhook_endpoints"]["post"]["requestBody"]
    fields = form["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    known = {name for name in fields["enabled_events"]["items"]["enum"] if heard(name)}
    assert set(EVENT_TYPES) == (known - SILENT) | {WITHDRAWN}

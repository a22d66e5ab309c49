"""One demo business for all tests that only look at it."""

from __future__ import annotations

import pytest

from lib.sandbox.world import World


@pytest.fixture(scope="session")
def built() -> World:
    """Twenty months of a business that wins 500 customers; never advance it."""
    return World.build(seed=7, months=20, customers=500, now=1_795_000_000)

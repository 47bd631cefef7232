from __future__ import annotations

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, get_hashers, get_hashers_by_algorithm


class QuickArgon2(Argon2PasswordHasher):
    """The same algorithm with the least work: these tests make hundreds of accounts."""

    time_cost, memory_cost, parallelism = 1, 8, 1


@pytest.fixture(autouse=True)
def _quick_passwords(settings, request):
    if "real_argon2" not in request.fixturenames:
        settings.PASSWORD_HASHERS = [f"{__name__}.QuickArgon2"]
        get_hashers.cache_clear()
        get_hashers_by_algorithm.cache_clear()
    yield
    get_hashers.cache_clear()
    get_hashers_by_algorithm.cache_clear()


@pytest.fixture
def real_argon2():
    """For the tests that look at how passwords are kept."""

from __future__ import annotations

import pytest


@pytest.fixture
def real_argon2(settings):
    """For the tests that look at how passwords are kept."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

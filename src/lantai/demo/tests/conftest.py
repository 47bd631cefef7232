"""Passwords of invented people are hashed cheaply: a region has fifty, and no test here logs in."""

import pytest
from django.test import override_settings


@pytest.fixture(autouse=True, scope="package")
def _cheap_passwords():
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield

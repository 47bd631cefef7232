"""Passwords of invented people, kept as passwords are, with the least work: tests make thousands of accounts."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The same algorithm; a real one takes a third of a second of a processor each time."""

    time_cost, memory_cost, parallelism = 1, 8, 1

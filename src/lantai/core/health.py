"""Checks of the machine and its services, for ``lantai doctor``; any context may add its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError

from .findings import Outcome


@dataclass(frozen=True, slots=True)
class Health:
    """How one thing fares.

    Attributes:
        title: what was looked at, as people call it.
        outcome: ``PASS``; ``WARN`` for what may stay so; ``FAIL`` for what must be mended;
            ``NOT_APPLICABLE`` for what this instance does not use.
        observed: what was found.
        remedy: how to mend it.
    """

    title: str
    outcome: Outcome
    observed: str
    remedy: str = ""


def healthy(title: str, observed: str) -> Health:
    """All is well."""
    return Health(title, Outcome.PASS, observed)


def ailing(title: str, observed: str, remedy: str) -> Health:
    """Something must be mended."""
    return Health(title, Outcome.FAIL, observed, remedy)


_checks: dict[str, Callable[[], Health]] = {}


def register_check(name: str, function: Callable[[], Health], *, title_without_database: str = "") -> None:
    """Adds a check; called in ``AppConfig.ready``.

    Args:
        name: stable.
        function: looks.
        title_without_database: what a check that reads the database is called where there is none to read; what
            ails that is told by its own check.
    """
    _checks[name] = (
        _where_database_answers(title_without_database, function) if title_without_database else function
    )


def examine() -> dict[str, Health]:
    """Every check's result, by name; a check that breaks is itself a finding."""
    return {name: _examine(name, function) for name, function in _checks.items()}


def _where_database_answers(title: str, check: Callable[[], Health]) -> Callable[[], Health]:
    def examine() -> Health:
        try:
            return check()
        except DatabaseError:
            return Health(title, Outcome.NOT_APPLICABLE, "数据库正常之后才能检查")

    return examine


def _examine(name: str, function: Callable[[], Health]) -> Health:
    try:
        return function()
    except Exception as error:  # noqa: BLE001 - a doctor does not fall ill from the patient
        return ailing(
            name, f"检查中断：{type(error).__name__}：{error}", "先排除上面各项，再运行 lantai doctor。"
        )

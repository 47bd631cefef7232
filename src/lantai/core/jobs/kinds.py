"""Kinds of jobs, registered by the decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _

from ..errors import NotFound

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: its stable key, its title for people, its function, and what others may do of it."""

    key: str
    title: str
    function: Callable[..., Any]
    helper: Callable[..., Any] | None = None


_kinds: dict[str, Kind] = {}


def job(key: str, *, title: str, helper: Callable[..., Any] | None = None) -> Callable[[Function], Function]:
    """Makes ``function(run, **params)`` a kind of job.

    Args:
        key: ``<context>.<verb>``, stored with every job.
        title: what people call it, Chinese.
        helper: ``helper(run, **params)``, run by further workers while the function is at its shared
            chunks: it walks the same shared chunks in the same order, and has no other effect.
    """

    def register(function: Function) -> Function:
        _kinds[key] = Kind(key, title, function, helper)
        return function

    return register


def find_kind(key: str) -> Kind:
    """The kind of that key, from any context's ``services``, ``tasks`` or ``jobs`` module.

    Raises:
        NotFound: no context of this version has it.
    """
    if key not in _kinds:
        autodiscover_modules("services", "tasks", "jobs")
    if key not in _kinds:
        raise NotFound(
            _("本版本没有这种任务。"), subject=key, remedy=_("请确认各节点运行的是同一版本后，再恢复任务。")
        )
    return _kinds[key]

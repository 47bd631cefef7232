"""Which tables and files a backup holds, from ``tables.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.apps import apps
from django.db.models import Model

from lantai.core.settings import home


@dataclass(frozen=True, slots=True)
class Contents:
    """The three kinds of tables by label, the files, and the columns by which rows are known again."""

    kept: tuple[str, ...]
    archival: tuple[str, ...]
    passing: tuple[str, ...]
    files: tuple[str, ...]
    secrets: tuple[str, ...]
    named: dict[str, str]


@cache
def contents() -> Contents:
    """The data file."""
    data = tomllib.loads(Path(__file__).with_name("tables.toml").read_text(encoding="utf-8"))
    named = data.pop("named")
    return Contents(**{name: tuple(given) for name, given in data.items()}, named=named)


def kept_models() -> list[type[Model]]:
    """The tables that go into a backup, those others refer to first."""
    return [apps.get_model(label) for label in contents().kept]


def named_models() -> Iterator[tuple[type[Model], str]]:
    """Tables of the vault that kept ones refer to, each with the column that names a row."""
    for label, column in contents().named.items():
        yield apps.get_model(label), column


def files_below_home(*, secrets: bool) -> Iterator[Path]:
    """The files that go with it."""
    for pattern in (*contents().files, *(contents().secrets if secrets else ())):
        for found in sorted(home().glob(pattern)):
            if found.is_dir():
                yield from sorted(path for path in found.rglob("*") if path.is_file())
            elif found.is_file():
                yield found

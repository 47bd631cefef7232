"""Siegfried in this process: PRONOM identification by signature, container and extension."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

import pygfried


class Match(TypedDict):
    """One match as Siegfried reports it."""

    id: str
    format: str
    version: str
    mime: str
    basis: str
    warning: str


@cache
def _scanner() -> pygfried.Scanner:
    return pygfried.Scanner()


def match_files(paths: Sequence[Path]) -> list[Match]:
    """The first match of each file, in order; id ``UNKNOWN`` where there is none."""
    answer = _scanner().identify_many([str(path) for path in paths])
    return [cast("Match", file["matches"][0]) for file in answer["files"]]


def signature_version() -> str:
    """The signature file in use, for reports."""
    return f"Siegfried {pygfried.version()} {_scanner().signature}"

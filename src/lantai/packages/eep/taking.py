"""Encapsulations as a child of the pool took them apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lantai.formats.api import call_in_pool

from ..encapsulation.facts import eep_facts
from ..encapsulation.parsing import Content, Parsed
from ..xmlpool import charset_of, refused, runs
from ..xmlstream import XmlRefused
from ..xmltree import unflatten

TIMEOUT_S = 300.0
"""For reading one encapsulation, beyond what its size allows."""


def take_apart(paths: Iterable[Path], into: Path) -> Iterator[Parsed | XmlRefused]:
    """Takes encapsulations apart, in order; for one that was refused, why.

    Args:
        paths: the encapsulations.
        into: where each one's files go, in a folder of their own.
    """
    for run in runs(paths):
        answers = call_in_pool(eep_facts, run, allowed_s=TIMEOUT_S, writes=True, into=str(into))
        for path, answer in zip(run, answers, strict=True):
            yield refused(answer, path.name) or _parsed(answer, into)


def _parsed(answer: Mapping[str, Any], into: Path) -> Parsed:
    folder = into / answer["folder"]
    contents = {
        order: Content(folder / f"{order:06d}" if whole else None, size_bytes, problem)
        for order, whole, size_bytes, problem in answer["contents"]
    }
    return Parsed(unflatten(answer["tree"]), contents, charset_of(answer), answer["namespace"], folder)

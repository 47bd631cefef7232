"""Descriptive metadata a METS document points to: DA/T 46 elements, Dublin Core, EAD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from lantai.formats.api import call_in_pool

from ..dat46 import Vocabulary
from ..mets.facts import OWN_TYPE, description_facts
from ..xmltree import Node
from .documents import Document
from .targets import actual

_LARGEST_BYTES = 64 * 2**20


@dataclass(slots=True)
class Described:
    """One description.

    Attributes:
        identifier: ``@ID`` of its ``dmdSec``.
        metadata_type: ``MDTYPE``, or ``OTHERMDTYPE`` where that is ``OTHER``.
        metadata: values by M-code.
        extra: values that have no M-code.
    """

    identifier: str
    metadata_type: str
    metadata: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)


def described(mets: Document, vocabulary: Vocabulary) -> Iterator[Described]:
    """The descriptions a METS document points to or holds, in order; empty where one cannot be read."""
    for (kind, is_file), group in groupby(mets.descriptions, key=lambda one: (one["kind"], "target" in one)):
        told = list(group)
        answers = _read(mets, told, kind) if is_file else told
        for one, answer in zip(told, answers, strict=True):
            yield _made(Described(one["id"], kind), answer, vocabulary)


def _read(mets: Document, told: Sequence[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    """What stands in the files pointed to, read in the pool; nothing of one that cannot be read."""
    paths = [_file(mets, one["target"]) for one in told]
    read = call_in_pool(description_facts, [path for path in paths if path is not None], kind=kind)
    for path in paths:
        yield {} if path is None else next(read)


def _file(mets: Document, target: str | None) -> Path | None:
    path = actual(mets, mets.place(target))
    return None if path is None or path.stat().st_size > _LARGEST_BYTES else path


def _made(one: Described, answer: Mapping[str, Any], vocabulary: Vocabulary) -> Described:
    if "tree" in answer:
        found = vocabulary.describe(_node(answer["tree"]))
        one.metadata, one.extra = found.metadata, found.extra
    elif "metadata" in answer:
        one.metadata = dict(answer["metadata"])
    return one


def _node(tree: Sequence[Any]) -> Node:
    name, attributes, text, children = tree
    return Node(name, attributes, text=text, children=[_node(child) for child in children])


__all__ = ["OWN_TYPE", "Described", "described"]

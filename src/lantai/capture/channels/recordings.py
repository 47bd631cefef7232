"""The channel of sound and film: the master, a copy to look at, and clips by time code (DA/T 63)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lantai.packages.api import Element, describing

from ..entry import Sender
from .described import Enclosure, catalogued

SAID = {
    "occasion": "事由",
    "date": "时间",
    "place": "地点",
    "persons": "人物",
    "recorder": "摄录者",
}
"""What is said of a recording, by field and element."""


def describe_recording(
    values: Mapping[str, Any], clips: Sequence[Mapping[str, Any]], sender: Sender
) -> tuple[Element, list[Enclosure]]:
    """A recording.

    Args:
        values: what is said of it, with its ``master`` and, if there is one, a ``viewing`` copy.
        clips: each with its ``title``, ``begin``, ``end``, ``persons`` and ``summary``.
        sender: whose it is.
    """
    root = describing("音像", "DA/T 63-2017", catalogued(values, sender))
    for name, element in SAID.items():
        root.add(element, values[name])
    for clip in clips:
        said = {"题名": clip["title"], "起": clip["begin"], "止": clip["end"], "人物": clip["persons"]}
        root.add("片段", clip["summary"], **said)
    enclosures = [Enclosure(values["master"], root, {"用途": "原件"})]
    if values["viewing"]:
        enclosures.append(Enclosure(values["viewing"], root, {"用途": "利用件"}))
    return root, enclosures

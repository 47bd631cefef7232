"""How far assisted description is to be believed: precision and recall over texts of our own."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from lantai.catalogue.api import find_in_text

from .entries import DATA

ELEMENTS = {"题名": "title", "日期": "date", "责任者": "responsible", "人名": "persons", "地名": "places"}


def measure(sure: int = 0) -> dict[str, Any]:
    """Proposes for every committed text, and compares with what an archivist would say.

    ``wrong`` names what is amiss in the texts the rules are made with; of those held out only sums are told.

    Args:
        sure: proposals below this confidence, in hundredths, are passed over.
    """
    texts = tomllib.loads((DATA / "assist.toml").read_text(encoding="utf-8"))["text"]
    counts: dict[str, Counter[str]] = {name: Counter() for name in ELEMENTS.values()}
    unseen: dict[str, Counter[str]] = {name: Counter() for name in ELEMENTS.values()}
    wrong: list[dict[str, Any]] = []
    started = time.process_time()
    for text in texts:
        found = find_in_text(text["pages"])
        for element, name in ELEMENTS.items():
            proposed = {
                value
                for each in found
                if each.element == element and each.confidence >= sure
                for value in (each.value.split("；") if name == "responsible" else [each.value])
            }
            truth = set(_as_list(text[name]))
            count = Counter(hit=len(proposed & truth), proposed=len(proposed), true=len(truth))
            counts[name] += count
            if text.get("held_out"):
                unseen[name] += count
            elif proposed != truth:
                wrong.append({
                    "text": text["pages"][0].splitlines()[0], "element": name,
                    "missed": sorted(truth - proposed), "wrong": sorted(proposed - truth),
                })  # fmt: skip
    seconds = time.process_time() - started
    return {
        "texts": len(texts),
        "ms_per_text": round(seconds / len(texts) * 1000, 2),
        "elements": {name: _told(count) for name, count in counts.items()},
        "held_out": {
            "texts": sum(text.get("held_out", False) for text in texts),
            **_told(sum(unseen.values(), Counter())),
            "elements": {name: _told(count) for name, count in unseen.items()},
        },
        "overall": _told(sum(counts.values(), Counter())),
        "wrong": wrong,
    }


def _as_list(value: str | Sequence[str]) -> list[str]:
    return ([value] if value else []) if isinstance(value, str) else list(value)


def _told(count: Counter[str]) -> dict[str, float | int]:
    return {
        "precision": round(count["hit"] / count["proposed"], 4) if count["proposed"] else 1.0,
        "recall": round(count["hit"] / count["true"], 4) if count["true"] else 1.0,
        "true": count["true"],
        "proposed": count["proposed"],
    }

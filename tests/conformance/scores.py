"""Score tables: how published test material fares, kept in git and shown in docs/conformance.md.

A test that sweeps a corpus counts what came out and calls :func:`hold_score` once::

    CORPUS = corpus("bagit-conformance")          # skips with a reason where the folder is absent

    def test_every_bag_gets_its_verdict():
        rows = [[version, right, of] for ...]
        hold_score("bagit", title="BagIt", corpus="bagit-conformance",
                   columns=["version", "right", "of"], rows=rows)

Each score is a file ``scores/<name>.json``. A run compares with it and fails where they differ: a
score neither falls nor rises in silence. ``LANTAI_WRITE_SCORES=1`` writes it anew; afterwards run
``python scripts/conformance.py``, which puts every score into docs/conformance.md, and commit both.
Put only what a run on any machine repeats into a score: no seconds, no paths.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

SCORES = Path(__file__).parent / "scores"
CORPORA = Path(os.environ.get("LANTAI_CORPORA", Path(__file__).resolve().parents[3] / "shared" / "corpora"))
Cell = str | int


def corpus(name: str) -> Path:
    """A folder of the test material; the test, or the whole module, is skipped where it is absent."""
    folder = CORPORA / name
    if not folder.is_dir():
        pytest.skip(f"no test material at {folder}; set LANTAI_CORPORA", allow_module_level=True)
    return folder


def hold_score(
    name: str,
    *,
    title: str,
    corpus: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    note: str = "",
) -> None:
    """Holds a run to the score in git, or writes it where ``LANTAI_WRITE_SCORES`` is set.

    Args:
        name: file name of the score, and its order among the others.
        title: heading of its table.
        corpus: folder of the test material it was measured on.
        columns: heading of each column.
        rows: the table; totals are the last row, if any.
        note: a sentence or two on what the figures mean, and what they do not.
    """
    score = {
        "title": title,
        "corpus": corpus,
        "note": note,
        "columns": [*columns],
        "rows": [*map(list, rows)],
    }
    path = SCORES / f"{name}.json"
    if os.environ.get("LANTAI_WRITE_SCORES"):
        path.write_text(_written(score), encoding="utf-8")
    assert path.exists(), f"no score {path.name} yet: run this test with LANTAI_WRITE_SCORES=1"
    held = json.loads(path.read_text(encoding="utf-8"))
    assert score == held, (
        f"the score {path.name} has changed: if rightly so, run with LANTAI_WRITE_SCORES=1\n{_difference(held, score)}"
    )


def held_column(name: str, column: str) -> dict[Cell, Cell]:
    """One column of a score in git by the first cell of each row: for a test that measures one column of it."""
    held = json.loads((SCORES / f"{name}.json").read_text(encoding="utf-8"))
    place = held["columns"].index(column)
    return {row[0]: row[place] for row in held["rows"]}


def _difference(held: dict[str, object], now: dict[str, object]) -> str:
    """The lines in which two scores differ, for whoever reads of it in a log."""
    before, after = (_written(score).splitlines() for score in (held, now))
    return "\n".join(difflib.unified_diff(before, after, "held", "now", n=0, lineterm=""))


def _written(score: dict[str, object]) -> str:
    """JSON with one row of the table a line, so that a change reads well in a diff."""
    head = {key: value for key, value in score.items() if key != "rows"}
    lines = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
    rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in score["rows"])
    return f'{lines},\n  "rows": [\n{rows}\n  ]\n}}\n'

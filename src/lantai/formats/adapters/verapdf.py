"""veraPDF, the open validator of PDF/A, as a program of its own: whether files keep their word.

What ``LANTAI_VERAPDF`` names takes ``--format text`` and paths, and answers a line ``PASS path`` or
``FAIL path`` for each.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from lantai.core import settings

_BATCH = 400
_START_S = 60.0
_FILE_S = 10.0
_HEAP = "-Xmx768m"


def is_configured() -> bool:
    """Whether a validator is named."""
    return bool(settings.VERAPDF.read())


def validate(paths: Sequence[Path]) -> Iterator[tuple[Path, bool | None]]:
    """Whether each file conforms to the PDF/A it claims; ``None`` where veraPDF gave no answer."""
    remaining = iter(paths)
    while batch := list(islice(remaining, _BATCH)):
        answers = _answers(batch)
        yield from ((path, answers.get(path)) for path in batch)


def _answers(batch: Sequence[Path]) -> dict[Path, bool]:
    by_name = {str(path.resolve()): path for path in batch}
    try:
        done = subprocess.run(
            [str(settings.VERAPDF.read()), "--format", "text", *by_name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_START_S + _FILE_S * len(batch),
            check=False,
            env={**os.environ, "JAVA_OPTS": _HEAP},
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    answers: dict[Path, bool] = {}
    for line in done.stdout.decode("utf-8", "surrogateescape").splitlines():
        word, _space, rest = line.partition(" ")
        named = rest if rest in by_name else rest.rpartition(" ")[0]
        if word in {"PASS", "FAIL"} and named in by_name:
            answers[by_name[named]] = word == "PASS"
    return answers

"""Looking at files from an unknown hand: the same as in ``examination``, but in the pool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import tee
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid

from .pool import Answer, Request, run_requests
from .results import UNKNOWN, Characteristics, Examination, Identification, Rendering

_UNKNOWN = Identification(UNKNOWN, "未知格式", "application/octet-stream", "无法读取", False, False)


def examine_many(paths: Iterable[Path], *, digests: bool = True) -> Iterator[Examination]:
    """Examines many files in order, in the pool; whatever a file does, its answer says so.

    Args:
        paths: regular files.
        digests: whether to compute SHA-256, SHA-512 and SM3 as well.
    """
    asked, kept = tee(paths)
    answers = run_requests(_request("examine", path, digests=digests) for path in asked)
    for path, answer in zip(kept, answers, strict=True):
        problem = answer.get("crash") or answer.get("error")
        yield _failed(path, problem, answer) if problem else _examination(path, answer)


def characterise(path: Path) -> Characteristics:
    """Properties of one file."""
    return next(examine_many([path], digests=False)).characteristics


def render_check(path: Path) -> Rendering:
    """Whether first and last page of one file can be drawn."""
    return next(examine_many([path], digests=False)).rendering


def extract_text(path: Path) -> list[str]:
    """The words of one file, one string a page.

    Raises:
        Invalid: the file cannot be read.
    """
    pages = next(extract_texts([path]))
    if isinstance(pages, Invalid):
        raise pages
    return pages


def extract_texts(paths: Iterable[Path]) -> Iterator[list[str] | Invalid]:
    """The words of many files, in order; for one that cannot be read, the error that says why."""
    asked, kept = tee(paths)
    for path, answer in zip(kept, run_requests(_request("text", path) for path in asked), strict=True):
        problem = answer.get("crash") or answer.get("error")
        yield (
            Invalid(f"无法提取文字：{problem}。", subject=path.name, remedy="请检查该文件能否打开。")
            if problem
            else answer["pages"]
        )


def _request(task: str, path: Path, **more: Any) -> Request:
    return {"task": task, "path": str(path), **more}


def _examination(path: Path, answer: Answer) -> Examination:
    characteristics = Characteristics(**answer["characteristics"])
    return Examination(
        path=path,
        size_bytes=answer["size_bytes"],
        identification=Identification(**answer["identification"]),
        characteristics=replace(
            characteristics,
            problems=tuple(characteristics.problems),
            marks=tuple(characteristics.marks),
        ),
        rendering=Rendering(**answer["rendering"]),
        digests=answer["digests"],
        test_virus=answer["test_virus"],
    )


def _failed(path: Path, problem: str, answer: Answer) -> Examination:
    identified = answer.get("identification")
    return Examination(
        path=path,
        size_bytes=path.stat().st_size if path.exists() else 0,
        identification=Identification(**identified) if identified else _UNKNOWN,
        characteristics=Characteristics(readable=False, problems=(problem,)),
        rendering=Rendering(attempted=True, ok=False, problem=problem),
    )

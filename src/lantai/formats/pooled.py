"""Looking at files from an unknown hand: the same as in ``examination``, but in the pool."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import tee
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .alto import AltoPage
from .archives import rewrite_members
from .child import BASE_TIMEOUT_S, WRITES, Answer, Request
from .pool import run_requests
from .results import UNKNOWN, Characteristics, Examination, Identification, Rendering
from .results import facts_of as facts_of
from .signatures import SignatureFacts
from .tables import Table

SIGNATURES_TIMEOUT_S = 120.0
TABLE_TIMEOUT_S = 120.0
"""A catalogue of half a million rows takes a quarter of this."""
_DIGESTED_HERE_BYTES = 2**20
"""Up to here telling a child costs more than it gains."""
_UNKNOWN = Identification(UNKNOWN, "未知格式", "application/octet-stream", "无法读取", False, False)


Known = tuple[str, Mapping[str, Any]]
"""SHA-512 of bytes that were examined before; :func:`results.facts_of` that examination and its ``digests``."""


def examine_many(
    paths: Iterable[Path], *, digests: bool = True, recall: Callable[[Path], Known | None] | None = None
) -> Iterator[Examination]:
    """Examines many files in order, in the pool; whatever a file does, its answer says so.

    Args:
        paths: regular files.
        digests: whether to compute SHA-256, SHA-512 and SM3 as well.
        recall: what is known of a file if its bytes are those that were examined before. It is
            read again and its SHA-512 taken; only where that differs is it parsed and drawn again,
            and its other digests are taken.
    """
    asked, kept = tee(paths)
    known: dict[Path, Known] = {}

    def requests() -> Iterator[Request]:
        for path in asked:
            found = recall(path) if recall else None
            if found:
                known[path] = found
            request = _request("examine", path, digests=digests, known=found[0] if found else None)
            yield {**request, "answer": same} if found and (same := _unchanged(path, found[0])) else request

    for path, answer in zip(kept, run_requests(requests()), strict=True):
        _sha512, facts = known.pop(path, ("", {}))
        if answer.get("unchanged"):
            answer = {**facts, **answer}
        problem = answer.get("crash") or answer.get("error")
        yield _failed(path, problem, answer) if problem else _examination(path, answer)


def _unchanged(path: Path, sha512: str) -> Answer | None:
    """That a small file still has this SHA-512; nothing is parsed, so no child is asked."""
    try:
        content = path.read_bytes() if path.stat().st_size <= _DIGESTED_HERE_BYTES else b""
    except OSError:
        return None
    if not content or hashlib.sha512(content).hexdigest() != sha512:
        return None
    return {"unchanged": True, "size_bytes": len(content)}


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
            Invalid(
                _("无法提取文字：%(problem)s。") % {"problem": problem},
                subject=path.name,
                remedy=_("请检查该文件能否打开。"),
            )
            if problem
            else answer["pages"]
        )


def read_alto(paths: Iterable[Path]) -> Iterator[list[AltoPage]]:
    """The words and their places of ALTO files, in order; none of a file that is no ALTO or broken."""
    for answer in run_requests(_request("alto", path) for path in paths):
        yield [
            AltoPage(page["number"], tuple(tuple(tuple(word) for word in line) for line in page["lines"]))
            for page in answer.get("pages", [])
        ]


def find_places(
    path: Path, wanted: Mapping[int, Sequence[tuple[int, int]]]
) -> dict[int, list[tuple[float, float, float, float]]]:
    """Where on the pages of a PDF stretches of their text stand; nowhere in a file that does not open as one.

    Args:
        path: the file.
        wanted: by page, from 0, first character and the one after the last, in the text that
            :func:`extract_text` gives.

    Returns:
        by page, for each line of each stretch left, top, width and height as parts of the page.
    """
    answer = next(run_requests([_request("places", path, wanted={str(k): v for k, v in wanted.items()})]))
    return {
        int(page): [tuple(place) for place in places] for page, places in answer.get("places", {}).items()
    }


def verify_signatures(path: Path, over: Path | None = None) -> list[SignatureFacts]:
    """Every signature, seal and timestamp of a file, verified in the pool.

    Args:
        path: the file, or a detached signature (``令.pdf.p7s``).
        over: what a detached signature is over.
    """
    request = _request("signatures", path, over=str(over) if over else None, allowed_s=SIGNATURES_TIMEOUT_S)
    answer = next(run_requests([request]))
    if problem := answer.get("crash") or answer.get("error"):
        return [SignatureFacts("电子签名", "unknown", problem=f"签名无法读取：{problem}")]
    return [SignatureFacts(**{**facts, "remarks": tuple(facts["remarks"])}) for facts in answer["signatures"]]


def call_in_pool(
    function: Callable[..., dict[str, Any]],
    paths: Iterable[Path],
    *,
    allowed_s: float = BASE_TIMEOUT_S,
    writes: bool = False,
    **given: Any,
) -> Iterator[Answer]:
    """What a function of a module answers about each path, called in the pool, in order.

    Where it raised or the child ended, the answer is ``{"error": why}`` or ``{"crash": why}``.

    Args:
        function: of a module that loads without a database; called with the path and what is given.
        paths: one call each.
        allowed_s: for one of them, seconds, beyond what reading the file takes.
        writes: whether the function writes files; then it is called once for each path.
        **given: JSON values.
    """
    name = f"{function.__module__}:{function.__qualname__}"
    return run_requests(
        _request("call", path, function=name, given=given, allowed_s=allowed_s, **{WRITES: writes})
        for path in paths
    )


def strip_ofd(source: Path, target: Path) -> tuple[str, ...]:
    """Writes an OFD without its signatures, their seals drawn as annotations (:mod:`.signatures.ofd_plain`).

    Returns:
        for each seal that could not be drawn, why.

    Raises:
        Invalid: it cannot be read as an OFD.
    """
    answer = next(run_requests([_request("plain_ofd", source, allowed_s=SIGNATURES_TIMEOUT_S)]))
    if problem := answer.get("crash") or answer.get("error"):
        raise Invalid(str(problem), subject=source.name)
    written = {name: base64.b64decode(text) for name, text in answer["written"].items()}
    rewrite_members(source, target, gone=answer["gone"], written=written)
    return tuple(answer["undrawn"])


def identify_in_pool(paths: Iterable[Path]) -> Iterator[Identification]:
    """The formats of files that are to be named but not opened."""
    for answer in run_requests(_request("identification", path) for path in paths):
        yield _UNKNOWN if "crash" in answer or "error" in answer else Identification(**answer)


def read_table(path: Path) -> Table:
    """The first sheet of a spreadsheet.

    Raises:
        Invalid: it is locked, damaged, or larger than anybody could have meant.
    """
    answer = next(run_requests([_request("table", path, allowed_s=TABLE_TIMEOUT_S)]))
    if problem := answer.get("crash") or answer.get("error"):
        remedy = answer.get("remedy") or (
            "请检查表格右下方很远处是否留有内容，删去多余的行列，另存为 .xlsx 后重新打包。"
        )
        raise Invalid(
            problem if "remedy" in answer else _("目录表格无法读取：%(problem)s。") % {"problem": problem},
            subject=path.name,
            remedy=remedy,
        )
    return Table(answer["rows"], answer["merged"])


def draw_page(path: Path, frame: int, long_side_px: int) -> bytes:
    """A frame of an image or a page of a PDF, from 0, as JPEG no longer than ``long_side_px``.

    Raises:
        Invalid: it cannot be drawn within the limits of a child.
    """
    request = _request("draw", path, frame=frame, long_side_px=long_side_px)
    answer = next(run_requests([request]))
    if "jpeg" not in answer:
        problem = answer.get("error") or answer.get("crash") or ""
        raise Invalid(_("图像无法显示。") + str(problem), subject=path.name)
    return base64.b64decode(answer["jpeg"])


def _request(task: str, path: Path, **more: Any) -> Request:
    return {"task": task, "path": str(path), **more}


def _examination(path: Path, answer: Answer) -> Examination:
    characteristics = answer["characteristics"]
    lists = {name: tuple(characteristics[name]) for name in ("problems", "marks", "active")}
    return Examination(
        path=path,
        size_bytes=answer["size_bytes"],
        identification=Identification(**answer["identification"]),
        characteristics=Characteristics(**{**characteristics, **lists}),
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

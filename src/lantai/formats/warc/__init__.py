"""Web archives: WARC 0.17 to 1.1 (ISO 28500), ARC 1 and 2, plain or compressed record by record.

Read here as a stream within limits, so that every boundary and digest is checked by our own hand;
written by warcio (:mod:`..adapters.warcio_writer`). Archives are judged in the pool: :func:`survey_warcs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..pool import run_requests
from .captures import CapturedFile, Located, decode_page, locate_captures, read_capture
from .checking import RULES, Fault
from .records import WarcRecord, iter_warc
from .streams import Inflated, Inflation
from .survey import Capture, WarcFacts, facts_from

__all__ = [
    "RULES",
    "Capture",
    "CapturedFile",
    "Fault",
    "Located",
    "WarcFacts",
    "WarcRecord",
    "decode_page",
    "is_warc",
    "iter_warc",
    "locate_captures",
    "read_capture",
    "survey_warcs",
]

SURVEY_TIMEOUT_S = 120.0
"""Allowed for every archive, beyond what its size allows."""


def survey_warcs(paths: Iterable[Path]) -> Iterator[WarcFacts]:
    """What each archive holds and what is wrong with it, in order, found out in the pool."""
    requests = ({"task": "warc", "path": str(path), "allowed_s": SURVEY_TIMEOUT_S} for path in paths)
    return map(facts_from, run_requests(requests))


def is_warc(path: Path) -> bool:
    """Whether a file is named or begins as a WARC or ARC, compressed or not."""
    name = path.name.lower()
    if name.endswith((".warc", ".warc.gz", ".arc", ".arc.gz")):
        return True
    stream = Inflated(path)
    try:
        return stream.peek(11).startswith((b"WARC/", b"filedesc://"))
    except Inflation:
        return False
    finally:
        stream.close()

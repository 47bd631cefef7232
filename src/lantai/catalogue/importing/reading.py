"""Reading a catalogue file in a child process with limits, its rows streamed back in chunks.

The child is this module run by itself: ``python -m lantai.catalogue.importing.reading``. What a
parser cannot bear ends the child; the parent says which file it was.
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .lines import to_line

CHUNK = 5_000
"""Rows of a chunk: what is checked, loaded and committed together."""
MOST_BYTES = 3 * 2**30
MOST_ROWS = 5_000_000
MOST_COLUMNS = 512
MOST_TEXT_BYTES = 8 * 2**30
"""What all rows may come to: two gibibytes of text, the largest file, take no more."""
SILENCE_S = 120.0
"""How long a child may work without a word: opening a workbook of a million rows takes ten."""
LONGEST_S = 3600.0
PROBE_ROWS = 200


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What is known of a table before its rows: see :class:`.sources.Opened`.

    Of a long table, :func:`probe` sees no more than the beginning, and has no remarks.
    """

    source: str
    table: str
    charset: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """The beginning of a table, and the names of the others beside it."""

    facts: TableFacts
    tables: list[str]
    rows: list[list[str]]


def probe(path: Path, name: str = "", table: str = "", charset: str = "") -> Probe:
    """Looks at the beginning of a file.

    Raises:
        Invalid: it cannot be read, or is not what may be imported.
    """
    answers = _ask({"path": str(path), "name": name, "table": table, "charset": charset, "probe": True})
    facts = next(answers)
    rows = [row for line in answers for row in json.loads(line)]
    told = json.loads(facts)
    return Probe(_facts(told), list(told["tables"]), rows)


def read_chunks(
    path: Path, name: str, table: str, charset: str, told: Callable[[TableFacts], None] = lambda _facts: None
) -> Iterator[tuple[bytes, int]]:
    """The rows of a table as JSON lines of :data:`CHUNK` rows, each with how many it holds.

    Args:
        path: the file.
        name: what it was called when it came.
        table: which one of it; empty means the first.
        charset: of text; empty means detect.
        told: given what is known of the table, before its rows.

    Raises:
        Invalid: it cannot be read, takes too long, or is larger than anybody could have meant.
    """
    answers = _ask({"path": str(path), "name": name, "table": table, "charset": charset, "probe": False})
    told(_facts(json.loads(next(answers))))
    for line in answers:
        count, _space, rows = line.partition(b" ")
        yield rows, int(count)


def _facts(told: dict[str, Any]) -> TableFacts:
    return TableFacts(told["source"], told["table"], told["charset"], tuple(told["remarks"]))


def _ask(request: dict[str, Any]) -> Iterator[bytes]:
    """Lines of the child; an error it tells becomes :class:`Invalid`."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "lantai.catalogue.importing.reading"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - opened with pipes above
    try:
        child.stdin.write(json.dumps(request).encode() + b"\n")
        finished = False
        for line in _lines(child):
            if line.startswith(b"!"):
                told = json.loads(line[1:])
                raise Invalid(told["message"], subject=told["subject"], remedy=told["remedy"])
            if line == b".":
                finished = True
                break
            yield line
        if not finished:
            raise Invalid(
                _("读取这个文件时内存超限或程序出错，已中止。"),
                subject=request["name"] or Path(request["path"]).name,
                remedy=_("请检查表格是否有大片空白却有格式的区域；或另存为 CSV 后再导入。"),
            )
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def _lines(child: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Lines as they come, unless nothing comes for too long."""
    assert child.stdout is not None  # noqa: S101
    ends_at = time.monotonic() + LONGEST_S
    pieces: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(SILENCE_S) or time.monotonic() > ends_at:
                raise Invalid(
                    _("读取这个文件用时过长，已中止。"), remedy=_("请分成几个文件，或另存为 CSV 后再导入。")
                )
            data = os.read(child.stdout.fileno(), 1 << 20)
            if not data:
                return
            first, *rest = data.split(b"\n")
            pieces.append(first)
            for piece in rest:
                yield b"".join(pieces)
                pieces = [piece]


# ---- the child


def _serve() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit()
    request = json.loads(sys.stdin.buffer.readline())
    try:
        _tell(request, out)
    except Invalid as error:
        out.write(b"!" + to_line(_said(error, request)) + b"\n")
    except MemoryError:
        os._exit(1)  # the parent says so
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:
        broken = Invalid(
            _("文件无法读取（%(error)s）。") % {"error": type(error).__name__},
            remedy=_("请确认文件完好，或另存为 CSV 后再导入。"),
        )
        out.write(b"!" + to_line(_said(broken, request)) + b"\n")
    out.flush()


def _said(error: Invalid, request: dict[str, Any]) -> dict[str, str]:
    subject = error.subject or request["name"] or Path(request["path"]).name
    return {"message": error.message, "subject": subject, "remedy": error.remedy}


def _limit() -> None:
    """No files written, no more memory than the largest lawful table takes, no core."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(kind, (0, 0))


def _tell(request: dict[str, Any], out: Any) -> None:
    from .sources import source_of

    path = Path(request["path"])
    source = source_of(path, request["name"])
    opened = (source.begin(path, request["table"]) if request["probe"] else None) or source.open(
        path, request["table"], request["charset"]
    )
    tables = source.tables(path) if request["probe"] else []
    facts = {
        "source": source.key,
        "table": opened.table,
        "charset": opened.charset,
        "remarks": opened.remarks,
    }
    out.write(to_line({**facts, "tables": tables}) + b"\n")
    if request["probe"]:
        out.write(_told(list(islice(opened.rows, PROBE_ROWS))) + b"\n.\n")
        return
    total = size = 0
    while rows := list(islice(opened.rows, CHUNK)):
        told = _told(rows)
        total, size = total + len(rows), size + len(told)
        if total > MOST_ROWS:
            raise Invalid(
                _("表格超过 %(count)s 行。") % {"count": MOST_ROWS}, remedy=_("请分成几个文件，分几次导入。")
            )
        if size > MOST_TEXT_BYTES:  # a view of a small database can go on for ever
            raise Invalid(
                _("表格内容超过 %(size)s GiB。") % {"size": MOST_TEXT_BYTES // 2**30},
                remedy=_("请分成几个文件，分几次导入。"),
            )
        out.write(b"%d " % len(rows) + told + b"\n")
    out.write(b".\n")


def _told(rows: list[list[str]]) -> bytes:
    if any(len(row) > MOST_COLUMNS for row in rows):
        raise Invalid(
            _("有的行超过 %(count)s 列。") % {"count": MOST_COLUMNS}, remedy=_("请检查分隔符与引号。")
        )
    return to_line(rows)


if __name__ == "__main__":
    _serve()

"""A child of the pool: reads requests from standard input, answers on standard output, one line each.

It may not write files (but where it is asked to unpack one), grow beyond its memory limit or dump
core. What a parser cannot bear ends the child, not the platform: the parent sees the end of the stream and names the file.
"""

from __future__ import annotations

import base64
import ctypes
import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid

from .ahead import Seen, identify_ahead, known_format, requests_at_hand
from .alto import read_alto_file
from .drawing import draw_frame
from .examination import digest, examine, read_text
from .identification import identify
from .mail.facts import message_facts
from .mail.showing import shown_message
from .media import media_facts
from .memory import allow_memory, limit_memory
from .pdf_pages import draw_pdf_page, is_pdf, places_in_pdf
from .results import facts_of, plain
from .tables import read_sheet
from .warc.survey import warc_facts

_TOO_MUCH = "打开它所需的内存超过上限，已中止"
_NOTHING_AHEAD: Mapping[str, Seen] = {}


_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """What hangs in a file would never see that nobody asks any more."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_resources() -> None:
    limit_memory()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def answer(request: dict[str, Any], seen: Mapping[str, Seen] = _NOTHING_AHEAD) -> dict[str, Any]:
    """Does one task: ``examine``, ``identify`` (after a crash), ``draw``, ``table`` or one of ``_TASKS``.

    Args:
        request: the task and its ``path``.
        seen: by path, what was looked up ahead.
    """
    path = Path(request["path"])
    try:
        match request["task"]:
            case "examine":
                known = request.get("known")
                if known and digest(path, ("sha512",))["sha512"] == known:
                    return {"unchanged": True, "size_bytes": path.stat().st_size}
                ahead = known_format(request["path"], seen)
                found = examine(path, digests=request["digests"], known=ahead)
                return {"size_bytes": found.size_bytes, "digests": found.digests, **facts_of(found)}
            case "identify":
                return {"crash": request["crash"], "identification": plain(identify(path))}
            case "draw":
                draw = draw_pdf_page if is_pdf(path) else draw_frame
                drawn = draw(path, request["frame"], request["long_side_px"])
                return {"jpeg": base64.b64encode(drawn).decode("ascii")}
            case "media":
                return {"media": media_facts(path)}
            case "table":
                with allow_memory():
                    return asdict(read_sheet(path))
            case other:
                return _TASKS[other](path, request)
    except MemoryError:
        examined = request["task"] == "examine"
        return {"crash": _TOO_MUCH} | ({"identification": plain(identify(path))} if examined else {})
    except (OSError, Invalid) as error:
        said = getattr(error, "message", None) or getattr(error, "strerror", None) or str(error)
        return {"error": said, "remedy": getattr(error, "remedy", "")}


def _signatures(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    from .signatures.verifying import verify_file  # heavy, and few files are signed

    over = request.get("over")
    return {"signatures": [asdict(facts) for facts in verify_file(path, Path(over) if over else None)]}


def _plain_ofd(path: Path, _request: dict[str, Any]) -> dict[str, Any]:
    from .signatures.ofd_plain import plan_plain

    plan = plan_plain(path)
    written = {name: base64.b64encode(data).decode("ascii") for name, data in plan.written.items()}
    return {"gone": sorted(plan.gone), "written": written, "undrawn": plan.undrawn}


def _call(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Runs a function of a context above, which its caller named (``pooled.call_in_pool``)."""
    module, _colon, name = request["function"].partition(":")
    answer: dict[str, Any] = getattr(import_module(module), name)(path, **request["given"])
    return answer


def _places(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    wanted = {int(page): stretches for page, stretches in request["wanted"].items()}
    return {"places": places_in_pdf(path, wanted)}


_TASKS: dict[str, Callable[[Path, dict[str, Any]], dict[str, Any]]] = {
    "message": lambda path, _request: message_facts(path),
    "shown_message": lambda path, _request: shown_message(path),
    "places": _places,
    "call": _call,
    "warc": lambda path, _request: warc_facts(path),
    "signatures": _signatures,
    "plain_ofd": _plain_ofd,
    "identification": lambda path, _request: plain(identify(path)),
    "alto": lambda path, _request: {"pages": [asdict(page) for page in read_alto_file(path)]},
    "text": lambda path, _request: {"pages": read_text(path, identify(path))},
}


def main() -> None:
    """Serves requests until standard input closes. Libraries that print cannot spoil the answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _end_with_parent()
    _limit_resources()
    gc.freeze()  # what loading made stays: it is not searched for garbage again and again

    def tell(line: bytes) -> None:
        answers.write(line)
        answers.flush()

    for requests in requests_at_hand(sys.stdin.fileno()):
        seen = identify_ahead(requests, tell)
        for request in requests:
            result = json.dumps(answer(request, seen), default=str, ensure_ascii=True)
            tell(result.encode("ascii") + b"\n")


if __name__ == "__main__":
    main()

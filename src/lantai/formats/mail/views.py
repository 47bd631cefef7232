"""Which parts are the text and which came along with it (RFC 8621 4.1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from .bodies import attachment_name
from .structure import Part


@dataclass(slots=True)
class Views:
    """The leaves of a message, by what they are to its reader."""

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)


def sort_parts(root: Part) -> Views:
    """Text, HTML and attachments of a message; pictures in the run of the text count as attachments."""
    views = Views()
    _sort([root], "mixed", (views.text, views.html), views, in_alternative=False)
    return views


_Flow = tuple[list[Part] | None, list[Part] | None]
"""Where text and HTML are collected; ``None`` where the other one stands for both."""


def _sort(parts: list[Part], kind: str, flow: _Flow, views: Views, *, in_alternative: bool) -> None:
    before = len(views.text), len(views.html)
    for place, part in enumerate(parts):
        if part.is_multipart and part.parts:
            inner = part.media_type.removeprefix("multipart/")
            nested = in_alternative or inner == "alternative"
            _sort(part.parts, inner, flow, views, in_alternative=nested)
        elif not _is_text(part, place, kind):
            if not part.is_multipart or part.body.size_bytes:
                views.attachments.append(part)
        elif kind == "alternative":
            chosen = flow[part.media_type == "text/html"]
            if chosen is not None:
                chosen.append(part)
        else:
            if in_alternative:
                flow = (flow[0], None) if part.media_type == "text/plain" else (None, flow[1])
            _add(part, flow)
    if kind == "alternative":
        _fill(flow, before)


def _add(part: Part, flow: _Flow) -> None:
    for collected in flow:
        if collected is not None:
            collected.append(part)


def _fill(flow: _Flow, before: tuple[int, int]) -> None:
    """Where an alternative offers only one of the two, it stands for both."""
    text, html = flow
    if text is None or html is None:
        return
    if len(text) == before[0]:
        text.extend(html[before[1] :])
    elif len(html) == before[1]:
        html.extend(text[before[0] :])


def _is_text(part: Part, place: int, kind: str) -> bool:
    """Whether a reader sees the part as running text."""
    if part.disposition == "attachment" or part.media_type not in {"text/plain", "text/html"}:
        return False
    return place == 0 or (kind != "related" and not attachment_name(part))

"""Pages of answers as strangers see them, kept for a while: what many ask is drawn once.

A page is given again while nothing it rests on has changed: the index, what strangers may find, the
states of the records on it. Each time it bears the token of whoever it is given to.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from lantai.core.actors import Actor
from lantai.search import api as search
from lantai.ui.api import Preferences

MOST_PAGES = 1_000
"""Pages a process keeps, of some 30 KiB: what many ask comes round before what few ask has pushed it out."""
KEPT_S = 60.0
"""How long what the index does not tell, such as a fonds' name, may be old."""
LONGEST_ADDRESS = 400
_SENT = {"csrftoken", "lantai_theme", "lantai_type", "django_language"}
"""Cookies that tell nothing of who asks but how they like pages to look."""
_TOKEN = b"\0token\0"
_DRAWN_WITH = re.compile(rb'<meta name="csrf-token" content="(\w+)">')


class _Kept(NamedTuple):
    body: bytes
    content_type: str
    record_ids: tuple[str, ...]
    basis: Hashable
    until: float


_pages: OrderedDict[Hashable, _Kept] = OrderedDict()
_lock = Lock()


def recall(request: HttpRequest, reader: Actor) -> HttpResponse | None:
    """The page that another got for the same question, if it would come out the same now."""
    if not _is_anybody(request, reader):
        return None
    key = _key(request)
    with _lock:
        kept = _pages.get(key)
        if kept:
            _pages.move_to_end(key)
    if not kept or kept.until < time.monotonic() or kept.basis != search.basis(reader):
        return None
    if search.hidden_among(kept.record_ids):
        return None
    return HttpResponse(kept.body.replace(_TOKEN, get_token(request).encode()), kept.content_type)


def keep(
    request: HttpRequest, reader: Actor, response: HttpResponse, shown: search.Results, basis: Hashable
) -> None:
    """Keeps a page for others who ask the same.

    Args:
        request: the question.
        reader: who asked it; only what anybody would see is kept.
        response: the page, drawn.
        shown: what it shows; what is known in part is not kept.
        basis: what it rests on, taken before it was searched for.
    """
    if shown.in_part or not _is_anybody(request, reader):
        return
    drawn_with = _DRAWN_WITH.search(response.content)
    body = response.content.replace(drawn_with[1], _TOKEN) if drawn_with else response.content
    record_ids = tuple(hit.record_id for hit in (*shown.hits, *shown.alike))
    kept = _Kept(body, response["Content-Type"], record_ids, basis, time.monotonic() + KEPT_S)
    with _lock:
        _pages[_key(request)] = kept
        _pages.move_to_end(_key(request))
        if len(_pages) > MOST_PAGES:
            _pages.popitem(last=False)


def _is_anybody(request: HttpRequest, reader: Actor) -> bool:
    return (
        reader.is_anonymous
        and request.COOKIES.keys() <= _SENT
        and len(request.get_full_path()) <= LONGEST_ADDRESS
    )


def _key(request: HttpRequest) -> Hashable:
    return request.get_full_path(), get_language(), Preferences.of(request)

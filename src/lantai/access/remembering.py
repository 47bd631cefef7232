"""Pages of answers as strangers see them, kept for a while: what many ask is drawn once.

A page is given again while nothing it rests on has changed: the index, what strangers may find, the
states of the records on it. Each time it bears the token of whoever it is given to.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from lantai.core.actors import Actor
from lantai.search import api as search
from lantai.ui.api import Preferences

MOST_PAGES = 1_000
"""Pages a process keeps, the last it drew."""
LARGEST_BYTES = 100_000
"""A larger page is drawn each time; a usual one has 20 to 40 KB."""
KEPT_S = 60.0
"""How long what the index does not tell, such as a fonds' name, may be old, and a page lie in memory unasked."""
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


def answered(
    request: HttpRequest, reader: Actor, draw: Callable[[], tuple[HttpResponse, search.Results | None]]
) -> HttpResponse:
    """The page of an answer: the one another got for the same question, if it would come out the same now.

    Args:
        request: the question.
        reader: who asks; only what anybody would see is kept and given.
        draw: finds the answer and draws the page; ``None`` with a page that tells of no answer.

    Raises:
        Unavailable: the index cannot be opened.
    """
    if not _is_anybody(request, reader):
        return draw()[0]
    basis, key = search.basis(reader), _key(request)
    if kept := _recall(key, basis):
        return HttpResponse(kept.body.replace(_TOKEN, get_token(request).encode()), kept.content_type)
    response, shown = draw()
    if shown and not shown.in_part and len(response.content) <= LARGEST_BYTES:
        _keep(key, response, shown, basis)
    return response


def _recall(key: Hashable, basis: Hashable) -> _Kept | None:
    now = time.monotonic()
    with _lock:
        _sweep(now)
        kept = _pages.get(key)
    if not kept or kept.until <= now or kept.basis != basis or search.hidden_among(kept.record_ids):
        return None
    return kept


def _keep(key: Hashable, response: HttpResponse, shown: search.Results, basis: Hashable) -> None:
    drawn_with = _DRAWN_WITH.search(response.content)
    body = response.content.replace(drawn_with[1], _TOKEN) if drawn_with else response.content
    record_ids = tuple(hit.record_id for hit in (*shown.hits, *shown.alike))
    with _lock:
        _pages[key] = _Kept(body, response["Content-Type"], record_ids, basis, time.monotonic() + KEPT_S)
        _pages.move_to_end(key)
        if len(_pages) > MOST_PAGES:
            _pages.popitem(last=False)


def _sweep(now: float) -> None:
    """Lets go of pages that are too old: what was purged is not to lie here until others push it out.

    They lie as they were drawn, the oldest first, so that only those that go are looked at.
    """
    while _pages and next(iter(_pages.values())).until <= now:
        _pages.popitem(last=False)


def _is_anybody(request: HttpRequest, reader: Actor) -> bool:
    return (
        reader.is_anonymous
        and request.COOKIES.keys() <= _SENT
        and len(request.get_full_path()) <= LONGEST_ADDRESS
    )


def _key(request: HttpRequest) -> Hashable:
    return request.get_full_path(), get_language(), Preferences.of(request)

"""Pages that show a captured page: the shell with its frame, and what is in the frame."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urljoin
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.formats.api import CapturedFile, decode_page
from lantai.records import api as records
from lantai.records.api import Record

from .addresses import Wrapper, replay_address
from .css import rewrite_css
from .html import refresh_of, rewrite_html
from .index import Captures, archive_of, captures_of

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TYPE = re.compile(r"\A[a-z0-9.+-]+/[a-z0-9.+-]+\Z")
_META_REFRESH = re.compile(
    r"""<meta[^>]{0,200}http-equiv\s*=\s*["']?refresh["']?[^>]{0,100}content\s*=\s*(?:"([^"]*)"|'([^']*)')""",
    re.IGNORECASE,
)
_AT_ONCE_S = 1.0
_SHOWN_PAGES = 500


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _captures(record: Record) -> Captures:
    document = archive_of(record)
    if document is None:
        raise NotFound(_("这件档案里没有采集的网页。"), subject=record.title)
    document.record = record
    return captures_of(document)


def _prefix(record: Record) -> str:
    return reverse("capture:replay_home", args=[record.id])


@require_safe
def home(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """The shell: which page, captured when, and the frame it is shown in."""
    record = records.record_for(record_id, _actor(request), "record.original")
    pages = _captures(record).pages()
    asked, at = request.GET.get("url", ""), request.GET.get("at", "")
    chosen = next(
        (page for page in pages if page.located.uri == asked and at in {"", page.located.captured_at}),
        pages[0] if pages else None,
    )
    if request.method == "GET":
        records.note_use(record=record, act="record.original", actor=_actor(request))
    frame = replay_address(_prefix(record), chosen.located.captured_at, chosen.located.uri) if chosen else ""
    context = {
        "record": record,
        "chosen": chosen and chosen.located,
        "captured_at": _told(chosen.located.captured_at) if chosen else "",
        "frame": frame,
        "page_count": len(pages),
        "pages": [(page.located, _told(page.located.captured_at)) for page in pages[:_SHOWN_PAGES]],
    }
    return render(request, "capture/replay/home.html", context)


@require_safe
def replay(request: HttpRequest, record_id: UUID, timestamp: str, url: str) -> HttpResponse:
    """One captured thing, its addresses leading into the archive."""
    record = records.record_for(record_id, _actor(request), "record.original")
    captures = _captures(record)
    query = request.META.get("QUERY_STRING", "")
    uri = re.sub(r"\A(https?):/+", r"\1://", url + (f"?{query}" if query else ""))
    line = captures.nearest(uri, timestamp.ljust(14, "0")[:14])
    found = captures.read(line) if line else None
    if line is None or found is None:
        return _guarded(request, record, _missing(request, uri))
    wrap = Wrapper(_prefix(record), line.located.captured_at, line.located.uri)
    return _guarded(request, record, _answer(found, wrap))


def _answer(found: CapturedFile, wrap: Wrapper) -> HttpResponse:
    """What was captured, as it is answered now."""
    location = found.fields.get("location", "")
    if 300 <= found.status < 400 and location:
        return HttpResponseRedirect(wrap(urljoin(wrap.base, location)))
    media_type = found.media_type if _TYPE.match(found.media_type) else "application/octet-stream"
    if media_type in _HTML:
        text = decode_page(found.body, found.charset)
        if forward := _forward(text, wrap):
            return HttpResponseRedirect(forward)
        return HttpResponse(
            rewrite_html(text, wrap), content_type="text/html; charset=utf-8", status=_status(found)
        )
    if media_type == "text/css":
        css = rewrite_css(decode_page(found.body, found.charset), wrap)
        return HttpResponse(css, content_type="text/css; charset=utf-8")
    return HttpResponse(found.body, content_type=media_type, status=_status(found))


def _forward(text: str, wrap: Wrapper) -> str:
    """Where a page sends its reader at once: a frame without scripts does not follow it by itself."""
    match = _META_REFRESH.search(text[:20_000])
    refresh = refresh_of(match[1] or match[2] or "") if match else None
    if refresh is None or refresh[0] > _AT_ONCE_S:
        return ""
    target = wrap.absolute(refresh[1])
    return wrap(target) if target and target.partition("#")[0] != wrap.base.partition("#")[0] else ""


def _status(found: CapturedFile) -> int:
    return found.status if 200 <= found.status < 600 and found.status not in {204, 206, 304} else 200


def _missing(request: HttpRequest, uri: str) -> HttpResponse:
    return render(request, "capture/replay/missing.html", {"uri": uri[:500]}, status=404)


def _guarded(request: HttpRequest, record: Record, response: HttpResponse) -> HttpResponse:
    """Lets what is shown load nothing but what this record holds, and run nothing.

    The frame keeps our origin, so that its pictures are asked for under the reader's rights; without
    scripts nothing in it can make use of that.
    """
    within = f"{request.get_host()}{_prefix(record)}"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; img-src {within} data:; style-src {within} 'unsafe-inline'; "
        f"font-src {within} data:; media-src {within} data:; frame-src {within}; script-src 'none'; "
        "object-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
        "sandbox allow-same-origin"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["X-DNS-Prefetch-Control"] = "off"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-cache"
    return response


def _told(digits: str) -> str:
    """The moment of a capture in the reader's time; a WARC and its addresses keep it in UTC."""
    try:
        moment = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return digits
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"

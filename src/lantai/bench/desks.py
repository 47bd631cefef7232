"""Every list of the desks, opened by the people who may, its second page too."""

from __future__ import annotations

import html
import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from django.urls import reverse

from lantai.demo.api import PASSWORD, accounts

from .search import percentile

TIMES = 20
"""How often each page is opened, after once that is not counted."""
SLOW_MS = 300
SHOWN = 10
_LINK = re.compile(r'<a [^>]*href="([^"#]+)"')
_ONE_THING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|\.[a-z]{3,4}($|\?)")
"""Addresses of one record or person, and of files: no lists."""
Notice = Callable[[str, int, int], None]


class Visitor:
    """Somebody logged in at the front door."""

    def __init__(self, port: int, username: str) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        login = reverse("institutions:login")
        self.get(login)
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
        self.opener.open(self.base + login, urllib.parse.urlencode(form).encode()).close()

    def get(self, path: str) -> str:
        """A page's text; empty when it is none or is refused."""
        try:
            with self.opener.open(self.base + path) as answer:
                return str(answer.read().decode()) if answer.headers.get_content_type() == "text/html" else ""
        except urllib.error.HTTPError:
            return ""


def walk(port: int, notice: Notice) -> dict[str, Any]:
    """Opens every list in each role that has a desk, also its second page and what it can be narrowed to.

    Returns:
        ``lists`` (pages opened), ``lists_p95_ms`` (the slowest page's), ``lists_slow`` (over ``SLOW_MS``) and
        ``slowest``, each with ``path``, ``role`` and ``p95_ms`` (of ``TIMES``).
    """
    timed: list[dict[str, Any]] = []
    people = {account.role: account.username for account in accounts()}
    for place, (role, username) in enumerate(sorted(people.items()), 1):
        visitor = Visitor(port, username)
        timed += [{"path": path, "role": role, "p95_ms": _p95(visitor, path)} for path in _lists(visitor)]
        notice("lists", place, len(people))
    timed.sort(key=lambda row: -row["p95_ms"])
    return {
        "lists": len(timed),
        "lists_p95_ms": timed[0]["p95_ms"],
        "lists_slow": sum(row["p95_ms"] >= SLOW_MS for row in timed),
        "slowest": timed[:SHOWN],
    }


def _lists(visitor: Visitor) -> list[str]:
    """Every desk page that is reached by links from the first one, each with one way of going on in it."""
    seen: dict[str, str] = {}
    waiting = [reverse("faces:desk")]
    while waiting:
        path = waiting.pop()
        shape = _shape(path)
        if shape in seen or not (page := visitor.get(path)):
            continue
        seen[shape] = path
        waiting += [found for found in _links(path, page) if _shape(found) not in seen]
    return list(seen.values())


def _shape(path: str) -> str:
    """An address with the names of what it asks for, their values left out: one of a kind is enough."""
    parts = urllib.parse.urlsplit(path)
    return f"{parts.path}?{'&'.join(sorted(urllib.parse.parse_qs(parts.query)))}"


def _links(path: str, page: str) -> list[str]:
    found = (urllib.parse.urljoin(path, html.unescape(link)) for link in _LINK.findall(page))
    return [
        link for link in dict.fromkeys(found) if link.startswith("/desk/") and not _ONE_THING.search(link)
    ]


def _p95(visitor: Visitor, path: str) -> float:
    took: list[float] = []
    for _time in range(TIMES):
        started = time.perf_counter()
        visitor.get(path)
        took.append((time.perf_counter() - started) * 1000)
    return percentile(took, 95)

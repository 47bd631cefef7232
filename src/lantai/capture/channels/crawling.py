"""Fetching pages with what they need to be shown, within limits, as exchanges for a WARC.

Pages are asked for breadth first. What a page embeds belongs to it wherever it lies; its links are
followed as far as asked, on the hosts that were named. Every address goes through the guard of
:mod:`lantai.core.outbound`, redirects too.
"""

from __future__ import annotations

import io
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from lantai.core.errors import Invalid, Unavailable
from lantai.core.language import gettext as _
from lantai.core.outbound import Answer, Limits, fetch
from lantai.formats.api import HttpExchange, decode_page

from ..replay.css import references
from ..replay.reading import Reading

AGENT = "Lantai"
USER_AGENT = f"Mozilla/5.0 (compatible; {AGENT} web archiving)"
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_DEEPEST_EMBEDDED = 5
"""A page, its frame, the frame's style sheet, an imported one, its font."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one capture may take.

    Attributes:
        depth: how many links away from a seed pages are taken; 0 is the seed alone.
        files: exchanges altogether.
        total_bytes: of all bodies.
        file_bytes: of one body.
        total_s: for all of it.
        heed_robots: whether what a site's robots.txt forbids is left out.
    """

    depth: int = 0
    files: int = 500
    total_bytes: int = 512 * 2**20
    file_bytes: int = 64 * 2**20
    total_s: float = 1800.0
    heed_robots: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address to ask for, and why: ``L`` a link, ``E`` embedded, ``R`` a redirect (as Heritrix writes it)."""

    uri: str
    hops: str = ""
    via: str = ""
    depth: int = 0


@dataclass(slots=True)
class Crawl:
    """One capture as it goes on.

    Attributes:
        seeds: addresses to begin with.
        bounds: how much it may take.
        missed: address and reason of what was not captured.
        stopped: the bound that ended it early, in words; else empty.
    """

    seeds: Sequence[str]
    bounds: Bounds
    missed: list[tuple[str, str]] = field(default_factory=list)
    stopped: str = ""
    fetched: int = 0
    size_bytes: int = 0
    _waiting: deque[Wanted] = field(default_factory=deque)
    _seen: set[str] = field(default_factory=set)
    _robots: dict[str, RobotFileParser | None] = field(default_factory=dict)

    def exchanges(self) -> Iterator[HttpExchange]:
        """Each exchange as it was made."""
        ends_at = time.monotonic() + self.bounds.total_s
        hosts = {urlsplit(seed).netloc for seed in self.seeds}
        for seed in self.seeds:
            self._want(Wanted(seed))
        while self._waiting:
            if reason := self._over(ends_at):
                self.stopped = reason
                return
            wanted = self._waiting.popleft()
            if not self._permitted(wanted.uri):
                self.missed.append((wanted.uri, _("robots.txt 不许采集")))
                continue
            found = self._fetch(wanted, ends_at)
            if found is None:
                continue
            answer, exchange = found
            yield exchange
            self._read(wanted, answer, hosts)

    def _over(self, ends_at: float) -> str:
        if self.fetched >= self.bounds.files:
            return _("已采集 %(count)s 个文件，到达上限") % {"count": self.fetched}
        if self.size_bytes >= self.bounds.total_bytes:
            return _("已采集 %(count)s 字节，到达上限") % {"count": self.size_bytes}
        return _("已到采集时限") if time.monotonic() >= ends_at else ""

    def _want(self, wanted: Wanted) -> None:
        uri = urldefrag(wanted.uri).url
        if uri not in self._seen and len(self._seen) < 20 * self.bounds.files:
            self._seen.add(uri)
            # What a page embeds comes before the next page, so that a bound leaves whole pages.
            put = self._waiting.appendleft if wanted.hops[-1:] in {"E", "R"} else self._waiting.append
            put(Wanted(uri, wanted.hops, wanted.via, wanted.depth))

    def _permitted(self, uri: str) -> bool:
        if not self.bounds.heed_robots:
            return True
        site = f"{urlsplit(uri).scheme}://{urlsplit(uri).netloc}"
        if site not in self._robots:
            self._robots[site] = _robots_of(site)
        rules = self._robots[site]
        return rules is None or rules.can_fetch(AGENT, uri)

    def _fetch(self, wanted: Wanted, ends_at: float) -> tuple[Answer, HttpExchange] | None:
        limits = Limits(
            total_s=max(1.0, min(120.0, ends_at - time.monotonic())), body_bytes=self.bounds.file_bytes
        )
        began, captured_at = time.monotonic(), datetime.now(UTC)
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        if wanted.via:
            headers["Referer"] = wanted.via
        try:
            answer = fetch(wanted.uri, headers=headers, limits=limits)
        except (Invalid, Unavailable) as error:
            self.missed.append((wanted.uri, error.message))
            return None
        self.fetched += 1
        self.size_bytes += len(answer.body)
        notes = {"fetchTimeMs": str(round((time.monotonic() - began) * 1000))}
        if wanted.via:
            notes |= {"via": wanted.via, "hopsFromSeed": wanted.hops}
        return answer, _exchange(wanted, answer, headers, captured_at, notes)

    def _read(self, wanted: Wanted, answer: Answer, hosts: set[str]) -> None:
        """Wants what the answer leads to."""
        if 300 <= answer.status < 400 and (location := answer.header("location")):
            if not wanted.hops.endswith("RRRRRRRR"):
                self._want(Wanted(urljoin(wanted.uri, location), f"{wanted.hops}R", wanted.uri, wanted.depth))
            return
        kind, _, parameters = answer.header("content-type").lower().partition(";")
        text = decode_page(answer.body, parameters.partition("charset=")[2].strip(" \"'"))
        embedded: Sequence[str] = ()
        if kind.strip() in _PAGES:
            reading = Reading.of(text, wanted.uri)
            embedded = list(reading.embedded)
            self._want_links(wanted, reading, hosts)
        elif kind.strip() == "text/css":
            embedded = [urljoin(wanted.uri, found) for found in references(text)]
        if wanted.hops.count("E") < _DEEPEST_EMBEDDED:
            for uri in reversed(embedded):
                if uri.startswith(("http://", "https://")):
                    self._want(Wanted(uri, f"{wanted.hops}E", wanted.uri, wanted.depth))

    def _want_links(self, wanted: Wanted, reading: Reading, hosts: set[str]) -> None:
        if "E" in wanted.hops or wanted.depth >= self.bounds.depth:
            return
        for uri in reading.links:
            if urlsplit(uri).netloc in hosts:
                self._want(Wanted(uri, f"{wanted.hops}L", wanted.uri, wanted.depth + 1))


def _exchange(
    wanted: Wanted, answer: Answer, headers: dict[str, str], captured_at: datetime, notes: dict[str, str]
) -> HttpExchange:
    parts = urlsplit(wanted.uri)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = (("Host", parts.netloc), ("Accept", "*/*"), *headers.items(), ("Connection", "close"))
    return HttpExchange(
        uri=wanted.uri,
        status_line=f"{answer.version} {answer.status} {answer.reason}".rstrip(),
        headers=answer.headers,
        body=io.BytesIO(answer.body),
        captured_at=captured_at,
        request_line=f"GET {path} HTTP/1.1",
        request_headers=sent,
        ip_address=answer.address,
        notes=notes,
    )


def _robots_of(site: str) -> RobotFileParser | None:
    """What a site asks of robots; nothing where it says nothing (RFC 9309 2.3.1)."""
    try:
        answer = fetch(f"{site}/robots.txt", headers={"User-Agent": USER_AGENT}, limits=Limits(total_s=15.0))
    except (Invalid, Unavailable):
        return None
    if answer.status != 200:
        return None
    rules = RobotFileParser()
    rules.parse(answer.body.decode("utf-8", "replace").splitlines())
    return rules

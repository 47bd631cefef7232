"""Addresses of captured things: compared under one spelling, and rewritten into our own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urldefrag, urljoin, urlsplit

_PORTS = {"http": "80", "https": "443"}
_SAFE = "/%:@!$&'()*+,;=~-._?"
_WEB = re.compile(r"\Ahttps?:/*", re.IGNORECASE)
_INERT = re.compile(r"\A(?:data|mailto|tel|about|cid|blob):", re.IGNORECASE)
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x20\x7f]+")


def address_key(uri: str) -> str:
    """What equal addresses share, in the order a sorted index wants it (SURT): host reversed, no scheme."""
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "").rstrip(".")
        port = str(parts.port or "")
    except ValueError:
        return uri
    turned = ",".join(reversed(host.split(".")))
    turned += f":{port}" if port and port != _PORTS.get(parts.scheme) else ""
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{turned}){_spelt(parts.path or '/')}{'?' + _spelt(query) if query else ''}"


def _spelt(text: str) -> str:
    """Percent-encoded in one way."""
    return quote(unquote_to_bytes(text), safe=_SAFE.replace("%", ""))


@dataclass(frozen=True, slots=True)
class Wrapper:
    """Turns the addresses within one captured page into addresses of its replay.

    Attributes:
        prefix: of the record's replay, ending with ``/``.
        captured_at: fourteen digits; what a page embeds is looked for at the time nearest to it.
        base: what relative addresses are relative to.
    """

    prefix: str
    captured_at: str
    base: str

    def at(self, base: str) -> Wrapper:
        """The same with another base, itself perhaps relative."""
        return Wrapper(self.prefix, self.captured_at, self.absolute(base) or self.base)

    def absolute(self, given: str) -> str:
        """The address meant; empty where it is none of the web."""
        try:
            found = urljoin(self.base, given.strip())
        except ValueError:
            return ""
        return found if _WEB.match(found) else ""

    def __call__(self, given: str) -> str:
        """The address to write in place of one: within the replay, as it is where harmless, else nowhere."""
        bare = _BLANKS.sub("", given)
        if not bare or bare.startswith("#") or _INERT.match(bare):
            return given
        if _SCHEME.match(bare) and not _WEB.match(bare):
            return "#"
        absolute, fragment = urldefrag(self.absolute(given))
        if not absolute:
            return "#"
        return replay_address(self.prefix, self.captured_at, absolute) + (f"#{fragment}" if fragment else "")


def replay_address(prefix: str, captured_at: str, uri: str) -> str:
    """Where an address is replayed."""
    return f"{prefix}{captured_at}/{quote(uri, safe=_SAFE)}"

"""Rewriting a captured page: every address leads into the archive, nothing in it runs.

The page is passed through as it was written; only start tags that refer elsewhere are written anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from html.parser import HTMLParser

from .addresses import Wrapper
from .css import rewrite_css

_ADDRESSES = frozenset({
    "href", "src", "action", "formaction", "poster", "background", "data", "longdesc", "cite", "xlink:href",
    "lowsrc", "usemap", "icon", "classid", "codebase", "archive", "profile",
})  # fmt: skip
ADDRESS_SETS = frozenset({"srcset", "imagesrcset"})
_DROPPED = frozenset({"integrity", "nonce", "crossorigin", "target", "ping", "csp", "manifest", "http-equiv"})
LAZY = ("data-src", "data-original", "data-lazy-src")
_HINTS = frozenset(
    {"preconnect", "dns-prefetch", "prefetch", "preload", "modulepreload", "prerender", "manifest"}
)
_LEFT_OUT = frozenset({"script", "base"})
_CANDIDATE = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])(\s+[^,]*)?\s*(?:,|\Z)")
_REFRESH = re.compile(
    r"""\A\s*(\d+(?:\.\d+)?)?\s*[;,]?\s*(?:url\s*=\s*)?["']?([^"']*)["']?\s*\Z""", re.IGNORECASE
)
Attributes = list[tuple[str, str | None]]


def rewrite_html(html: str, wrap: Wrapper) -> str:
    """The page, harmless and leading nowhere but into the archive."""
    writer = _Writer(wrap)
    writer.feed(html)
    writer.close()
    return "".join(writer.written)


def refresh_of(content: str) -> tuple[float, str] | None:
    """Seconds and address of a ``meta refresh``; ``None`` where it names no address."""
    match = _REFRESH.match(content)
    return (float(match[1] or 0), match[2].strip()) if match and match[2].strip() else None


class _Writer(HTMLParser):
    """Writes a page as it reads it."""

    def __init__(self, wrap: Wrapper) -> None:
        super().__init__(convert_charrefs=False)
        self.wrap = wrap
        self.written: list[str] = []
        self._left_out = ""
        self._style = False

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag == "base":
            self.wrap = self.wrap.at(next((value for name, value in attrs if name == "href" and value), ""))
        if tag == "script":
            self._left_out = tag
        if tag in _LEFT_OUT or self._left_out or _is_hint(tag, attrs):
            return
        self._style = tag == "style"
        written = "".join(
            f' {name}="{escape(value)}"' if value is not None else f" {name}"
            for name, value in self._rewritten(tag, attrs)
        )
        self.written.append(f"<{tag}{written}>")

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)
        if tag in {"script", "style"}:
            self.handle_endtag(tag)
        elif self.written and tag not in _LEFT_OUT and not _is_hint(tag, attrs):
            self.written[-1] = self.written[-1].removesuffix(">") + " />"

    def handle_endtag(self, tag: str) -> None:
        self._style = False
        if self._left_out:
            self._left_out = "" if tag == self._left_out else self._left_out
        elif tag not in _LEFT_OUT:
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self.written.append(rewrite_css(data, self.wrap) if self._style else data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self.written.append(f"<!{decl}>")

    def _rewritten(self, tag: str, attrs: Attributes) -> Iterator[tuple[str, str | None]]:
        known = {name: value or "" for name, value in attrs}
        equivalent = known.get("http-equiv", "").lower()
        if tag == "meta" and equivalent == "content-type":
            yield "charset", "utf-8"
            return
        refresh = refresh_of(known.get("content", "")) if equivalent == "refresh" else None
        if tag == "meta" and refresh:
            yield from (("http-equiv", "refresh"), ("content", f"{refresh[0]:g};url={self.wrap(refresh[1])}"))
            return
        for name, value in attrs:
            if name in _DROPPED or name.startswith("on") or not re.fullmatch(r"[^\s\"'<>/=]+", name):
                continue
            yield name, self._value(tag, name, value) if value else value
        lazy = next((known[name] for name in LAZY if known.get(name)), "")
        if tag == "img" and lazy and not known.get("src"):
            yield "src", self.wrap(lazy)

    def _value(self, tag: str, name: str, value: str) -> str:
        if tag == "meta" and name == "charset":
            return "utf-8"
        if name in ADDRESS_SETS:
            return _set(value, self.wrap)
        if name == "style":
            return rewrite_css(value, self.wrap)
        if name == "srcdoc":
            return rewrite_html(value, self.wrap)
        if name in _ADDRESSES and not (name == "data" and tag != "object"):
            return self.wrap(value)
        return value


def _is_hint(tag: str, attrs: Attributes) -> bool:
    """A link that makes a browser look up or fetch what nobody has asked for."""
    rel = next((value or "" for name, value in attrs if name == "rel"), "")
    return tag == "link" and bool(_HINTS & set(rel.lower().split()))


def _set(value: str, wrap: Callable[[str], str]) -> str:
    found = (f"{wrap(match[1])}{(' ' + match[2].strip()) if match[2] else ''}" for match in candidates(value))
    return ", ".join(found)


def candidates(value: str) -> Iterator[re.Match[str]]:
    """The addresses of a ``srcset``, each with its descriptor."""
    return (match for match in _CANDIDATE.finditer(value))

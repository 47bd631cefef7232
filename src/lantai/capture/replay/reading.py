"""Reading a page for what it needs to be shown, and for where it leads."""

from __future__ import annotations

from html.parser import HTMLParser

from .addresses import Wrapper
from .css import references
from .html import ADDRESS_SETS, LAZY, Attributes, candidates, refresh_of

_EMBEDDED = {
    "img": ("src",), "input": ("src",), "source": ("src",), "video": ("src", "poster"), "audio": ("src",),
    "iframe": ("src",), "frame": ("src",), "body": ("background",), "table": ("background",),
    "td": ("background",), "image": ("href", "xlink:href"), "use": ("href", "xlink:href"), "embed": ("src",),
    "track": ("src",), "script": ("src",),
}  # fmt: skip
_LINKED_IN = frozenset({"stylesheet", "icon", "shortcut", "apple-touch-icon"})


class Reading(HTMLParser):
    """What a page needs to be shown, and where it leads; absolute addresses, in order.

    Attributes:
        embedded: pictures, style sheets, frames, fonts.
        links: other pages.
    """

    def __init__(self, wrap: Wrapper) -> None:
        super().__init__(convert_charrefs=True)
        self.wrap = wrap
        self.embedded: dict[str, None] = {}
        self.links: dict[str, None] = {}
        self._style = False

    @classmethod
    def of(cls, html: str, base: str) -> Reading:
        """Reads a page."""
        reading = cls(Wrapper("", "", base))
        reading.feed(html)
        reading.close()
        return reading

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:  # noqa: D102 - as the parser calls it
        known = {name: value or "" for name, value in attrs}
        self._style = tag == "style"
        if tag == "base" and known.get("href"):
            self.wrap = self.wrap.at(known["href"])
        if tag in {"a", "area"}:
            self._add(self.links, known.get("href", ""))
        if tag == "meta" and known.get("http-equiv", "").lower() == "refresh":
            refresh = refresh_of(known.get("content", ""))
            self._add(self.embedded, refresh[1] if refresh else "")
        if tag == "link" and _LINKED_IN & set(known.get("rel", "").lower().split()):
            self._add(self.embedded, known.get("href", ""))
        for name in (*_EMBEDDED.get(tag, ()), *(LAZY if tag == "img" else ())):
            self._add(self.embedded, known.get(name, ""))
        for name in ADDRESS_SETS & known.keys():
            for match in candidates(known[name]):
                self._add(self.embedded, match[1])
        self._add_styles(known.get("style", ""))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002, D102 - as the parser calls it
        self._style = False

    def handle_data(self, data: str) -> None:  # noqa: D102 - as the parser calls it
        if self._style:
            self._add_styles(data)

    def _add_styles(self, css: str) -> None:
        for address in references(css):
            self._add(self.embedded, address)

    def _add(self, into: dict[str, None], given: str) -> None:
        if given and not given.strip().startswith("#") and (absolute := self.wrap.absolute(given)):
            into[absolute.partition("#")[0]] = None

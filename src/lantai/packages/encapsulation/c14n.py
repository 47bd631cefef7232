"""Canonical XML of parts of a document, as a stream: what signatures of DA/T 48 are computed over.

Canonical XML 1.0 (W3C REC-xml-c14n-20010315), with or without comments, and its exclusive form
(REC-xml-exc-c14n-20020718), each for one element and what is below it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Write = Callable[[bytes], object]
Scope = dict[str, str]
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
METHODS = ("c14n", "c14n-comments", "exc-c14n")

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


@dataclass(slots=True)
class Tag:
    """A start tag with its namespaces resolved.

    Attributes:
        name: as written, with its prefix.
        attributes: names as written and values, without namespace declarations.
        scope: namespace by prefix in force here; the default one under the empty prefix.
        inherited: ``xml:`` attributes in force here.
    """

    name: str
    attributes: list[tuple[str, str]]
    scope: Scope
    inherited: Scope


class Scopes:
    """Follows namespace declarations and ``xml:`` attributes down a document."""

    def __init__(self) -> None:
        self._scopes: list[tuple[Scope, Scope]] = [({}, {})]

    def start(self, name: str, flat: Sequence[str]) -> Tag:
        """Enters an element; ``flat`` is name, value, name, value."""
        scope, inherited = self._scopes[-1]
        attributes: list[tuple[str, str]] = []
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            if key == "xmlns":
                scope = {**scope, "": value}
            elif key.startswith("xmlns:"):
                scope = {**scope, key[6:]: value}
            else:
                attributes.append((key, value))
                if key.startswith("xml:"):
                    inherited = {**inherited, key: value}
        self._scopes.append((scope, inherited))
        return Tag(name, attributes, scope, inherited)

    def end(self) -> None:
        """Leaves it."""
        self._scopes.pop()


@dataclass(slots=True)
class Canonical:
    """Writes the canonical form of one element; ``done`` once it has ended.

    Attributes:
        write: takes the bytes in pieces.
        method: one of :data:`METHODS`.
    """

    write: Write
    method: str = "c14n"
    done: bool = False
    _rendered: list[Scope] = field(default_factory=list)

    def start(self, tag: Tag) -> None:
        """An element begins, the first being the one asked for."""
        apex = not self._rendered
        before = {} if apex else self._rendered[-1]
        attributes = list(tag.attributes)
        if apex and self.method != "exc-c14n":
            own = {name for name, _ in attributes}
            attributes += [(name, value) for name, value in tag.inherited.items() if name not in own]
        declared = {
            prefix: uri
            for prefix, uri in self._candidates(tag, attributes).items()
            if prefix != "xml" and before.get(prefix, "" if prefix == "" else None) != uri
        }
        self._rendered.append({**before, **declared})
        pieces = [f"<{tag.name}"]
        for prefix in sorted(declared):
            name = f"xmlns:{prefix}" if prefix else "xmlns"
            pieces.append(f' {name}="{declared[prefix].translate(_VALUE)}"')
        for name, value in sorted(attributes, key=lambda pair: _attribute_key(pair[0], tag.scope)):
            pieces.append(f' {name}="{value.translate(_VALUE)}"')
        self._put("".join([*pieces, ">"]))

    def end(self, name: str) -> None:
        """An element ends."""
        self._put(f"</{name}>")
        self._rendered.pop()
        self.done = not self._rendered

    def text(self, data: str) -> None:
        """Characters."""
        self._put(data.translate(_TEXT))

    def instruction(self, target: str, data: str) -> None:
        """A processing instruction."""
        self._put(f"<?{target} {data.replace(chr(13), '&#xD;')}?>" if data else f"<?{target}?>")

    def comment(self, data: str) -> None:
        """A comment, which only the form with comments keeps."""
        if self.method == "c14n-comments":
            self._put(f"<!--{data.replace(chr(13), '&#xD;')}-->")

    def _candidates(self, tag: Tag, attributes: Sequence[tuple[str, str]]) -> Scope:
        """The namespaces to be declared here unless they are already."""
        if self.method != "exc-c14n":
            return tag.scope
        used = {tag.name.partition(":")[0] if ":" in tag.name else ""}
        used |= {name.partition(":")[0] for name, _ in attributes if ":" in name}
        return {prefix: tag.scope[prefix] for prefix in used if prefix in tag.scope}

    def _put(self, text: str) -> None:
        self.write(text.encode("utf-8", "surrogatepass"))


def _attribute_key(name: str, scope: Scope) -> tuple[str, str]:
    prefix, colon, local = name.rpartition(":")
    if not colon:
        return "", name
    return XML_NAMESPACE if prefix == "xml" else scope.get(prefix, ""), local

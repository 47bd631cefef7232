"""``record.xml``: the complete description of a record, readable without this software.

Every context's part (``core.ports.RecordPart``) stands in it as plain elements::

    <record xmlns="urn:lantai:record:1" id="0193…">
      <part key="records">
        <value name="title">关于……的通知</value>
        <value name="year" type="integer">2024</value>
        <value name="metadata" type="object">
          <value name="M22" title="题名">关于……的通知</value>
        </value>
      </part>
    </record>

A value without ``type`` is text; the other types are JSON's. Text that XML 1.0 cannot hold
(control characters, half surrogates) is written as a JSON string and marked
``encoding="json"``. Members are sorted by name, so that the same description always gives the
same bytes. A segment of catalogue entries is a ``<records>`` of such ``<record>`` elements.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import IO, Any
from uuid import UUID
from xml.etree.ElementTree import Element

from lxml import etree

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.plainxml import SMALL_BYTES, parse_own
from lantai.core.ports import Shared

RECORD = "record.xml"
"""Logical path of one record's description."""
SEGMENT = "segment.xml"
"""Logical path of many entries' descriptions."""
NAMESPACE = "urn:lantai:record:1"
Parts = Mapping[str, Mapping[str, Any]]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile('[&<>\r"\n\t]')
_SPECIAL = re.compile(f"{_UNSTORABLE.pattern}|{_ESCAPED.pattern}")
_ORDERS_KEPT = 4096
_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\r": "&#13;",
    "\n": "&#10;",
    "\t": "&#9;",
}
_TAG = f"{{{NAMESPACE}}}"
AnyElement = etree._Element | Element
"""Of either parser."""


def escape(text: str) -> str:
    """Text as it may stand in an element or an attribute, kept also through normalisation."""
    if not _ESCAPED.search(text):
        return text
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text)


def is_storable(text: str) -> bool:
    """Whether XML 1.0 can hold the text as it is (§2.2)."""
    return not _UNSTORABLE.search(text)


class RecordWriter:
    """Writes descriptions of records, one after another.

    What repeats from record to record is worked out once: the order and the attributes of members
    that bear the same names, and whole objects that parts say are shared.

    Args:
        titles: what readers see beside a name: by element code (``M22`` → ``题名``), or by the
            object it stands in and its name (``record/title`` → ``M22 题名``).
    """

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._titles = titles
        self._orders: dict[tuple[str, tuple[str, ...]], list[tuple[str, str]]] = {}
        self._shared: dict[tuple[int, str, str, str], tuple[Shared, str]] = {}

    def __reduce__(self) -> tuple[type[RecordWriter], tuple[Mapping[str, str]]]:
        """In another process it works everything out anew."""
        return RecordWriter, (self._titles,)

    def record(self, record_id: UUID, parts: Parts) -> bytes:
        """One record's description as a document of its own, by the key of each context's part."""
        return (_HEAD + "".join(self._record(record_id, parts, f' xmlns="{NAMESPACE}"'))).encode()

    def segment(self, fonds_id: UUID, records: Iterable[tuple[UUID, Parts]]) -> Iterator[bytes]:
        """A segment of catalogue entries, piece by piece."""
        yield f'{_HEAD}<records xmlns="{NAMESPACE}" fonds="{fonds_id}">\n'.encode()
        for record_id, parts in records:
            yield "".join(self._record(record_id, parts, "")).encode()
        yield b"</records>\n"

    def _record(self, record_id: UUID, parts: Parts, namespace: str) -> list[str]:
        pieces = [f'<record{namespace} id="{record_id}">\n']
        for key, part in parts.items():
            pieces.append(f' <part key="{escape(key)}">\n')
            self._append_members(pieces, part, key, "  ")
            pieces.append(" </part>\n")
        pieces.append("</record>\n")
        return pieces

    def _append(self, pieces: list[str], value: Any, within: str, attributes: str, indent: str) -> None:
        """Adds a value's element. One list for a record: this runs for every field of every record."""
        if isinstance(value, str) and not _SPECIAL.search(value):
            pieces.append(f"{indent}<value{attributes}>{value}</value>\n")
        elif isinstance(value, Shared):
            pieces.append(self._shared_element(value, within, attributes, indent))
        elif isinstance(value, dict):
            pieces.append(f'{indent}<value{attributes} type="object">\n')
            self._append_members(pieces, value, within, indent + " ")
            pieces.append(f"{indent}</value>\n")
        elif isinstance(value, list | tuple):
            pieces.append(f'{indent}<value{attributes} type="array">\n')
            for item in value:
                self._append(pieces, item, within, "", indent + " ")
            pieces.append(f"{indent}</value>\n")
        else:
            kind, text = _plain(value)
            pieces.append(f"{indent}<value{attributes}{kind}>{escape(text)}</value>\n")

    def _append_members(
        self, pieces: list[str], members: Mapping[str, Any], within: str, indent: str
    ) -> None:
        for name, attributes in self._in_order(members, within):
            self._append(pieces, members[name], name, attributes, indent)

    def _shared_element(self, value: Shared, within: str, attributes: str, indent: str) -> str:
        key = (id(value), within, attributes, indent)  # the object is kept, so its id is not used again
        if key not in self._shared:
            pieces: list[str] = []
            self._append(pieces, dict(value), within, attributes, indent)
            self._shared[key] = value, "".join(pieces)
        return self._shared[key][1]

    def _in_order(self, members: Mapping[str, Any], within: str) -> list[tuple[str, str]]:
        """Names of members in the order in which they are written, each with its attributes."""
        key = (within, tuple(members))
        order = self._orders.get(key)
        if order is None:
            if len(self._orders) >= _ORDERS_KEPT:
                self._orders.clear()
            order = self._orders[key] = [
                (name, self._attributes(name, within)) for name in sorted(members, key=_natural)
            ]
        return order

    def _attributes(self, name: str, within: str) -> str:
        if not is_storable(name):
            return f' name="{escape(json.dumps(name))}" name-encoding="json"'
        title = self._titles.get(name) or self._titles.get(f"{within}/{name}")
        return f' name="{escape(name)}"' + (f' title="{escape(title)}"' if title else "")


def read_records(source: IO[bytes]) -> Iterator[tuple[UUID, dict[str, dict[str, Any]]]]:
    """Reads back what a :class:`RecordWriter` wrote, record by record.

    Raises:
        Invalid: it is not such a document.
    """
    try:
        # Our own files, but they lay on a disk for years: no entity, no DTD, no network.
        for _event, element in etree.iterparse(
            source, tag=f"{_TAG}record", resolve_entities=False, no_network=True, load_dtd=False
        ):
            yield UUID(element.attrib["id"]), {part.attrib["key"]: _read_object(part) for part in element}
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except (etree.XMLSyntaxError, ValueError, KeyError) as error:
        raise Invalid(_("描述文件无法解析：%(error)s。") % {"error": error}, subject="record.xml") from error


def read_all(content: bytes) -> dict[UUID, dict[str, dict[str, Any]]]:
    """The records of a document in memory; of a small one in a third of the time.

    Raises:
        Invalid: it is not such a document.
    """
    if len(content) > SMALL_BYTES:
        return dict(read_records(io.BytesIO(content)))
    root = parse_own(content)
    records = [root] if root.tag == f"{_TAG}record" else list(root)
    try:
        return {
            UUID(element.attrib["id"]): {part.attrib["key"]: _read_object(part) for part in element}
            for element in records
        }
    except (ValueError, KeyError) as error:
        raise Invalid(_("描述文件无法解析：%(error)s。") % {"error": error}, subject=RECORD) from error


@lru_cache(maxsize=4096)
def _natural(name: str) -> tuple[str, int, str]:
    """Sorts ``M2`` before ``M10``."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return (stem, int(digits) if digits.isascii() and digits else -1, name)


def _plain(value: Any) -> tuple[str, str]:
    """The type attribute and the text of a value that holds no others."""
    if isinstance(value, str):
        return ("", value) if is_storable(value) else (' encoding="json"', json.dumps(value))
    if value is None:
        return ' type="null"', ""
    if isinstance(value, bool):
        return ' type="boolean"', str(value).lower()
    if isinstance(value, int):
        return ' type="integer"', str(value)
    if isinstance(value, float):
        return ' type="number"', repr(value)
    raise TypeError(f"a record part cannot hold a {type(value).__name__}")


def _read_object(element: AnyElement) -> dict[str, Any]:
    found = {}
    for child in element:
        attributes = child.attrib
        name = attributes["name"]
        if "name-encoding" in attributes:
            name = json.loads(name)
        plain = "type" not in attributes and "encoding" not in attributes
        found[str(name)] = (child.text or "") if plain else _read_value(child)
    return found


def _read_value(element: AnyElement) -> Any:
    kind = element.get("type", "string")
    text = element.text or ""
    if kind == "string":
        return json.loads(text) if element.get("encoding") == "json" else text
    if kind == "object":
        return _read_object(element)
    if kind == "array":
        return [_read_value(child) for child in element]
    if kind == "integer":
        return int(text)
    if kind == "number":
        return float(text)
    if kind == "boolean":
        return text == "true"
    if kind == "null":
        return None
    raise ValueError(kind)

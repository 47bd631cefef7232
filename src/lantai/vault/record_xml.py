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

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import IO, Any
from uuid import UUID

from django.utils.translation import gettext as _
from lxml import etree

from lantai.core.errors import Invalid

NAMESPACE = "urn:lantai:record:1"
Parts = Mapping[str, Mapping[str, Any]]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile('[&<>\r"\n\t]')
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


def escape(text: str) -> str:
    """Text as it may stand in an element or an attribute, kept also through normalisation."""
    if not _ESCAPED.search(text):
        return text
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text)


def is_storable(text: str) -> bool:
    """Whether XML 1.0 can hold the text as it is (§2.2)."""
    return not _UNSTORABLE.search(text)


def write_record(record_id: UUID, parts: Parts, titles: Mapping[str, str]) -> bytes:
    """One record's description as a document of its own.

    Args:
        record_id: the record.
        parts: each context's part by its key.
        titles: what readers see beside a name: by element code (``M22`` → ``题名``), or by the
            object it stands in and its name (``record/title`` → ``M22 题名``).
    """
    return (_HEAD + "".join(_record(record_id, parts, titles, f' xmlns="{NAMESPACE}"'))).encode()


def write_segment(
    fonds_id: UUID, records: Iterable[tuple[UUID, Parts]], titles: Mapping[str, str]
) -> Iterator[bytes]:
    """A segment of catalogue entries, piece by piece."""
    yield f'{_HEAD}<records xmlns="{NAMESPACE}" fonds="{fonds_id}">\n'.encode()
    for record_id, parts in records:
        yield "".join(_record(record_id, parts, titles, "")).encode()
    yield b"</records>\n"


def read_records(source: IO[bytes]) -> Iterator[tuple[UUID, dict[str, dict[str, Any]]]]:
    """Reads back what :func:`write_record` or :func:`write_segment` wrote, record by record.

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


def _record(record_id: UUID, parts: Parts, titles: Mapping[str, str], namespace: str) -> list[str]:
    pieces = [f'<record{namespace} id="{record_id}">\n']
    for key, part in parts.items():
        pieces.append(f' <part key="{escape(key)}">\n')
        for name in sorted(part, key=_natural):
            _append(pieces, part[name], name, _name(name, key, titles), titles, "  ")
        pieces.append(" </part>\n")
    pieces.append("</record>\n")
    return pieces


@lru_cache(maxsize=4096)
def _natural(name: str) -> tuple[str, int, str]:
    """Sorts ``M2`` before ``M10``."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return (stem, int(digits) if digits.isascii() and digits else -1, name)


def _name(name: str, within: str, titles: Mapping[str, str]) -> str:
    return _name_attributes(name, titles.get(name) or titles.get(f"{within}/{name}") or "")


@lru_cache(maxsize=4096)
def _name_attributes(name: str, title: str) -> str:
    if not is_storable(name):
        return f' name="{escape(json.dumps(name))}" name-encoding="json"'
    return f' name="{escape(name)}"' + (f' title="{escape(title)}"' if title else "")


def _append(
    pieces: list[str], value: Any, within: str, attributes: str, titles: Mapping[str, str], indent: str
) -> None:
    """Adds a value's element. One list for a record: this runs for every field of every record."""
    if isinstance(value, dict):
        pieces.append(f'{indent}<value{attributes} type="object">\n')
        for name in sorted(value, key=_natural):
            _append(pieces, value[name], name, _name(name, within, titles), titles, indent + " ")
        pieces.append(f"{indent}</value>\n")
    elif isinstance(value, list | tuple):
        pieces.append(f'{indent}<value{attributes} type="array">\n')
        for item in value:
            _append(pieces, item, within, "", titles, indent + " ")
        pieces.append(f"{indent}</value>\n")
    else:
        kind, text = _plain(value)
        pieces.append(f"{indent}<value{attributes}{kind}>{escape(text)}</value>\n")


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


def _read_object(element: etree._Element) -> dict[str, Any]:
    return {_read_name(child): _read_value(child) for child in element}


def _read_name(element: etree._Element) -> str:
    name = element.attrib["name"]
    return str(json.loads(name)) if element.get("name-encoding") == "json" else str(name)


def _read_value(element: etree._Element) -> Any:
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

"""``premis.xml``: files, events, agents and rights of an object (PREMIS 3.0), streamed.

The order of elements is the schema's. A file's original name that is not UTF-8 is written
percent-encoded, and a significant property says so.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from urllib.parse import quote_from_bytes, unquote_to_bytes
from uuid import UUID

from lxml import etree

from lantai.core.digests import Digests
from lantai.core.plainxml import HEAD, SMALL_BYTES, parse_own

from .record_xml import escape, is_storable

PREMIS = "premis.xml"
"""Its logical path in every object."""

_NAMESPACE = "http://www.loc.gov/premis/v3"
_TAG = f"{{{_NAMESPACE}}}"
_VOCABULARY = "http://id.loc.gov/vocabulary/preservation"
_EVENT, _EVENT_END = b" <event>", b"</event>\n"
_EVENTS, _EVENTS_END = f'<premis xmlns="{_NAMESPACE}">'.encode(), b"</premis>\n"
_ENCODED_NAME = (
    "<significantProperties><significantPropertiesType>originalName encoding</significantPropertiesType>"
    "<significantPropertiesValue>percent</significantPropertiesValue></significantProperties>"
)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file of the object's newest version.

    Attributes:
        path: logical path, such as ``documents/0193….pdf``.
        original_name: the name it came with, byte for byte; empty for our own files.
        puid: PRONOM identifier, if known.
    """

    path: str
    digests: Digests
    original_name: bytes = b""
    format_name: str = ""
    puid: str = ""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One event in the object's life."""

    id: UUID
    kind: str
    at: datetime
    agent: str
    role: str
    outcome: str
    note: str
    store: str = ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done with the record, as its description says."""

    opening_mark: str
    classification: str


def write_premis(
    object_id: str,
    title: str,
    files: Iterable[FileFacts],
    events: Iterable[EventFacts],
    rights: Rights | None,
) -> Iterator[bytes]:
    """The document, piece by piece; nothing is built in memory, however many pages there are."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<premis xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">\n'
        f' <object xsi:type="intellectualEntity">{_identifier("object", "URI", object_id)}'
        f"<originalName>{_text(title)}</originalName></object>\n"
    ).encode()
    for file in files:
        yield _file(file).encode()
    agents: dict[str, str] = {}
    for event in events:
        agents[event.agent] = event.role
        yield _event(event, object_id).encode()
    for agent, role in agents.items():
        yield _agent(agent, role).encode()
    if rights:
        yield _rights(object_id, rights).encode()
    yield b"</premis>\n"


def read_events(source: IO[bytes]) -> Iterator[EventFacts]:
    """The events of a document that :func:`write_premis` wrote."""
    for _step, event in etree.iterparse(
        source, tag=f"{_TAG}event", resolve_entities=False, no_network=True, load_dtd=False
    ):
        yield EventFacts(
            id=UUID(_find(event, "eventIdentifier/eventIdentifierValue")),
            kind=_find(event, "eventType"),
            at=datetime.fromisoformat(_find(event, "eventDateTime")),
            agent=_find(event, "linkingAgentIdentifier/linkingAgentIdentifierValue"),
            role=_find(event, "linkingAgentIdentifier/linkingAgentRole"),
            outcome=_find(event, "eventOutcomeInformation/eventOutcome"),
            note=_find(event, "eventDetailInformation/eventDetail"),
            store=_find(event, "eventOutcomeInformation/eventOutcomeDetail/eventOutcomeDetailNote"),
        )
        event.clear()


def events_of(content: bytes) -> Iterator[EventFacts]:
    """The same of a document in memory; of a small one in a tenth of the time.

    Events stand together behind the files, which are most of the document: of what we wrote, they alone are parsed.
    """
    if len(content) > SMALL_BYTES:
        yield from read_events(io.BytesIO(content))
        return
    first, last = content.find(_EVENT), content.rfind(_EVENT_END)
    if content.startswith(HEAD) and 0 <= first < last:
        content = HEAD + _EVENTS + content[first : last + len(_EVENT_END)] + _EVENTS_END
    for event in parse_own(content).iterfind(f"{_TAG}event"):
        told = {element.tag: element.text or "" for element in event.iter()}
        yield EventFacts(
            id=UUID(told[f"{_TAG}eventIdentifierValue"]),
            kind=told[f"{_TAG}eventType"],
            at=datetime.fromisoformat(told[f"{_TAG}eventDateTime"]),
            agent=told[f"{_TAG}linkingAgentIdentifierValue"],
            role=told.get(f"{_TAG}linkingAgentRole", ""),
            outcome=told[f"{_TAG}eventOutcome"],
            note=told[f"{_TAG}eventDetail"],
            store=told.get(f"{_TAG}eventOutcomeDetailNote", ""),
        )


def read_files(source: IO[bytes]) -> Iterator[FileFacts]:
    """The files a document that :func:`write_premis` wrote describes."""
    for _step, element in etree.iterparse(
        source, tag=f"{_TAG}object", resolve_entities=False, no_network=True, load_dtd=False
    ):
        if element.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "file":
            yield _read_file(element)
        element.clear()


def _read_file(element: etree._Element) -> FileFacts:
    about = "objectCharacteristics"
    digests = {
        _find(fixity, "messageDigestAlgorithm"): _find(fixity, "messageDigest")
        for fixity in element.iterfind(f"{_TAG}{about}/{_TAG}fixity")
    }
    name = _find(element, "originalName")
    is_encoded = _find(element, "significantProperties/significantPropertiesValue") == "percent"
    return FileFacts(
        path=_find(element, "objectIdentifier/objectIdentifierValue"),
        digests=Digests(
            int(_find(element, f"{about}/size")), digests["SHA-256"], digests["SHA-512"], digests["SM3"]
        ),
        original_name=unquote_to_bytes(name) if is_encoded else name.encode(),
        format_name=_find(element, f"{about}/format/formatDesignation/formatName"),
        puid=_find(element, f"{about}/format/formatRegistry/formatRegistryKey"),
    )


def _find(element: etree._Element, path: str) -> str:
    return element.findtext("/".join(_TAG + step for step in path.split("/"))) or ""


def _text(text: str) -> str:
    return escape(text if is_storable(text) else ascii(text))


def _identifier(of: str, kind: str, value: str) -> str:
    name = f"{of}Identifier"
    return f"<{name}><{name}Type>{kind}</{name}Type><{name}Value>{_text(value)}</{name}Value></{name}>"


def _file(file: FileFacts) -> str:
    digests = file.digests
    fixity = "".join(
        f"<fixity><messageDigestAlgorithm>{name}</messageDigestAlgorithm>"
        f"<messageDigest>{value}</messageDigest></fixity>"
        for name, value in (("SHA-512", digests.sha512), ("SHA-256", digests.sha256), ("SM3", digests.sm3))
    )
    registry = (
        "<formatRegistry><formatRegistryName>PRONOM</formatRegistryName>"
        f"<formatRegistryKey>{_text(file.puid)}</formatRegistryKey></formatRegistry>"
        if file.puid
        else ""
    )
    name, encoding = _original_name(file.original_name)
    return (
        f' <object xsi:type="file">{_identifier("object", "path", file.path)}{encoding}'
        f"<objectCharacteristics>{fixity}<size>{digests.size_bytes}</size>"
        f"<format><formatDesignation><formatName>{_text(file.format_name or 'unknown')}</formatName>"
        f"</formatDesignation>{registry}</format></objectCharacteristics>{name}</object>\n"
    )


def _original_name(name: bytes) -> tuple[str, str]:
    if not name:
        return "", ""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = ""
    if text and is_storable(text):
        return f"<originalName>{escape(text)}</originalName>", ""
    return (
        f"<originalName>{quote_from_bytes(name)}</originalName>",
        _ENCODED_NAME,
    )


def _event(event: EventFacts, object_id: str) -> str:
    kind = escape(event.kind)
    store = (
        f"<eventOutcomeDetail><eventOutcomeDetailNote>{_text(event.store)}</eventOutcomeDetailNote>"
        "</eventOutcomeDetail>"
        if event.store
        else ""
    )
    return (
        f" <event>{_identifier('event', 'UUID', str(event.id))}"
        f'<eventType authorityURI="{_VOCABULARY}/eventType">{kind}</eventType>'
        f"<eventDateTime>{event.at.isoformat()}</eventDateTime>"
        f"<eventDetailInformation><eventDetail>{_text(event.note)}</eventDetail></eventDetailInformation>"
        f"<eventOutcomeInformation><eventOutcome>{escape(event.outcome)}</eventOutcome>{store}"
        f"</eventOutcomeInformation>{_linking('Agent', 'local', event.agent, event.role)}"
        f"{_linking('Object', 'URI', object_id)}</event>\n"
    )


def _linking(of: str, kind: str, value: str, role: str = "") -> str:
    name = f"linking{of}Identifier"
    role_element = f"<linking{of}Role>{_text(role)}</linking{of}Role>" if role else ""
    return (
        f"<{name}><{name}Type>{kind}</{name}Type><{name}Value>{_text(value)}</{name}Value>"
        f"{role_element}</{name}>"
    )


def _agent(agent: str, role: str) -> str:
    kind = "software" if agent == "system" else "person"
    return (
        f" <agent>{_identifier('agent', 'local', agent)}<agentName>{_text(role)}</agentName>"
        f'<agentType authorityURI="{_VOCABULARY}/agentType">{kind}</agentType></agent>\n'
    )


def _rights(object_id: str, rights: Rights) -> str:
    restriction = f"{rights.opening_mark} {rights.classification}".strip()
    return (
        f" <rights><rightsStatement>{_identifier('rightsStatement', 'URI', object_id + ':rights')}"
        "<rightsBasis>statute</rightsBasis><statuteInformation>"
        "<statuteJurisdiction>CN</statuteJurisdiction>"
        "<statuteCitation>中华人民共和国档案法</statuteCitation></statuteInformation>"
        f"<rightsGranted><act>disseminate</act><restriction>{_text(restriction)}</restriction>"
        "</rightsGranted></rightsStatement></rights>\n"
    )

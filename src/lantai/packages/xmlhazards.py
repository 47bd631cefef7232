"""What an XML file from an unknown hand would do to whoever opens it with a trusting program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from lantai.core.findings import Finding, Outcome
from lantai.formats.api import call_in_pool

from .problems import structural
from .xmlfacts import refusal
from .xmlpool import refused
from .xmlstream import XmlRefused, XmlStream, local

RULE = "file.xml"
_CLAUSE = "平台规则：XML 文件不带 DTD、实体和程序"
_ENDINGS = frozenset({".xml", ".xsl", ".xslt", ".xsd", ".svg", ".rdf"})
_PAGES = frozenset({".html", ".htm", ".xhtml"})
_PROGRAMS = (
    "xml.apache.org/xalan",
    "xml.apache.org/xslt",
    "icl.com/saxon",
    "java:",
    "clr-namespace",
    "urn:schemas-microsoft-com:xslt",
)
_PROGRAM_ELEMENTS = frozenset({"script"})
_LOCATIONS = frozenset({"schemaLocation", "noNamespaceSchemaLocation", "href"})
_LOADING = frozenset({"import", "include", "redefine"})


def looks_like_xml(path: Path) -> bool:
    """Whether programs would take the file for XML; web pages may have a document type."""
    if path.suffix.lower() in _PAGES:
        return False
    with path.open("rb") as stream:
        head = stream.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<?xml") or (path.suffix.lower() in _ENDINGS and head[:1] == b"<")


def xml_hazards(path: Path, name: str) -> Iterator[Finding]:
    """Document types and entities, programs in style sheets and drawings, files to be loaded."""
    seen = next(call_in_pool(hazard_facts, [path]))
    if error := refused(seen, name):
        yield structural(RULE, _CLAUSE, name, "合乎语法、不带 DTD 的 XML", error.message, error.remedy)
    for what in seen.get("programs", ()):
        remedy = "请只归档由它生成的结果。"
        yield structural(RULE, _CLAUSE, name, "不调用程序", what, remedy, Outcome.FAIL)
    for what in seen.get("loaded", ()):
        remedy = "请把所引用的文件一并归档，或改为相对路径。"
        yield structural(RULE, _CLAUSE, name, "不引用网上的文件", what, remedy, Outcome.WARN)


def hazard_facts(path: Path) -> dict[str, Any]:
    """What a child of the pool sees: the programs and the places a document names, as far as it can be read."""
    seen, why = _Seen(), dict[str, Any]()
    try:
        XmlStream(path, seen).run()
    except XmlRefused as error:
        why = refusal(error)
    return {"programs": list(seen.programs), "loaded": list(seen.loaded), **why}


@dataclass(slots=True)
class _Seen:
    """What elements and attributes give away; each thing once."""

    programs: dict[str, None] = field(default_factory=dict)
    loaded: dict[str, None] = field(default_factory=dict)

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """Notes an element that runs or loads something."""
        if local(name) in _PROGRAM_ELEMENTS:
            self._note(self.programs, f"<{name}>")
        for attribute, value in list(pairwise(attributes))[::2]:
            if attribute.startswith("xmlns") and any(part in value for part in _PROGRAMS):
                self._note(self.programs, f"扩展函数 {value}")
            elif (
                local(name) in _LOADING
                and local(attribute) in _LOCATIONS
                and value.startswith(("http:", "https:", "ftp:", "file:"))
            ):
                self._note(self.loaded, value)

    def end(self, name: str) -> None:
        """Nothing to note."""

    def text(self, data: str) -> None:
        """Nothing to note."""

    @staticmethod
    def _note(notes: dict[str, None], what: str) -> None:
        if len(notes) < 20:
            notes[what[:200]] = None

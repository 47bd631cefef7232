"""Writing an E-ARK package from any other kind.

The package has one representation, ``rep1``, with its own METS document. There each item is a ``dmdSec``
that points to its description (DA/T 46 elements), and each file names its item by ``@DMDID``; so a
package of many items is read back item by item. The package's own METS document describes the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import lantai
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.formats.api import identify_many

from ..dat46 import description_xml, element
from ..losses import Losses
from ..mets.document import CSIP_PROFILE, METS_NAME, SIP_PROFILE
from ..naming import Namer, safe_name
from ..package import Package, PackageItem
from ..placement import folder_for, place_content
from .premis import SOFTWARE, PremisWriter
from .writing import (
    OWN_CONTENT,
    Placed,
    Spool,
    agent_tag,
    file_tag,
    group_tag,
    moment,
    pointer_tag,
    root_tag,
    section_tag,
    tag,
)

TYPES = ("SIP", "AIP", "DIP")
_XML = "application/xml"
_REPRESENTATION = "rep1"
_USE = f"Representations/{_REPRESENTATION}"
_OWN = {"MDTYPE": "OTHER", "OTHERMDTYPE": OWN_CONTENT}
_PREMIS = {"MDTYPE": "PREMIS", "MDTYPEVERSION": "3.0"}
_DATA = Path(__file__).parents[1] / "data"


def write_eark(package: Package, target: Path, options: Mapping[str, str]) -> list[str]:
    """Writes the package as a folder, or as one ZIP file with that folder in it.

    Args:
        package: of any kind.
        target: must not exist; its name, without ``.zip``, is the package's identifier.
        options: ``type`` (SIP, AIP or DIP; SIP by default), ``agency`` (移交单位) and ``label``.

    Returns:
        what could not be carried, in sentences.

    Raises:
        Invalid: there is no such type.
    """
    kind = options.get("type", "SIP").upper()
    if kind not in TYPES:
        raise Invalid(
            _("没有“%(kind)s”这种 E-ARK 信息包。") % {"kind": kind},
            remedy=_("可用：%(kinds)s。") % {"kinds": "、".join(TYPES)},
        )
    packed = target.suffix.lower() == ".zip"
    with folder_for(target) as folder:
        root = folder / safe_name(target.stem, "package") if packed else folder
        writing = _Writing(root, package, kind, options)
        writing.write()
    return writing.losses.sentences()


@dataclass
class _Writing:
    """A package being written."""

    root: Path
    package: Package
    kind: str
    options: Mapping[str, str]
    losses: Losses = field(default_factory=Losses)
    namer: Namer = field(default_factory=Namer)
    agency: str = ""
    title: str = ""
    items: int = 0
    files: int = 0

    @property
    def representation(self) -> Path:
        """Folder of the representation."""
        return self.root / "representations" / _REPRESENTATION

    def write(self) -> None:
        """Content first, then what describes it, the package's own METS document last."""
        self.agency = self.options.get("agency", "") or self.package.declaration.agency
        (self.representation / "data").mkdir(parents=True)
        self._write_representation()
        self._write_package()

    def _write_representation(self) -> None:
        with ExitStack() as stack:
            sections, files = (stack.enter_context(Spool()) for _name in range(2))
            place = self.representation / "metadata" / "preservation" / "premis.xml"
            with PremisWriter(place) as premis:
                for item in self.package:
                    self._add(item, sections, files, premis)
            record = Placed.of(place, self.representation, _XML)
            self._write_representation_mets(sections, files, record)

    def _add(self, item: PackageItem, sections: Spool, files: Spool, premis: PremisWriter) -> None:
        self.items += 1
        self.title = self.title or item.title
        self.agency = self.agency or item.metadata.get("M6", "").strip()
        identifier = f"dmd-{self.items:06d}"
        name = self.namer.name(item.metadata.get("M8", "").strip(), f"{self.items:06d}")
        home = self.representation / "data" / name
        placed = place_content(item, home, self.losses)
        if not placed:
            home.rmdir()
        description = self.representation / "metadata" / "descriptive" / f"{self.items:06d}.xml"
        description.parent.mkdir(exist_ok=True)
        body = description_xml(item.metadata, item.extra, placed)
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<电子档案元数据>\n{body}\n</电子档案元数据>\n'
        description.write_text(text, encoding="utf-8", newline="")
        sections.add(
            section_tag("dmdSec", identifier, Placed.of(description, self.representation, _XML), _OWN)
        )
        names = {part: file.name for file in placed for part in file.parts}
        for path, found in zip(names, identify_many(names), strict=True):
            self.files += 1
            file = Placed.of(path, self.representation, found.mime)
            files.add(file_tag(f"file-{self.files:06d}", file, {"DMDID": identifier}))
            premis.add_file(file, found, names[path])

    def _write_representation_mets(self, sections: Spool, files: Spool, premis: Placed) -> None:
        described = " ".join(f"dmd-{number:06d}" for number in range(1, self.items + 1))
        pointers = {"DMDID": described} if described else {}
        metadata = tag(
            "div", {"ID": "rep1-div-metadata", "LABEL": "Metadata", "ADMID": "rep1-premis", **pointers}
        )
        with (self.representation / METS_NAME).open("w", encoding="utf-8", newline="") as stream:
            stream.write(self._opening(_REPRESENTATION, "rep1"))
            sections.copy_to(stream)
            stream.write(f"<amdSec>{section_tag('digiprovMD', 'rep1-premis', premis, _PREMIS)}</amdSec>\n")
            divisions = [metadata]
            if self.files:
                stream.write('<fileSec ID="rep1-files">\n')
                stream.write(group_tag("rep1-group-data", f"{_USE}/data", None) + "\n")
                files.copy_to(stream)
                stream.write("</fileGrp>\n</fileSec>\n")
                data = {"ID": "rep1-div-data", "LABEL": f"{_USE}/data"}
                divisions.append(tag("div", data, pointer_tag("rep1-group-data")))
            stream.write(_structure("rep1", _REPRESENTATION, divisions) + "</mets>\n")

    def _write_package(self) -> None:
        name = self.root.name
        documentation = self._file("documentation/readme.txt", (_DATA / "eark_readme.txt").read_bytes())
        schemas = self._file("schemas/description.xsd", (_DATA / "eark_description.xsd").read_bytes())
        core = self._file("metadata/descriptive/dc.xml", self._dublin_core().encode())
        with PremisWriter(self.root / "metadata" / "preservation" / "premis.xml") as premis:
            premis.add_package(name)
        record = Placed.of(premis.path, self.root, _XML)
        mets = Placed.of(self.representation / METS_NAME, self.root, _XML)
        groups = (
            ("group-documentation", "Documentation", documentation),
            ("group-schemas", "Schemas", schemas),
            ("group-rep1", _USE, mets),
        )
        with (self.root / METS_NAME).open("w", encoding="utf-8", newline="") as stream:
            stream.write(self._opening(name, "package"))
            stream.write(section_tag("dmdSec", "dmd-package", core, {"MDTYPE": "DC"}) + "\n")
            stream.write(f"<amdSec>{section_tag('digiprovMD', 'premis-package', record, _PREMIS)}</amdSec>\n")
            inner = "\n".join(
                group_tag(identifier, use, file_tag(f"file-{identifier}", file))
                for identifier, use, file in groups
            )
            stream.write(tag("fileSec", {"ID": "files"}, f"\n{inner}\n") + "\n")
            stream.write(_structure("package", name, _package_divisions(mets)) + "</mets>\n")

    def _file(self, name: str, data: bytes) -> Placed:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        mime = "text/plain" if path.suffix == ".txt" else _XML
        return Placed.of(path, self.root, mime)

    def _dublin_core(self) -> str:
        values = [
            ("title", self._label()),
            ("creator", self.agency),
            ("identifier", self.root.name),
            ("date", moment()[:10]),
            ("extent", _("共 %(count)s 件") % {"count": self.items}),
        ]
        lines = "".join(f"  {element(f'dcterms:{name}', value)}\n" for name, value in values if value)
        spaces = 'xmlns:dcterms="http://purl.org/dc/terms/"'
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<metadata {spaces}>\n{lines}</metadata>\n'

    def _label(self) -> str:
        return self.options.get("label", "") or self.title or self.root.name

    def _opening(self, identifier: str, prefix: str) -> str:
        """The root element's opening and the header."""
        sip = self.kind == "SIP"
        opened = root_tag(
            {
                "OBJID": identifier,
                "LABEL": self._label(),
                "TYPE": "Mixed",
                "PROFILE": SIP_PROFILE if sip else CSIP_PROFILE,
            }
        )
        software = {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
        agents = agent_tag(software, SOFTWARE, lantai.__version__, "SOFTWARE VERSION")
        if sip and not self.agency and prefix == "package":
            self.losses.note(_("没有移交单位，以“未写明”代替；可用选项 agency 写明"), identifier)
        if sip or self.agency:
            role = "CREATOR" if sip else "ARCHIVIST"
            agents += agent_tag({"ROLE": role, "TYPE": "ORGANIZATION"}, self.agency or _("未写明"))
        given = {"CREATEDATE": moment(), "LASTMODDATE": moment(), "csip:OAISPACKAGETYPE": self.kind}
        return opened + tag("metsHdr", given | ({"RECORDSTATUS": "NEW"} if sip else {}), agents) + "\n"


def _package_divisions(mets: Placed) -> list[str]:
    pointer = tag("mptr", {**mets.link, "xlink:title": "group-rep1"})
    metadata = {"ID": "div-metadata", "LABEL": "Metadata", "ADMID": "premis-package", "DMDID": "dmd-package"}
    return [
        tag("div", metadata),
        tag("div", {"ID": "div-documentation", "LABEL": "Documentation"}, pointer_tag("group-documentation")),
        tag("div", {"ID": "div-schemas", "LABEL": "Schemas"}, pointer_tag("group-schemas")),
        tag("div", {"ID": "div-representations", "LABEL": "Representations"}, pointer_tag("group-rep1")),
        tag("div", {"ID": "div-rep1", "LABEL": _USE}, pointer),
    ]


def _structure(prefix: str, label: str, divisions: list[str]) -> str:
    inner = "\n".join(divisions)
    main = tag("div", {"ID": f"{prefix}-div", "LABEL": label}, f"\n{inner}\n")
    return tag("structMap", {"ID": f"{prefix}-structure", "TYPE": "PHYSICAL", "LABEL": "CSIP"}, main) + "\n"

"""An OFD without its signatures: what one sees of each seal stays, as a stamp annotation (GB/T 33190 clause 15).

The seal's picture lies in the signature's value and is drawn by the reader where ``StampAnnot`` says.
With the signature gone it becomes an image of the document, drawn by an annotation at that very place.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from PIL import Image

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from ..archives import read_member
from ..ofd import resolve
from ..xml import parse_xml
from .ofd_seals import KIND, VectorSeal, read_vector_seal
from .ses import seal_picture

_FORMATS = {"PNG": "PNG", "JPG": "JPEG", "JPEG": "JPEG", "BMP": "BMP", "TIF": "TIFF", "TIFF": "TIFF"}
_AFTER_ANNOTATIONS = ("CustomTags", "Attachments", "Extensions")
_MOST_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class _Stamp:
    """One impression of a seal: the page, and boxes in millimetres as the signature writes them."""

    page: str
    boundary: tuple[float, float, float, float]
    clip: tuple[float, float, float, float]
    on: str
    picture: bytes | VectorSeal


@dataclass(slots=True)
class Plain:
    """What changes from the signed file to the plain one.

    Attributes:
        gone: members that made up the signatures.
        written: members that are new or changed.
        undrawn: of each seal that could not be drawn, why; its signature is gone all the same.
    """

    gone: set[str] = field(default_factory=set)
    written: dict[str, bytes] = field(default_factory=dict)
    undrawn: list[str] = field(default_factory=list)


def plan_plain(source: Path) -> Plain:
    """What is to change so that a file carries no signature and still shows its seals.

    Raises:
        Invalid: the file cannot be read as an OFD.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            return _without_signatures(archive)
    except (zipfile.BadZipFile, OSError, ValueError, etree.LxmlError) as error:
        raise Invalid(_("OFD 文件无法读取：%(error)s。") % {"error": error}, subject=source.name) from error


def _without_signatures(archive: zipfile.ZipFile) -> Plain:
    plain = Plain()
    root = parse_xml(read_member(archive, "OFD.xml"), subject="OFD.xml")
    for body in root.iterfind(".//{*}DocBody"):
        listed = body.find("{*}Signatures")
        if listed is None:
            continue
        stamps = list(_stamps(archive, resolve(archive, "", listed.text or ""), plain))
        body.remove(listed)
        if stamps:
            _draw(archive, resolve(archive, "", body.findtext("{*}DocRoot") or ""), stamps, plain)
    plain.written["OFD.xml"] = _bytes(root)
    return plain


def _stamps(archive: zipfile.ZipFile, listing: str, plain: Plain) -> Iterator[_Stamp]:
    """Every impression of every signature; members that make up a signature are marked as gone."""
    plain.gone.add(listing)
    folder = posixpath.dirname(listing)
    for one in parse_xml(read_member(archive, listing), subject=listing).iterfind("{*}Signature"):
        place = resolve(archive, folder, one.get("BaseLoc", ""))
        plain.gone.add(place)
        described = parse_xml(read_member(archive, place), subject=place)
        own = posixpath.dirname(place)
        parts = [described.findtext(".//{*}SignedValue"), described.findtext(".//{*}Seal/{*}BaseLoc")]
        members = [resolve(archive, own, text) for text in parts if text and text.strip()]
        plain.gone.update(members)
        annotations = list(described.iterfind(".//{*}StampAnnot"))
        if not annotations:
            continue
        try:
            picture = _picture(archive, members)
            on = (described.findtext(".//{*}SignatureDateTime") or "").strip()
            yield from [_stamp(annotation, on, picture) for annotation in annotations]
        except (Invalid, ValueError) as error:
            told = error.message if isinstance(error, Invalid) else str(error)
            plain.undrawn.append(f"{posixpath.basename(own)}：{told}")


def _picture(archive: zipfile.ZipFile, members: list[str]) -> bytes | VectorSeal:
    """The seal's picture in a format every reader of OFD draws; one that is an OFD as it is.

    Raises:
        ValueError: there is none, or it is no image.
    """
    kind, data = next(
        (found for member in members if (found := seal_picture(read_member(archive, member)))), ("", b"")
    )
    if not data:
        raise ValueError(_("签章数据里没有印章图样"))
    if kind.strip().lower() == KIND:
        return read_vector_seal(data)
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError(_("印章图样过大"))
            if (image.format or "") in _FORMATS.values() and image.format != "TIFF":
                return data
            output = io.BytesIO()
            image.convert("RGBA").save(output, "PNG")
            return output.getvalue()
    except OSError as error:
        raise ValueError(
            _("印章图样是“%(kind)s”格式，不能作为图像保留") % {"kind": kind.strip() or _("未知")}
        ) from error


def _stamp(annotation: etree._Element, on: str, picture: bytes | VectorSeal) -> _Stamp:
    boundary = _box(annotation.get("Boundary", ""))
    clip = _box(annotation.get("Clip") or f"0 0 {boundary[2]} {boundary[3]}")
    day = re.sub(r"\D", "", on)[:8]
    day = f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 else datetime.now(UTC).date().isoformat()
    return _Stamp(annotation.get("PageRef", ""), boundary, clip, day, picture)


def _box(text: str) -> tuple[float, float, float, float]:
    numbers = [float(word) for word in text.split()]
    if len(numbers) != 4:
        raise ValueError(_("印章的位置写得不对"))
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _draw(archive: zipfile.ZipFile, document: str, stamps: list[_Stamp], plain: Plain) -> None:
    """Adds pictures and annotations to a document."""
    root = parse_xml(read_member(archive, document), subject=document)
    drawing = _Drawing(archive, document, root, plain)
    by_page: defaultdict[str, list[_Stamp]] = defaultdict(list)
    for stamp in stamps:
        by_page[stamp.page].append(stamp)
    for page, own in by_page.items():
        drawing.annotate(page, own)
    drawing.finish()


class _Drawing:
    """A document whose seals become annotations."""

    def __init__(self, archive: zipfile.ZipFile, document: str, root: etree._Element, plain: Plain) -> None:
        self._archive, self._document, self._root, self._plain = archive, document, root, plain
        self._folder = posixpath.dirname(document)
        self._space = etree.QName(root).namespace
        self._media: dict[bytes, tuple[int, str]] = {}
        self._units: dict[VectorSeal, int] = {}
        common = root.find("{*}CommonData")
        if common is None:
            common = etree.Element(self._name("CommonData"))
            root.insert(0, common)
        last = common.find("{*}MaxUnitID")
        if last is None:
            last = etree.Element(self._name("MaxUnitID"))
            common.insert(0, last)
        self._common, self._last = common, last
        ids = (str(node.get("ID", "")) for node in root.iter())
        told = (last.text or "").strip()
        self._number = max([int(number) for number in (*ids, told) if number.isdecimal()], default=0)
        self._listing, self._list_path = self._annotations()

    def annotate(self, page: str, stamps: list[_Stamp]) -> None:
        """Puts the stamps of one page into its annotations."""
        entry = next((one for one in self._listing.iterfind("{*}Page") if one.get("PageID") == page), None)
        if entry is None:
            entry = etree.SubElement(self._listing, self._name("Page"), PageID=page)
            place = etree.SubElement(entry, self._name("FileLoc"))
            place.text = f"/{self._folder}/Annots/Seals_{page}.xml"
            path, root = (
                place.text.lstrip("/"),
                self._made("PageAnnot"),
            )
        else:
            path = resolve(
                self._archive, posixpath.dirname(self._list_path), entry.findtext("{*}FileLoc") or ""
            )
            root = parse_xml(read_member(self._archive, path), subject=path)
        for stamp in stamps:
            self._annotation(root, stamp)
        self._plain.written[path] = _bytes(root)

    def finish(self) -> None:
        """Writes the document, its list of annotations and its new resources."""
        resources = self._made("Res", BaseLoc="Res")
        if self._media:
            medias = etree.SubElement(resources, self._name("MultiMedias"))
        for picture, (number, name) in self._media.items():
            media = etree.SubElement(
                medias, self._name("MultiMedia"), ID=str(number), Type="Image", Format=_shape(picture)
            )
            etree.SubElement(media, self._name("MediaFile")).text = name
            self._plain.written[f"{self._folder}/Res/{name}"] = picture
        for seal, number in self._units.items():
            unit, groups, files = seal.moved(number, str(self._space))
            resources.extend(groups)
            etree.SubElement(resources, self._name("CompositeGraphicUnits")).append(unit)
            self._plain.written.update(
                {f"{self._folder}/Res/{name}": content for name, content in files.items()}
            )
        self._plain.written[f"{self._folder}/SealRes.xml"] = _bytes(resources)
        place = etree.Element(self._name("DocumentRes"))
        place.text = "SealRes.xml"
        known = ("MaxUnitID", "PageArea", "PublicRes", "DocumentRes")
        before = [child for child in self._common if etree.QName(child).localname in known]
        self._common.insert(self._common.index(before[-1]) + 1, place)
        self._last.text = str(self._number)
        self._plain.written[self._list_path] = _bytes(self._listing)
        self._plain.written[self._document] = _bytes(self._root)

    def _annotations(self) -> tuple[etree._Element, str]:
        """The document's list of annotations and where it lies, made where there was none."""
        named = self._root.find("{*}Annotations")
        if named is not None and (named.text or "").strip():
            path = resolve(self._archive, self._folder, named.text or "")
            return parse_xml(read_member(self._archive, path), subject=path), path
        path = f"{self._folder}/Annots/Annotations.xml"
        if named is None:
            named = etree.Element(self._name("Annotations"))
            later = next(
                (child for child in self._root if etree.QName(child).localname in _AFTER_ANNOTATIONS), None
            )
            self._root.insert(len(self._root) if later is None else self._root.index(later), named)
        named.text = f"/{path}"
        return self._made("Annotations"), path

    def _annotation(self, root: etree._Element, stamp: _Stamp) -> None:
        left, top, width, height = stamp.boundary
        from_left, from_top, shown_width, shown_height = stamp.clip
        made = etree.SubElement(
            root, self._name("Annot"), ID=self._next(), Type="Stamp", Creator="Lantai", LastModDate=stamp.on,
            ReadOnly="true",
        )  # fmt: skip
        etree.SubElement(made, self._name("Remark")).text = "印章图样，电子签章已于移交前去技术化"
        box = _numbers(left + from_left, top + from_top, shown_width, shown_height)
        drawn = etree.SubElement(made, self._name("Appearance"), Boundary=box)
        seal = stamp.picture
        if isinstance(seal, VectorSeal):
            local, number = "CompositeObject", self._unit(seal)
            width, height = width / seal.width_mm, height / seal.height_mm
        else:
            local, number = "ImageObject", self._picture(seal)
        etree.SubElement(
            drawn, self._name(local), ID=self._next(), ResourceID=str(number),
            Boundary=_numbers(0, 0, shown_width, shown_height),
            CTM=_numbers(width, 0, 0, height, -from_left, -from_top),
        )  # fmt: skip

    def _unit(self, seal: VectorSeal) -> int:
        """The number of a seal's unit; those of what it draws with follow."""
        if seal not in self._units:
            self._units[seal] = int(self._next())
            self._number += seal.last
        return self._units[seal]

    def _picture(self, picture: bytes) -> int:
        if picture not in self._media:
            number = int(self._next())
            self._media[picture] = number, f"seal_{number}.{_shape(picture).lower()}"
        return self._media[picture][0]

    def _next(self) -> str:
        self._number += 1
        return str(self._number)

    def _made(self, local: str, **attributes: str) -> etree._Element:
        """The root of a new member, with the prefix that readers of OFD know."""
        return etree.Element(self._name(local), attributes, nsmap={"ofd": self._space or ""})

    def _name(self, local: str) -> etree.QName:
        return etree.QName(self._space, local)


def _shape(picture: bytes) -> str:
    return "JPEG" if picture[:2] == b"\xff\xd8" else "BMP" if picture[:2] == b"BM" else "PNG"


def _numbers(*values: float) -> str:
    return " ".join(f"{value + 0.0:.4f}".rstrip("0").rstrip(".") for value in values)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

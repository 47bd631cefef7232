"""A seal whose picture is itself an OFD (GB/T 38540 picture type ``ofd``): its page as one composite unit.

Everything it draws with (fonts, images, colours, drawing parameters) is taken along under numbers of
the document it is put into, so that it stays the vector graphic it was (GB/T 33190 clause 13).
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from ..archives import read_member
from ..ofd import resolve
from ..xml import parse_xml

KIND = "ofd"
_REFERENCES = frozenset(
    {"ID", "ResourceID", "Font", "DrawParam", "ColorSpace", "Relative", "Substitution", "ImageMask"}
)
_FILES = ("MediaFile", "FontFile")


@dataclass(eq=False, slots=True)
class VectorSeal:
    """A seal's page.

    Attributes:
        width_mm: of the page.
        height_mm: of the page.
        objects: what is drawn, from the back to the front.
        groups: its resources, group by group (Fonts, MultiMedias, …).
        files: what resources lie in files of, by the name they are given.
        last: the highest number it uses.
    """

    width_mm: float
    height_mm: float
    objects: list[etree._Element] = field(default_factory=list)
    groups: list[etree._Element] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    last: int = 0

    def moved(self, by: int, space: str) -> tuple[etree._Element, list[etree._Element], dict[str, bytes]]:
        """The page as a composite unit (its number is ``by``), its resources and files, for another document.

        Args:
            by: what is added to every number.
            space: namespace of that document.
        """
        unit = etree.Element(
            f"{{{space}}}CompositeGraphicUnit", ID=str(by), Width=f"{self.width_mm:g}", Height=f"{self.height_mm:g}"
        )  # fmt: skip
        content = etree.SubElement(unit, f"{{{space}}}Content")
        content.extend(deepcopy(self.objects))
        groups = deepcopy(self.groups)
        for root in (content, *groups):
            _renumber(root, by, space)
        names = {name: f"seal_{by}_{name}" for name in self.files}
        for place in (
            node for root in groups for node in root.iter(*(f"{{{space}}}{tag}" for tag in _FILES))
        ):
            place.text = names.get(place.text or "", place.text)
        return unit, groups, {names[name]: data for name, data in self.files.items()}


def read_vector_seal(data: bytes) -> VectorSeal:
    """The first page of a seal's OFD.

    Raises:
        ValueError: it is no OFD, or draws nothing.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            seal = _read(archive)
    except (zipfile.BadZipFile, OSError, etree.LxmlError, Invalid, StopIteration) as error:
        raise ValueError(_("印章图样是“%(kind)s”格式，不能作为图像保留") % {"kind": KIND}) from error
    if not seal.objects or seal.width_mm <= 0 or seal.height_mm <= 0:
        raise ValueError(_("印章图样是“%(kind)s”格式，不能作为图像保留") % {"kind": KIND})
    numbers = (str(node.get("ID", "")) for root in (*seal.objects, *seal.groups) for node in root.iter())
    seal.last = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return seal


def _read(archive: zipfile.ZipFile) -> VectorSeal:
    main = parse_xml(read_member(archive, "OFD.xml"), subject="OFD.xml")
    place = resolve(archive, "", main.findtext(".//{*}DocRoot") or "")
    document, folder = parse_xml(read_member(archive, place), subject=place), posixpath.dirname(place)
    page_place = resolve(archive, folder, next(document.iterfind("{*}Pages/{*}Page")).get("BaseLoc", ""))
    page = parse_xml(read_member(archive, page_place), subject=page_place)
    boxes = (page.findtext("{*}Area/{*}PhysicalBox"), document.findtext(".//{*}PageArea/{*}PhysicalBox"))
    size = [float(word) for word in next(box for box in boxes if box and box.strip()).split()]
    seal = VectorSeal(*(size[2:4] if len(size) == 4 else (0.0, 0.0)))
    seal.objects += _objects(archive, document, folder, page)
    for listed in (*document.iterfind(".//{*}PublicRes"), *document.iterfind(".//{*}DocumentRes")):
        _take_resources(archive, resolve(archive, folder, listed.text or ""), seal)
    for listed in page.iterfind("{*}PageRes"):
        _take_resources(archive, resolve(archive, posixpath.dirname(page_place), listed.text or ""), seal)
    return seal


def _objects(
    archive: zipfile.ZipFile, document: etree._Element, folder: str, page: etree._Element
) -> Iterator[etree._Element]:
    """What the page draws: its templates, then its own layers."""
    templates = {node.get("ID"): node.get("BaseLoc", "") for node in document.iterfind(".//{*}TemplatePage")}
    for used in page.iterfind("{*}Template"):
        place = resolve(archive, folder, templates.get(used.get("TemplateID"), ""))
        yield from _layers(parse_xml(read_member(archive, place), subject=place))
    yield from _layers(page)


def _layers(page: etree._Element) -> Iterator[etree._Element]:
    """The objects of every layer; what a layer draws with, its objects draw with."""
    for layer in page.iterfind("{*}Content/{*}Layer"):
        for drawn in layer:
            if layer.get("DrawParam") and isinstance(drawn.tag, str) and not drawn.get("DrawParam"):
                drawn.set("DrawParam", str(layer.get("DrawParam")))
            yield drawn


def _take_resources(archive: zipfile.ZipFile, place: str, seal: VectorSeal) -> None:
    root = parse_xml(read_member(archive, place), subject=place)
    base = posixpath.join(posixpath.dirname(place), root.get("BaseLoc", ""))
    for group in root:
        for node in group.iter(*(f"{{*}}{tag}" for tag in _FILES)):
            content = read_member(archive, resolve(archive, base, node.text or ""))
            node.text = f"{len(seal.files)}_{posixpath.basename((node.text or '').strip())}"
            seal.files[node.text] = content
        seal.groups.append(group)


def _renumber(root: etree._Element, by: int, space: str) -> None:
    for node in root.iter("*"):
        node.tag = f"{{{space}}}{etree.QName(node).localname}"
        for name in _REFERENCES & set(map(str, node.attrib)):
            number = str(node.get(name))
            if number.isdecimal():
                node.set(name, str(int(number) + by))

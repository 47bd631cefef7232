"""Writing self-describing items (table, photos, accounting, service) from a package that carries them.

What such an item means stands in its ``描述.xml``, which travels as a document of the record through
every other kind. One that has none gets a first description of what catalogue and files tell
(:mod:`.described_first`), and the writer says that its author has to fill in the rest.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from lantai.core.digests import digest_file
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .dat46 import Vocabulary
from .described import DESCRIPTION, file_name, listed_files, read_description
from .described_first import First
from .kinds import Writer
from .losses import Losses
from .naming import Namer
from .package import Package, PackageFile, PackageItem
from .placement import folder_for
from .xmlstream import XmlRefused
from .xmltree import Node


def writer_of(*elements: str, first: First) -> Writer:
    """The writer of a kind whose descriptions have one of these root elements.

    Args:
        elements: the root elements.
        first: describes an item that nobody described.
    """

    def write(package: Package, target: Path, _options: Mapping[str, str]) -> list[str]:
        losses, namer = Losses(), Namer()
        with folder_for(target) as folder:
            for item in package:
                name = namer.name(item.title or f"{item.number:04d}", f"{item.number:04d}")
                if not _write_item(item, folder / name, elements, losses):
                    _write_first(item, folder / name, elements, first, losses)
        for stray in package.stray_files:
            losses.note(_("不属于任何一件的文件"), stray)
        return losses.sentences()

    return write


def _write_first(
    item: PackageItem, folder: Path, elements: Sequence[str], first: First, losses: Losses
) -> None:
    taken = first(item, folder, elements)
    if not taken:
        raise Invalid(
            _("这一件没有“%(kind)s”的描述，也没有这一类的文件，不能写成这一类。")
            % {"kind": "、".join(sorted(elements))},
            subject=item.label,
            remedy=_("请先在平台的相应表单里著录，或附上 %(name)s。") % {"name": DESCRIPTION},
        )
    losses.note(_("原来没有描述，按目录和文件写成，请补全后再检测"), item.label)
    for left in item.files:
        if left not in taken:
            losses.note(_("描述没有列出的文件，未写入"), f"{item.label} {left.name}")


def _write_item(item: PackageItem, folder: Path, elements: Collection[str], losses: Losses) -> bool:
    """Writes an item as it is described; whether it is."""
    found = _description(item, elements)
    if found is None:
        return False
    described, root = found
    others = [file for file in item.files if file is not described and not file.pages]
    sources = {digest_file(file.path).sm3: file for file in others}
    folder.mkdir()
    for node in listed_files(root):
        source = sources.get(node.attributes.get("SM3", "").strip().lower()) or _by_name(others, node)
        if source is None:
            raise Invalid(
                _("描述列出的文件“%(name)s”不在这一件里。") % {"name": file_name(node)},
                subject=item.label,
                remedy=_("请补上该文件，或更正描述。"),
            )
        place = folder / file_name(node)
        if not place.resolve().is_relative_to(folder.resolve()) or place.name == DESCRIPTION:
            raise Invalid(_("描述里的文件名不能用。"), subject=f"{item.label} {file_name(node)}")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.path, place)
        sources = {digits: file for digits, file in sources.items() if file is not source}
    shutil.copyfile(described.path, folder / DESCRIPTION)
    for left in sources.values():
        losses.note(_("描述没有列出的文件，未写入"), f"{item.label} {left.name}")
    _note_values(item, root, losses)
    return True


def _description(item: PackageItem, elements: Collection[str]) -> tuple[PackageFile, Node] | None:
    """The item's description of this kind; ``None`` where it has none."""
    for file in item.files:
        if file.path.suffix.lower() == ".xml" and not file.pages:
            try:
                root = read_description(file.path)
            except XmlRefused:
                continue
            if root.name in elements:
                return file, root
    return None


def _by_name(files: Collection[PackageFile], node: Node) -> PackageFile | None:
    """The file of that name, for descriptions that state no SM3."""
    if node.attributes.get("SM3", "").strip():
        return None
    wanted = file_name(node).rpartition("/")[2]
    return next((file for file in files if file.name.rpartition("/")[2] == wanted), None)


def _note_values(item: PackageItem, root: Node, losses: Losses) -> None:
    """What the catalogue says that the description does not, or says otherwise."""
    told = Vocabulary().describe(root.child("著录") or Node("著录"))
    same = {
        name for name, value in item.metadata.items() if told.metadata.get(name, "").strip() == value.strip()
    }
    losses.note_values(item, {*same, *item.extra})

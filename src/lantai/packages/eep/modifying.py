"""Modified encapsulations (修改型): a new layer around the original, which stays as it was signed.

What the original signed is copied byte for byte as UTF-8, below a root with the same prefix and
namespaces, so that its canonical form and with it every signature of it stays good.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.formats.api import call_in_pool

from ..encapsulation.facts import place_facts
from ..encapsulation.parsing import CONTENT, Parsed, block, layers_of
from ..losses import Losses
from ..package import PackageFile, PackageItem
from ..xmlpool import refused
from ..xmlstream import XmlRefused, decoded, read_charset
from ..xmltree import Node
from .checking import keyword_ending
from .emitting import Emitter, emit_description, emit_document
from .items import AGENTS, items_of
from .signing import Signer, root_tag
from .taking import TIMEOUT_S, take_apart
from .writing import Writing, emit_entities, emit_head, emit_signed_head, entities_of, finish


@dataclass(frozen=True, slots=True)
class Changes:
    """What a modification changes.

    Attributes:
        metadata: new values by M-code; an empty one takes an element away.
        files: documents to be added.
        act: 业务行为 told of it, such as 格式转换 or 补充著录.
        unit: who modifies.
    """

    metadata: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[PackageFile] = ()
    act: str = "修改"
    unit: str = ""


def modify(original: Path, target: Path, changes: Changes, signer: Signer | None = None) -> None:
    """Writes a modified encapsulation; files of the original are referred to, not copied twice.

    Raises:
        Invalid: the original cannot be read, holds no single record, or a file in it has no
            identifier to refer to.
    """
    with tempfile.TemporaryDirectory() as folder:
        parsed = next(take_apart([original], Path(folder)))
        if isinstance(parsed, XmlRefused):
            raise parsed
        items = items_of(parsed)
        if len(items) != 1:
            raise Invalid(
                _("封装包中应有一件文件，实有 %(count)s 件，不能修改。") % {"count": len(items)},
                subject=original.name,
                remedy=_("请先按标准重新封装，一件一包。"),
            )
        _write(original, target, parsed, items[0], changes, signer)


def _write(
    original: Path,
    target: Path,
    parsed: Parsed,
    item: PackageItem,
    changes: Changes,
    signer: Signer | None,
) -> None:
    slice_ = _Slice.of(original)
    layer = f"修改{len(layers_of(parsed.root))}"
    changed = replace(item, metadata={**item.metadata, **changes.metadata}, files=())
    writing = Writing(changed, changes.unit or item.extra.get("封装包创建单位", ""), Losses())
    prefix = slice_.root.rpartition(":")[0]
    with target.open("wb") as stream:
        out = Emitter(stream, prefix)
        out.put(f'<?xml version="1.0" encoding="UTF-8"?>\n{slice_.tag}')
        emit_head(out)
        emit_signed_head(out, "修改型", writing.now, writing.unit)
        out.open("修改封装内容")
        out.leaf("修改标识符", layer)
        out.open("原封装包")
        slice_.copy(out)
        out.close("原封装包")
        out.open("修订内容")
        _emit_revision(out, parsed, writing, changes, layer)
        out.close("修订内容")
        out.close("修改封装内容")
        out.close("被签名对象")
        finish(out, target, signer, layer, writing.now, slice_.root)


def _emit_revision(out: Emitter, parsed: Parsed, writing: Writing, changes: Changes, layer: str) -> None:
    """The blocks as they are from now on."""
    records = block(layers_of(parsed.root), "文件实体块")
    data = next((node for node in records.walk() if node.name == "文件数据"), None) if records else None
    documents = data.all("文档") if data else []
    out.open("文件实体块")
    out.open("文件实体")
    emit_description(out, writing.item.metadata)
    out.open("文件数据")
    for number, document in enumerate(documents, 1):
        _emit_reference(out, document, f"{layer}-文档{number}")
    for number, file in enumerate(changes.files, len(documents) + 1):
        emit_document(out, file, number, layer)
    out.close("文件数据")
    out.close("文件实体")
    emit_entities(out, "文件实体关系", entities_of(writing.item, "文件实体关系"))
    out.close("文件实体块")
    record = writing.item.metadata.get("M7", "")
    act = writing.act(changes.act, record, entities_of(writing.item, AGENTS))
    writing.emit_acts(out, record, act)


def _emit_reference(out: Emitter, document: Node, identifier: str) -> None:
    """A 文档 of the original again, its 编码数据 referring to where the files are."""
    out.open("文档")
    out.leaf("文档标识符", identifier)
    for child in document.children:
        if child.name not in {"文档标识符", "文档数据"}:
            out.leaf(child.name, child.text)
    for place, version in enumerate(document.all("文档数据"), 1):
        named = f"{identifier}-文档数据{place}"
        out.open("文档数据", {"文档数据ID": named})
        for number, code in enumerate(version.all("编码"), 1):
            _emit_code(out, code, f"{named}-编码{number}")
        out.close("文档数据")
    out.close("文档")


def _emit_code(out: Emitter, code: Node, identifier: str) -> None:
    out.open("编码", {"编码ID": identifier})
    for child in code.children:
        if child.name == CONTENT:
            wanted = child.attributes.get("引用编码数据ID") or child.attributes.get("编码数据ID", "")
            if not wanted:
                ending = keyword_ending(code.value("反编码关键字"))
                raise Invalid(
                    _("原封装包中的编码数据没有标识符，无法引用。"),
                    subject=f"{identifier} {ending}",
                    remedy=_("请重新封装为原始型。"),
                )
            named = {"编码数据ID": f"{identifier}-编码数据", "引用编码数据ID": wanted}
            out.leaf(CONTENT, "", named)
        else:
            _emit_node(out, child)
    out.close("编码")


def _emit_node(out: Emitter, node: Node) -> None:
    if not node.children:
        out.leaf(node.name, node.text, node.attributes)
        return
    out.open(node.name, node.attributes)
    for child in node.children:
        _emit_node(out, child)
    out.close(node.name)


@dataclass(slots=True)
class _Slice:
    """Where in a document its signed object and signatures stand, in bytes of its text as UTF-8.

    Attributes:
        root: name of the root as written.
        tag: its start tag.
        start: where 被签名对象 begins.
        end: where the root's end tag begins.
    """

    path: Path
    root: str
    tag: str
    start: int
    end: int

    @classmethod
    def of(cls, path: Path) -> _Slice:
        """Finds it."""
        told = next(call_in_pool(place_facts, [path], allowed_s=TIMEOUT_S))
        if error := refused(told, path.name):
            raise error
        return cls(
            path, told["root"], root_tag(told["root"], told["attributes"]), told["begun"], told["ended"]
        )

    def copy(self, out: Emitter) -> None:
        """Copies it."""
        place = 0
        for text in decoded(self.path, read_charset(self.path), self.path.name):
            data = text.encode("utf-8", "surrogatepass")
            start, end = max(self.start - place, 0), min(self.end - place, len(data))
            if start < end:
                out.stream.write(data[start:end])
            place += len(data)

"""The records of an encapsulation: 文件实体 into M-codes, 业务 and 机构人员 beside them, files in order."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ..columns import guess_role
from ..dat46 import Vocabulary, read_size
from ..encapsulation.parsing import CONTENT, Content, Layer, Parsed, block, layers_of
from ..naming import Namer
from ..package import PackageFile, PackageItem, Role
from ..xmlcatalogue import IMAGE
from ..xmltree import Node
from .checking import is_unsafe_name, keyword_ending

BUSINESS, AGENTS = "业务实体", "机构人员实体"
RELATIONS = ("文件实体关系", "机构人员实体关系")
HISTORY = "修改历史"
UNIT, CREATED = "封装包创建单位", "封装包创建时间"


def items_of(parsed: Parsed) -> list[PackageItem]:
    """The records of an encapsulation, as its newest layer has them.

    Args:
        parsed: the encapsulation, taken apart; its files are given their endings where they lie.
    """
    layers = layers_of(parsed.root)
    records = block(layers, "文件实体块")
    if records is None:
        return []
    vocabulary, extra = Vocabulary(), _shared(layers)
    files = _Files(parsed)
    found = []
    for node in records.all("文件实体"):
        data = node.child("文件数据")
        bare = Node(node.name, children=[child for child in node.children if child is not data])
        described = vocabulary.describe(bare)
        taken, missing = files.of(data) if data else ((), ())
        pages = described.metadata.get("M43", "")
        found.append(
            PackageItem(
                0,
                described.metadata,
                tuple(taken),
                {**described.extra, **extra},
                tuple(missing),
                announced_pages=int(pages) if pages.isascii() and pages.isdecimal() else None,
            )
        )
    return found


def _shared(layers: Sequence[Layer]) -> dict[str, str]:
    """What the encapsulation says besides the record: who did what, relations, earlier layers."""
    values: dict[str, Any] = {}
    for name, holder in ((BUSINESS, "业务实体块"), (AGENTS, "机构人员实体块")):
        node = block(layers, holder)
        if node is not None and (entities := [_plain(child) for child in node.all(name)]):
            values[name] = entities
    for name, holder in zip(RELATIONS, ("文件实体块", "机构人员实体块"), strict=True):
        node = block(layers, holder)
        if node is not None and (relations := [_plain(child) for child in node.all(name)]):
            values[name] = relations
    if len(layers) > 1:
        values[HISTORY] = [_history(layer) for layer in layers]
    told = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    signed = layers[0].signed
    return {**told, **{name: text for name in (UNIT, CREATED) if (text := signed.value(name))}}


def _history(layer: Layer) -> dict[str, Any]:
    """An earlier layer, or the newest, in short: when, who, what, and which files it brought."""
    named = [
        node.value("计算机文件名")
        for content in ([layer.content] if layer.content else [])
        for node in content.walk()
        if node.name == "电子属性"
    ]
    titles = [
        node.text for content in layer.blocks.values() for node in content.walk() if node.name == "题名"
    ]
    return {
        "类型": layer.signed.value("封装包类型"),
        "修改标识符": layer.identifier,
        "时间": layer.signed.value(CREATED),
        "单位": layer.signed.value(UNIT),
        "题名": titles[0] if titles else "",
        "文件": named,
    }


def _plain(node: Node) -> dict[str, Any]:
    """An entity as names and values; attributes are kept under ``@``."""
    plain: dict[str, Any] = {f"@{name}": value for name, value in node.attributes.items()}
    for child in node.children:
        plain[child.name] = _plain(child) if child.children else child.text
    if node.text and not node.children:
        plain["#"] = node.text
    return plain


class _Files:
    """Names the decoded files of one encapsulation and puts them together to documents."""

    def __init__(self, parsed: Parsed) -> None:
        self._contents = parsed.contents
        self._folder = parsed.folder
        self._by_id = {
            node.attributes["编码数据ID"]: parsed.contents[node.order]
            for node in parsed.root.walk()
            if node.name == CONTENT and node.attributes.get("编码数据ID") and node.order in parsed.contents
        }

    def of(self, data: Node) -> tuple[list[PackageFile], list[str]]:
        """The files of a record, and the names of those that are not there."""
        files: list[PackageFile] = []
        missing: list[str] = []
        namer = Namer()
        for document in data.all("文档"):
            for version in document.all("文档数据"):
                codes = list(self._codes(version))
                missing += [name for name, _size, content in codes if content.path is None]
                if len(codes) > 1 and all(c.path and IMAGE.search(name) for name, _size, c in codes):
                    files.append(self._pages(document, codes, namer))
                    continue
                for name, size, content in codes:
                    if content.path is not None:
                        role = _role(document, name, bool(files))
                        files.append(self._file(namer.name(name, "文件"), role, size, content))
        return files, missing

    def _codes(self, version: Node) -> Iterator[tuple[str, int | None, Content]]:
        """Each computer file: its name, its stated size, what was decoded."""
        for code in version.all("编码"):
            properties = code.child("电子属性") or Node("电子属性")
            data = code.child(CONTENT)
            content = self._contents.get(data.order, Content(None, 0)) if data else Content(None, 0)
            if data and content.path is None and not content.problem:
                content = self._by_id.get(data.attributes.get("引用编码数据ID", ""), content)
            size = read_size(properties.value("计算机文件大小"))
            if data and content == Content(None, 0) and size == 0:
                content = self._empty(data)
            name = properties.value("计算机文件名")
            if is_unsafe_name(name):
                name = PurePosixPath(name.replace("\\", "/")).name
            ending = keyword_ending(code.value("反编码关键字"))
            plain = name or f"{code.attributes.get('编码ID') or '文件'}.{ending or 'bin'}"
            yield plain, size, content

    def _empty(self, data: Node) -> Content:
        """A file of no bytes, which no Base64 stands for."""
        path = self._folder / f"{data.order:06d}"
        path.touch()
        return Content(path, 0)

    def _file(self, name: str, role: Role, size: int | None, content: Content) -> PackageFile:
        path = self._renamed(content, f"{content.path.name if content.path else ''}{_ending(name)}")
        return PackageFile(path, name.encode(), name, role, {}, content.size_bytes, size)

    def _pages(
        self, document: Node, codes: Sequence[tuple[str, int | None, Content]], namer: Namer
    ) -> PackageFile:
        """Images of one 文档数据 are the pages of one document."""
        title = namer.name(document.value("题名") or "页面图像", "页面图像")
        folder = f"p{document.order:06d}"
        (self._folder / folder).mkdir(exist_ok=True)
        names = Namer()
        pages = tuple(
            self._renamed(content, f"{folder}/{names.name(name, '页')}") for name, _size, content in codes
        )
        total = sum(content.size_bytes for _name, _size, content in codes)
        sizes = [size for _name, size, _content in codes if size is not None]
        declared = sum(sizes) if len(sizes) == len(codes) else None
        return PackageFile(
            self._folder / folder, title.encode(), title, "page_images", {}, total, declared, pages
        )

    def _renamed(self, content: Content, name: str) -> Path:
        """The decoded file under a name of its own; it is linked, since several may refer to it."""
        target = self._folder / name
        if content.path is not None and not target.exists():
            try:
                os.link(content.path, target)
            except OSError:  # no links there
                shutil.copyfile(content.path, target)
        return target


def _role(document: Node, name: str, has_body: bool) -> Role:
    guessed = guess_role(name) or guess_role(document.value("题名"))
    stated = document.value("文档主从声明")
    return guessed or (
        "body" if stated == "主文档" and not has_body else "attachment" if has_body else "body"
    )


def _ending(name: str) -> str:
    """A file name's ending, if harmless: programs tell formats by it."""
    ending = PurePosixPath(name).suffix
    return ending.lower() if ending[1:].isascii() and ending[1:].isalnum() and len(ending) <= 10 else ""

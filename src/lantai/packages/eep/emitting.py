"""Writing the elements of an encapsulation as a stream, files as Base64 in lines of 76."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from lantai.records.api import metadata_elements

from ..dat46 import legal, written
from ..package import PackageFile
from ..rules import kind_data
from .checking import KEY
from .grammar import models

_LINE_BYTES = 57
_CHUNK = _LINE_BYTES * 8192
_MAIN = frozenset({"body", "final", "page_images"})


class Emitter:
    """Writes elements; every name gets the prefix the document uses."""

    def __init__(self, stream: IO[bytes], prefix: str = "") -> None:
        self.stream = stream
        self.prefix = prefix
        self._prefix = f"{prefix}:" if prefix else ""

    def put(self, text: str) -> None:
        """Text as it is, markup included."""
        self.stream.write(text.encode("utf-8"))

    def open(self, name: str, attributes: Mapping[str, str] | None = None) -> None:
        """A start tag."""
        given = "".join(f" {key}={quoteattr(legal(value))}" for key, value in (attributes or {}).items())
        self.put(f"<{self._prefix}{name}{given}>")

    def close(self, name: str) -> None:
        """An end tag."""
        self.put(f"</{self._prefix}{name}>\n")

    def leaf(self, name: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
        """An element with text."""
        self.open(name, attributes)
        self.put(written(text))
        self.close(name)

    def plain(self, name: str, value: Any) -> None:
        """An element from names and values, as the reader keeps entities in an item's ``extra``."""
        if not isinstance(value, Mapping):
            self.leaf(name, str(value))
            return
        attributes = {key[1:]: str(inner) for key, inner in value.items() if key.startswith("@")}
        self.open(name, attributes)
        self.put(written(str(value.get("#", ""))))
        for key, inner in value.items():
            if not key.startswith(("@", "#")):
                self.plain(key, inner)
        self.close(name)

    def base64(self, path: Path) -> None:
        """A file's content."""
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK):
                for start in range(0, len(chunk), _LINE_BYTES):
                    self.stream.write(binascii.b2a_base64(chunk[start : start + _LINE_BYTES]))


def emit_description(out: Emitter, metadata: Mapping[str, str]) -> set[str]:
    """The elements of 文件实体 up to 文件数据, in the standard's order.

    Returns:
        the codes that have a place in it.
    """
    codes = {one.name: code for code, one in metadata_elements().items() if one.entity == "record"}
    placed: set[str] = set()
    for name in models()["文件实体"].names:
        if name != "文件数据":
            _emit_element(out, name, metadata, codes, placed, required=name in models()["文件实体"].required)
    return placed


def _emit_element(
    out: Emitter,
    name: str,
    metadata: Mapping[str, str],
    codes: Mapping[str, str],
    placed: set[str],
    *,
    required: bool,
) -> None:
    code = codes.get(name, "")
    value = metadata.get(code, "").strip() if code else ""
    placed.add(code)
    model = models().get(name)
    if not required and not value and not _has_value(name, metadata, codes):
        return
    if model is None:
        out.leaf(name, value)
        return
    out.open(name)
    out.put(written(value))
    for child in model.names:
        _emit_element(out, child, metadata, codes, placed, required=child in model.required)
    out.close(name)


def _has_value(name: str, metadata: Mapping[str, str], codes: Mapping[str, str]) -> bool:
    """Whether something below a container has a value; also tells its codes are placed."""
    model = models().get(name)
    if model is None:
        return bool(metadata.get(codes.get(name, ""), "").strip())
    return any(_has_value(child, metadata, codes) for child in model.names)


def emit_document(out: Emitter, file: PackageFile, number: int, layer: str) -> None:
    """A 文档 with its files; page images are the 编码 of one 文档数据.

    Args:
        out: where to.
        file: the document.
        number: its place in the record, from 1.
        layer: what identifiers begin with: ``修改0`` in an original package.
    """
    document = f"{layer}-文档{number}"
    name = file.name.rstrip("/").rpartition("/")[2]
    stem = name if file.pages else name.rpartition(".")[0] or name
    out.open("文档")
    out.leaf("文档标识符", document)
    out.leaf("文档序号", str(number))
    out.leaf("文档主从声明", "主文档" if file.role in _MAIN else "附属文档")
    out.leaf("题名", stem)
    version = f"{document}-文档数据1"
    out.open("文档数据", {"文档数据ID": version})
    for place, path in enumerate(file.parts, 1):
        emit_code(out, path, path.name if file.pages else name, f"{version}-编码{place}")
    out.close("文档数据")
    out.close("文档")


def emit_code(out: Emitter, path: Path, name: str, identifier: str) -> None:
    """An 编码: one computer file."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    out.open("编码", {"编码ID": identifier})
    out.open("电子属性")
    if ending:
        out.leaf("格式信息", ending)
    out.leaf("计算机文件名", name)
    out.leaf("计算机文件大小", str(path.stat().st_size))
    out.close("电子属性")
    out.leaf("编码描述", kind_data(KEY)["encoding_description"])
    out.leaf("反编码关键字", ending)
    out.open("编码数据", {"编码数据ID": f"{identifier}-编码数据"})
    out.base64(path)
    out.close("编码数据")
    out.close("编码")

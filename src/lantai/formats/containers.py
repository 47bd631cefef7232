"""Documents in ZIP and OLE2 that are cut or damaged, web archives in GZIP: told by their beginning.

Siegfried looks into containers that open. In one that does not, OpenDocument and EPUB still name
their media type in the first entry (OpenDocument 1.2 part 3, 3.3; EPUB OCF 3.3), and the streams of
an old Office document still have their names.
"""

from __future__ import annotations

import re
import zlib

from .results import Identification

_MEDIA_TYPE = re.compile(rb"\APK\x03\x04.{26}mimetypeapplication/([a-z0-9.+-]+)", re.DOTALL)
_VERSION = re.compile(rb'office:version="(1\.[0-3])')
_OPEN_DOCUMENT = {
    "text": ("文本", "odt", {"1.0": "fmt/136", "1.1": "fmt/290", "1.2": "fmt/291"}),
    "spreadsheet": ("电子表格", "ods", {"1.0": "fmt/137", "1.1": "fmt/294", "1.2": "fmt/295"}),
    "presentation": ("演示文稿", "odp", {"1.0": "fmt/138", "1.1": "fmt/292", "1.2": "fmt/293"}),
    "graphics": ("绘图", "odg", {"1.0": "fmt/139", "1.1": "fmt/296", "1.2": "fmt/297"}),
}
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = (
    ("WordDocument", b"Microsoft Word 6.0", "fmt/39", "Word 文档 6.0/95", "application/msword", "doc"),
    ("WordDocument", b"", "fmt/40", "Word 文档 97-2003", "application/msword", "doc"),
    ("PowerPoint Document", b"Microsoft (R) PowerPoint (R) Windows", "fmt/125", "PowerPoint 演示 95",
     "application/vnd.ms-powerpoint", "ppt"),
    ("PowerPoint Document", b"", "fmt/126", "PowerPoint 演示 97-2003", "application/vnd.ms-powerpoint", "ppt"),
    ("Workbook", b"", "fmt/61", "Excel 工作簿 97-2003", "application/vnd.ms-excel", "xls"),
)  # fmt: skip
_WEB_ARCHIVES = (
    (b"WARC/1.1", "fmt/1281", "WARC 1.1", "application/warc", "warc"),
    (b"WARC/1.0", "fmt/1355", "WARC 1.0", "application/warc", "warc"),
    (b"WARC/0.", "fmt/289", "WARC", "application/warc", "warc"),
    (b"filedesc://", "x-fmt/219", "Internet Archive 1.0", "application/x-ia-arc", "arc"),
)
_BASIS = "容器打不开，按文件头判断"


def recognise_container(head: bytes, suffix: str) -> Identification | None:
    """The format of a container that does not open.

    Args:
        head: its first bytes.
        suffix: the extension of its name, lower case, without the dot.
    """
    if media_type := _MEDIA_TYPE.match(head):
        return _from_media_type(media_type.group(1).decode("ascii"), head, suffix)
    if head.startswith(_OLE2):
        for stream, mark, puid, name, mime, extension in _STREAMS:
            if stream.encode("utf-16-le") in head and mark in head:
                return Identification(puid, f"{name}（不完整）", mime, _BASIS, suffix == extension)
    return None


def _from_media_type(media_type: str, head: bytes, suffix: str) -> Identification | None:
    if media_type.startswith("epub+zip"):
        return Identification("fmt/483", "EPUB（不完整）", "application/epub+zip", _BASIS, suffix == "epub")
    for kind, (name, extension, puids) in _OPEN_DOCUMENT.items():
        version = _VERSION.search(head)
        puid = puids.get(version.group(1).decode("ascii")) if version else None
        if puid and media_type.startswith(f"vnd.oasis.opendocument.{kind}"):
            mime = f"application/vnd.oasis.opendocument.{kind}"
            return Identification(puid, f"OpenDocument {name}（不完整）", mime, _BASIS, suffix == extension)
    return None


def recognise_web_archive(head: bytes, name: str) -> Identification | None:
    """A WARC or ARC compressed record by record, told by its first record.

    Args:
        head: its first bytes, compressed.
        name: its name.
    """
    try:
        beginning = zlib.decompressobj(31).decompress(head, 64)
    except zlib.error:
        return None
    for mark, puid, title, mime, extension in _WEB_ARCHIVES:
        if beginning.startswith(mark):
            fits = name.lower().endswith((f".{extension}.gz", f".{extension}"))
            return Identification(puid, f"{title}（GZIP）", mime, "解压后的文件头", fits)
    return None

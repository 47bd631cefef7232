"""Catalogues and declarations of the XML kinds, in the character sets their standards name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .dat46 import element
from .losses import Losses

CHARSETS = ("utf-8", "gb18030")
"""GB2312 is read and not written: it has no interpunct, which reference codes need."""


def charset_of(options: Mapping[str, str]) -> str:
    """The character set asked for (``encoding``), UTF-8 by default.

    Raises:
        Invalid: the standards do not name it.
    """
    charset = options.get("encoding", "utf-8").lower()
    if charset not in CHARSETS:
        raise Invalid(
            _("不能用“%(charset)s”编码写信息包。") % {"charset": charset},
            remedy=_("可用：%(charsets)s。") % {"charsets": "、".join(CHARSETS)},
        )
    return charset


class CatalogueWriter:
    """Writes an XML catalogue entry by entry."""

    def __init__(self, path: Path, root: str, entry: str, charset: str) -> None:
        self._stream = path.open("w", encoding=charset, errors="xmlcharrefreplace", newline="")
        self._root, self._entry = root, entry
        self._stream.write(f'<?xml version="1.0" encoding="{charset.upper()}"?>\n<{root}>\n')

    def write(self, fields: Mapping[str, str]) -> None:
        """One entry, its fields in the order given."""
        inner = "".join(element(name, value.strip()) for name, value in fields.items())
        self._stream.write(f"  <{self._entry}>{inner}</{self._entry}>\n")

    def __enter__(self) -> CatalogueWriter:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stream.write(f"</{self._root}>\n")
        self._stream.close()


def write_declaration(path: Path, lines: Mapping[str, str], charset: str, losses: Losses) -> None:
    """说明文件.TXT: one ``name：value`` a line; what the character set cannot hold is told."""
    text = "".join(f"{name}：{' '.join(value.split())}\r\n" for name, value in lines.items())
    data = text.encode(charset, "replace")
    if data.decode(charset) != text:
        losses.note(_("字符在 %(charset)s 中没有，以“?”代替") % {"charset": charset}, path.name)
    path.write_bytes(data)

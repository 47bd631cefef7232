"""XML from strangers: no document type, no entities, no network, bounded size."""

from __future__ import annotations

import re

from lxml import etree

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

MAX_XML_BYTES = 64 * 2**20
XML_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_CHUNK = 1 << 20
_PROLOG = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DECLARATION = re.compile(r"\A\s*<\?xml.*?\?>", re.DOTALL)


def parse_xml(data: bytes, *, subject: str = "", limit_bytes: int = MAX_XML_BYTES) -> etree._Element:
    """The root element of a document from an unknown hand.

    A document type is refused before the parser sees it: nothing that entities or external
    subsets can do is then possible. GB2312 and GBK are read as GB18030, their superset.

    Raises:
        Invalid: too large, wrongly encoded, with a document type, or not well-formed.
    """
    if len(data) > limit_bytes:
        raise _refusal(
            _("XML 文件过大"),
            _("%(count)s 字节，上限 %(limit_bytes)s 字节") % {"count": len(data), "limit_bytes": limit_bytes},
            subject,
        )
    body = _DECLARATION.sub("", _decode(data, subject), count=1)
    del data  # what was decoded is not held twice beside its tree
    prolog = _PROLOG.match(body)
    if body.startswith("<!DOCTYPE", prolog.end() if prolog else 0):
        raise _refusal(_("XML 文件带有文档类型声明（DTD 或实体），可能有害"), "", subject)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        for start in range(0, len(body), _CHUNK):
            parser.feed(body[start : start + _CHUNK].encode("utf-8", "surrogatepass"))
        return parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _refusal(_("XML 文件不合语法"), str(error), subject) from error


def _decode(data: bytes, subject: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        charset = "utf-8-sig"
    else:
        declared = _DECLARED.match(data)
        charset = declared.group(1).decode("ascii").lower() if declared else "utf-8"
        charset = "gb18030" if charset in {"gb2312", "gbk", "gb_2312-80"} else charset
    try:
        return data.decode(charset)
    except (UnicodeDecodeError, LookupError) as error:
        raise _refusal(
            _("XML 文件的编码与其声明不符"), _("声明为 %(charset)s") % {"charset": charset}, subject
        ) from error


def _refusal(what: str, detail: str, subject: str) -> Invalid:
    return Invalid(
        f"{what}：{detail}。" if detail else f"{what}。",
        subject=subject,
        remedy=_("请由形成系统重新导出该文件，存为不带 DTD 的 UTF-8 XML。"),
    )

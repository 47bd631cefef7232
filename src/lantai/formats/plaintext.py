"""Text, XML, HTML and e-mail: whether they can be decoded and parsed, and their words."""

from __future__ import annotations

from pathlib import Path

from lxml import etree, html

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .alto import alto_pages, is_alto
from .charsets import decode_text, decodes, detect_charset, read_chunks
from .identification import SAMPLE_BYTES
from .mail.defects import INCOMPLETE, UNREADABLE
from .mail.message import open_message
from .marks import find_marks
from .results import Characteristics, Rendering
from .xml import MAX_XML_BYTES, XML_SIGNATURE, parse_xml

NOTHING_TO_DRAW = Rendering(attempted=False, ok=True)
MAX_TEXT_BYTES = 64 * 2**20


def examine_text(path: Path, charset: str) -> tuple[Characteristics, Rendering]:
    """Whether the whole file decodes in its character set, without replacement characters."""
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    charset = charset or detect_charset(sample) or "utf-8"
    problems = []
    if not decodes(read_chunks(path), charset):
        problems.append("文本中有无法识别的编码")
    head = sample.decode(charset, "ignore")
    if "\ufffd" in head:
        problems.append("文本中有替换字符（乱码）")
    return (
        Characteristics(readable=not problems, problems=tuple(problems), marks=find_marks(head)),
        NOTHING_TO_DRAW,
    )


def examine_xml(path: Path) -> tuple[Characteristics, Rendering]:
    """Whether the document is well-formed and free of document types and entities."""
    try:
        root = parse_xml(_bounded(path, MAX_XML_BYTES), subject=path.name)
    except Invalid as error:
        return Characteristics(readable=False, problems=(error.message,)), NOTHING_TO_DRAW
    signatures = sum(1 for _ in root.iter(f"{{{XML_SIGNATURE}}}Signature"))
    return Characteristics(signatures=signatures), NOTHING_TO_DRAW


def examine_email(path: Path) -> tuple[Characteristics, Rendering]:
    """Whether the e-mail can be read to its end, and what is wrong with it."""
    with open_message(path) as message:
        keys = {defect.key for defect in message.defects}
        problems = tuple(dict.fromkeys(defect.said for defect in message.defects))
    readable = not keys & (UNREADABLE | INCOMPLETE)
    return Characteristics(readable=readable, problems=problems), NOTHING_TO_DRAW


def plain_text(path: Path) -> list[str]:
    """The words of a text file, as one page."""
    return [decode_text(_bounded(path, MAX_TEXT_BYTES))]


def html_text(path: Path) -> list[str]:
    """The words of a web page without scripts and styles, as one page."""
    data = _bounded(path, MAX_TEXT_BYTES) or b"<p></p>"
    parser = html.HTMLParser(encoding=detect_charset(data, complete=True), no_network=True)
    root = html.document_fromstring(data, parser=parser)
    etree.strip_elements(root, "script", "style", with_tail=False)
    return [_words(root)]


def xml_text(path: Path) -> list[str]:
    """The words between the tags, as one page; of ALTO, which keeps them in attributes, page by page."""
    root = parse_xml(_bounded(path, MAX_XML_BYTES), subject=path.name)
    return [page.text for page in alto_pages(root)] if is_alto(root) else [_words(root)]


def email_text(path: Path) -> list[str]:
    """Subject and readable body of an e-mail, as one page."""
    with open_message(path) as message:
        text = message.text()
        return [f"{message.subject}\n{text if text.strip() else message.html()}"]


def _words(root: etree._Element) -> str:
    return " ".join(" ".join(map(str, root.itertext())).split())


def _bounded(path: Path, limit_bytes: int) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise Invalid(
            _("文件超过 %(limit_bytes)s 字节，无法整体解析。") % {"limit_bytes": limit_bytes},
            subject=path.name,
        )
    return data

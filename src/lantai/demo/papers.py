"""Papers in the other formats agencies use: OFD, DOCX, and images of older pages."""

from __future__ import annotations

import io
import random
import zipfile
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import docx
import opencc
import pylopdf_fonts_zh_cn
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt, RGBColor
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from .matters import Matter, chinese_year

_NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_A4_MM = (210, 297)
_DPI = 200
_A4_PX = tuple(round(side / 25.4 * _DPI) for side in _A4_MM)
_FIXED_TIME = (2024, 1, 1, 0, 0, 0)


def ofd(matter: Matter) -> bytes:
    """The document as OFD (GB/T 33190-2016), one page of text objects in millimetres."""
    lines = [(matter.number, 60.0, 45.0, 4.9), (matter.title, 30.0, 62.0, 6.3)]
    top = 80.0
    for text in (f"{matter.receiver}：", *(f"　　{line}" for line in matter.paragraphs)):
        for start in range(0, len(text), 30):
            lines.append((text[start : start + 30], 28.0, top, 4.9))
            top += 9.5
    lines += [(matter.body, 120.0, top + 14, 4.9), (matter.day_in_words, 120.0, top + 24, 4.9)]
    parts = {
        "OFD.xml": f'<ofd:OFD {_NS} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{matter.agency.code}{matter.day:%Y%m%d}{len(matter.title):04d}</ofd:DocID>"
        f"<ofd:Title>{escape(matter.title)}</ofd:Title><ofd:Author>{escape(matter.body)}</ofd:Author>"
        f"<ofd:CreationDate>{matter.day}</ofd:CreationDate></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {_NS}><ofd:CommonData><ofd:MaxUnitID>99</ofd:MaxUnitID>"
        "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>"
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/PublicRes.xml": f'<ofd:Res {_NS} BaseLoc="Res"><ofd:Fonts>'
        '<ofd:Font ID="2" FontName="SimSun" FamilyName="SimSun"/></ofd:Fonts></ofd:Res>',
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page {_NS}><ofd:Content><ofd:Layer ID="3">'
        + "".join(_text_object(4 + i, *line) for i, line in enumerate(lines))
        + "</ofd:Layer></ofd:Content></ofd:Page>",
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), _HEAD + text)
    return written.getvalue()


def _text_object(number: int, text: str, left: float, top: float, size: float) -> str:
    deltas = " ".join([str(size)] * (len(text) - 1))
    delta = f' DeltaX="{deltas}"' if deltas else ""
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{left} {top} {size * len(text):.1f} {size * 1.3:.1f}" '
        f'Font="2" Size="{size}"><ofd:TextCode X="0" Y="{size}"{delta}>{escape(text)}</ofd:TextCode>'
        "</ofd:TextObject>"
    )


def word(matter: Matter) -> bytes:
    """The document as DOCX, as a clerk's word processor leaves it."""
    document = docx.Document()
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(f"{matter.body}文件")
    run.font.size, run.font.color.rgb = Pt(26), RGBColor(0xC8, 0x10, 0x2E)
    document.add_paragraph(matter.number).alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_heading(matter.title, level=1).alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(f"{matter.receiver}：")
    for line in matter.paragraphs:
        document.add_paragraph(f"　　{line}")
    for line in (matter.body, matter.day_in_words):
        document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.core_properties.title = matter.title
    document.core_properties.author = matter.body
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    return ImageFont.truetype(str(folder / "NotoSerifSC-Regular.otf"), size)


@cache
def _traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def page_images(matter: Matter, chance: random.Random) -> list[Image.Image]:
    """The document as scanned pages, 200 dpi: traditional characters, aged paper, a little askew."""
    signed = f"{chinese_year(matter.day.year)}年{matter.day.month}月{matter.day.day}日"
    columns = [matter.number, matter.title, "", f"{matter.receiver}："]
    columns += [f"　　{line}" for line in matter.paragraphs]
    columns += ["", f"　　　　　　　　　　{matter.body}", f"　　　　　　　　　　{signed}"]
    text = [_traditional().convert(line) for line in columns]
    if matter.day.year < 1956:
        return _vertical(text, chance)
    return _horizontal(text, chance)


def _paper(chance: random.Random) -> Image.Image:
    grain = Image.effect_noise((_A4_PX[0] // 8, _A4_PX[1] // 8), 9).resize(_A4_PX, Image.Resampling.BICUBIC)
    light = 232 + chance.randint(-6, 6)
    colour = Image.merge(
        "RGB",
        [grain.point(lambda v, base=base: base + (v - 128) // 4) for base in (light, light - 10, light - 34)],
    )
    return colour.filter(ImageFilter.GaussianBlur(2))


def _finish(page: Image.Image, chance: random.Random) -> Image.Image:
    turned = page.rotate(chance.uniform(-0.9, 0.9), Image.Resampling.BICUBIC, fillcolor=(214, 206, 184))
    return turned.filter(ImageFilter.GaussianBlur(0.6))


def _horizontal(text: list[str], chance: random.Random) -> list[Image.Image]:
    lines = [line[i : i + 30] or "" for line in text for i in range(0, max(len(line), 1), 30)]
    pages = []
    for start in range(0, len(lines), 26):
        page = _paper(chance)
        pen = ImageDraw.Draw(page)
        for row, line in enumerate(lines[start : start + 26]):
            pen.text((170, 220 + row * 74), line, font=_font(44), fill=(38, 34, 40))
        if start + 26 >= len(lines):
            _stamp(pen, (1080, 220 + len(lines[start:]) * 74 - 150))
        pages.append(_finish(page, chance))
    return pages


def _vertical(text: list[str], chance: random.Random) -> list[Image.Image]:
    columns = [line[i : i + 34] or "" for line in text for i in range(0, max(len(line), 1), 34)]
    pages = []
    for start in range(0, len(columns), 17):
        page = _paper(chance)
        pen = ImageDraw.Draw(page)
        for place, column in enumerate(columns[start : start + 17]):
            left = _A4_PX[0] - 200 - place * 82
            pen.line([(left - 18, 190), (left - 18, 2190)], fill=(196, 120, 110), width=2)
            for row, letter in enumerate(column):
                pen.text((left, 200 + row * 57), letter, font=_font(46), fill=(34, 30, 36))
        pages.append(_finish(page, chance))
    return pages


def _stamp(pen: ImageDraw.ImageDraw, corner: tuple[int, int]) -> None:
    left, top = corner
    pen.rectangle([left, top, left + 230, top + 230], outline=(176, 38, 44), width=7)
    for place, letter in enumerate("样章存档"):
        at = (left + 120 - 100 * (place // 2), top + 18 + 100 * (place % 2))
        pen.text(at, letter, font=_font(92), fill=(176, 38, 44))


def encode(image: Image.Image, kind: str) -> bytes:
    """An image as the bytes of a file: ``jpg``, or ``tif`` with LZW."""
    written = io.BytesIO()
    if kind == "tif":
        image.convert("L").save(written, "TIFF", compression="tiff_lzw", dpi=(_DPI, _DPI))
    else:
        image.save(written, "JPEG", quality=62, dpi=(_DPI, _DPI))
    return written.getvalue()

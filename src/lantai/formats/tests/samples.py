"""Small real files of many kinds, made on the spot."""

import io
import os
import zipfile
from pathlib import Path

import docx
import pikepdf
import xlsxwriter
from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!" + b"$H+H*"
CORPORA = Path(os.environ.get("LANTAI_CORPORA", Path(__file__).resolve().parents[5] / "shared" / "corpora"))


def make_pdf(path: Path, pages: int = 2, *, password: str = "") -> Path:
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        encryption = pikepdf.Encryption(user=password, owner="owner") if password else False
        pdf.save(path, encryption=encryption, deterministic_id=not password)
    return path


def make_marked_pdf(path: Path, text: str) -> Path:
    return typeset(path, f'#"{text}"\n#pagebreak()\n第二页')


def typeset(path: Path, source: str) -> Path:
    """A PDF as typst makes it, its Chinese embedded."""
    import pylopdf_fonts_zh_cn
    import typst

    fonts = Path(pylopdf_fonts_zh_cn.serif_path()).parent
    source = f'#set text(font: "Noto Serif SC")\n{source}'
    path.write_bytes(typst.compile(source.encode(), font_paths=[str(fonts)], ignore_system_fonts=True))
    return path


def make_image(path: Path, size=(120, 80), dpi=300) -> Path:
    Image.new("L", size, 200).save(path, dpi=(dpi, dpi))
    return path


def make_docx(path: Path, text: str) -> Path:
    document = docx.Document()
    document.add_paragraph(text)
    document.save(path)
    return path


def make_xlsx(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(0, 0, "题名")
    return path


def make_ofd(path: Path, pages: int = 2) -> Path:
    ns = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(pages))
    parts = {
        "OFD.xml": f"<ofd:OFD {ns}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {ns}><ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        **{
            f"Doc_0/Pages/Page_{n}/Content.xml": f"<ofd:Page {ns}><ofd:Content><ofd:Layer>"
            f"<ofd:TextObject><ofd:TextCode>第{n + 1}页正文</ofd:TextCode></ofd:TextObject>"
            "</ofd:Layer></ofd:Content></ofd:Page>"
            for n in range(pages)
        },
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def png_bomb(path: Path) -> Path:
    """A PNG of a few hundred bytes that says it has two and a half thousand million pixels."""
    buffer = io.BytesIO()
    Image.new("1", (8, 8)).save(buffer, "PNG")
    data = bytearray(buffer.getvalue())
    import struct
    import zlib

    data[16:24] = struct.pack("!II", 50_000, 50_000)
    data[29:33] = struct.pack("!I", zlib.crc32(bytes(data[12:29])))
    path.write_bytes(bytes(data))
    return path

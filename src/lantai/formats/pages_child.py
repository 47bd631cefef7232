"""The child that makes one PDF/A-2b of page images: ``python -m lantai.formats.pages_child SOURCE TARGET``.

``SOURCE`` is one image, of one page or several, or a folder of them in the order of their names. Grey
and colour pages go in as lossless JPEG 2000, black and white ones bit by bit. Prints as JSON whether
every pixel of the result is the source's. Each page is written to a file of its own first, so that
memory holds one page, however many there are.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image, ImageCms, ImageSequence

from .memory import limit_memory

DPI = 300.0
"""Taken where an image does not tell its own."""
_TOGETHER = 100
_DECLARATION = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>2</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()
_SPACES = {"1": "/DeviceGray", "L": "/DeviceGray", "RGB": "/DeviceRGB"}


def main(source: Path, target: Path) -> dict[str, str]:
    """Writes the target, then holds every page of it against the source."""
    limit_memory()
    work = target.with_suffix(".pages")
    work.mkdir()
    pages = [_write_page(frame, work / f"{number:06d}.pdf") for number, frame in enumerate(_frames(source))]
    while len(pages) > _TOGETHER:
        groups = [pages[start : start + _TOGETHER] for start in range(0, len(pages), _TOGETHER)]
        pages = [_join(group, work / f"{group[0].stem}-{len(group)}.pdf") for group in groups]
    _join(pages, target, whole=True)
    with pikepdf.open(target) as made:
        same = [
            _pixels(page.Resources.XObject["/Page"]) == _told(frame)
            for page, frame in zip(made.pages, _frames(source), strict=True)
        ]
    return {"pixels": "identical" if all(same) else "different", "frames": str(len(same))}


def _frames(source: Path) -> Iterator[Image.Image]:
    for path in sorted(source.iterdir()) if source.is_dir() else [source]:
        with Image.open(path) as image:
            for frame in ImageSequence.Iterator(image):
                frame.load()
                dpi = image.info.get("dpi")
                plain = frame.convert("RGB") if frame.mode == "P" else frame.copy()
                if plain.mode not in _SPACES:
                    raise SystemExit(f"mode {plain.mode} cannot be kept without loss")
                plain.info["dpi"] = dpi
                yield plain


def _told(frame: Image.Image) -> tuple[tuple[int, int], str, bytes]:
    return frame.size, frame.mode, frame.tobytes()


def _pixels(image: Any) -> tuple[tuple[int, int], str, bytes]:
    """What stands in the PDF, decoded again."""
    if image.Filter == "/JPXDecode":
        with Image.open(io.BytesIO(image.read_raw_bytes())) as opened:
            opened.load()
            return _told(opened)
    size = (int(image.Width), int(image.Height))
    return size, "1", image.read_bytes()


def _write_page(frame: Image.Image, path: Path) -> Path:
    """One page as large as its image, at the image's resolution."""
    across, down = frame.info["dpi"] or (DPI, DPI)
    width, height = (
        round(pixels * 72 / float(dpi or DPI), 2)
        for pixels, dpi in zip(frame.size, (across, down), strict=True)
    )
    with pikepdf.new() as pdf:
        image = _image(pdf, frame)
        page = pdf.add_blank_page(page_size=(width, height))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=image))
        page.Contents = pdf.make_stream(f"q {width} 0 0 {height} 0 0 cm /Page Do Q".encode())
        pdf.save(path)
    return path


def _image(pdf: pikepdf.Pdf, frame: Image.Image) -> Any:
    about = {
        "Type": pikepdf.Name.XObject,
        "Subtype": pikepdf.Name.Image,
        "Width": frame.width,
        "Height": frame.height,
        "ColorSpace": pikepdf.Name(_SPACES[frame.mode]),
        "BitsPerComponent": 1 if frame.mode == "1" else 8,
    }
    if frame.mode == "1":
        return pdf.make_stream(frame.tobytes(), **about)
    buffer = io.BytesIO()
    frame.save(buffer, "JPEG2000", irreversible=False)
    return pdf.make_stream(buffer.getvalue(), **about, Filter=pikepdf.Name.JPXDecode)


def _join(parts: Sequence[Path], target: Path, *, whole: bool = False) -> Path:
    """One file of several, read from theirs as it is written; the whole says that it is PDF/A-2b."""
    with ExitStack() as opened, pikepdf.new() as pdf:
        for part in parts:
            pdf.pages.extend(opened.enter_context(pikepdf.open(part)).pages)
        if whole:
            _declare(pdf)
        pdf.save(target, min_version="1.7", deterministic_id=True)
    return target


def _declare(pdf: pikepdf.Pdf) -> None:
    """What ISO 19005-2 asks of a file besides its pages: an output intent and its own declaration."""
    profile = pdf.make_stream(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier="sRGB",
        DestOutputProfile=profile,
    )
    pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(intent)])
    pdf.Root.Metadata = pdf.make_stream(_DECLARATION, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))

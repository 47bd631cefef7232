"""The worst single files: each ends in words, within a child's memory and time, and harms no neighbour."""

import gzip
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from lantai.formats.api import examine_many, read_messages, survey_warcs
from lantai.formats.memory import USUAL_BYTES, memory_for_picture
from lantai.formats.pool import shared_pool
from lantai.formats.worker import answer

from .samples import make_pdf

HEAD = b"From: a@b.cn\nDate: Mon, 2 Mar 2026 09:00:00 +0800\n"


def zip_bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        archive.writestr(
            "[Content_Types].xml", f'<Types><Default Extension="xml" ContentType="{kind}"/></Types>'
        )
        archive.writestr("_rels/.rels", "<Relationships/>")
        with archive.open("word/document.xml", "w") as part:
            for _ in range(300):
                part.write(bytes(1 << 20))


def picture(path, side_px, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    squeeze = zlib.compressobj(9)
    pixels = b"".join(squeeze.compress(bytes(1 + 3 * side_px)) for _ in range(rows)) + squeeze.flush()
    head = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def pages(path):
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1000000>>"
        b"endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )


WORST = {
    "bomb.docx": zip_bomb,
    "100k.png": lambda path: picture(path, 100_000, 3),
    "dense.png": lambda path: picture(path, 12_000, 12_000),
    "million.pdf": pages,
    "nested.eml": lambda path: path.write_bytes(
        HEAD
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(10_000))
    ),
    "forwarded.eml": lambda path: path.write_bytes(HEAD + b"Content-Type: message/rfc822\n\n" * 50_000),
    "folded.eml": lambda path: path.write_bytes(HEAD + b"Subject: x\n" + b" y\n" * 300_000 + b"\nx"),
    "words.eml": lambda path: path.write_bytes(HEAD + b"Subject: " + b"=?utf-8?q?a" * 100_000 + b"\n\nx"),
}


def test_the_worst_files_end_in_words_and_their_neighbours_are_read(tmp_path):
    paths: list[Path] = []
    for number, (name, make) in enumerate(WORST.items()):
        make(tmp_path / name)
        paths += [tmp_path / name, make_pdf(tmp_path / f"{number}.pdf")]
    found = dict(zip((path.name for path in paths), examine_many(paths), strict=True))
    for number in range(len(WORST)):
        assert found[f"{number}.pdf"].characteristics.readable
    for name in WORST.keys() - {"folded.eml", "words.eml"}:
        assert found[name].characteristics.problems or not found[name].rendering.ok, name
    assert peak_bytes() < USUAL_BYTES


def peak_bytes():
    """The most memory any child of the pool has ever held."""
    lines = [Path(f"/proc/{child.process.pid}/status").read_text() for child in shared_pool().children]
    return max(int(text.split("VmHWM:")[1].split()[0]) * 1024 for text in lines)


def test_a_line_of_a_gigabyte_is_told_as_too_large(tmp_path):
    path = tmp_path / "line.eml"
    path.write_bytes(HEAD + b"\n")
    with path.open("r+b") as stream:
        stream.truncate(1 << 30)
    (facts,) = read_messages([path])
    assert "too_large" in {key for key, _where in facts.defects}
    assert peak_bytes() < USUAL_BYTES


def test_a_bomb_in_a_web_archive_ends_in_a_fault(tmp_path):
    path = tmp_path / "bomb.warc.gz"
    with gzip.open(path, "wb") as stream:
        stream.write(b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: 209715200\r\n\r\n")
        stream.write(bytes(200 << 20))
    (facts,) = survey_warcs([path])
    assert "bomb" in {fault.key for fault in facts.faults}
    assert peak_bytes() < USUAL_BYTES


def test_what_needs_too_much_memory_is_told_with_its_format(tmp_path, monkeypatch):
    def exhausted(path, *, digests, known):
        raise MemoryError

    monkeypatch.setattr("lantai.formats.worker.examine", exhausted)
    said = answer({"task": "examine", "path": str(make_pdf(tmp_path / "a.pdf")), "digests": False})
    assert "内存" in said["crash"]
    assert said["identification"]["mime"] == "application/pdf"


@pytest.mark.parametrize(("size_bytes", "allowed"), [(60 << 20, True), (1 << 20, False)])
def test_a_large_scan_is_given_memory_and_a_picture_bomb_is_not(tmp_path, size_bytes, allowed):
    path = tmp_path / "a.tif"
    with path.open("wb") as stream:
        stream.truncate(size_bytes)
    assert (memory_for_picture(14_043, 19_866, path) > USUAL_BYTES) == allowed

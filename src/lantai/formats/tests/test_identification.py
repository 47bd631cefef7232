import gzip
import os
from pathlib import Path

import pytest

from lantai.formats.api import UNKNOWN, identify, is_accepted, is_longterm

from .samples import make_docx, make_ofd, make_pdf, make_xlsx


def test_ofd_is_told_from_other_zip_files(tmp_path):
    ofd = identify(make_ofd(tmp_path / "正文.ofd"))
    assert (ofd.puid, ofd.extension_fits, is_longterm(ofd)) == ("lantai/ofd", True, True)
    assert not identify(make_ofd(tmp_path / "正文.zip")).extension_fits
    assert identify(make_docx(tmp_path / "a.docx", "文")).puid == "fmt/412"
    assert identify(make_xlsx(tmp_path / "a.xlsx")).puid == "fmt/214"


def test_emails_are_known_by_their_headers(tmp_path):
    mail = tmp_path / "来函.eml"
    mail.write_bytes("From: a@example.cn\nTo: b@example.cn\nSubject: 函\n\n正文".encode())
    assert identify(mail).puid == "fmt/278"


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-8-sig"])
def test_chinese_text_is_text_in_any_of_its_character_sets(tmp_path, charset):
    path = tmp_path / "说明.txt"
    path.write_bytes("关于印发通知的说明，㐂𠮷。".encode(charset))
    found = identify(path)
    assert (found.puid, found.charset, is_accepted(found)) == ("x-fmt/111", charset, True)


def test_binary_nonsense_is_unknown_whatever_its_name(tmp_path):
    path = tmp_path / "正文.pdf"
    path.write_bytes(os.urandom(64) + bytes(2000))
    assert identify(path).puid == UNKNOWN
    assert not is_accepted(identify(path))


def test_a_name_in_gb18030_does_not_hide_the_format(tmp_path):
    name = os.fsencode(tmp_path) + b"/" + "正文.pdf".encode("gb18030")
    make_pdf(tmp_path / "plain.pdf").rename(os.fsdecode(name))
    found = identify(Path(os.fsdecode(name)))
    assert found.mime == "application/pdf"
    assert found.extension_fits


def test_a_cut_pdf_is_known_for_what_it_was(tmp_path):
    path = make_pdf(tmp_path / "正文.pdf")
    path.write_bytes(path.read_bytes()[:200])
    assert "不完整" in identify(path).name


@pytest.mark.parametrize(
    ("kind", "puid"), [("text", "fmt/291"), ("spreadsheet", "fmt/295"), ("presentation", "fmt/293"), ("graphics", "fmt/297")]
)  # fmt: skip
def test_a_cut_open_document_is_known_for_what_it_was(tmp_path, kind, puid):
    path = tmp_path / "文件.odt"
    head = f"mimetypeapplication/vnd.oasis.opendocument.{kind}PK\3\4" + 'office:version="1.2"'
    path.write_bytes(b"PK\3\4" + bytes(26) + head.encode())
    found = identify(path)
    assert (found.puid, found.extension_fits) == (puid, kind == "text")


def test_a_compressed_web_archive_is_told_from_any_other_gzip(tmp_path):
    path = tmp_path / "站点.warc.gz"
    path.write_bytes(gzip.compress(b"WARC/1.1\r\nWARC-Type: warcinfo\r\n"))
    assert (identify(path).puid, is_longterm(identify(path))) == ("fmt/1281", True)
    path.write_bytes(gzip.compress(b"plain"))
    assert identify(path).puid == "x-fmt/266"


def test_a_cut_word_document_is_known_for_what_it_was(tmp_path):
    path = tmp_path / "文件.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument".encode("utf-16-le"))
    assert identify(path).puid == "fmt/40"

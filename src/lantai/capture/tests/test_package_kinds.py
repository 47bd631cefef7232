"""Packages of every Chinese kind are taken in like any other: found out, inspected, filed."""

from uuid import uuid4

import pytest

from lantai.capture import intake
from lantai.core.seals import Keystore
from lantai.core.settings import home
from lantai.packages.api import open_package, write_package
from lantai.packages.eep.signing import Signer
from lantai.packages.eep.writing import write_original
from lantai.records.api import Document, Record, document_path

from . import factories as make

pytestmark = pytest.mark.django_db


def given(kind, target, **options):
    """A good package of two records, as the kind has it."""
    rows = [make.item(number, 全宗号="J001", 档号=f"J001-WS·2024-Y-{number:04d}") for number in (1, 2)]
    with open_package(make.package(*rows, declaration={"移交单位": make.agency().name})) as package:
        write_package(package, target, kind, options)
    return target


@pytest.mark.parametrize("kind", ["dat93", "eep", "carrier"])
def test_a_package_of_the_kind_becomes_records_with_their_files(kind, tmp_path):
    submission = make.processed(given(kind, tmp_path / "包.zip"))

    assert submission.state == "accepted", (
        submission.counts,
        submission.report and submission.report.verdict,
    )
    assert sorted(Record.objects.values_list("title", flat=True)) == [
        "关于第1号水利工程验收的通知",
        "关于第2号水利工程验收的通知",
    ]
    for document in Document.objects.select_related("record"):
        assert document_path(document).read_bytes().startswith(b"%PDF")
        assert document.original_name.endswith(".pdf")
    assert list((home() / "intake").iterdir()) == []


def test_a_lone_encapsulation_is_taken_in(tmp_path):
    make.agency()
    with open_package(make.package(make.item(1, 全宗号="J001"))) as package:
        (item,) = package.items
        write_original(item, tmp_path / "件.eep", unit="云州市发展和改革委员会")
    submission = make.processed(tmp_path / "件.eep")
    assert submission.state == "accepted", submission.counts
    assert document_path(Document.objects.get()).read_bytes().startswith(b"%PDF")


def test_a_package_that_was_tampered_with_goes_back_whole(tmp_path):
    make.agency()
    signer = Signer.default(Keystore.open(tmp_path / "k.json", "口令"))
    with open_package(make.package(make.item(1, 全宗号="J001"))) as package:
        (item,) = package.items
        write_original(item, tmp_path / "件.eep", unit="云州市发展和改革委员会", signer=signer)
    text = (tmp_path / "件.eep").read_text(encoding="utf-8")
    (tmp_path / "件.eep").write_text(text.replace("<密级>公开<", "<密级>限制<"), encoding="utf-8", newline="")
    submission = make.processed(tmp_path / "件.eep")
    assert submission.state == "returned"
    assert any("签名" in finding["expected"] for finding in submission.counts["findings"])
    assert not Record.objects.exists()


@pytest.mark.parametrize("name", ["关于防汛的通知.txt", "Scan 01.TIFF"])
def test_a_lone_file_keeps_the_name_its_sender_gave_it(name, tmp_path):
    make.agency()
    (tmp_path / name).write_bytes(b"words\n")
    taken = intake.take_in(uuid4(), tmp_path / name)
    with open_package(home() / taken.path) as package:
        (item,) = package
    assert (item.title, item.files[0].name_bytes) == (name.rpartition(".")[0], name.encode())

"""An OFD without its signatures still shows its seals where they stood."""

import io
import zipfile

import pytest
from lxml import etree
from PIL import Image

from lantai.core.errors import Invalid
from lantai.formats.api import characterise, extract_text, strip_ofd, verify_signatures

from .signing import identity, sealed_ofd
from .test_signatures import CORPORA


def png(shape="PNG"):
    output = io.BytesIO()
    Image.new("RGBA" if shape == "PNG" else "P", (20, 20)).save(output, shape)
    return output.getvalue()


def stamps(path):
    """Of every stamp annotation: page, place, matrix, and the picture it draws."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        resources = etree.fromstring(archive.read(next(n for n in names if n.endswith("SealRes.xml"))))
        pictures = {
            one.get("ID"): archive.read(f"Doc_0/Res/{one.findtext('{*}MediaFile')}")
            for one in resources.iterfind(".//{*}MultiMedia")
        }
        listing = etree.fromstring(archive.read("Doc_0/Annots/Annotations.xml"))
        for page in listing.iterfind("{*}Page"):
            root = etree.fromstring(archive.read(page.findtext("{*}FileLoc").lstrip("/")))
            for one in root.iterfind("{*}Annot[@Type='Stamp']"):
                drawn = one.find("{*}Appearance/{*}ImageObject")
                box = one.find("{*}Appearance").get("Boundary")
                yield page.get("PageID"), box, drawn.get("CTM"), pictures[drawn.get("ResourceID")]


@pytest.mark.requirement("Z5")
def test_the_seal_is_drawn_where_it_was_pressed_clipped_as_it_was(tmp_path):
    identity(tmp_path, "sm2")
    source, target = sealed_ofd(tmp_path, picture=("png", png())), tmp_path / "plain.ofd"
    assert strip_ofd(source, target) == ()
    assert verify_signatures(target) == []
    assert characterise(target).signatures == 0
    assert list(stamps(target)) == [("1", "120 200 21 42", "42 0 0 42 0 0", png())]
    with zipfile.ZipFile(target) as archive:
        assert not [name for name in archive.namelist() if "Sign" in name]


def test_a_picture_no_reader_draws_becomes_one_it_does(tmp_path):
    identity(tmp_path, "sm2")
    source, target = sealed_ofd(tmp_path, picture=("gif", png("GIF"))), tmp_path / "plain.ofd"
    assert strip_ofd(source, target) == ()
    ((_page, _box, _matrix, picture),) = stamps(target)
    assert picture.startswith(b"\x89PNG")


def test_a_seal_that_cannot_be_drawn_is_told(tmp_path):
    identity(tmp_path, "sm2")
    source, target = sealed_ofd(tmp_path, picture=("ofd", b"PK\3\4")), tmp_path / "plain.ofd"
    (why,) = strip_ofd(source, target)
    assert "ofd" in why
    assert verify_signatures(target) == []


@pytest.mark.requirement("Z5")
def test_a_real_document_keeps_its_text_and_its_seal(tmp_path):
    if not (CORPORA / "ofd").is_dir():
        pytest.skip(f"no test material at {CORPORA}; set LANTAI_CORPORA")
    source, target = CORPORA / "ofd/n.ofd", tmp_path / "plain.ofd"
    assert strip_ofd(source, target) == ()
    assert verify_signatures(target) == []
    assert extract_text(target) == extract_text(source)
    ((page, box, _matrix, picture),) = stamps(target)
    assert (page, box, picture[:4]) == ("1021", "122.94 37 33 33", b"\x89PNG")


def test_what_is_no_ofd_is_refused(tmp_path):
    (tmp_path / "a.ofd").write_bytes(b"PK")
    with pytest.raises(Invalid):
        strip_ofd(tmp_path / "a.ofd", tmp_path / "b.ofd")

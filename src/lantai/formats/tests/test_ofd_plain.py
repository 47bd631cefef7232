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


def vector_seal():
    """A seal of 40 by 40 mm as authorities draw it: a ring, a word in a font, a picture, one colour."""
    space = 'xmlns="http://www.ofdspec.org/2016"'
    members = {
        "OFD.xml": f"<OFD {space}><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>",
        "Doc_0/Document.xml": f"""<Document {space}><CommonData><MaxUnitID>9</MaxUnitID><PageArea><PhysicalBox>0 0
            40 40</PhysicalBox></PageArea><PublicRes>PublicRes.xml</PublicRes></CommonData>
            <Pages><Page ID="1" BaseLoc="Pages/Content.xml"/></Pages></Document>""",
        "Doc_0/PublicRes.xml": f"""<Res {space} BaseLoc="Res"><DrawParams><DrawParam ID="2" LineWidth="1"/></DrawParams>
            <Fonts><Font ID="3" FontName="宋体"><FontFile>song.ttf</FontFile></Font></Fonts>
            <MultiMedias><MultiMedia ID="4" Type="Image"><MediaFile>star.png</MediaFile></MultiMedia></MultiMedias></Res>""",
        "Doc_0/Pages/Content.xml": f"""<Page {space}><Content><Layer ID="5" DrawParam="2">
            <PathObject ID="6" Boundary="0 0 40 40"><AbbreviatedData>M 0 0 L 40 40</AbbreviatedData></PathObject>
            <TextObject ID="7" Boundary="5 5 30 6" Font="3" Size="5"><TextCode X="0" Y="5">样章</TextCode></TextObject>
            <ImageObject ID="8" Boundary="10 10 20 20" ResourceID="4" CTM="20 0 0 20 0 0"/>
            </Layer></Content></Page>""",
        "Doc_0/Res/song.ttf": b"font",
        "Doc_0/Res/star.png": png(),
    }  # fmt: skip
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return output.getvalue()


@pytest.mark.requirement("Z5")
def test_a_seal_that_is_an_ofd_itself_stays_a_drawing_with_all_it_draws_with(tmp_path):
    identity(tmp_path, "sm2")
    source, target = sealed_ofd(tmp_path, picture=("ofd", vector_seal())), tmp_path / "plain.ofd"
    assert strip_ofd(source, target) == ()
    with zipfile.ZipFile(target) as archive:
        resources = etree.fromstring(archive.read("Doc_0/SealRes.xml"))
        (drawn,) = etree.fromstring(archive.read("Doc_0/Annots/Seals_1.xml")).iterfind(
            ".//{*}CompositeObject"
        )
        content = {name: archive.read(name) for name in archive.namelist() if "/Res/seal_" in name}
    assert sorted(content.values()) == sorted([b"font", png()])
    (unit,) = resources.iterfind(".//{*}CompositeGraphicUnit")
    assert (drawn.get("ResourceID"), drawn.get("CTM")) == (unit.get("ID"), "1.05 0 0 1.05 0 0")
    known = {node.get("ID") for node in resources.iter() if node.get("ID")}
    used = {
        node.get(name)
        for node in unit.iter()
        for name in ("Font", "ResourceID", "DrawParam")
        if node.get(name)
    }
    assert len(used) == 3
    assert used <= known
    assert "样章" in "".join(unit.itertext())
    listed = {
        f"Doc_0/Res/{node.text}"
        for tag in ("MediaFile", "FontFile")
        for node in resources.iter(f"{{*}}{tag}")
    }
    assert listed == set(content)


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

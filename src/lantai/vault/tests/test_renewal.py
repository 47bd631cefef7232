"""A lasting form comes beside the original, never in its place, and only after inspection."""

import io
import json
import zipfile

import pikepdf
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, Unavailable
from lantai.core.jobs import run_inline
from lantai.formats.api import converter_named, format_registry
from lantai.formats.policy import families
from lantai.ledger.api import Entry
from lantai.records.api import Document
from lantai.vault import commands
from lantai.vault.api import audit, open_document, reconcile
from lantai.vault.models import Event, MigrationItem, MigrationPlan, VaultObject
from lantai.vault.renewal.services import JOB, approve_migration, propose_migration

from .factories import document, ingest_now, page_images, record

pytestmark = pytest.mark.django_db
WORD = "fmt/412"
WORDS = "关于召开全县档案工作会议的通知。各乡镇人民政府，县直各单位：现将有关事项通知如下。"


def tiff(seed=1, **options):
    file = io.BytesIO()
    Image.effect_noise((120, 90), 50 + seed).convert("RGB").save(file, "TIFF", **options)
    return file.getvalue()


def black_and_white():
    file = io.BytesIO()
    Image.effect_noise((121, 90), 90).convert("1").save(file, "TIFF", compression="group4")
    return file.getvalue()


def docx(words=WORDS, times=40):
    """A Word document as small as one can be."""
    body = "".join(f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>" for _number in range(times))
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return file.getvalue()


def image(data, name="扫描件.tif"):
    return document(data, name, media_type="image/tiff", puid="fmt/353", format_name="TIFF")


def migrate(family="TIFF 图像", converter="jp2"):
    plan = propose_migration(family=family, converter=converter, reason="读取软件减少", actor=SYSTEM)
    approve_migration(plan_id=plan.id, actor=SYSTEM, start=False)
    return plan, run_inline(JOB, SYSTEM, progress=False, plan_id=str(plan.id)).result


def run(*arguments):
    app = typer.Typer()
    commands.register(app)
    done = CliRunner().invoke(app, ["vault", *arguments, "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def test_every_family_of_the_format_policy_has_a_risk_a_policy_and_a_reason():
    *known, other = format_registry()
    assert [row.family for row in known] == [family.name for family in families()]
    assert other.puids == frozenset()
    for row in known:
        assert row.why
        assert bool(row.targets) == (row.policy == "migrate")
        for key in row.targets:
            assert converter_named(key).sources & row.puids


@pytest.mark.requirement("Z39")
def test_a_tiff_gets_a_lossless_jpeg_2000_beside_it_and_stays_itself():
    data = tiff(compression="jpeg")
    row = record(image(data), document(b"%PDF"))
    ingest_now([row])
    before = VaultObject.objects.get()
    plan, result = migrate()
    assert result == {"made": 1, "failed": 0}
    original, made = Document.objects.get(puid="fmt/353"), Document.objects.get(role="rendition")
    assert open_document(original).read_bytes() == data
    assert made.puid == "x-fmt/392"
    with Image.open(io.BytesIO(data)) as was, Image.open(open_document(made)) as now:
        assert was.tobytes() == now.tobytes()
    after = VaultObject.objects.get()
    assert (before.version, after.version) == (1, 2)
    event = Event.objects.get(kind="migration")
    assert f"{original.location} → {made.location} Pillow" in event.note
    assert Entry.objects.filter(act="vault.migrate", subject=f"record:{row.id}").count() == 1
    assert all(audit(key).is_clean for key in ("use", "backup-near", "backup-far"))
    plan.refresh_from_db()
    assert plan.state == "done"


@pytest.mark.requirement("Z39")
def test_a_set_of_page_images_gets_one_pdf_a_with_every_pixel_and_the_pages_stay():
    pages = [tiff(1, compression="jpeg", dpi=(200, 200)), tiff(2, compression="tiff_lzw"), black_and_white()]
    row = record(page_images(*pages))
    ingest_now([row])
    assert migrate(converter="jp2")[1] == {"made": 0, "failed": 0}
    _plan, result = migrate(converter="pages")
    assert result == {"made": 1, "failed": 0}, MigrationItem.objects.get().note
    original, made = Document.objects.get(role="page_images"), Document.objects.get(role="rendition")
    assert [page.read_bytes() for page in sorted(open_document(original).iterdir())] == pages
    assert (made.puid, made.page_count, MigrationItem.objects.get().told["pixels"]) == (
        "fmt/477",
        3,
        "identical",
    )
    with pikepdf.open(open_document(made)) as pdf:
        assert pdf.open_metadata().pdfa_status == "2B"
        assert [float(side) for side in pdf.pages[0].mediabox[2:]] == [43.2, 32.4]  # 120 x 90 at 200 dpi
        assert "/Filter" not in pdf.Root.Metadata
    assert (VaultObject.objects.get().version, Event.objects.filter(kind="migration").count()) == (2, 1)
    assert all(audit(key).is_clean for key in ("use", "backup-near", "backup-far"))
    assert reconcile().findings == []


def test_a_page_that_cannot_be_kept_without_loss_is_told_and_adds_nothing():
    file = io.BytesIO()
    Image.new("CMYK", (20, 20)).save(file, "TIFF")
    ingest_now([record(page_images(tiff(), file.getvalue()))])
    assert migrate(converter="pages")[1] == {"made": 0, "failed": 1}
    assert "CMYK" in MigrationItem.objects.get().note
    assert not Document.objects.filter(role="rendition").exists()


def test_the_object_agrees_with_the_ledger_afterwards():
    ingest_now([record(image(tiff()))])
    migrate(converter="tiff")
    assert reconcile().findings == []


def test_what_fails_inspection_adds_nothing_and_says_why():
    good, broken = image(tiff(1)), image(b"II*\0 no image at all", "坏的.tif")
    ingest_now([record(good), record(broken)])
    _plan, result = migrate()
    assert result == {"made": 1, "failed": 1}
    failed = MigrationItem.objects.get(state="failed")
    assert "不能转换" in failed.note
    assert VaultObject.objects.get(record=failed.document.record).version == 1


def test_a_converter_that_spoils_the_picture_is_found_out(monkeypatch):
    def spoil(source, target):
        Image.new("RGB", (120, 90)).save(target, "JPEG2000", irreversible=False)
        return {"pixels": "different"}

    from lantai.formats import conversion

    spoiling = conversion._CONVERTERS[1].__class__(
        **{
            **{n: getattr(conversion._CONVERTERS[1], n) for n in conversion.Converter.__slots__},
            "convert": spoil,
        }
    )
    monkeypatch.setattr(conversion, "_CONVERTERS", (spoiling,))
    ingest_now([record(image(tiff()))])
    _plan, result = migrate()
    assert result == {"made": 0, "failed": 1}
    assert "画面与原件不同" in MigrationItem.objects.get().note
    assert not Document.objects.filter(role="rendition").exists()


def test_a_second_run_makes_nothing_twice():
    ingest_now([record(image(tiff(1))), record(image(tiff(2)))])
    plan, result = migrate()
    assert result["made"] == 2
    assert run_inline(JOB, SYSTEM, progress=False, plan_id=str(plan.id)).result["made"] == 2
    assert migrate()[1] == {"made": 0, "failed": 0}
    assert Document.objects.filter(role="rendition").count() == 2


def test_a_plan_is_proposed_by_one_and_approved_by_another():
    archivist = Actor("a", "保管员", frozenset({"preservation_archivist"}))
    supervisor = Actor("b", "监管员", frozenset({"supervisor"}))
    plan = propose_migration(family="TIFF 图像", converter="jp2", reason="理由", actor=archivist)
    with pytest.raises(Forbidden):
        approve_migration(plan_id=plan.id, actor=archivist)
    approve_migration(plan_id=plan.id, actor=supervisor, start=False)
    with pytest.raises(Conflict):
        approve_migration(plan_id=plan.id, actor=supervisor)
    for family, reason in (("OFD 版式文档", "理由"), ("TIFF 图像", " ")):
        with pytest.raises(Invalid):
            propose_migration(family=family, converter="jp2", reason=reason, actor=archivist)
    assert MigrationPlan.objects.count() == 1


def test_without_the_program_a_plan_is_refused_in_plain_words(monkeypatch):
    from lantai.formats.adapters import libreoffice

    libreoffice.tool.cache_clear()
    monkeypatch.setattr(libreoffice.shutil, "which", lambda _name: None)
    with pytest.raises(Unavailable, match="没有安装"):
        propose_migration(family="Word 文档", converter="pdfa", reason="理由", actor=SYSTEM)
    libreoffice.tool.cache_clear()


@pytest.mark.services
@pytest.mark.requirement("Z39")
def test_a_word_document_gets_a_pdf_a_with_all_its_words():
    word = document(docx(), "通知.docx", puid=WORD, format_name="Microsoft Word")
    ingest_now([record(word)])
    _plan, result = migrate("Word 文档", "pdfa")
    item = MigrationItem.objects.get()
    assert result == {"made": 1, "failed": 0}, item.note
    made = Document.objects.get(role="rendition")
    assert made.puid == "fmt/477"
    assert made.page_count > 0
    assert float(item.told["text_kept"]) >= 0.98


def test_formats_held_and_migration_are_told_in_a_terminal():
    ingest_now([record(image(tiff()), document(b"?", "x.bin", puid="UNKNOWN", format_name=""))])
    code, told = run("formats")
    held = {row["family"]: row["documents"] for row in told["families"]}
    assert (code, held["TIFF 图像"], held["未列入的格式"], held["PDF"]) == (0, 1, 1, 0)
    code, told = run("migrate", "TIFF 图像", "--to", "tiff", "--reason", "旧式压缩")
    assert (code, told["made"], told["failed"]) == (0, 1, 0)

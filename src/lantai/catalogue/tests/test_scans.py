"""Scans by the folder and by the archive: whose they are, whether they are whole, and the way into the vault."""

import zipfile

import pytest
from PIL import Image

from lantai.catalogue.importing import services
from lantai.catalogue.importing.keeping import keep_part
from lantai.catalogue.importing.outlook import Outlook, outlook
from lantai.catalogue.importing.scans.layout import units_of
from lantai.catalogue.importing.scans.loading import keep_scans
from lantai.catalogue.importing.scans.places import holdings_of
from lantai.catalogue.models import Import
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.core.jobs import run_inline
from lantai.core.settings import home
from lantai.ledger.api import entries_for
from lantai.packages.api import list_files
from lantai.records.api import Document, Record, document_path
from lantai.vault.api import VaultObject

from .tables import checked, csv_file, kinds_by_row, loaded, prepared, row, undone

pytestmark = pytest.mark.django_db


def code(number):
    return f"J001-WS·2012-D30-BGS-{number:04d}"


def image(path, pages=1):
    """Scanned pages: a black line on white; several in one file where the kind allows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = [Image.new("L", (60, 80), 255) for _page in range(pages)]
    sheets[0].putpixel((5, 5), 0)
    more = {"save_all": True, "append_images": sheets[1:]} if pages > 1 else {}
    sheets[0].save(path, **more)


def scanned(folder, pages_by_number, ending=".jpg"):
    """A folder of scans, one folder a record."""
    for number, pages in pages_by_number.items():
        for page in range(1, pages + 1):
            image(folder / code(number) / f"{page:03d}{ending}")
    return folder


def attach(batch):
    services.start_load(batch=batch, actor=SYSTEM, accept=True, enqueue=False)
    run_inline(services.LOAD, SYSTEM, progress=False, import_id=str(batch.id))
    batch.refresh_from_db()
    return batch


def test_files_find_their_record_by_their_own_name_or_by_the_folder_around_them(tmp_path):
    for name in (
        f"{code(1)}/1.jpg",
        f"{code(1)}/2.jpg",
        f"{code(1)}/10.jpg",
        f"盒3/{code(2)}.tif",
        f"盒3/{code(3)}-001.tif",
        f"盒3/{code(3)}-002.tif",
        "盒3/封面.jpg",
        f"{code(4)}/图像/p0001.png",
        "Thumbs.db",
    ):
        image(tmp_path / name) if not name.endswith(".db") else (tmp_path / name).write_bytes(b"x")
    standing = {code(number) for number in (1, 2, 3, 4)}
    units = units_of(list(list_files(tmp_path).files.values()), lambda codes: standing & set(codes))
    found = {unit.code: [scan.name.rpartition("/")[2] for scan in unit.scans] for unit in units}
    assert found[code(1)] == ["1.jpg", "2.jpg", "10.jpg"]
    assert found[code(2)] == [f"{code(2)}.tif"]
    assert found[code(3)] == [f"{code(3)}-001.tif", f"{code(3)}-002.tif"]
    assert found[code(4)] == ["p0001.png"]
    assert [unit.name for unit in units if not unit.code] == ["盒3"]


@pytest.mark.requirement("S15")
def test_the_dry_run_names_orphans_mismatches_gaps_and_what_cannot_be_opened(tmp_path):
    loaded(csv_file(tmp_path, [row(number, 页数="2") for number in range(1, 7)]))
    folder = scanned(tmp_path / "扫描件", {1: 2, 2: 3, 9: 1})
    image(folder / code(3) / "001.jpg")
    image(folder / code(3) / "003.jpg")
    (folder / code(4)).mkdir()
    (folder / code(4) / "001.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    image(folder / f"{code(5)}.tif", pages=2)
    (folder / "链接.jpg").symlink_to("/etc/hostname")
    batch = checked(folder)
    rows = {unit[1]: kinds_by_row(batch).get(number, set()) for number, unit in listed(batch)}
    assert rows == {
        code(1): set(),
        code(2): {"scan_pages_differ"},
        code(3): {"scan_gap"},
        code(4): {"scan_refused"},
        code(5): set(),
        "": {"scan_orphan"},
    }
    assert kinds_by_row(batch)[0] == {"scan_unsafe"}
    assert (batch.counts["rows"], batch.counts["good"]) == (6, 3)
    assert not Document.objects.exists()


def listed(batch):
    """Units with their row numbers."""
    from lantai.catalogue.importing.spool import Spool

    return [(number, unit) for number, unit in Spool(batch.id).rows_from(2)]


@pytest.mark.requirement("S15")
def test_scans_come_into_the_vault_with_the_entry_that_stood_there_before(tmp_path):
    entries = loaded(csv_file(tmp_path, [row(1, 页数="2"), row(2, 页数="")]))
    keep_part(entries.parts.get())
    batch = attach(checked(scanned(tmp_path / "扫描件", {1: 2, 2: 3}, ".tif")))
    first, second = Record.objects.order_by("reference_code")
    assert (first.documents.get().role, first.documents.get().page_count) == ("page_images", 2)
    assert second.page_count == 3
    part = batch.parts.get()
    assert [(entry.act, entry.count) for entry in entries_for(f"import:{part.id}")] == [
        ("catalogue.attach", 2)
    ]
    assert keep_scans(part) == 2
    held = VaultObject.objects.get(record=first)
    pages = sorted(path.name for path in document_path(first.documents.get()).iterdir())
    assert (held.kind, pages) == ("record", ["0001.tif", "0002.tif"])
    assert not list((home() / holdings_of(batch)).iterdir())
    with pytest.raises(Conflict, match="有 2 件的文件已存入总库"):
        undone(batch, accept=True)
    assert (Import.objects.get(id=batch.id).state, Document.objects.count()) == ("done", 2)


@pytest.mark.requirement("S15")
def test_files_in_the_vault_are_never_taken_back_with_an_import(tmp_path):
    table = loaded(csv_file(tmp_path, [row(1, 页数="1"), row(2, 页数="1"), row(3, 页数="1")]))
    batch = attach(checked(scanned(tmp_path / "扫描件", {1: 1, 2: 1})))
    kept, waiting, _bare = Record.objects.order_by("reference_code")
    Record.objects.filter(id=waiting.id).update(state="filed")
    assert keep_scans(batch.parts.get()) == 1
    assert outlook(batch) == Outlook(goes=1, in_vault=1)
    assert outlook(table) == Outlook(goes=1, in_vault=1, changed=1)
    for refused in (batch, table):
        with pytest.raises(Conflict, match="有 1 件的文件已存入总库") as told:
            undone(refused)
        assert "清除误存的档案" in told.value.remedy
    undone(batch, accept=True)
    assert [document.record_id for document in Document.objects.all()] == [kept.id]
    undone(table, accept=True)
    assert set(Record.objects.all()) == {kept, waiting}
    assert VaultObject.objects.get(record=kept).state == VaultObject.State.HELD


def test_an_archive_of_scans_goes_with_a_table_that_is_not_loaded_yet_and_is_taken_back(
    tmp_path, django_capture_on_commit_callbacks
):
    table = checked(csv_file(tmp_path, [row(1, 页数="1"), row(2, 页数="1")]))
    folder = scanned(tmp_path / "扫描件", {1: 1})
    packed = tmp_path / "扫描件.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*.jpg"):
            archive.write(path, path.relative_to(folder).as_posix())
    batch = checked(packed, beside=table)
    assert kinds_by_row(batch) == {0: {"scan_none"}}
    with pytest.raises(Conflict, match="随附的目录"):
        services.start_load(batch=batch, actor=SYSTEM, enqueue=False)
    attach(table)
    batch = attach(batch)
    assert batch.counts["loaded"]["created"] == 1
    document = Document.objects.get()
    assert (home() / document.location / "0001.jpg").is_file()
    with django_capture_on_commit_callbacks(execute=True):
        undone(batch)
    assert (Document.objects.count(), Record.objects.count()) == (0, 2)
    assert not (home() / document.location).exists()


def test_files_are_added_once_and_never_to_what_has_some(tmp_path):
    loaded(csv_file(tmp_path, [row(1, 页数="1")]))
    folder = scanned(tmp_path / "扫描件", {1: 1})
    attach(checked(folder))
    batch = checked(folder)
    assert kinds_by_row(batch) == {2: {"scan_there"}}
    with pytest.raises(Conflict, match="没有可以导入"):
        services.start_load(batch=batch, actor=SYSTEM, accept=True, enqueue=False)


def test_a_hostile_archive_of_scans_is_refused_and_can_be_replaced(tmp_path):
    prepared()
    packed = tmp_path / "扫描件.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"../{code(1)}/001.jpg", b"\xff\xd8\xff")
    batch = services.receive_file(file=packed, fonds=prepared(), actor=SYSTEM)
    services.start_check(batch=batch, actor=SYSTEM, enqueue=False)
    with pytest.raises(Invalid):
        run_inline(services.CHECK, SYSTEM, progress=False, import_id=str(batch.id))
    batch.refresh_from_db()
    assert batch.state == Import.State.RECEIVED

"""What was purged is in no file any more: not as it was, not as words, not in an archive, anywhere below
LANTAI_HOME; nor in any row of any table."""

import io
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
from django.apps import apps

from lantai.appraisal import services as appraisal
from lantai.appraisal.models import Disposal
from lantai.appraisal.tests.test_disposal import person
from lantai.capture.tests import factories as capture
from lantai.config.backup.making import make_backup
from lantai.core.actors import SYSTEM
from lantai.core.events import deliver_pending
from lantai.core.jobs import run_inline
from lantai.core.settings import home
from lantai.ledger.api import sequence_pending
from lantai.records.api import Record, document_path
from lantai.search.api import search
from lantai.transfer.models import HandoverItem
from lantai.transfer.tests import factories as transfer
from lantai.vault.jobs import keep_caches
from lantai.vault.models import OfflineVolume
from lantai.vault.papers import keep_papers
from lantai.vault.stores import configuration_file, declared_stores, open_store
from lantai.vault.volumes import making, selectors
from lantai.vault.volumes.registering import destroy_volume
from lantai.vault.watch.drills import drill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_scanner")]

WORDS = "隐匿词句不得留存"
TITLE = "某专项行动部署"


def written():
    path = Path(home()) / "made" / "secret.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{WORDS}。\n" * 40, encoding="utf-8")
    return path


def holding(*words):
    """Files below the data folder that hold any of these words, plain or in an archive."""
    return sorted(
        path.relative_to(home()).as_posix()
        for path in home().rglob("*")
        if path.is_file() and any(word.encode() in piece for word in words for piece in pieces(path))
    )


def pieces(path):
    data = path.read_bytes()
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            yield from (archive.extractfile(member).read() for member in archive if member.isfile())


def telling(*words):
    """Tables with a row that holds one of these words, also in what is stored as bytes."""
    found = []
    for model in apps.get_models():
        for values in model._base_manager.values_list():
            texts = [
                bytes(v).decode(errors="replace") if isinstance(v, bytes | memoryview) else str(v)
                for v in values
            ]
            if any(word in text for word in words for text in texts):
                found.append(model._meta.label)
    return sorted(set(found))


def encrypt_the_far_store():
    """Also what is decrypted for a reader lies in a cache."""
    file = configuration_file()
    text = file.read_text(encoding="utf-8")
    file.write_text(text + 'encryption = "sm4"\n', encoding="utf-8")
    assert declared_stores()[-1].encryption == "sm4"


def walk():
    """One record with these words from its package to the vault, the index, a cache, a volume and a backup."""
    encrypt_the_far_store()
    secret = capture.item(1, files=[written()], 题名=TITLE)
    submission = capture.processed(capture.package(secret, capture.item(2)))
    transfer.sign(submission.report)
    transfer.assign_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    transfer.fix_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    assert transfer.received(transfer.submitted()).state == "received"
    row = Record.objects.get(title=TITLE)
    deliver_pending()
    sequence_pending()
    keep_papers()
    path = row.vault_object.object_path
    inside = next(p for p in open_store("backup-far").object_files(path).paths() if "/documents/" in p)
    open_store("backup-far").object_files(path).local_path(inside)
    assert document_path(row.documents.get()).exists()
    making.make_volumes(order=making.Order("bd25", capacity_bytes=12_000_000), actor=SYSTEM)
    assert drill(actor=SYSTEM).passed
    return row


def purge(row):
    officer, finder = person("security_officer"), person("preservation_archivist")
    disposal = appraisal.propose_purge(record_ids=[row.id], title="误存", reason="涉密", actor=finder)
    appraisal.approve(disposal=disposal, number="云密〔2026〕1号", actor=officer)
    for role in ("reviewer", "receiving_archivist"):
        appraisal.witness(disposal=disposal, actor=person(role))
    run_inline(appraisal.EXECUTE, SYSTEM, progress=False, disposal_id=str(disposal.id))
    deliver_pending()
    sequence_pending()
    keep_papers()
    keep_caches()


@pytest.mark.requirement("S45")
def test_what_is_purged_is_in_no_file_but_the_sealed_volume_that_is_named_for_its_next_issue():
    row = walk()
    made = home() / "made"
    shutil.rmtree(made)  # the test's own originals
    before = holding(WORDS)
    places = {path.split("/")[0] for path in before}
    assert {"vault", "index", "volumes"} <= places, before
    assert any(path.startswith("vault/cache/backup-far/plain/") for path in before)
    HandoverItem.objects.filter(record=row).update(
        catalogued={"M22": TITLE}
    )  # as the sender's database has it
    assert {"records.Record", "capture.SubmissionItem", "transfer.HandoverItem"} <= set(telling(TITLE))
    purge(row)
    assert telling(WORDS, TITLE) == []
    make_backup(home() / "all.tar")
    (volume,) = OfflineVolume.objects.all()
    left = holding(WORDS, TITLE)
    assert left == [path for path in left if path.startswith(f"{volume.location}/")]
    assert list(selectors.due_for_reissue()) == [volume]
    assert Disposal.objects.get().register["volumes"] == [volume.number]
    assert search(WORDS, SYSTEM).total == 0
    (again,) = making.reissue_volume(volume=volume, actor=SYSTEM).volumes
    assert again.number != volume.number
    volume.refresh_from_db()
    destroy_volume(volume=volume, witness="李监销", note="粉碎", actor=SYSTEM)
    assert holding(WORDS, TITLE) == []

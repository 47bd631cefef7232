"""The fault matrix of an object store: a real Ceph radosgw behind a network that fails requests."""

import os
import uuid

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.settings import home
from lantai.records.api import Document, Record
from lantai.vault.api import (
    Copy,
    IngestItem,
    VaultObject,
    add_version,
    audit,
    erase,
    finish_erasures,
    ingest,
    open_document,
    reconcile,
    recover,
    repair,
    replicate,
)
from lantai.vault.stores import configuration_file, declared_stores, open_store
from lantai.vault.tests.factories import content, document, record
from lantai.vault.tests.faulty_network import FAULTS, FaultyNetwork

from .scores import held_column, hold_score

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SCORES = {}
LASTING = ("server error", "no answer", "connection refused")
"""Faults that may also go on until the work has ended."""


@pytest.fixture(autouse=True)
def network(tmp_path, monkeypatch):
    """The far backup is a bucket, reached through a network that may fail."""
    upstream = os.environ.get("LANTAI_TEST_S3")
    if not upstream:
        pytest.skip("no S3 server: scripts/test-services.sh starts a Ceph radosgw and sets LANTAI_TEST_S3")
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    made = FaultyNetwork(upstream)
    declared_stores()
    file = configuration_file()
    credentials("lantai-secret")
    bucket = f"b-{uuid.uuid4().hex[:12]}"
    head, _far, _rest = file.read_text(encoding="utf-8").partition('[[store]]\nkey = "backup-far"')
    file.write_text(
        f'{head}[[store]]\nkey = "backup-far"\nname = "异地备份"\nkind = "s3"\nlocation = "{made.address}/{bucket}"\n'
        'site = "异地备份库"\nmedium = "磁盘"\npurpose = "backup"\n'
        '[store.options]\ncredentials = "s3.toml"\nretry_s = 12\ntimeout_s = 4\n',
        encoding="utf-8",
    )
    yield made
    made.close()


def credentials(secret):
    (home() / "s3.toml").write_text(f'access_key_id = "lantai"\nsecret_access_key = "{secret}"\n')


def stored():
    rows = [record(document(content(f"s3 {n}", 9000)), title=f"第{n}件") for n in range(2)]
    ingest([IngestItem(row.id) for row in rows], SYSTEM)
    return rows


def fresh():
    return [record(document(content(f"fresh {n}", 9000)), title=f"新{n}") for n in range(2)]


def lacking():
    rows = stored()
    wanted = VaultObject.objects.filter(record__in=rows)
    store = open_store("backup-far")
    for row in wanted:
        store.bucket.delete(list(store.bucket.keys(f"objects/{row.object_path}/")))
    Copy.objects.filter(object__in=wanted, store="backup-far").update(state="pending", version=0)
    return rows


def damaged():
    rows = stored()
    store = open_store("backup-far")
    for row in VaultObject.objects.filter(record__in=rows):
        key = next(key for key in store.bucket.keys(f"objects/{row.object_path}/") if "/documents/" in key)
        store.bucket.put(key, b"damaged")
    audit("backup-far")
    return rows


def condemned():
    rows = stored()
    erase([row.id for row in rows], kind="disposal", basis="disposal:test", actor=SYSTEM)
    return rows


def version(rows):
    Record.objects.filter(id__in=[row.id for row in rows]).update(responsible="云州市人民政府")
    add_version([row.id for row in rows], SYSTEM, "补充责任者")


def read(rows):
    for row in Document.objects.filter(record__in=rows).select_related("record"):
        assert open_document(row).stat().st_size == row.size_bytes


OPERATIONS = {
    "ingest": (fresh, lambda rows: ingest([IngestItem(row.id) for row in rows], SYSTEM)),
    "new version": (stored, version),
    "replication": (lacking, lambda _rows: replicate("backup-far")),
    "audit": (stored, lambda _rows: audit("backup-far")),
    "repair": (damaged, lambda _rows: repair()),
    "disposal": (condemned, lambda _rows: finish_erasures(SYSTEM)),
    "reading": (stored, read),
}


def told(work, rows):
    try:
        work(rows)
    except Unavailable as refused:
        assert refused.remedy  # noqa: PT017 - it need not be raised
        return "refused"
    return "carried on"


def tree(files):
    found = {}
    for path in files.paths():
        with files.open(path) as source:
            found[path] = b"".join(iter(lambda source=source: source.read(1 << 20), b""))
    return found


def whole_again(work, rows):
    """The network is mended: after recovery and the work once more the bucket holds what the disk holds."""
    recover()
    work(rows)
    for facts in declared_stores():
        audit(facts.key)
    assert repair().losses == []
    far, use = open_store("backup-far"), open_store("use")
    standing = set(VaultObject.objects.values_list("object_path", flat=True))
    assert set(far.object_paths()) == standing == set(use.object_paths())
    for row in VaultObject.objects.filter(record__in=rows):
        assert tree(far.object_files(row.object_path)) == tree(use.object_files(row.object_path))
    assert list(far.bucket.keys("staging/")) == []
    assert not any((home() / "vault" / "journal").iterdir())
    assert set(Copy.objects.values_list("state", flat=True)) == {"verified"}
    for row in VaultObject.objects.filter(record__in=rows):
        assert row.state in {"held", "erased"}


@pytest.mark.requirement("Z22", "Z35")
@pytest.mark.parametrize("operation", ["ingest", "new version"])
def test_a_write_whose_answer_is_lost_counts_as_written(operation, network):
    prepare, work = OPERATIONS[operation]
    rows = prepare()
    with network.failing(None, methods={"PUT"}):
        work(rows)
        written = len(network.requests)
    for place in range(1, written + 1):
        rows = prepare()
        with network.failing("answer cut", first=place, methods={"PUT"}):
            work(rows)
    whole_again(work, rows)


def in_words(outcomes):
    return " or ".join(sorted(outcomes)) + ", then whole"


@pytest.mark.requirement("Z22", "Z35")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_failing_network_or_server_loses_and_doubles_nothing(operation, network):
    prepare, work = OPERATIONS[operation]
    rows = prepare()
    with network.failing(None):
        work(rows)
        seen = len(network.requests)
    whole_again(work, rows)
    column = {}
    for fault, times in (*((fault, 1) for fault in FAULTS), *((fault, 10_000) for fault in LASTING)):
        rows = prepare()
        with network.failing(fault, first=max(1, seen // 2), times=times):
            outcome = told(work, rows)
        whole_again(work, rows)
        column[f"{fault}, {'once' if times == 1 else 'from then on'}"] = in_words({outcome})
    rows = prepare()
    credentials("wrong")
    outcome = told(work, rows)
    credentials("lantai-secret")
    whole_again(work, rows)
    column["wrong credentials"] = in_words({outcome})
    assert reconcile().findings == []
    SCORES[operation] = column
    if not os.environ.get("LANTAI_WRITE_SCORES"):
        assert column == held_column("vault-faults-s3", operation)
    if len(SCORES) == len(OPERATIONS):
        hold_score(
            "vault-faults-s3",
            title="Faults of an object store",
            corpus="made by the test itself, on a Ceph radosgw behind a proxy that fails requests",
            columns=["fault of the far backup, in the middle of the work", *OPERATIONS],
            rows=[[fault, *(SCORES[name][fault] for name in OPERATIONS)] for fault in column],
            note="Once: one request fails. From then on: every one does, until the work has ended. The words are "
            "those of the table above; then whole: the bucket holds byte for byte what the disk holds.",
        )

"""What every kind of store keeps, whatever it is made of; S3 on a real server, by make test-services."""

import hashlib
import os
import uuid

import pytest

from lantai.core.errors import Conflict, NotFound, Unavailable
from lantai.core.settings import home
from lantai.vault.api import audit, repair
from lantai.vault.encryption import EncryptedStore
from lantai.vault.models import Copy
from lantai.vault.ocfl import INVENTORY, SIDECAR, object_path
from lantai.vault.stores import Placement, StoreFacts, configuration_file, declared_stores, open_store

from .factories import ingest_now, records

PATH = object_path("urn:uuid:1")


def _options(endpoint, **more):
    home().mkdir(parents=True, exist_ok=True)
    file = home() / "s3.toml"
    file.write_text('access_key_id = "lantai"\nsecret_access_key = "lantai-secret"\n')
    return {"credentials": "s3.toml", "retry_s": 5, **more}


def s3_facts(key="far", bucket=None, **options):
    endpoint = os.environ.get("LANTAI_TEST_S3")
    if not endpoint:
        pytest.skip("no S3 server: scripts/test-services.sh starts a Ceph radosgw and sets LANTAI_TEST_S3")
    location = f"{endpoint}/{bucket or f'b-{uuid.uuid4().hex[:12]}'}/库"
    return StoreFacts(
        key, "对象存储", "s3", location, "异地", "磁盘", "backup", _options(endpoint, **options)
    )


@pytest.fixture(
    params=[
        "filesystem",
        "encrypted",
        pytest.param("s3", marks=pytest.mark.services),
        pytest.param("s3-locked", marks=pytest.mark.services),
        pytest.param("s3-encrypted", marks=pytest.mark.services),
    ]
)
def store(request):
    if request.param in {"filesystem", "encrypted"}:
        declared_stores()
        opened = open_store("backup-far")
    else:
        from lantai.vault.adapters.s3 import S3Store

        opened = S3Store(s3_facts(**({"retain_days": 2} if request.param == "s3-locked" else {})))
    if request.param.endswith("encrypted"):
        opened = EncryptedStore(opened)
    opened.require_ready()
    opened.begin("b")
    return opened


def _stage(store, slot="s", version=1, body=b"body", batch="b"):
    inventory = f"inventory {version} {body!r}".encode()
    folder = f"v{version}/"
    files = {
        INVENTORY: inventory,
        SIDECAR: b"sidecar",
        folder + INVENTORY: inventory,
        folder + SIDECAR: b"sidecar",
        f"{folder}content/small.txt": b"small",
    }
    if version == 1:
        files["0=ocfl_object_1.1"] = b"ocfl_object_1.1\n"
    store.stage_files(batch, slot, files)
    with store.stage(batch, slot, f"{folder}content/正文.bin") as target:
        target.write(body)
        target.write(body)
    return Placement(slot, PATH, version, hashlib.sha512(inventory).hexdigest())


def _read(files, path):
    with files.open(path) as source:
        return source.read()


def _tree(files):
    return {path: _read(files, path) for path in files.paths()}


def test_what_is_placed_is_read_back_byte_for_byte(store):
    body = os.urandom(9_000_000)
    placement = _stage(store, body=body)
    staged = _tree(store.staged("b", "s"))
    assert not _tree(store.object_files(PATH))
    store.sync()
    store.place("b", placement)
    store.sync()
    store.discard("b")
    files = store.object_files(PATH)
    assert _tree(files) == staged
    assert files.size_bytes("v1/content/正文.bin") == 18_000_000
    assert files.local_path("v1/content/正文.bin").read_bytes() == body * 2
    assert list(store.object_paths()) == [PATH]
    assert not _tree(store.staged("b", "s"))
    with pytest.raises(FileNotFoundError):
        files.open("v1/nothing")
    with pytest.raises(FileNotFoundError):
        files.size_bytes("v1/nothing")


def test_a_second_writer_of_one_object_is_refused_and_harms_nothing(store):
    store.place("b", _stage(store))
    before = _tree(store.object_files(PATH))
    other = _stage(store, "t", body=b"other")
    with pytest.raises(Conflict):
        store.place("b", other)
    store.take_back(other)
    assert _tree(store.object_files(PATH)) == before


def test_a_version_is_added_and_taken_back(store):
    store.place("b", _stage(store))
    first = _tree(store.object_files(PATH))
    second = _stage(store, "t", version=2, body=b"second")
    store.place("b", second)
    store.sync()
    assert _read(store.object_files(PATH), INVENTORY) == b"inventory 2 b'second'"
    store.take_back(second)
    inventories = {INVENTORY, SIDECAR}
    assert {p: c for p, c in _tree(store.object_files(PATH)).items() if p not in inventories} == {
        p: c for p, c in first.items() if p not in inventories
    }
    assert _read(store.object_files(PATH), INVENTORY) == first[INVENTORY]


def test_taking_back_the_first_version_leaves_no_object(store):
    placement = _stage(store)
    store.place("b", placement)
    store.take_back(placement)
    store.take_back(placement)
    assert list(store.object_paths()) == []
    assert not _tree(store.object_files(PATH))


def test_a_replaced_object_is_whole_and_an_erased_one_leaves_only_its_tombstone(store):
    store.place("b", _stage(store))
    _stage(store, "good", body=b"good")
    good = _tree(store.staged("b", "good"))
    store.replace("b", "good", PATH)
    store.sync()
    assert _tree(store.object_files(PATH)) == good
    store.stage_files("b", "stone", {INVENTORY: b"stone", SIDECAR: b"x"})
    store.erase("b", "stone", PATH)
    store.sync()
    assert _tree(store.object_files(PATH)) == {INVENTORY: b"stone", SIDECAR: b"x"}


def test_evidence_is_written_once(store):
    store.put_evidence("segments/000001.jsonl", b"one")
    store.put_evidence("segments/000001.jsonl", b"one")
    with pytest.raises(Conflict):
        store.put_evidence("segments/000001.jsonl", b"two")
    assert store.get_evidence("segments/000001.jsonl") == b"one"
    assert list(store.evidence_paths("segments/")) == ["segments/000001.jsonl"]
    with pytest.raises(NotFound):
        store.get_evidence("segments/000002.jsonl")


@pytest.mark.parametrize("kind", ["filesystem", "encrypted"])
def test_what_outlives_the_owner_of_a_discarded_batch_can_write_nothing_more(kind):
    """A child of a killed process may be in the middle of a file when recovery comes by."""
    declared_stores()
    store = open_store("backup-far")
    store = EncryptedStore(store) if kind == "encrypted" else store
    store.require_ready()
    store.begin("b")
    with store.stage("b", "s", "v1/content/large.bin") as orphan:
        orphan.write(b"half")
        store.discard("b")
        orphan.write(b"the other half")
    with pytest.raises(FileNotFoundError):
        store.stage_files("b", "s", {"v1/content/small.txt": b"small"})
    assert not [path for path in (home() / "vault/backup-far/staging").rglob("*") if path.is_file()]


@pytest.mark.services
def test_wrong_credentials_and_a_server_that_is_gone_are_told_with_a_remedy():
    from lantai.vault.adapters.s3 import S3Store

    facts = s3_facts()
    S3Store(facts).require_ready()
    (home() / "s3.toml").write_text('access_key_id = "lantai"\nsecret_access_key = "wrong"\n')
    with pytest.raises(Unavailable, match="凭据") as refused:
        S3Store(facts).require_ready()
    assert refused.value.remedy
    gone = StoreFacts("far", "远处", "s3", "http://127.0.0.1:9/bucket", "异地", "盘", "backup", facts.options)
    with pytest.raises(Unavailable, match="重试"):
        S3Store(gone).require_ready()


@pytest.mark.services
def test_bytes_that_come_back_changed_fail_the_batch():
    from lantai.vault.adapters.s3 import S3Store

    store = S3Store(s3_facts())
    store.require_ready()
    store.begin("b")
    placement = _stage(store)
    store.place("b", placement)
    store.bucket.put(f"objects/{PATH}/v1/content/small.txt", b"smalL")
    with pytest.raises(OSError, match="不一致"):
        store.sync()


@pytest.mark.services
def test_retained_files_resist_deletion_without_the_right_to_bypass():
    from botocore.exceptions import ClientError

    from lantai.vault.adapters.s3 import S3Store

    store = S3Store(s3_facts(retain_days=2))
    store.require_ready()
    store.place("b", _stage(store))
    store.sync()
    client, bucket = store.bucket._client, store.bucket._name
    versions = client.list_object_versions(Bucket=bucket, Prefix=f"库/objects/{PATH}/{INVENTORY}")["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket=bucket, Key=versions[0]["Key"], VersionId=versions[0]["VersionId"])


@pytest.mark.services
@pytest.mark.django_db
@pytest.mark.requirement("Z35")
def test_a_store_on_s3_that_joins_later_is_caught_up_written_to_audited_and_repaired():
    ingest_now(records(2))
    facts = s3_facts()
    with configuration_file().open("a", encoding="utf-8") as file:
        file.write(
            f'[[store]]\nkey = "far"\nname = "对象存储"\nkind = "s3"\nlocation = "{facts.location}"\n'
            'site = "邻省"\nmedium = "磁盘"\npurpose = "backup"\n[store.options]\ncredentials = "s3.toml"\n'
        )
    assert repair().repaired == 2
    ingest_now(records(1))
    assert Copy.objects.filter(store="far", state="verified").count() == 3
    assert audit("far").is_clean
    store, row = open_store("far"), Copy.objects.filter(store="far").first().object
    files = store.object_files(row.object_path)
    path = next(path for path in files.paths() if "/documents/" in path)
    good = _read(files, path)
    store.bucket.put(f"objects/{row.object_path}/{path}", good[:-1] + b"?")
    assert audit("far").damaged == 1
    assert repair().repaired == 1
    assert _read(open_store("far").object_files(row.object_path), path) == good
    assert audit("far").is_clean

"""A store without a rename is given whole objects where they will stand; on a real radosgw."""

import pytest

from lantai.core.errors import Unavailable
from lantai.core.settings import home
from lantai.vault.adapters.s3 import S3Store
from lantai.vault.api import replicate
from lantai.vault.models import Batch, Copy, VaultObject
from lantai.vault.stores import configuration_file, open_store

from .factories import ingest_now, records
from .test_store_contract import s3_facts

pytestmark = [pytest.mark.services, pytest.mark.django_db]


@pytest.fixture
def far():
    """Three objects on the first stores, and a store on S3 that joins later."""
    ingest_now(records(3))
    facts = s3_facts()
    with configuration_file().open("a", encoding="utf-8") as file:
        file.write(
            f'[[store]]\nkey = "far"\nname = "对象存储"\nkind = "s3"\nlocation = "{facts.location}"\n'
            'site = "邻省"\nmedium = "磁盘"\npurpose = "backup"\n[store.options]\ncredentials = "s3.toml"\n'
        )
    store = open_store("far")
    store.require_ready()
    return store


@pytest.mark.requirement("Z35")
def test_every_object_is_written_once_and_read_back(far):
    done = replicate("far")
    assert (done.copies, done.left) == (3, 0)
    assert 0 < done.proven_seconds < done.seconds
    assert Copy.objects.filter(store="far", state="verified").count() == 3
    for row in VaultObject.objects.all():
        there, here = far.object_files(row.object_path), open_store("use").object_files(row.object_path)
        assert sorted(there.paths()) == sorted(here.paths())
    assert not list(far.bucket.keys("staging/"))


def test_an_object_whose_source_is_damaged_leaves_nothing_there(far):
    rows = list(VaultObject.objects.order_by("id"))
    for store in ("use", "backup-near", "backup-far"):
        folder = home() / "vault" / store / "objects" / rows[0].object_path
        victim = next(folder.glob("v1/content/documents/*"))
        victim.write_bytes(victim.read_bytes()[:-1] + b"?")
    done = replicate("far")
    assert (done.copies, done.left) == (2, 1)
    assert sorted(far.object_paths()) == sorted(row.object_path for row in rows[1:])


def test_a_server_that_goes_away_halfway_leaves_nothing_and_is_served_later(far, monkeypatch):
    write, seen = S3Store.write_small, []

    def fail_late(store, object_path, files):
        seen.append(object_path)
        if len(seen) > 4:
            raise Unavailable("gone")
        write(store, object_path, files)

    monkeypatch.setattr(S3Store, "write_small", fail_late)
    with pytest.raises(Unavailable):
        replicate("far")
    assert not list(far.object_paths())
    assert not Batch.objects.filter(purpose="replicate").exists()
    monkeypatch.setattr(S3Store, "write_small", write)
    assert replicate("far").copies == 3


def test_what_another_writes_there_is_left_to_him(far):
    row = VaultObject.objects.first()
    assert far.claim(row.object_path, b"another's")
    done = replicate("far")
    assert (done.copies, done.left) == (2, 1)
    assert far.bucket.get(f"objects/{row.object_path}/v1/inventory.json") == b"another's"

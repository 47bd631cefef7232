"""All machines of a house are gone: from one bucket, or from a stack of offline volumes, everything comes back as it was."""

import hashlib
import os
import shutil
import uuid

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.settings import home
from lantai.ledger.api import verify
from lantai.records.api import Document
from lantai.vault.api import (
    Copy,
    audit,
    declared_stores,
    open_document,
    rebuild,
    repair,
)
from lantai.vault.stores import configuration_file
from lantai.vault.volumes import making
from lantai.vault.volumes.reading import mounted_stack
from lantai.vault.volumes.rebuilding import rebuild_from_volumes

from . import whole
from .test_loss import lose_database_and_index, settle

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_scanner"),
    pytest.mark.timeout(300),
]
ELSEWHERE = {"vault.toml", "s3.toml", "keystore.json", "keystore.passphrase"}
"""What an operator keeps apart from the machine: where the stores are, and the keys to them."""


class Bucket:
    """The far backup is a bucket on a real server."""

    def __init__(self, _folder):
        server = os.environ.get("LANTAI_TEST_S3")
        if not server:
            pytest.skip(
                "no S3 server: scripts/test-services.sh starts a Ceph radosgw and sets LANTAI_TEST_S3"
            )
        declared_stores()
        (home() / "s3.toml").write_text('access_key_id = "lantai"\nsecret_access_key = "lantai-secret"\n')
        file, bucket = configuration_file(), f"b-{uuid.uuid4().hex[:12]}"
        head, _far, _rest = file.read_text(encoding="utf-8").partition('[[store]]\nkey = "backup-far"')
        file.write_text(
            f'{head}[[store]]\nkey = "backup-far"\nname = "异地备份"\nkind = "s3"\nlocation = "{server}/{bucket}"\n'
            'site = "异地备份库"\nmedium = "磁盘"\npurpose = "backup"\n[store.options]\ncredentials = "s3.toml"\n',
            encoding="utf-8",
        )

    def keep(self):
        """It has everything already."""

    def bring_back(self):
        """Catalogue, then content."""
        found = rebuild("backup-far")
        settle()
        return found

    def bring_content_back(self):
        """Onto the new disks."""
        assert not repair().losses


class Volumes:
    """A stack of sealed images in a safe."""

    def __init__(self, folder):
        self.safe = folder / "safe"
        self.safe.mkdir()

    def keep(self):
        """Writes them and puts them away."""
        made = making.make_volumes(order=making.Order("bd25", capacity_bytes=9_000_000), actor=SYSTEM)
        assert not made.left_out
        for volume in made.volumes:
            shutil.copy(home() / volume.location / f"{volume.number}.tar", self.safe)

    def bring_back(self):
        """Catalogue and register of volumes."""
        found = rebuild_from_volumes([self.safe], SYSTEM)
        settle()
        assert found.volumes
        assert not found.not_adopted
        return found.rebuilt

    def bring_content_back(self):
        """Onto the new disks."""
        with mounted_stack([self.safe]):
            assert not repair().losses


def lose_every_machine():
    lose_database_and_index()
    for path in home().iterdir():
        if path.name not in ELSEWHERE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.requirement("Z36")
@pytest.mark.parametrize("source", [Bucket, Volumes])
def test_every_row_of_every_table_of_the_vaults_comes_back_as_it_was(source, tmp_path):
    kept = source(tmp_path)
    whole.fill(tmp_path)
    before = whole.standing()
    assert [label for label, rows in before.items() if not rows] == []
    kept.keep()

    lose_every_machine()
    found = kept.bring_back()
    assert found.skipped == []
    after = whole.standing()
    copies = before.pop("vault.Copy")  # the new disks are empty yet
    for label, rows in before.items():
        if label.startswith("ledger."):  # what was done since it was written down is not in it
            assert [row for row in rows if row not in after[label]] == [], label
        else:
            assert after[label] == rows, label
    assert verify().ok

    kept.bring_content_back()
    assert whole.standing()["vault.Copy"] == copies
    assert all(audit(store.key).is_clean for store in declared_stores())
    stores = [store.key for store in declared_stores()]
    assert set(Copy.objects.filter(store__in=stores).values_list("state", flat=True)) == {"verified"}
    for row in Document.objects.filter(record__vault_object__state="held").select_related("record"):
        assert hashlib.sha512(open_document(row).read_bytes()).hexdigest() == row.sha512

"""Villages' backups after a crash, after a lost database, and sent by a town for its villages."""

import io
import shutil
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse

from lantai.core.identifiers import new_id
from lantai.core.settings import home
from lantai.institutions.tests.factories import a_person, an_agency
from lantai.records.tests.factories import archive
from lantai.vault.models import VillageBackup
from lantai.vault.villages import keeping, recovering, services

from .test_villages import BODIES, a_village, phone, send, village  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("Z38")]


@pytest.fixture
def later(monkeypatch):
    """Two days on, so that nothing is taken for being under way."""
    monkeypatch.setattr(recovering, "LEFT_AFTER", timedelta(seconds=-1))


def test_the_stores_alone_bring_back_what_a_village_sent(phone, later):  # noqa: F811
    send(phone)
    before = VillageBackup.objects.get()
    VillageBackup.objects.all().delete()
    shutil.rmtree(home() / "vault/use/villages/objects" / before.object_path)
    services.check_due()
    after = VillageBackup.objects.get()
    same = (
        "id",
        "village_id",
        "archive_id",
        "key",
        "title",
        "files",
        "size_bytes",
        "inventory_sha512",
        "receipt",
    )
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert after.copies_good == 3
    got = phone.post(reverse("vault:village_files", args=[after.id]))
    with zipfile.ZipFile(io.BytesIO(b"".join(got.streaming_content))) as held:
        assert [held.read(name) for name in held.namelist()[:-2]] == list(BODIES.values())
    send(phone)
    assert VillageBackup.objects.count() == 1


def test_what_is_being_written_is_left_alone_and_what_was_withdrawn_stays_so(phone, monkeypatch):  # noqa: F811
    send(phone)
    backup = VillageBackup.objects.get()
    VillageBackup.objects.all().delete()
    assert recovering.adopt() == 0
    monkeypatch.setattr(recovering, "LEFT_AFTER", timedelta(seconds=-1))
    assert recovering.adopt() == 1
    kept = {
        store.facts.key: list(store.object_files(backup.object_path).paths()) for store in keeping.apart()
    }
    copies = home() / "copies"
    shutil.copytree(home() / "vault/use/villages/objects", copies)
    phone.post(reverse("vault:withdraw_village_backup", args=[backup.id]))
    shutil.rmtree(home() / "vault/use/villages/objects")
    copies.rename(home() / "vault/use/villages/objects")  # a disk that was away comes back
    VillageBackup.objects.all().delete()
    assert kept["use.villages"]
    assert recovering.adopt() == 0
    # A row from a dump older than the withdrawal.
    shutil.rmtree(home() / "vault/use/villages/objects" / backup.object_path)
    backup.save(force_insert=True)
    assert services.check_backups()["lost"] == []
    backup.refresh_from_db()
    assert backup.state == "withdrawn"


@pytest.mark.usefixtures("later")
def test_an_upload_that_a_crash_ended_leaves_nothing_and_sent_again_stands_once(phone):  # noqa: F811
    send(phone)
    first = VillageBackup.objects.get()
    VillageBackup.objects.all().delete()  # killed before the commit: the object stands, no row does
    send(phone)
    second = VillageBackup.objects.get()
    assert second.id != first.id
    services.check_due()
    for store in keeping.apart():
        assert list(store.object_paths()) == [second.object_path]
    left = new_id()
    mark = home() / "vault" / "villages-under-way" / str(left)
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    for store in keeping.apart():
        store.begin(str(left))
        with store.stage(str(left), "object", "v1/content/files/0001.jpg") as target:
            target.write(b"half")
    services.check_due()
    assert not mark.exists()
    assert not [
        path for path in (home() / "vault").rglob("*") if path.is_file() and path.read_bytes() == b"half"
    ]


@pytest.mark.parametrize(
    "spoil", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"facts": {"backup": "x"}, "seal": {}}']
)
def test_a_root_with_strange_or_forged_receipts_enters_nothing(phone, later, spoil):  # noqa: F811
    send(phone)
    backup = VillageBackup.objects.get()
    VillageBackup.objects.all().delete()
    for key in ("use", "backup-near", "backup-far"):
        receipt = home() / "vault" / key / "villages/objects" / backup.object_path / "v1/content/receipt.json"
        whole = receipt.read_bytes()
        receipt.write_bytes(spoil or whole.replace("村务公开".encode(), "村务公丌".encode()))
    assert recovering.adopt() == 0


def test_a_town_sends_and_takes_back_for_its_villages_and_no_others(client):
    town, one, other = an_agency(archive=archive()), a_village(), a_village()
    for each in (one, other):
        each.parent = town
        each.save()
    stranger = a_village()
    client.force_login(
        a_person("record_archivist", organisation=town), backend="django.contrib.auth.backends.ModelBackend"
    )
    page = client.get(reverse("vault:village_backups")).content.decode()
    assert one.name in page
    assert f'value="{stranger.code}"' not in page
    assert "请选是哪个村" in send(client).content.decode()
    files = {"files": io.BytesIO(b"ledger"), "key": "t1", "title": "账本"}
    assert (
        client.post(reverse("vault:village_backups"), {**files, "village": stranger.code}).status_code == 422
    )
    files["files"] = io.BytesIO(b"ledger")
    answer = client.post(reverse("vault:village_backups"), {**files, "village": other.code})
    backup = VillageBackup.objects.get()
    assert (answer.status_code, backup.village) == (302, other)
    got = client.post(reverse("vault:village_files", args=[backup.id]))
    assert b"".join(got.streaming_content).startswith(b"PK")
    listed = client.get("/api/v1/village-backups").json()
    assert [row["village"] for row in listed["items"]] == [other.code]
    client.force_login(
        a_person("record_archivist", organisation=other), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "账本" in client.get(reverse("vault:village_backups")).content.decode()
    client.force_login(
        a_person("record_archivist", organisation=one), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "账本" not in client.get(reverse("vault:village_backups")).content.decode()


def test_what_an_api_client_sends_for_a_village_is_answered_with_its_receipt(client):
    made = a_village()
    client.force_login(
        a_person("record_archivist", organisation=made), backend="django.contrib.auth.backends.ModelBackend"
    )
    sent = client.post(
        "/api/v1/village-backups",
        {"files": io.BytesIO(b"x" * 9), "title": "账本"},
        headers={"Idempotency-Key": "a"},
    )
    assert sent.status_code == 201
    assert sent.json()["receipt"]["facts"]["village_code"] == made.code

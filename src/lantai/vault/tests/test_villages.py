"""A village's backup: sent from a phone or by API, receipted, checked, taken back, kept apart from the archive."""

import hashlib
import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lantai.core.actors import SYSTEM
from lantai.core.settings import home
from lantai.institutions.tests.factories import a_person, an_agency
from lantai.records.api import Record
from lantai.records.tests.factories import archive
from lantai.vault.models import VaultObject, VillageBackup
from lantai.vault.ocfl_validation import validate
from lantai.vault.villages import endpoints, services

pytestmark = pytest.mark.django_db
BODIES = {"村民会议记录.jpg": b"\xff\xd8 one" * 3000, "../账本.PDF": b"%PDF two" * 5000, "空.txt": b""}


def a_village():
    body = an_agency(archive=archive())
    body.kind = "village"
    body.save()
    return body


@pytest.fixture
def village():
    return a_village()


@pytest.fixture
def phone(client, village):
    client.force_login(a_person("record_archivist", organisation=village),
                       backend="django.contrib.auth.backends.ModelBackend")  # fmt: skip
    return client


def send(client, key="k1", title="二〇二六年村务公开", bodies=BODIES):
    files = [SimpleUploadedFile(name, body) for name, body in bodies.items()]
    return client.post(reverse("vault:village_backups"), {"files": files, "title": title, "key": key})


@pytest.mark.requirement("Z38")
def test_a_village_sends_gets_its_receipt_and_takes_everything_back_byte_for_byte(phone):
    answer = send(phone)
    backup = VillageBackup.objects.get()
    assert answer["Location"] == reverse("vault:village_backup", args=[backup.id])
    assert backup.copies_good == 3
    assert services.receipt_holds(backup)
    page = phone.get(answer["Location"]).content.decode()
    assert "签章有效" in page
    pdf = phone.get(reverse("vault:village_receipt", args=[backup.id]))
    assert pdf.content.startswith(b"%PDF")
    got = phone.post(reverse("vault:village_files", args=[backup.id]))
    with zipfile.ZipFile(io.BytesIO(b"".join(got.streaming_content))) as held:
        bodies = [held.read(name) for name in held.namelist()[:-2]]
        assert bodies == list(BODIES.values())
        assert not any("/" in name for name in held.namelist())
        sums = dict(reversed(line.split("  ")) for line in held.read("SHA512SUMS").decode().splitlines())
        assert sums == {name: hashlib.sha512(held.read(name)).hexdigest() for name in held.namelist()[:-2]}
        assert json.loads(held.read("receipt.json")) == backup.receipt


def test_the_api_lists_a_villages_backups_by_key_to_the_oldest(phone, monkeypatch):
    monkeypatch.setattr(endpoints, "_MOST", 2)
    for number in range(5):
        send(phone, f"k{number}", bodies={"一.txt": b"%d" % number})
    seen, query = [], {}
    while query is not None:
        answer = phone.get("/api/v1/village-backups", query).json()
        assert len(answer["items"]) <= 2
        seen += [one["id"] for one in answer["items"]]
        query = {"after": answer["next"]} if answer["next"] else None
    newest_first = VillageBackup.objects.order_by("-received_at", "-id").values_list("id", flat=True)
    assert seen == list(map(str, newest_first))


@pytest.mark.requirement("Z38")
def test_what_a_village_sent_is_no_record_of_the_archive_and_lies_apart(phone):
    send(phone)
    assert not Record.objects.exists()
    assert not VaultObject.objects.exists()
    for store in ("use", "backup-near", "backup-far"):
        assert validate(home() / "vault" / store / "villages" / "objects").valid
        assert validate(home() / "vault" / store / "villages" / "objects").objects == 1
        assert not list((home() / "vault" / store / "objects").glob("??"))


def test_sending_the_same_again_doubles_nothing_and_another_under_its_key_is_refused(phone):
    send(phone)
    send(phone)
    assert VillageBackup.objects.count() == 1
    answer = send(phone, title="别的")
    assert answer.status_code == 422
    assert "换一个标识" in answer.content.decode()


@pytest.mark.requirement("Z38")
def test_a_damaged_copy_is_found_and_written_anew_and_a_lost_one_is_told(phone):
    send(phone)
    backup = VillageBackup.objects.get()
    near, use, far = (
        home() / "vault" / store / "villages/objects" / backup.object_path / "v1/content/files/0001.jpg"
        for store in ("backup-near", "use", "backup-far")
    )
    near.write_bytes(b"x")
    use.write_bytes(b"y")
    got = phone.post(reverse("vault:village_files", args=[backup.id]))
    assert got.status_code == 200
    assert b"".join(got.streaming_content).startswith(b"PK")
    assert services.check_backups()["mended"] == 2
    assert near.read_bytes() == use.read_bytes() == BODIES["村民会议记录.jpg"]
    for file in (near, use, far):
        file.write_bytes(b"z")
    assert services.check_backups()["lost"]
    assert phone.post(reverse("vault:village_files", args=[backup.id])).status_code == 503


def test_another_village_and_an_agency_see_and_take_nothing_and_the_archive_only_looks(phone, client):
    send(phone)
    backup = VillageBackup.objects.get()
    for person, status in (
        (a_person("record_archivist", organisation=a_village()), 404),
        (a_person("record_archivist", organisation=an_agency(archive=archive())), 404),
        (a_person("preservation_archivist", organisation=archive()), 403),
    ):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(reverse("vault:village_files", args=[backup.id])).status_code == status
    assert "村务公开" in client.get(reverse("vault:village_backups")).content.decode()


def test_the_quota_is_told_with_what_is_left_and_withdrawing_frees_it(phone, monkeypatch):
    monkeypatch.setenv("LANTAI_VILLAGE_QUOTA_BYTES", "70000")
    send(phone)
    answer = send(phone, key="k2", title="又一份")
    assert answer.status_code == 422
    assert "超过本村备份空间" in answer.content.decode()
    backup = VillageBackup.objects.get()
    phone.post(reverse("vault:withdraw_village_backup", args=[backup.id]))
    assert send(phone, key="k2", title="又一份").status_code == 302
    assert not (home() / "vault/use/villages/objects" / backup.object_path).exists()
    backup.refresh_from_db()
    assert backup.state == "withdrawn"
    assert services.receipt_holds(backup)


def test_a_batch_that_fails_leaves_nothing_on_any_store(village):
    from lantai.core.actors import Actor
    from lantai.vault.villages.keeping import GivenFile

    def broken():
        yield b"some"
        raise OSError(5, "network gone")

    actor = Actor("p", "村文书", frozenset({"clerk"}), organisation_id=village.id)
    files = [GivenFile("a.jpg", lambda: [b"whole"]), GivenFile("b.jpg", broken)]
    with pytest.raises(OSError, match="network"):
        services.receive_backup(files=files, size_bytes=9, title="", key="k", actor=actor)
    left = list((home() / "vault").rglob("*.jpg"))
    assert not left
    assert services.check_backups(SYSTEM)["checked"] == 0

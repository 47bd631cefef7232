"""What is no archival fact goes into one file and comes back, beside what the vault brings back."""

import io
import json
import tarfile
from datetime import timedelta

import pytest
import typer
from django.apps import apps
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lantai.config.backup import commands
from lantai.config.backup.contents import contents
from lantai.config.backup.making import make_backup
from lantai.config.backup.restoring import open_backup, restore
from lantai.config.backup.sealing import PIECE_BYTES, decrypt, encrypt
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid, Unavailable
from lantai.core.seals.keystore import Keystore
from lantai.core.settings import home
from lantai.institutions.api import Organisation, Person, grant, issue_api_key
from lantai.institutions.models import ApiKey, Appointment, Grant
from lantai.institutions.tests.factories import PASSWORD, a_person, an_agency
from lantai.ledger.api import sequence_pending
from lantai.records.api import Record
from lantai.records.tests.factories import archive
from lantai.vault.api import (
    Copy,
    OfflineVolume,
    erase,
    finish_erasures,
    make_volumes,
    rebuild,
    volume_order,
    volumes_to_reissue,
)
from lantai.vault.policy import PolicyTerms, set_policy
from lantai.vault.tests.factories import ingest_now, records
from lantai.vault.watch.plans import AuditTerms, set_audit_plan, terms_for


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))


def a_grant(person):
    until = timezone.now() + timedelta(days=30)
    return grant(
        person=person,
        acts=["entry"],
        until=until,
        reason="查考",
        organisation=person.organisation,
        actor=SYSTEM,
    )


def an_api_key():
    return issue_api_key(organisation=an_agency(), label="办公系统", actor=SYSTEM)


def flush():
    from django.core.management import call_command

    call_command("flush", interactive=False, verbosity=0)


def kept_rows():
    """Every row of every kept table; regions, which a rebuild makes under keys of its own, by their code."""
    rows = {
        label: sorted(apps.get_model(label)._base_manager.values_list(), key=str)
        for label in contents().kept
        if label not in {"institutions.Region", "institutions.Organisation"}
    }
    placed = Organisation.objects.order_by("id").values_list(
        "id", "name", "code", "kind", "region__division_code"
    )
    return rows | {"placed": list(placed)}


def run(*arguments):
    app = typer.Typer()
    commands.register(app)
    done = CliRunner().invoke(app, ["backup", *map(str, arguments), "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def test_every_table_is_either_kept_or_comes_back_from_the_vault_or_passes():
    named = [*contents().kept, *contents().archival, *contents().passing]
    assert len(named) == len(set(named))
    tables = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert tables - set(named) == set(), "say in config/backup/tables.toml what becomes of these"
    assert set(named) - tables == set()


def test_a_table_stands_after_those_it_refers_to():
    order = {label: number for number, label in enumerate(contents().kept)}
    for label, number in order.items():
        for field in apps.get_model(label)._meta.concrete_fields:
            target = field.related_model and field.related_model._meta.label
            assert order.get(target, -1) <= number, f"{label} before {target}"


@pytest.mark.requirement("Z36")
@pytest.mark.parametrize("passphrase", ["", "四海之内皆兄弟"])
def test_after_a_rebuild_accounts_roles_keys_and_policies_are_what_they_were(
    transactional_db, tmp_path, passphrase
):
    rows = records(2)
    ingest_now(rows)
    person = a_person("preservation_archivist", organisation=archive())
    a_grant(person)
    an_api_key()
    set_policy(terms=PolicyTerms(2), actor=SYSTEM, fonds_id=rows[0].fonds_id)
    set_audit_plan(store="use", terms=AuditTerms(30, 5), actor=SYSTEM)
    (home() / "lantai.toml").write_text("LEDGER_DELAY_S = 5\n")
    sequence_pending()
    before = kept_rows()
    made = make_backup(tmp_path / "one.backup", passphrase)
    assert made.path.stat().st_mode & 0o077 == 0
    flush()
    (home() / "lantai.toml").unlink()
    rebuild("backup-far", SYSTEM)
    with open_backup(made.path, passphrase) as opened:
        done = restore(opened)
        assert opened.seal == "valid"
    assert sum(done.dangling.values()) == 0
    assert kept_rows() == before
    assert Record.objects.count() == 2
    assert Person.objects.get(id=person.id).check_password(PASSWORD)
    assert terms_for("use") == AuditTerms(30, 5)
    assert done.files == ["lantai.toml", "vault.toml"] or done.files == ["lantai.toml"]
    with open_backup(made.path, passphrase) as opened:
        assert sum(restore(opened).inserted.values()) == 0


@pytest.mark.requirement("Z36")
def test_what_lies_on_offline_volumes_is_known_again_after_a_rebuild(transactional_db, tmp_path):
    """The rebuild gives objects keys of its own; what was erased since must still be told of the volume."""
    gone, stays = records(2)
    ingest_now([gone, stays])
    order = volume_order("bd25", capacity_bytes=12_000_000)
    (volume,) = make_volumes(order=order, actor=SYSTEM).volumes
    erase([gone.id], kind="disposal", basis="disposal:1", actor=SYSTEM)
    finish_erasures(SYSTEM)
    sequence_pending()
    made = make_backup(tmp_path / "one.backup")
    flush()
    rebuild("backup-far", SYSTEM)
    with open_backup(made.path) as opened:
        done = restore(opened)
    assert sum(done.dangling.values()) == 0
    assert OfflineVolume.objects.get().entries.count() == 2
    assert list(volumes_to_reissue()) == [volume]
    copies = Copy.objects.filter(store=volume.copy_key).values_list("object__record_id", "state", "version")
    assert set(copies) == {(gone.id, "pending", 0), (stays.id, "verified", 1)}


def test_nothing_that_stands_is_overwritten_and_what_refers_to_nothing_is_told(transactional_db, tmp_path):
    person = a_person("record_archivist", organisation=an_agency())
    a_grant(person)
    made = make_backup(tmp_path / "one.backup")
    Person.objects.filter(id=person.id).update(full_name="改过的名字")
    Appointment.objects.all().delete()
    with open_backup(made.path) as opened:
        assert restore(opened).inserted["institutions.Appointment"] == 1
    assert Person.objects.get(id=person.id).full_name == "改过的名字"
    flush()
    with open_backup(made.path) as opened:
        (opened.folder / "tables/institutions.Person.jsonl").write_text("")
        done = restore(opened)
    assert done.dangling["institutions.Grant"] == 1
    assert not Grant.objects.exists()
    assert Organisation.objects.exists()


@pytest.mark.django_db
def test_api_keys_lie_in_it_as_digests_and_records_not_at_all(tmp_path):
    _key, secret = an_api_key()
    [row] = records(1)
    made = make_backup(tmp_path / "one.backup")
    with tarfile.open(made.path) as tar:
        held = b"".join(tar.extractfile(member).read() for member in tar.getmembers())
    assert ApiKey.objects.get().digest.encode() in held
    assert secret.encode() not in held
    assert row.title.encode() not in held
    assert b"keystore.json" not in held


@pytest.mark.django_db
def test_the_keystore_goes_only_into_an_encrypted_file(tmp_path):
    with pytest.raises(Invalid, match="加密"):
        make_backup(tmp_path / "plain.backup", secrets=True)
    made = make_backup(tmp_path / "sealed.backup", "口令", secrets=True)
    assert "keystore.json" in made.files
    keystore = (home() / "keystore.json").read_bytes()
    (home() / "keystore.json").unlink()
    with open_backup(made.path, "口令") as opened:
        restore(opened)
    assert (home() / "keystore.json").read_bytes() == keystore
    with open_backup(made.path, "口令") as opened:
        (home() / "keystore.json").unlink()
        Keystore.open(home() / "keystore.json", "another")  # a start without keys leaves one that holds none
        assert "keystore.json" in restore(opened).files
    assert (home() / "keystore.json").read_bytes() == keystore
    assert (home() / "keystore.json").stat().st_mode & 0o077 == 0
    with pytest.raises(Unavailable), open_backup(made.path):
        pass
    with pytest.raises(Conflict):
        make_backup(made.path)


@pytest.mark.django_db
def test_a_changed_file_is_refused(tmp_path):
    a_person("record_archivist", organisation=an_agency())
    made = make_backup(tmp_path / "one.backup")
    with open_backup(made.path) as opened:
        parts = {
            p.relative_to(opened.folder): p.read_bytes() for p in opened.folder.rglob("*") if p.is_file()
        }
    forged = tmp_path / "forged.backup"
    with tarfile.open(forged, "w:gz") as tar:
        for name, data in parts.items():
            member = tarfile.TarInfo(str(name))
            data = (
                data.replace(b"record_archivist", b"preservation")
                if name.name.endswith("Appointment.jsonl")
                else data
            )
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with pytest.raises(Invalid, match="Appointment"), open_backup(forged):
        pass
    forged.write_bytes(b"no backup at all")
    with pytest.raises(Invalid), open_backup(forged):
        pass


@given(st.binary(max_size=300), st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_encrypted_file_notices_every_change_and_every_cut(data, draw):
    sealed, plain = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr("lantai.config.backup.sealing._SCRYPT", {"n": 16, "r": 8, "p": 1})
        encrypt(io.BytesIO(data), sealed, "口令")
    decrypt(io.BytesIO(sealed.getvalue()), plain, "口令")
    assert plain.getvalue() == data
    changed = bytearray(sealed.getvalue())
    place = draw.draw(st.integers(0, len(changed) - 1))
    if draw.draw(st.booleans()):
        changed[place] ^= draw.draw(st.integers(1, 255))
    else:
        del changed[place:]
    with pytest.raises(Invalid):
        decrypt(io.BytesIO(bytes(changed)), io.BytesIO(), "口令")


def test_pieces_cannot_be_left_out_or_moved():
    sealed = io.BytesIO()
    encrypt(io.BytesIO(b"a" * PIECE_BYTES + b"b" * PIECE_BYTES + b"c"), sealed, "口令")
    whole = sealed.getvalue()
    start = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    size = 4 + int.from_bytes(whole[start : start + 4])
    first, second, last = (
        whole[start : start + size],
        whole[start + size : start + 2 * size],
        whole[start + 2 * size :],
    )
    for wrong in (first + last, second + first + last, first + second, second + last):
        with pytest.raises(Invalid):
            decrypt(io.BytesIO(whole[:start] + wrong), io.BytesIO(), "口令")


@pytest.mark.django_db
def test_the_terminal_makes_verifies_and_restores(tmp_path):
    a_person("record_archivist", organisation=an_agency())
    words = tmp_path / "words"
    words.write_text("口令\n")
    code, told = run("make", tmp_path / "one.backup", "--passphrase-file", words)
    assert (code, told["encrypted"], told["tables"]["institutions.Person"]) == (0, True, 1)
    code, told = run("verify", tmp_path / "one.backup", "--passphrase-file", words)
    assert (code, told["valid"], told["seal"]) == (0, True, "valid")
    assert run("verify", tmp_path / "one.backup")[0] == 3
    code, told = run("restore", tmp_path / "one.backup", "--passphrase-file", words)
    assert (code, told["present"]["institutions.Person"]) == (0, 1)
    assert run("verify", tmp_path / "two.backup")[0] == 1

"""Encryption at rest: nothing readable lies on the store, every change is noticed, a lost key is told plainly."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.core.errors import Unavailable
from lantai.core.seals import default_keys
from lantai.core.settings import home
from lantai.vault.adapters import sm4_files
from lantai.vault.api import audit, open_document, rebuild, repair
from lantai.vault.encryption import damaged_files
from lantai.vault.models import Copy, VaultObject
from lantai.vault.stores import configuration_file, open_store

from .factories import document, ingest_now, record, records

KEY = bytes(range(16))


def encrypt_far():
    """Declares the far backup encrypted, before it was ever used."""
    file = configuration_file()
    text = file.read_text("utf-8")
    file.write_text(text.replace('key = "backup-far"', 'key = "backup-far"\nencryption = "sm4"'), "utf-8")


def opened(sealed, key=KEY):
    return sm4_files.OpenedFile(key, io.BytesIO(sealed), len(sealed), "f")


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([0, 1, 65535, 65536, 65537, 131072, 200_001]), st.integers(0, 2**32))
def test_any_stretch_is_read_back_from_any_place(size, seed):
    draw = random.Random(seed)
    plain = draw.randbytes(size)
    sealed = sm4_files.encrypt(KEY, plain)
    assert sm4_files.plain_size(len(sealed)) == size
    with io.BufferedReader(opened(sealed)) as source:
        for _ in range(5):
            start, length = draw.randrange(size + 1), draw.randrange(size + 1)
            source.seek(start)
            assert source.read(length) == plain[start : start + length]
    assert sm4_files.is_sound(iter([sealed[:10], sealed[10:]]))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([0, 5, 65536, 150_000]), st.integers(0, 2**32))
def test_a_flipped_bit_a_cut_and_a_moved_chunk_are_noticed_with_and_without_the_key(size, seed):
    draw = random.Random(seed)
    sealed = bytearray(sm4_files.encrypt(KEY, draw.randbytes(size)))
    place = draw.randrange(len(sealed))
    how = draw.choice(["flip", "cut", "chunks"])
    if how == "flip":
        sealed[place] ^= 1 << draw.randrange(8)
    elif how == "cut":
        del sealed[place:]
    elif size > 131072:
        first, second, length = sm4_files.HEADER_BYTES, sm4_files.HEADER_BYTES + 65552, 65552
        sealed[first : first + length], sealed[second : second + length] = (
            sealed[second : second + length],
            sealed[first : first + length],
        )
    else:
        del sealed[-40:]
    assert not sm4_files.is_sound(iter([bytes(sealed)]))
    in_the_trailer = how == "flip" and place >= len(sealed) - sm4_files.TRAILER_BYTES
    if not in_the_trailer:
        with pytest.raises(OSError, match="damaged"):
            opened(bytes(sealed)).read()


def test_no_two_files_of_the_same_content_look_alike():
    assert sm4_files.encrypt(KEY, b"x" * 100)[40:] != sm4_files.encrypt(KEY, b"x" * 100)[40:]


@pytest.mark.django_db
@pytest.mark.requirement("Z36")
def test_an_encrypted_backup_shows_nothing_and_serves_audit_repair_reading_and_rebuild():
    encrypt_far()
    row = record(document(b"a secret that must not lie about " * 100), title="绝不外露的题名")
    ingest_now([row])
    far = home() / "vault" / "backup-far"
    files = [file for file in far.rglob("*") if file.is_file()]
    lying = b"".join(file.read_bytes() for file in files)
    assert b"a secret that must not" not in lying
    assert "绝不外露".encode() not in lying
    assert audit("backup-far").is_clean
    held = VaultObject.objects.get()
    victim = next(file for file in files if "/documents/" in str(file))
    content = bytearray(victim.read_bytes())
    content[100] ^= 1
    victim.write_bytes(content)
    store = open_store("backup-far")
    assert [path for path, _file in damaged_files(store)] == [held.object_path]
    assert audit("backup-far").damaged == 1
    assert repair().repaired == 1
    assert audit("backup-far").is_clean
    assert not list(damaged_files(store))
    Copy.objects.exclude(store="backup-far").update(state="damaged")
    path = open_document(row.documents.get())
    assert path.read_bytes() == b"a secret that must not lie about " * 100
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.django_db(transaction=True)
def test_the_vault_is_rebuilt_from_an_encrypted_store_alone():
    from django.core.management import call_command

    encrypt_far()
    rows = records(2)
    ingest_now(rows)
    before = set(VaultObject.objects.values_list("object_id", "inventory_sha512"))
    call_command("flush", interactive=False, verbosity=0)
    result = rebuild("backup-far")
    assert not result.skipped
    assert set(VaultObject.objects.values_list("object_id", "inventory_sha512")) == before


@pytest.mark.django_db
@pytest.mark.requirement("Z36")
def test_a_lost_key_is_told_plainly_and_marks_nothing_damaged():
    encrypt_far()
    ingest_now(records(1))
    (home() / "keystore.json").unlink()
    (home() / "keystore.passphrase").unlink()
    default_keys()
    with pytest.raises(Unavailable, match="密钥库里没有这个存储的密钥") as told:
        audit("backup-far")
    assert "keystore.json" in told.value.remedy
    assert Copy.objects.get(store="backup-far").state == "verified"


@pytest.mark.django_db
def test_a_store_that_holds_plain_objects_is_not_turned_encrypted_where_it_stands():
    ingest_now(records(1))
    encrypt_far()
    with pytest.raises(Unavailable, match="未加密"):
        open_store("backup-far").require_ready()


def test_a_data_key_is_made_once_and_is_there_for_another_process(tmp_path):
    from lantai.core.seals import Keystore

    first, second = Keystore.open(tmp_path / "k", "words"), Keystore.open(tmp_path / "k", "words")
    assert first.data_key("store:x") is None
    key = first.data_key("store:x", make=True)
    assert len(key) == 16
    assert second.data_key("store:x", make=True) == key
    assert first.data_key("store:y", make=True) != key

import json
import os
import pickle
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lantai.core import seals
from lantai.core.errors import Conflict, Invalid, NotFound, Unavailable
from lantai.core.seals import Algorithm, Keystore, signing
from lantai.core.seals.adapters import gmssl
from lantai.core.seals.keystore import read_public_keys
from lantai.core.settings import home

PURPOSE = "opening.decision"
ALGORITHMS = list(Algorithm)


@pytest.fixture(autouse=True)
def _own_keystore(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))


def opened(path):
    return Keystore.open(path, "correct horse")


def test_a_keystore_reopens_and_its_keys_still_sign(tmp_path):
    path = tmp_path / "keys.json"
    key = opened(path).create(PURPOSE, subject_name="某馆")
    seal = seals.sign(PURPOSE, b"open", keys=opened(path))
    assert seal.key_id == key.key_id
    assert seals.verify(seal, PURPOSE, b"open", keys=opened(path))


def test_a_rotated_key_goes_on_verifying(tmp_path):
    store = opened(tmp_path / "keys.json")
    old = store.create(PURPOSE, subject_name="某馆")
    seal = seals.sign(PURPOSE, b"open", keys=store)
    new = store.rotate(PURPOSE)
    assert new.key_id != old.key_id
    assert seals.sign(PURPOSE, b"open", keys=store).key_id == new.key_id
    assert seals.verify(seal, PURPOSE, b"open", keys=store)
    listed = store.keys()
    assert [(key.public.key_id, key.retired) for key in listed] == [(old.key_id, True), (new.key_id, False)]


def test_a_purpose_has_one_key_and_no_purpose_signs_for_another(tmp_path):
    store = opened(tmp_path / "keys.json")
    key = store.create(PURPOSE, subject_name="某馆")
    with pytest.raises(Conflict):
        store.create(PURPOSE, subject_name="某馆")
    with pytest.raises(NotFound):
        seals.sign("ledger.head", b"", keys=store)
    with pytest.raises(NotFound):
        store.rotate("ledger.head")
    with pytest.raises(NotFound):
        store.sign("0" * 64, b"")
    assert store.current(PURPOSE) == key


def test_a_wrong_passphrase_is_told_from_a_damaged_file(tmp_path):
    path = tmp_path / "keys.json"
    opened(path)
    with pytest.raises(Unavailable, match="口令不正确"):
        Keystore.open(path, "wrong horse")
    with pytest.raises(Unavailable, match="没有口令"):
        Keystore.open(path, "")


def change_purpose(document):
    document["keys"][0]["purpose"] = "ledger.head"


def change_public(document):
    document["keys"][0]["public"] = gmssl.generate()[1].hex()


def add_key(document):
    document["keys"].append({**document["keys"][0], "key_id": "0" * 64})


def remove_key(document):
    document["keys"].clear()


def change_private(document):
    document["keys"][0]["private"] = "00" * 60


def change_mac(document):
    document["mac"] = "0" * 64


def remove_mac(document):
    del document["mac"]


def change_format(document):
    document["format"] = "other"


def weaken_kdf(document):
    document["kdf"]["n"] = 2**40


def remove_kdf(document):
    del document["kdf"]


@pytest.mark.parametrize(
    "change",
    [
        change_purpose,
        change_public,
        add_key,
        remove_key,
        change_private,
        change_mac,
        remove_mac,
        change_format,
        weaken_kdf,
        remove_kdf,
    ],
)
def test_a_keystore_changed_behind_our_back_is_refused(tmp_path, change):
    path = tmp_path / "keys.json"
    store = opened(path)
    key = store.create(PURPOSE, subject_name="某馆")
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(Invalid, match="损坏或被改动"):
        opened(path)
    with pytest.raises(Invalid, match="损坏或被改动"):
        store.sign(key.key_id, b"")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_file_that_is_no_keystore_is_refused(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(Invalid):
        opened(path)


def test_only_the_owner_reads_the_keystore_and_no_private_key_stands_in_it(tmp_path):
    path = tmp_path / "keys.json"
    private, _public = gmssl.generate()
    original, gmssl_generate = gmssl.generate, (private, _public)
    try:
        gmssl.generate = lambda: gmssl_generate
        store = opened(path)
        store.create(PURPOSE, subject_name="某馆")
    finally:
        gmssl.generate = original
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert private.hex() not in path.read_text()
    assert private.hex() not in repr(store) + repr(vars(store))
    with pytest.raises(TypeError):
        pickle.dumps(store)


def test_a_write_that_fails_leaves_the_old_keystore(tmp_path, monkeypatch):
    path = tmp_path / "keys.json"
    store = opened(path)
    store.create(PURPOSE, subject_name="某馆")
    before = path.read_bytes()
    monkeypatch.setattr(Path, "replace", lambda *_args: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        store.rotate(PURPOSE)
    assert path.read_bytes() == before


def test_two_processes_that_need_a_first_key_agree_on_one(tmp_path):
    path = tmp_path / "keys.json"
    stores = [opened(path) for _ in range(4)]
    made = []
    threads = [
        threading.Thread(
            target=lambda store=store: made.append(store.ensure(PURPOSE, None, subject_name="某馆"))
        )
        for store in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key.key_id for key in made}) == 1
    assert len(read_public_keys(path)) == 1


def test_the_demo_makes_its_own_passphrase_for_its_owner_alone(tmp_path):
    seals.sign(PURPOSE, b"")
    file = tmp_path / "keystore.passphrase"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) >= 32
    assert home() == tmp_path


def test_an_operators_passphrase_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_KEYSTORE_PASSPHRASE", "correct horse")
    seals.unlock()
    assert not (tmp_path / "keystore.passphrase").exists()
    signing._opened.clear()
    monkeypatch.delenv("LANTAI_KEYSTORE_PASSPHRASE")
    with pytest.raises(Unavailable, match="没有解锁"):
        seals.unlock()


def test_verifying_needs_no_passphrase(tmp_path, monkeypatch):
    seal = seals.sign(PURPOSE, b"open")
    signing._opened.clear()
    (tmp_path / "keystore.passphrase").unlink()
    assert seals.verify(seal, PURPOSE, b"open")
    with pytest.raises(Unavailable):
        seals.sign(PURPOSE, b"open")


def test_another_process_verifies_what_this_one_signed(tmp_path):
    seal = seals.sign(PURPOSE, b"open")
    program = (
        "import json, sys; from lantai.core.seals import Seal, verify; "
        f"print(verify(Seal.from_dict(json.loads(sys.argv[1])), {PURPOSE!r}, b'open'))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, json.dumps(seal.as_dict())],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LANTAI_HOME": str(tmp_path)},
    )
    assert result.stdout.strip() == "True"

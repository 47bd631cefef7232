"""Heads kept outside catch whoever holds everything here; public keys kept outside outlive the keystore."""

import json
import shutil

import pytest

from lantai.core import seals
from lantai.core.errors import Conflict, Invalid, NotFound, Unavailable
from lantai.core.findings import Outcome
from lantai.core.seals import signing
from lantai.core.settings import home
from lantai.ledger.api import head, sequence_pending, verify, write_evidence
from lantai.ledger.heads import PURPOSE
from lantai.ledger.models import Evidence, Head
from lantai.ledger.outside import check_witness, lay_outside

from .factories import write_entries
from .tampering import VICTIM, entry_at, rebuild_tiles, resign_heads, rewrite
from .test_commands import lantai  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("Z70")]


def rewrite_everything(store):
    """The database, the tiles, the heads signed anew, and the evidence in the data folder and on every store."""
    rewrite(entry_at(VICTIM), act="record.destroy")
    rebuild_tiles()
    resign_heads()
    for folder in (home() / "ledger", store):
        shutil.rmtree(folder)
    Evidence.objects.update(size=0)
    write_evidence()


def failures(found):
    return [finding for finding in found.findings if finding.outcome is Outcome.FAIL]


def test_who_rewrites_everything_is_caught_by_a_head_kept_outside(entries, store, tmp_path, lantai):  # noqa: F811
    kept = tmp_path / "head.json"
    assert lantai("ledger", "head", "--output", str(kept))[0] == 0
    assert verify(witnessed=[kept]).ok
    rewrite_everything(store)
    assert verify().ok  # nothing here contradicts it
    found = verify(witnessed=[kept])
    assert not found.ok
    assert any("第 250 至 299 条之间有改动" in finding.observed for finding in found.findings)
    code, told = lantai("ledger", "verify", "--witnessed", str(kept))
    assert (code, told["ok"]) == (1, False)


def test_a_history_cut_short_everywhere_is_caught_by_a_head_kept_outside(tmp_path):
    write_entries(5)
    kept = tmp_path / "head.json"
    made = json.loads(head().signed.as_bytes())
    kept.write_text(json.dumps(made | {"size": 9}))
    found = failures(verify(witnessed=[kept]))
    assert [(each.expected, each.observed) for each in found] == [("至少 9 条", "只有 5 条")]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"log": "lantai-ledger-1", "size": 1}'])
def test_a_file_that_is_no_head_is_told(tmp_path, content):
    write_entries(1)
    file = tmp_path / "head.json"
    file.write_bytes(content)
    assert failures(verify(witnessed=[file]))[0].subject == str(file)
    assert failures(verify(witnessed=[tmp_path / "none.json"]))


def test_the_folder_of_a_witness_is_laid_full_and_held_against_the_rows(
    entries, store, tmp_path, monkeypatch
):
    assert check_witness().outcome is Outcome.NOT_APPLICABLE
    folder = tmp_path / "witness"
    monkeypatch.setenv("LANTAI_WITNESS_FOLDER", str(folder))
    with pytest.raises(Unavailable, match="文件夹不在"):
        lay_outside()
    assert check_witness().outcome is Outcome.FAIL
    folder.mkdir()
    lay_outside()
    lay_outside()
    assert check_witness().outcome is Outcome.PASS
    assert verify().ok
    keys = seals.read_published((folder / "public-keys.pem").read_text())
    assert seals.public_key(keys[0][0].key_id) == keys[0][0]
    rewrite_everything(store)
    assert not verify().ok
    with pytest.raises(Conflict):
        lay_outside()


@pytest.fixture
def lost(tmp_path, monkeypatch):
    """The keystore is gone; what was handed out before is left."""

    def lose():
        monkeypatch.setattr(signing, "home", lambda: tmp_path)
        monkeypatch.setattr(signing, "_opened", {})

    return lose


def test_heads_and_seals_of_a_lost_keystore_stay_verifiable(lost, tmp_path, lantai, monkeypatch):  # noqa: F811
    monkeypatch.setenv("LANTAI_WITNESS_FOLDER", "")
    write_entries(5)
    decision = seals.sign("opening.decision", b"open")
    handed_out = tmp_path / "public-keys.pem"
    assert lantai("keys", "export-public", "--output", str(handed_out))[0] == 0
    lost()
    lantai("keys", "create", PURPOSE, "--name", "某馆")
    new = seals.default_keys().current(PURPOSE).key_id
    assert {each.key for each in failures(verify())} == {"ledger.seal"}
    code, told = lantai("keys", "import-public", str(handed_out))
    assert code == 0
    assert {"ledger.head", "opening.decision"} <= {row["purpose"] for row in told["keys"] if row["new"]}
    assert verify().ok
    assert seals.verify(decision, "opening.decision", b"open")
    assert not seals.verify(decision, "opening.decision", b"shut")
    listed = {row["key_id"]: row for row in lantai("keys", "list")[1]["keys"]}
    assert listed[decision.key_id]["public_only"]
    assert not listed[new]["public_only"]
    assert not any(row["new"] for row in lantai("keys", "import-public", str(handed_out))[1]["keys"])
    write_entries(1, start=5)
    assert head().seal.key_id == new
    assert verify().ok
    with pytest.raises(NotFound):
        seals.default_keys().sign(decision.key_id, b"forged")
    assert seals.sign("opening.decision", b"").key_id != decision.key_id


def test_a_public_key_alone_signs_no_head(lost, tmp_path, lantai):  # noqa: F811
    write_entries(2)
    handed_out = tmp_path / "public-keys.pem"
    handed_out.write_text(seals.published(seals.public_keys()))
    lost()
    lantai("keys", "import-public", str(handed_out))
    with pytest.raises(Unavailable, match="密钥库文件不见了"):
        write_entries(1, start=2)
    lantai("keys", "create", PURPOSE)
    assert sequence_pending() == 1


def test_the_public_half_of_every_key_lies_on_every_store(entries, store):
    mark = seals.sign("test.purpose", b"x").key_id
    write_entries(1, start=300)
    for folder in (home() / "ledger", store):
        pem = (folder / "keys" / f"{mark}.pem").read_text()
        assert seals.read_published(pem)[0][0].key_id == mark
        assert (folder / "keys" / f"{Head.objects.first().seal.key_id}.pem").exists()


def test_a_key_that_is_not_what_is_written_over_it_is_refused(tmp_path, lantai):  # noqa: F811
    write_entries(1)
    text = seals.published(seals.public_keys())
    key = seals.public_keys()[0].public
    with pytest.raises(Invalid, match="指纹不符"):
        seals.read_published(text.replace(f"fingerprint: {key.key_id}", f"fingerprint: {'0' * 64}"))
    for empty in ("", "公钥", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"):
        with pytest.raises(Invalid):
            seals.read_published(empty)
    file = tmp_path / "keys.pem"
    file.write_text(text)
    before = len(seals.public_keys())
    code, told = lantai("keys", "import-public", str(file), "--key-id", "0" * 64)
    assert code == 1
    assert "一把也没有收" in str(told)
    assert len(seals.public_keys()) == before

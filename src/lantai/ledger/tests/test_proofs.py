import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.core import seals
from lantai.core.errors import Invalid, NotFound
from lantai.core.findings import Outcome, verdict
from lantai.core.identifiers import new_id
from lantai.core.seals import Keystore
from lantai.ledger.api import Proof, consistency_of, head, proof_of
from lantai.ledger.heads import PURPOSE, SignedHead, head_bytes
from lantai.ledger.merkle import verify_consistency
from lantai.ledger.models import Head

from .factories import write_entries


@pytest.fixture
def proof(db):
    entries = write_entries(20)
    return proof_of(entries[7].id)


@pytest.mark.requirement("Z70")
def test_every_entry_is_proved_with_nothing_but_the_file(db):
    entries = write_entries(300, runs=3)
    for entry in entries[::37]:
        text = proof_of(entry.id).as_json()
        proof = Proof.from_json(text)
        assert verdict(proof.check()) is Outcome.PASS
        assert verdict(proof.check(head().seal.key_id)) is Outcome.PASS
        assert proof.leaf.id == str(entry.id)


CHANGES = {
    "act": lambda data: data["leaf"].update(act="record.destroy"),
    "subject": lambda data: data["leaf"].update(subject="record:999"),
    "actor": lambda data: data["leaf"].update(actor=str(new_id())),
    "time": lambda data: data["leaf"].update(at="1999-01-01T00:00:00.000000Z"),
    "count": lambda data: data["leaf"].update(count=2),
    "salt": lambda data: data["leaf"].update(salt="00" * 32),
    "index": lambda data: data.update(index=8),
    "path": lambda data: data["path"].__setitem__(0, "00" * 32),
    "short path": lambda data: data["path"].pop(),
    "size": lambda data: data["head"].update(size=21),
    "root": lambda data: data["head"].update(root="00" * 32),
    "signature": lambda data: data["head"]["seal"].update(signature_b64="AAAA"),
    "signed at": lambda data: data["head"]["seal"].update(signed_at="2020-01-01T00:00:00.000000Z"),
    "signer": lambda data: data["head"]["seal"].update(subject_name="国家档案馆"),
}


@pytest.mark.requirement("Z70")
@pytest.mark.parametrize("change", CHANGES)
def test_a_proof_changed_in_any_part_fails(proof, change):
    data = json.loads(proof.as_json())
    CHANGES[change](data)
    findings = Proof.from_dict(data).check()
    assert verdict(findings) is Outcome.FAIL
    assert all(finding.remedy for finding in findings if finding.outcome is Outcome.FAIL)


def test_a_proof_signed_by_a_stranger_fails_against_the_published_fingerprint(proof, tmp_path):
    stranger = Keystore.open(tmp_path / "keystore.json", "a stranger")
    key = stranger.create(PURPOSE, subject_name=proof.head.seal.subject_name)
    forged = seals.sign(PURPOSE, head_bytes(proof.head.size, proof.head.root), keys=stranger)
    head_of_stranger = SignedHead(proof.head.size, proof.head.root, forged)
    theirs = Proof(proof.leaf, proof.index, proof.path, head_of_stranger, key)
    assert verdict(theirs.check()) is Outcome.PASS
    assert verdict(theirs.check(proof.key.key_id)) is Outcome.FAIL


def test_an_entry_nobody_wrote_has_no_proof(db):
    with pytest.raises(NotFound):
        proof_of(new_id())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=60,
)
def test_a_malformed_proof_is_refused_never_accepted(proof, data):
    document = json.loads(proof.as_json())
    level = document
    for _ in range(3):
        name = data.draw(st.sampled_from(sorted(level)))
        if not isinstance(level[name], dict):
            break
        level = level[name]
    replacement = data.draw(JSON.filter(lambda value: value != level[name]))
    level[name] = replacement
    try:
        findings = Proof.from_dict(document).check()
    except Invalid:
        return
    assert verdict(findings) is Outcome.FAIL, (name, replacement)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": "lantai-proof-1"}', "\x00"])
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(Invalid):
        Proof.from_json(text)


@pytest.mark.requirement("Z70")
def test_every_head_is_proved_to_extend_every_earlier_one(db):
    write_entries(300, runs=6)
    heads = list(Head.objects.order_by("size"))
    for older in heads:
        for newer in heads:
            if older.size <= newer.size:
                path = consistency_of(older.size, newer.size)
                assert verify_consistency(older.size, newer.size, path, bytes(older.root), bytes(newer.root))

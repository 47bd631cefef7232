import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.core import seals
from lantai.core.canonical import sm3
from lantai.core.errors import Invalid
from lantai.core.seals import Algorithm, Keystore, PublicKey, Seal, verify_with
from lantai.core.seals.adapters import ed25519, gmssl, sm4
from lantai.core.seals.seal import message_of

PURPOSE = "opening.decision"
ALGORITHMS = list(Algorithm)


@pytest.fixture(autouse=True)
def _own_keystore(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_seal_holds_for_its_purpose_and_data_alone(algorithm):
    seal = seals.sign(PURPOSE, b"open", algorithm=algorithm)
    assert seal.algorithm is algorithm
    assert seals.verify(seal, PURPOSE, b"open")
    assert not seals.verify(seal, PURPOSE, b"opened")
    assert not seals.verify(seal, "ledger.head", b"open")
    assert not seals.verify(seal, "", b"open")


def test_the_default_seal_is_sm2_with_sm3():
    assert seals.sign(PURPOSE, b"open").algorithm is Algorithm.SM2


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_seal_read_back_from_json_holds(algorithm):
    seal = seals.sign(PURPOSE, b"open", algorithm=algorithm)
    again = Seal.from_dict(json.loads(json.dumps(seal.as_dict())))
    assert again == seal
    assert seals.verify(again, PURPOSE, b"open")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject_name", "国家档案馆"),
        ("signed_at", "2020-01-01T00:00:00.000000Z"),
        ("signature_b64", "AAAA"),
        ("signature_b64", "不是 base64"),
        ("signature_b64", ""),
        ("key_id", "0" * 64),
    ],
)
def test_a_seal_changed_in_any_field_fails(algorithm, field, value):
    seal = seals.sign(PURPOSE, b"open", algorithm=algorithm)
    assert not seals.verify(Seal.from_dict({**seal.as_dict(), field: value}), PURPOSE, b"open")


def test_a_seal_that_names_another_algorithm_fails():
    seal = seals.sign(PURPOSE, b"open")
    assert not seals.verify(Seal.from_dict({**seal.as_dict(), "algorithm": "Ed25519"}), PURPOSE, b"open")


@pytest.mark.parametrize(
    "data", [{}, {"algorithm": "SM2-SM3"}, {"algorithm": "RSA", "key_id": "", "signature_b64": ""}]
)
def test_a_seal_with_missing_or_unknown_fields_is_refused(data):
    with pytest.raises(Invalid):
        Seal.from_dict(data)


def test_a_seal_without_a_time_zone_is_refused():
    with pytest.raises(Invalid):
        Seal.from_dict({**seals.sign(PURPOSE, b"").as_dict(), "signed_at": "2026-11-21T08:00:00"})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_key_of_another_purpose_or_house_does_not_verify(algorithm, tmp_path):
    seal = seals.sign(PURPOSE, b"open", algorithm=algorithm)
    other = Keystore.open(tmp_path / "other.json", "other").create(PURPOSE, algorithm, subject_name="他馆")
    assert not verify_with(other, seal, PURPOSE, b"open")
    assert verify_with(seals.public_key(seal.key_id), seal, PURPOSE, b"open")
    assert seals.public_key(other.key_id) is None


PAIRS = {Algorithm.SM2: gmssl.generate(), Algorithm.ED25519: ed25519.generate()}


@given(st.sampled_from(ALGORITHMS), st.binary(max_size=300), st.binary(max_size=300))
def test_a_signature_is_over_one_message(algorithm, message, other):
    private, public = PAIRS[algorithm]
    signature = algorithm.scheme.sign(private, public, message)
    assert algorithm.scheme.verify(public, message, signature)
    assert algorithm.scheme.verify(public, other, signature) is (message == other)


@given(st.sampled_from(ALGORITHMS), st.binary(max_size=100))
def test_no_bytes_pass_for_a_signature(algorithm, noise):
    assert not algorithm.scheme.verify(PAIRS[algorithm][1], b"message", noise)
    assert not algorithm.scheme.verify(noise, b"message", noise)


def test_sm2_agrees_with_the_example_of_the_standard():
    """GB/T 32918.5-2017, annex A.2: the published signature of "message digest" verifies."""
    public = bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    r = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3")
    s = bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
    der = b"\x30\x46\x02\x21\x00" + r + b"\x02\x21\x00" + s
    assert gmssl.verify(public, b"message digest", der)
    assert not gmssl.verify(public, b"message digesT", der)


def test_sm3_agrees_with_the_examples_of_the_standard():
    """GB/T 32905-2016, annex A."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"ab", b"cd" * 1, b"abcd" * 15).hex() == (
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )


def vectors(name):
    corpora = Path(
        os.environ.get("LANTAI_CORPORA", Path(__file__).resolve().parents[5] / "shared" / "corpora")
    )
    file = corpora / "sm-wycheproof" / "testvectors_v1" / name
    if not file.exists():
        pytest.skip(f"corpus sm-wycheproof is absent: {name}")
    groups = json.loads(file.read_text())["testGroups"]
    return [{**group, **test} for group in groups for test in group["tests"]]


def test_sm3_agrees_with_wycheproof_through_hmac():
    import hmac

    for test in vectors("hmac_sm3_test.json"):
        tag = hmac.new(bytes.fromhex(test["key"]), bytes.fromhex(test["msg"]), "sm3").hexdigest()
        matches = tag[: test["tagSize"] // 4] == test["tag"]
        assert matches is (test["result"] == "valid"), test["tcId"]


def test_sm4_gcm_agrees_with_wycheproof():
    from cryptography.exceptions import InvalidTag

    checked = 0
    for test in vectors("sm4_gcm_test.json"):
        if test["ivSize"] != 96 or test["tagSize"] != 128:
            continue
        sealed = bytes.fromhex(test["iv"] + test["ct"] + test["tag"])
        key, bound = bytes.fromhex(test["key"]), bytes.fromhex(test["aad"])
        checked += 1
        if test["result"] == "valid":
            assert sm4.decrypt(key, sealed, bound) == bytes.fromhex(test["msg"]), test["tcId"]
        else:
            with pytest.raises(InvalidTag):
                sm4.decrypt(key, sealed, bound)
    assert checked > 50


@given(st.binary(max_size=200), st.binary(max_size=50), st.integers(min_value=0))
def test_sm4_notices_every_changed_byte(plaintext, bound, at):
    from cryptography.exceptions import InvalidTag

    key = b"0123456789abcdef"
    sealed = bytearray(sm4.encrypt(key, plaintext, bound))
    assert sm4.decrypt(key, bytes(sealed), bound) == plaintext
    sealed[at % len(sealed)] ^= 1
    with pytest.raises(InvalidTag):
        sm4.decrypt(key, bytes(sealed), bound)


def test_openssl_verifies_a_seal_with_the_exported_key(tmp_path):
    """A stranger needs none of our software: docs/explanation/trust.md shows these commands."""
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False)
    if version.returncode or not version.stdout.startswith("OpenSSL 3"):
        pytest.skip("needs the openssl 3 command")
    seal = seals.sign(PURPOSE, b"open")
    key = seals.public_key(seal.key_id)
    message = message_of(
        PURPOSE,
        b"open",
        algorithm=seal.algorithm,
        key_id=seal.key_id,
        signed_at=seal.signed_at,
        subject_name=seal.subject_name,
    )
    for name, content in (("key.pem", key.pem.encode()), ("message", message), ("signature", seal.signature)):
        (tmp_path / name).write_bytes(content)
    command = (
        "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -digest sm3 "
        "-pkeyopt distid:1234567812345678 -in message -sigfile signature"
    )
    assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "message").write_bytes(message + b".")
    assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_public_key_survives_pem(algorithm):
    seal = seals.sign(PURPOSE, b"", algorithm=algorithm)
    key = seals.public_key(seal.key_id)
    assert PublicKey.from_pem(key.pem, key.subject_name) == key
    assert key.key_id == seal.key_id == sm3(key.spki).hex()


@pytest.mark.parametrize("pem", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "中文"])
def test_what_is_no_public_key_is_refused(pem):
    with pytest.raises(Invalid):
        PublicKey.from_pem(pem)

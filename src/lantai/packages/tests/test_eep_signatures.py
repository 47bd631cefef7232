import base64
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from lxml import etree

from lantai.core.findings import Outcome
from lantai.core.seals import Keystore, sm2
from lantai.packages.api import open_package
from lantai.packages.eep.modifying import Changes, modify
from lantai.packages.eep.signing import Signer

from .encapsulations import NAMESPACE, changed, original, record, reference, told


@pytest.fixture
def signer(tmp_path):
    return Signer.default(Keystore.open(tmp_path / "keys.json", "口令"))


def test_our_signature_holds_until_a_byte_changes(tmp_path, signer):
    path = original(tmp_path, signer)
    assert set(told(path)) == {"EEP-17"}
    assert told(path, Outcome.AWAITING)
    assert "EEP-14" in told(changed(path, "<密级>公开<", "<密级>限制<"), Outcome.FAIL)


def test_a_changed_signature_breaks_its_lock(tmp_path, signer):
    path = changed(original(tmp_path, signer), "<签名规则>对“被签名对象”", "<签名规则>对“另一对象”")
    assert set(told(path, Outcome.FAIL)) == {"EEP-15"}


def test_a_lock_names_a_signature_that_is_there(tmp_path, signer):
    path = changed(original(tmp_path, signer), "<被锁定签名标识符>修改0-签名1", "<被锁定签名标识符>无")
    assert {"EEP-8", "EEP-15"} <= set(told(path, Outcome.FAIL))


def test_signatures_and_locks_come_together(tmp_path, signer):
    path = original(tmp_path, signer)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?s)<锁定签名>.*</锁定签名>\n", "", text), encoding="utf-8", newline="")
    assert "EEP-6" in told(path, Outcome.FAIL)


def test_the_chain_is_checked_against_the_roots_given(tmp_path, signer, monkeypatch):
    path = original(tmp_path, signer)
    roots = tmp_path / "roots"
    roots.mkdir()
    (roots / "自签.cer").write_bytes(signer.certificates[0])
    monkeypatch.setenv("LANTAI_TRUSTED_ROOTS", str(roots))
    assert not told(path)
    other = Signer.default(Keystore.open(tmp_path / "other.json", "口令"))
    (roots / "自签.cer").write_bytes(other.certificates[0])
    assert set(told(path, Outcome.FAIL)) == {"EEP-17"}


def certificate(key, issuer_key=None, *, name="签名人", issuer="根", ca=False, days=30):
    now = datetime.now(UTC)
    named = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in (name, issuer)]
    builder = x509.CertificateBuilder(
        named[1], named[0], key.public_key(), x509.random_serial_number(),
        now - timedelta(days=60), now - timedelta(days=60) + timedelta(days=60 + days),
    )  # fmt: skip
    builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    return builder.sign(issuer_key or key, hashes.SHA256())


def signed_by(path: Path, key, algorithm: str, chain, moment: datetime | None = None) -> Path:
    """Signs as another system would: by libraries that are not ours."""
    moment = moment or datetime.now(UTC)
    root = etree.parse(path).getroot()
    element = root.find(f"{{{NAMESPACE}}}被签名对象")
    message = reference(element)
    texts = "".join(
        f"<证书>{base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode()}</证书>"
        for one in chain
    )

    def block(name: str, first: str, value: bytes) -> str:
        return (
            f"<{name}>{first}<签名规则>规则</签名规则><签名时间>{moment:%Y-%m-%dT%H:%M:%SZ}</签名时间>"
            f"<签名结果>{base64.b64encode(value).decode()}</签名结果><证书块>{texts}</证书块>"
            f"<签名算法标识>{algorithm}</签名算法标识></{name}>"
        )

    first = block("电子签名", "<签名标识符>s1</签名标识符>", key(message))
    holder = etree.fromstring(f'<a xmlns="{NAMESPACE}">{first}</a>')
    lock = key(reference(holder[0]))
    locked = block("锁定签名", "<被锁定签名标识符>s1</被锁定签名标识符>", lock)
    return changed(path, "</电子文件封装包>", f"<电子签名块>{first}</电子签名块>{locked}</电子文件封装包>")


def test_signatures_of_others_are_verified(tmp_path, monkeypatch):
    root_key, rsa_key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = certificate(root_key, name="根", ca=True)
    roots = tmp_path / "roots"
    roots.mkdir()
    (roots / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("LANTAI_TRUSTED_ROOTS", str(roots))
    leaf = certificate(rsa_key, root_key)
    for algorithm, digest, expected in (
        ("1.2.840.113549.1.1.11", hashes.SHA256(), set()),
        ("SHA1withRSA", hashes.SHA1(), {"EEP-14", "EEP-15"}),  # noqa: S303 - it is told as weak
    ):
        path = original(tmp_path)
        signed_by(
            path,
            lambda data, digest=digest: rsa_key.sign(data, padding.PKCS1v15(), digest),
            algorithm,
            [leaf],
        )
        assert set(told(path)) == set(told(path, Outcome.WARN)) == expected


def test_elliptic_curves_unknown_algorithms_and_old_certificates(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = certificate(key, days=-20)
    path = signed_by(
        original(tmp_path), lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), "ECDSA-SHA256", [leaf]
    )
    assert set(told(path, Outcome.FAIL)) == {"EEP-16"}
    then = datetime.now(UTC) - timedelta(days=40)
    path = signed_by(
        original(tmp_path),
        lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())),
        "ECDSA-SHA256",
        [leaf],
        then,
    )
    assert not told(path, Outcome.FAIL)
    path = changed(path, "<签名算法标识>ECDSA-SHA256<", "<签名算法标识>1.2.3.4<")
    assert "EEP-14" in told(path, Outcome.AWAITING)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here to sign with SM2")
def test_sm2_certificates_of_openssl_are_understood(tmp_path):
    def run(*words, data=None):
        return subprocess.run(
            ["openssl", *words], cwd=tmp_path, check=True, capture_output=True, input=data
        ).stdout

    run("ecparam", "-genkey", "-name", "SM2", "-out", "k.pem")
    identity = "distid:1234567812345678"
    run(
        "req",
        "-x509",
        "-new",
        "-key",
        "k.pem",
        "-sm3",
        "-sigopt",
        identity,
        "-subj",
        "/CN=t",
        "-out",
        "c.pem",
    )
    leaf = x509.load_pem_x509_certificate((tmp_path / "c.pem").read_bytes())

    def sign(data: bytes) -> bytes:
        (tmp_path / "m").write_bytes(data)
        words = ["-sign", "-inkey", "k.pem", "-rawin", "-in", "m", "-digest", "sm3", "-pkeyopt", identity]
        return run("pkeyutl", *words)

    path = signed_by(original(tmp_path), sign, "1.2.156.10197.1.501", [leaf])
    assert set(told(path)) == {"EEP-17"}
    assert "EEP-14" in told(changed(path, "<密级>公开<", "<密级>限制<"), Outcome.FAIL)


def test_sm2_takes_raw_signatures_too(tmp_path):
    store = Keystore.open(tmp_path / "k.json", "口令")
    key = store.ensure("t", None, subject_name="t")
    der = store.sign(key.key_id, b"message")
    digest = sm2.message_digest(key.raw)
    digest.update(b"message")
    length = der[3]
    numbers = der[4 : 4 + length], der[6 + length :]
    raw = b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in numbers)
    assert sm2.verify_digest(key.raw, digest.digest(), der)
    assert sm2.verify_digest(key.raw, digest.digest(), raw)
    assert not sm2.verify_digest(key.raw, bytes(32), raw)


# Modified packages


def test_a_modified_package_keeps_its_original_and_its_signatures(tmp_path, signer):
    path = original(tmp_path, signer)
    added = record(tmp_path / "more", {"附件2.txt": b"more"}).files
    once, twice = tmp_path / "once.eep", tmp_path / "twice.eep"
    modify(path, once, Changes({"M22": "新题名"}, added, "补充著录", "市档案馆"), signer)
    modify(once, twice, Changes({"M75": "又改"}), signer)
    assert path.read_bytes()[200:-120] not in {b""}
    for target, layers in ((once, 2), (twice, 3)):
        assert set(told(target)) == {"EEP-17"}
        with open_package(target) as package:
            (item,) = package.items
            assert item.title == "新题名"
            contents = {file.name: file.path.read_bytes() for file in item.files}
            assert contents == {"正文.txt": b"text", "附件1.pdf": bytes(range(256)) * 5, "附件2.txt": b"more"}
            assert item.extra["修改历史"].count('"类型"') == layers
            assert "补充著录" in item.extra["业务实体"]
    assert twice.read_text(encoding="utf-8").count("dGV4dA==") == 1


def test_what_lies_in_the_original_cannot_change_unseen(tmp_path, signer):
    path, target = original(tmp_path, signer), tmp_path / "m.eep"
    modify(path, target, Changes({"M75": "改"}))
    assert set(told(target)) == {"EEP-17"}
    assert "EEP-14" in told(changed(target, "dGV4dA==", "dGV4dB=="), Outcome.FAIL)

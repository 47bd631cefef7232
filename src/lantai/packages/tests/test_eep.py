import base64
import re
import shutil
import subprocess
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from lantai.core.findings import Outcome
from lantai.core.seals import Keystore, sm2
from lantai.packages.api import PackageFile, PackageItem, open_package
from lantai.packages.eep.c14n import METHODS, Canonical, Scopes
from lantai.packages.eep.modifying import Changes, modify
from lantai.packages.eep.signing import Signer, canonical_bytes
from lantai.packages.eep.writing import write_original
from lantai.packages.xmlstream import XmlStream

NAMESPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"
METADATA = {
    "M6": "市府办", "M7": "E-0001", "M8": "A001-WS·2024·Y-0001", "M9": "A001", "M11": "2024", "M12": "永久",
    "M22": "关于<㐂>某的\"通知\" & 附件", "M32": "市府办", "M33": "20240301", "M38": "公开", "M43": "2",
}  # fmt: skip


def record(folder: Path, files: dict[str, bytes] | None = None, **metadata: str) -> PackageItem:
    folder.mkdir(exist_ok=True)
    made = []
    for name, data in (files or {"正文.txt": b"text", "附件1.pdf": bytes(range(256)) * 5}).items():
        path = folder / name
        path.write_bytes(data)
        role = "attachment" if made else "body"
        made.append(PackageFile(path, name.encode(), name, role, {}, len(data)))
    return PackageItem(1, {**METADATA, **metadata}, tuple(made))


def original(folder: Path, signer: Signer | None = None, **more) -> Path:
    target = folder / "a.eep"
    write_original(record(folder / "files", **more), target, signer=signer)
    return target


def changed(path: Path, old: str, new: str, count: int = 1) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8", newline="")
    return path


def told(path: Path, outcome: Outcome | None = None) -> dict[str, str]:
    """Codes with what was observed."""
    with open_package(path, "eep") as package:
        list(package.items)
        found = [*package.structure(), *package.findings]
    return {
        finding.code.rpartition(" ")[2]: f"{finding.subject}: {finding.observed}"
        for finding in found
        if outcome is None or finding.outcome is outcome
    }


@pytest.fixture
def signer(tmp_path):
    return Signer.default(Keystore.open(tmp_path / "keys.json", "口令"))


def test_what_is_written_is_read_again(tmp_path):
    path = original(tmp_path)
    with open_package(path) as package:
        assert package.kind == "eep"
        (item,) = package.items
        assert {code: item.metadata[code] for code in METADATA} == METADATA
        assert [(file.name, file.role) for file in item.files] == [
            ("正文.txt", "body"),
            ("附件1.pdf", "attachment"),
        ]
        assert [file.path.read_bytes() for file in item.files] == [b"text", bytes(range(256)) * 5]
        assert [file.declared_bytes for file in item.files] == [4, 1280]
        assert item.files[1].path.suffix == ".pdf"
        assert '"封装"' in item.extra["业务实体"]
        assert item.announced_pages == 2
        assert not list(package.structure())
        assert [one.number for one in package] == [one.number for one in package.items] == [1]
        taken_out = item.files[0].path.parent
    assert not taken_out.exists()


def test_page_images_are_one_document(tmp_path):
    item = record(tmp_path / "f", {"0001.tif": b"a", "0002.tif": b"b"})
    pages = tuple(file.path for file in item.files)
    scan = PackageFile(tmp_path / "f", "扫描件".encode(), "扫描件", "page_images", {}, 2, None, pages)
    write_original(replace(item, files=(scan,)), tmp_path / "a.eep")
    with open_package(tmp_path / "a.eep") as package:
        ((read,),) = [one.files for one in package]
        assert (read.role, read.name) == ("page_images", "扫描件")
        assert [page.read_bytes() for page in read.pages] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<版本>2009<", "<版本>2012<", "EEP-3"),
        ('eep版本="2009"', 'eep版本="2012"', "EEP-3"),
        (NAMESPACE, "http://example.org/", "EEP-2"),
        ("依据", "", ""),
        (">原始型<", ">修改型<", "EEP-5"),
        (">原始型<", ">eep<", "EEP-5"),
        ("<责任者>市府办</责任者>", "", "EEP-6"),
        ("<聚合层次>文件</聚合层次>", "<聚合层次>案卷</聚合层次>", "EEP-7"),
        ("<密级>公开<", "<密级><", "EEP-7"),
        ('编码ID="修改0-文档1-文档数据1-编码1"', '编码ID="修改0-文档2-文档数据1-编码1"', "EEP-8"),
        ("<机构人员标识符>机构人员1<", "<机构人员标识符>别人<", "EEP-8"),
        ("dGV4dA==", "dGV4dA=", "EEP-9"),
        ("dGV4dA==", "d=V4dA==", "EEP-9"),
        ("dGV4dA==", "!!!!", "EEP-9"),
        ("dGV4dA==", "", "EEP-9"),
        ("<计算机文件名>正文.txt<", "<计算机文件名>../../../etc/正文.txt<", "EEP-10"),
        ("<计算机文件大小>4<", "<计算机文件大小>5<", "EEP-11"),
        ("<计算机文件大小>4<", "<计算机文件大小>约四<", "EEP-11"),
        ("<格式信息>pdf<", "<格式信息>TIFF 6.0<", "EEP-12"),
        ("</电子文件封装包>", "", "EEP-1"),
        ("<电子文件封装包 ", "<!DOCTYPE a [<!ENTITY b 'c'>]><电子文件封装包 ", "EEP-1"),
        ('encoding="UTF-8"', 'encoding="EBCDIC-X"', "EEP-1"),
    ],
)  # fmt: skip
def test_each_rule_names_its_fault(tmp_path, old, new, code):
    path = original(tmp_path)
    if not code:
        assert not told(path)
        return
    found = told(changed(path, old, new))
    assert code in found, found
    assert "a.eep" in found[code]


def test_a_name_in_the_xml_leads_nowhere(tmp_path):
    path = changed(original(tmp_path), "<计算机文件名>正文.txt<", "<计算机文件名>..\\..\\a/正文.txt<")
    with open_package(path) as package:
        (item,) = package.items
        assert item.files[0].name == "正文.txt"
        assert package.workroom.folder in item.files[0].path.parents


def test_gb2312_that_is_gb18030_is_read_and_told(tmp_path):
    path = original(tmp_path)
    text = path.read_text(encoding="utf-8").replace('encoding="UTF-8"', 'encoding="GB2312"')
    path.write_bytes(text.encode("gb18030"))
    assert "EEP-13" in told(path, Outcome.WARN)
    with open_package(path) as package:
        assert [item.title for item in package] == [METADATA["M22"]]


def test_a_folder_with_one_broken_package_keeps_the_others(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    whole = original(tmp_path)
    shutil.copy(whole, folder / "1.eep")
    (folder / "2.eep").write_bytes(whole.read_bytes()[:900])
    shutil.copy(whole, folder / "3.XML")
    (folder / "杂.txt").write_text("x", encoding="utf-8")
    with open_package(folder) as package:
        assert (package.kind, package.stray_files) == ("eep", ("杂.txt",))
        assert [item.number for item in package] == [1, 2]
        assert ["2.eep" in finding.subject for finding in package.structure()] == [True]


def test_a_large_file_streams_through(tmp_path):
    data = b"\0" * (24 << 20)
    path = original(tmp_path, files={"大.bin": data})
    tracemalloc.start()
    with open_package(path) as package:
        (item,) = package.items
        assert item.files[0].size_bytes == len(data)
        assert item.files[0].path.stat().st_size == len(data)
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20


def test_nesting_without_end_is_refused(tmp_path):
    deep = "<修改封装内容>" * 5000
    path = changed(original(tmp_path), "<封装内容>", f"{deep}<封装内容>")
    assert "嵌套" in told(path)["EEP-1"]


# Signatures


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


def reference(element, method="c14n") -> bytes:
    """The canonical form by libxml2, of a document of its own: lxml garbles namespaces within one."""
    alone = etree.fromstring(etree.tostring(element, encoding="utf-8", with_tail=False))
    comments = method == "c14n-comments"
    return etree.tostring(alone, method="c14n", exclusive=method == "exc-c14n", with_comments=comments)


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


# Canonical form

NAMES = st.sampled_from(["a", "p:b", "q:c", "文"])
TEXTS = st.text(st.sampled_from("ab<>&\"'\t\n é㐂"), max_size=6)


@st.composite
def elements(draw, depth=0):
    attributes = draw(st.dictionaries(st.sampled_from(["x", "p:y", "xml:lang", "甲"]), TEXTS, max_size=3))
    declared = draw(
        st.dictionaries(st.sampled_from(["xmlns", "xmlns:p", "xmlns:q"]), st.sampled_from(["u:1", "u:2"]))
    )
    name = draw(NAMES)
    inner = draw(st.lists(elements(depth + 1), max_size=2)) if depth < 3 else []

    def quoted(text):
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        return escaped.replace("\t", "&#9;").replace("\n", "&#10;")

    given = "".join(f' {key}="{quoted(value)}"' for key, value in {**declared, **attributes}.items())
    text = draw(TEXTS).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}{given}>{text}{'<!--c--><?pi d?>'.join(inner)}</{name}>"


@settings(max_examples=60, deadline=None)
@given(elements(), elements())
def test_the_canonical_form_is_that_of_another_library(tmp_path_factory, outer, inner):
    text = f'<r xmlns:p="u:p" xmlns:q="u:q" xmlns="u:0"><s>{outer}{inner}</s></r>'
    path = tmp_path_factory.mktemp("c") / "x.xml"
    path.write_text(text, encoding="utf-8", newline="")
    element = etree.parse(path).getroot()[0]
    for method in METHODS:
        assert canonical(path, method) == reference(element, method)


def test_what_stands_above_is_inherited(tmp_path):
    path = tmp_path / "x.xml"
    path.write_text(
        '<r xmlns:p="u:p" xml:space="preserve" xmlns="u:0"><s><p:t a="1"/></s></r>', encoding="utf-8"
    )
    inclusive = b'<s xmlns="u:0" xmlns:p="u:p" xml:space="preserve"><p:t a="1"></p:t></s>'
    assert canonical(path, "c14n") == inclusive
    assert canonical(path, "exc-c14n") == b'<s xmlns="u:0"><p:t xmlns:p="u:p" a="1"></p:t></s>'


def canonical(path: Path, method: str) -> bytes:
    taken: list[bytes] = []

    class Reader:
        def __init__(self):
            self.scopes, self.one, self.depth = Scopes(), Canonical(taken.append, method), 0

        def start(self, name, attributes):
            tag = self.scopes.start(name, attributes)
            self.depth += 1
            if self.depth > 1:
                self.one.start(tag)

        def end(self, name):
            self.scopes.end()
            if self.depth > 1:
                self.one.end(name)
            self.depth -= 1

        def text(self, data):
            if self.depth > 1:
                self.one.text(data)

        def instruction(self, target, data):
            self.one.instruction(target, data)

        def comment(self, data):
            self.one.comment(data)

    XmlStream(path, Reader()).run()
    return b"".join(taken)


def test_what_is_signed_is_the_canonical_form(tmp_path):
    path = original(tmp_path)
    element = etree.parse(path).getroot().find(f"{{{NAMESPACE}}}被签名对象")
    assert canonical_bytes(path, "被签名对象") == reference(element)

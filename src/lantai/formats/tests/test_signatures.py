"""Signatures, seals and timestamps of strangers hold until a byte changes."""

import shutil
import zipfile

import pytest

from lantai.formats.api import characterise, verify_signatures

from .samples import CORPORA, make_pdf
from .signing import cms, identity, openssl, sealed_ofd, signed_pdf, timestamp

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here to sign with"),
    pytest.mark.requirement("DA/T 70 GD-1-1"),
]


def only(path, over=None):
    (facts,) = verify_signatures(path, over)
    return facts


def changed(path, old: bytes, new: bytes):
    data = path.read_bytes()
    assert data.count(old) >= 1
    path.write_bytes(data.replace(old, new, 1))
    return path


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_signed_pdf_holds_until_a_byte_changes(tmp_path, kind):
    identity(tmp_path, kind)
    path = signed_pdf(tmp_path)
    assert characterise(path).signatures == 1
    facts = only(path)
    assert (facts.status, facts.chain, facts.signer) == ("valid", "unchecked", "CN=signer"), facts.problem
    assert facts.signed_at
    assert only(changed(path, b"595 842", b"595 843")).status == "invalid"


def test_what_is_appended_after_a_signature_is_not_signed(tmp_path):
    identity(tmp_path)
    path = signed_pdf(tmp_path)
    path.write_bytes(path.read_bytes() + b"% more\n%%EOF\n")
    facts = only(path)
    assert facts.status == "unknown"
    assert "增补" in facts.problem


def test_a_range_that_leaves_out_more_than_the_value_is_refused(tmp_path):
    identity(tmp_path)
    path = signed_pdf(tmp_path)
    data = path.read_bytes()
    start = data.index(b"ByteRange[0 ") + len("ByteRange[0 ")
    shorter = int(data[start : start + 10]) - 50
    path.write_bytes(data[:start] + b"%10d" % shorter + data[start + 10 :])
    assert only(path).status == "invalid"


def test_the_chain_is_checked_against_the_roots_given(tmp_path, monkeypatch):
    identity(tmp_path)
    path = signed_pdf(tmp_path)
    roots = tmp_path / "roots"
    roots.mkdir()
    monkeypatch.setenv("LANTAI_TRUSTED_ROOTS", str(roots))
    from lantai.formats.signatures.verifying import (
        verify_file,  # children of the pool keep their own environment
    )

    assert [facts.chain for facts in verify_file(path)] == ["unchecked"]
    (roots / "c.pem").write_bytes((tmp_path / "c.pem").read_bytes())
    assert [facts.chain for facts in verify_file(path)] == ["trusted"]
    other = tmp_path / "other"
    other.mkdir()
    identity(other)
    (roots / "c.pem").write_bytes((other / "c.pem").read_bytes())
    assert [facts.chain for facts in verify_file(path)] == ["untrusted"]


@pytest.mark.parametrize("options", [(), ("-noattr",), ("-keyopt", "rsa_padding_mode:pss"), ("-keyid",)])
def test_a_detached_signature_is_over_the_file_it_names(tmp_path, options):
    identity(tmp_path)
    content = make_pdf(tmp_path / "令.pdf")
    path = tmp_path / "令.pdf.p7s"
    path.write_bytes(cms(tmp_path, content.read_bytes(), *options))
    facts = only(path, content)
    assert facts.status == "valid", facts.problem
    content.write_bytes(content.read_bytes() + b" ")
    assert only(path, content).status == "invalid"
    assert only(path).status == "unknown"


def test_a_timestamp_proves_a_time_until_the_content_changes(tmp_path):
    identity(tmp_path)
    content = make_pdf(tmp_path / "令.pdf")
    path = tmp_path / "令.pdf.tsr"
    path.write_bytes(timestamp(tmp_path, content.read_bytes()))
    facts = only(path, content)
    assert (facts.status, facts.signed_at[:2]) == ("valid", "20"), facts.problem
    content.write_bytes(content.read_bytes() + b" ")
    assert only(path, content).status == "invalid"


def test_a_seal_with_sm2_holds_until_a_page_changes(tmp_path):
    identity(tmp_path, "sm2")
    path = sealed_ofd(tmp_path)
    assert characterise(path).signatures == 1
    facts = only(path)
    assert (facts.kind, facts.status, facts.algorithm) == ("OFD 印章", "valid", "SM2-with-SM3"), facts.problem
    page = "Doc_0/Pages/Page_0/Content.xml"
    assert page in only(rewritten(path, page, b"<x/>")).problem
    described = "Doc_0/Signs/Sign_0/Signature.xml"
    again = sealed_ofd(tmp_path)
    with zipfile.ZipFile(again) as archive:
        text = archive.read(described)
    assert only(rewritten(again, described, text + b" ")).status == "invalid"


def test_a_seal_its_maker_did_not_sign_is_forged(tmp_path):
    identity(tmp_path, "sm2")
    facts = only(sealed_ofd(tmp_path, forged=True))
    assert (facts.status, "印章本身无效" in facts.problem) == ("invalid", True)


def test_a_seal_of_unknown_structure_is_left_to_a_person(tmp_path):
    identity(tmp_path, "sm2")
    path = rewritten(sealed_ofd(tmp_path), "Doc_0/Signs/Sign_0/SignedValue.dat", b"\x30\x03\x02\x01\x01")
    assert only(path).status == "unknown"


def test_xml_signatures_hold_until_a_word_changes(tmp_path):
    identity(tmp_path)
    path = tmp_path / "令.xml"
    path.write_bytes(b"<?xml version='1.0' encoding='UTF-8'?>\n" + signed_xml(tmp_path))
    assert characterise(path).signatures == 1
    facts = only(path)
    assert (facts.status, facts.remarks) == ("valid", ()), facts.problem
    assert only(changed(path, "东屿".encode(), "西屿".encode())).status == "invalid"


@pytest.mark.parametrize(("name", "count", "status"), [("n.ofd", 1, "invalid"), ("helloworld.ofd", 0, "")])
def test_real_documents(name, count, status):
    if not (CORPORA / "ofd").is_dir():
        pytest.skip(f"no test material at {CORPORA}; set LANTAI_CORPORA")
    facts = verify_signatures(CORPORA / "ofd" / name)
    assert [one.status for one in facts] == [status] * count


def rewritten(path, member, content):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (members | {member: content}).items():
            archive.writestr(name, data)
    return path


def signed_xml(folder):
    import base64
    import hashlib

    from lxml import etree

    c14n = "http://www.w3.org/2001/10/xml-exc-c14n#"
    ds = "http://www.w3.org/2000/09/xmldsig#"
    body = "<令>东屿</令>".encode()
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    info = (
        f'<SignedInfo xmlns="{ds}"><CanonicalizationMethod Algorithm="{c14n}"></CanonicalizationMethod>'
        '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod>'
        f'<Reference URI=""><Transforms><Transform Algorithm="{ds}enveloped-signature"></Transform>'
        f'<Transform Algorithm="{c14n}"></Transform></Transforms>'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>'
        f"<DigestValue>{digest}</DigestValue></Reference></SignedInfo>"
    )
    (folder / "info").write_bytes(etree.tostring(etree.fromstring(info), method="c14n", exclusive=True))
    openssl(folder, "dgst", "-sha256", "-sign", "k.pem", "-out", "value", "info")
    value = base64.b64encode((folder / "value").read_bytes()).decode()
    certificate = "".join((folder / "c.pem").read_text().splitlines()[1:-1])
    signature = (
        f'<Signature xmlns="{ds}">{info}<SignatureValue>{value}</SignatureValue><KeyInfo><X509Data>'
        f"<X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></Signature>"
    )
    return body.replace("</令>".encode(), signature.encode() + "</令>".encode())

"""Signed files made on the spot by openssl and libgmssl: the hands of strangers."""

import base64
import hashlib
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import serialization

SM2_ID = "distid:1234567812345678"
SM2_OID = "1.2.156.10197.1.501"
EMPTY = "0" * 20000


def openssl(folder: Path, *words: str) -> bytes:
    return subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True).stdout


def identity(folder: Path, kind: str = "rsa", *, days: int = 30) -> None:
    """``k.pem`` and the certificate ``c.pem`` it signed itself."""
    keys = {
        "rsa": ("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "k.pem"),
        "ec": ("ecparam", "-genkey", "-name", "prime256v1", "-out", "k.pem"),
        "sm2": ("ecparam", "-genkey", "-name", "SM2", "-out", "k.pem"),
    }
    openssl(folder, *keys[kind])
    extra = ("-sm3", "-sigopt", SM2_ID) if kind == "sm2" else ("-sha256",)
    usage = ("-addext", "extendedKeyUsage=critical,timeStamping")
    openssl(
        folder, "req", "-x509", "-new", "-key", "k.pem", *extra, *usage,
        "-days", str(days), "-subj", "/CN=signer", "-out", "c.pem",
    )  # fmt: skip


def cms(folder: Path, data: bytes, *options: str) -> bytes:
    """A detached SignedData by openssl."""
    (folder / "data").write_bytes(data)
    openssl(
        folder, "cms", "-sign", "-binary", "-in", "data", "-signer", "c.pem", "-inkey", "k.pem",
        "-outform", "DER", "-out", "s.der", "-md", "sha256", *options,
    )  # fmt: skip
    return (folder / "s.der").read_bytes()


def timestamp(folder: Path, data: bytes) -> bytes:
    """A TimeStampResp of RFC 3161 by openssl."""
    (folder / "data").write_bytes(data)
    (folder / "serial").write_text("01")
    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ncrypto_device=builtin\nsigner_digest=sha256\n"
        "default_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1\ness_cert_id_alg=sha256\n"
    )
    openssl(folder, "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "q.tsq")
    openssl(
        folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-signer", "c.pem",
        "-inkey", "k.pem", "-out", "r.tsr",
    )  # fmt: skip
    return (folder / "r.tsr").read_bytes()


def signed_pdf(
    folder: Path, name: str = "signed.pdf", sub_filter: str = "ETSI.CAdES.detached", sign=cms
) -> Path:
    """A PDF with one signature over everything but its value."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[4 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(s)/V 5 0 R/P 3 0 R/Rect[0 0 0 0]>>",
        f"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/{sub_filter}/ByteRange[0 {'9' * 10} {'9' * 10} {'9' * 10}]"
        f"/Contents<{EMPTY}>>>".encode(),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    body += end % (table, len(body))
    start = body.index(EMPTY.encode()) - 1
    stop = start + len(EMPTY) + 2
    ranges = f"[0 {start:10d} {stop:10d} {len(body) - stop:10d}]"
    body = body.replace(f"[0 {'9' * 10} {'9' * 10} {'9' * 10}]".encode(), ranges.encode())
    value = sign(folder, body[:start] + body[stop:]).hex()
    path = folder / name
    path.write_bytes(body[: start + 1] + value.ljust(len(EMPTY), "0").encode() + body[stop - 1 :])
    return path


def sm2_sign(folder: Path, data: bytes) -> bytes:
    (folder / "m").write_bytes(data)
    words = ("-sign", "-inkey", "k.pem", "-rawin", "-in", "m", "-digest", "sm3", "-pkeyopt", SM2_ID)
    return openssl(folder, "pkeyutl", *words)


STAMP = '<ofd:StampAnnot ID="1" PageRef="1" Boundary="120 200 42 42" Clip="0 0 21 42"/>'


def sealed_ofd(
    folder: Path, name: str = "sealed.ofd", *, forged: bool = False, picture: tuple[str, bytes] | None = None
) -> Path:
    """An OFD with a seal of GB/T 38540-2020, made with the SM2 key of the folder; seen with a picture."""
    ns = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    page = f"<ofd:Page {ns}/>".encode()
    check = base64.b64encode(hashlib.new("sm3", page).digest()).decode()
    described = (
        f"<ofd:Signature {ns}><ofd:SignedInfo><ofd:SignatureMethod>{SM2_OID}</ofd:SignatureMethod>"
        f'<ofd:References CheckMethod="SM3"><ofd:Reference FileRef="/Doc_0/Pages/Page_0/Content.xml">'
        f"<ofd:CheckValue>{check}</ofd:CheckValue></ofd:Reference></ofd:References>"
        f"{STAMP if picture else ''}</ofd:SignedInfo>"
        "<ofd:SignedValue>SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    ).encode()
    members = {
        "OFD.xml": f"<ofd:OFD {ns}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<ofd:Document {ns}><ofd:Pages><ofd:Page ID="1" '
        'BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/Pages/Page_0/Content.xml": page,
        "Doc_0/Signs/Signatures.xml": f'<ofd:Signatures {ns}><ofd:Signature ID="1" '
        'BaseLoc="Sign_0/Signature.xml"/></ofd:Signatures>',
        "Doc_0/Signs/Sign_0/Signature.xml": described,
        "Doc_0/Signs/Sign_0/SignedValue.dat": _seal(folder, described, picture, forged=forged),
    }
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def _seal(folder: Path, described: bytes, picture: tuple[str, bytes] | None = None, *, forged: bool) -> bytes:
    certificate = x509.load_pem_x509_certificate((folder / "c.pem").read_bytes())
    der = core.OctetString(certificate.public_bytes(serialization.Encoding.DER)).dump()
    oid = core.ObjectIdentifier(SM2_OID).dump()
    told = [core.IA5String("ES").dump(), core.UTF8String("东屿市人民政府").dump()]
    if picture:
        shown = core.IA5String(picture[0]).dump() + core.OctetString(picture[1]).dump()
        told += [_sequence(core.Integer(1).dump()), _sequence(shown)]
    info = _sequence(*told)
    over = info + b"!" if forged else info
    seal = _sequence(info, der, oid, core.OctetBitString(sm2_sign(folder, over)).dump())
    to_sign = _sequence(
        core.Integer(4).dump(),
        seal,
        core.GeneralizedTime(datetime.now(UTC)).dump(),
        core.OctetBitString(hashlib.new("sm3", described).digest()).dump(),
        core.IA5String("/Doc_0/Signs/Sign_0/Signature.xml").dump(),
    )
    return _sequence(to_sign, der, oid, core.OctetBitString(sm2_sign(folder, to_sign)).dump())


def _sequence(*parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body).to_bytes(3, "big")
    return b"\x30\x83" + size + body

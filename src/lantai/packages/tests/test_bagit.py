"""Bags beyond the conformance suite: what each section of RFC 8493 asks, version by version."""

import hashlib
import os
import unicodedata
import zipfile
from pathlib import Path

import pytest

from lantai.core.findings import Outcome
from lantai.packages.api import open_package
from lantai.packages.problems import MOST_ALIKE


def bag(
    folder: Path,
    files=None,
    *,
    version="1.0",
    algorithms=("sha512",),
    encoding="UTF-8",
    tags=None,
    lines=None,
):
    """A valid bag, but for the tag files and manifest lines that are given instead."""
    files = {"a.txt": b"one", "b/c.txt": b"two"} if files is None else files
    (folder / "data").mkdir(parents=True)
    for name, content in files.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    written = {"bagit.txt": f"BagIt-Version: {version}\nTag-File-Character-Encoding: {encoding}\n"}
    for algorithm in algorithms:
        entries = [f"{digest(content, algorithm)}  data/{name}\n" for name, content in files.items()]
        written[f"manifest-{algorithm}.txt"] = "".join(lines if lines is not None else entries)
    for name, text in (written | (tags or {})).items():
        if isinstance(text, str):
            text = text.encode("utf-8" if name == "bagit.txt" else encoding)
        (folder / name).write_bytes(text)
    return folder


def digest(content: bytes, algorithm="sha512"):
    return hashlib.new(algorithm, content).hexdigest()


def findings(path, kind="bagit"):
    with open_package(path, kind) as package:
        return [*package.findings, *package.structure(), *package.fixity(())]


def verdict(path):
    outcomes = {finding.outcome for finding in findings(path)}
    return next(
        (str(outcome) for outcome in (Outcome.FAIL, Outcome.AWAITING, Outcome.WARN) if outcome in outcomes),
        "pass",
    )


def codes(path):
    return {finding.code.removeprefix("RFC 8493 ") for finding in findings(path)}


@pytest.mark.parametrize("version", ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_version_and_line_ending_is_read(tmp_path, version, ending):
    lines = [f"{digest(b'one')}  data/a.txt{ending}", f"{digest(b'two').upper()}\tdata/b/c.txt"]
    tags = {"bagit.txt": f"BagIt-Version: {version}{ending}Tag-File-Character-Encoding: UTF-8{ending}"}
    assert verdict(bag(tmp_path / "b", version=version, lines=lines, tags=tags)) == "pass"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8", "pass"),
        ("BagIt-version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "warn"),
        ("Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n", "fail"),
        ("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n\n", "fail"),
        ("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n\n", "warn"),
        ("BagIt-Version:1.0\nTag-File-Character-Encoding: UTF-8\n", "fail"),
        ("BagIt-Version: 1.0 \nTag-File-Character-Encoding: UTF-8\n", "fail"),
        ("BagIt-Version: 1.1\nTag-File-Character-Encoding: UTF-8\n", "fail"),
        ("BagIt-Version: 1\nTag-File-Character-Encoding: UTF-8\n", "fail"),
        ("BagIt-Version: 1.0\nTag-File-Character-Encoding: no-such\n", "fail"),
        ("BagIt-Version: 1.0\nTag-File-Character-Encoding: unicode_escape\n", "fail"),
        ("BagIt-Version: 1.0\nTag-File-Character-Encoding: \n", "fail"),
        ("", "fail"),
        ("\ufeffBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "fail"),
        (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: \xff\n", "fail"),
    ],
)
def test_the_declaration_is_two_exact_lines(tmp_path, text, expected):
    assert verdict(bag(tmp_path / "b", tags={"bagit.txt": text})) == expected


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16BE", "ISO-8859-1", "GB18030", "UTF-8"])
def test_tag_files_are_read_in_the_declared_encoding(tmp_path, encoding):
    name = "caf\u00e9.txt" if encoding == "ISO-8859-1" else "决定.txt"
    info = "Source-Organization: caf\u00e9\nPayload-Oxum: 3.1\n"
    assert (
        verdict(bag(tmp_path / "b", {name: b"one"}, encoding=encoding, tags={"bag-info.txt": info})) == "pass"
    )


def test_what_the_declared_encoding_cannot_be_is_refused(tmp_path):
    broken = bag(tmp_path / "b", tags={"bag-info.txt": b"Contact-Name: \xff\xfe\n"})
    assert codes(broken) == {"2.3"}


@pytest.mark.parametrize(("version", "expected"), [("1.0", "fail"), ("0.97", "warn")])
def test_a_mark_before_utf_8_is_forbidden_since_1_0(tmp_path, version, expected):
    marked = f"\ufeff{digest(b'one')}  data/a.txt\n"
    assert verdict(bag(tmp_path / "b", {"a.txt": b"one"}, version=version, lines=[marked])) == expected


@pytest.mark.parametrize(
    ("name", "written", "version", "expected"),
    [
        ("100%.txt", "100%25.txt", "1.0", "pass"),
        ("100%.txt", "100%.txt", "1.0", "fail"),
        ("100%.txt", "100%.txt", "0.97", "pass"),
        ("%41.txt", "%41.txt", "0.97", "pass"),
        ("A.txt", "%41.txt", "1.0", "fail"),
        ("a\nb", "a%0Ab", "1.0", "pass"),
        ("a\rb", "a%0db", "0.97", "pass"),
        ("a%0Ab", "a%0Ab", "0.97", "pass"),
        ("a%0Ab", "a%250Ab", "1.0", "pass"),
        ("a%0Ab", "a%0Ab", "1.0", "fail"),
    ],
)
def test_percent_signs_and_line_ends_in_names(tmp_path, name, written, version, expected):
    lines = [f"{digest(b'one')}  data/{written}\n"]
    assert verdict(bag(tmp_path / "b", {name: b"one"}, version=version, lines=lines)) == expected


@pytest.mark.parametrize(
    "algorithm",
    ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sm3", "sha3_256", "blake2b", "blake2s"],
)
def test_algorithms_are_told_by_their_normalised_names(tmp_path, algorithm):
    name = algorithm.replace("_", "")
    line = f"{digest(b'one', algorithm)}  data/a.txt\n"
    good = bag(tmp_path / "good", {"a.txt": b"one"}, algorithms=(), tags={f"manifest-{name}.txt": line})
    assert verdict(good) == "pass"
    (good / "data/a.txt").write_bytes(b"two")
    assert codes(good) == {"3"}


def test_an_algorithm_nobody_knows_waits_for_a_person(tmp_path):
    assert verdict(bag(tmp_path / "b", tags={"manifest-nosuch1.txt": "00  data/a.txt\n"})) == "awaiting"


@pytest.mark.parametrize(("version", "expected"), [("1.0", "fail"), ("0.97", "pass")])
def test_since_1_0_every_manifest_lists_every_file(tmp_path, version, expected):
    short = f"{digest(b'one', 'md5')}  data/a.txt\n"
    assert verdict(bag(tmp_path / "b", version=version, tags={"manifest-md5.txt": short})) == expected


WRONG_LINES = """\
nonsense
{digest} data
{short}  data/a.txt
{digest}  bagit.txt
{digest}  /etc/passwd
{digest}  data/../../x
{digest}  data/..\\..\\x
{digest}  ~/x
{digest}  data/gone.txt"""


@pytest.mark.parametrize("line", WRONG_LINES.splitlines())
@pytest.mark.parametrize("version", ["0.97", "1.0"])
def test_lines_that_are_wrong_in_every_version(tmp_path, line, version):
    good = [f"{digest(b'one')}  data/a.txt\n", f"{digest(b'two')}  data/b/c.txt\n"]
    bad = line.format(digest=digest(b"x"), short=digest(b"one")[:-2])
    assert verdict(bag(tmp_path / "b", version=version, lines=[*good, bad])) == "fail"


def test_nothing_outside_is_read_even_where_it_would_match(tmp_path):
    (tmp_path / "secret").write_bytes(b"s")
    tags = {"tagmanifest-sha512.txt": f"{digest(b's')}  ../secret\n"}
    assert "5.1" in codes(bag(tmp_path / "b", tags=tags))


def test_links_are_never_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"one")
    held = bag(tmp_path / "b")
    (held / "data/a.txt").unlink()
    (held / "data/a.txt").symlink_to(tmp_path / "secret")
    assert {"5.1", "3"} <= codes(held)
    whole = bag(tmp_path / "c")
    (whole / "data").rename(tmp_path / "elsewhere")
    (whole / "data").symlink_to(tmp_path / "elsewhere")
    assert {"5.1", "2.1.2"} <= codes(whole)


@pytest.mark.parametrize(
    ("fetch", "expected"),
    [
        ("https://e.org/a - data/a.txt\n", "pass"),
        ("https://e.org/a 3 data/a.txt\n", "pass"),
        ("https://e.org/a 4 data/a.txt\n", "warn"),
        ("https://e.org/a - data/unfetched.txt\n", "fail"),
        ("https://e.org/a - bagit.txt\n", "fail"),
        ("https://e.org/a - data/../../x\n", "fail"),
        ("not-a-url - data/a.txt\n", "fail"),
        ("https://e.org/a many data/a.txt\n", "fail"),
        ("https://e.org/a data/a.txt\n", "fail"),
    ],
)
def test_nothing_is_fetched_and_what_is_not_there_is_missing(tmp_path, fetch, expected):
    assert verdict(bag(tmp_path / "b", tags={"fetch.txt": fetch})) == expected


@pytest.mark.parametrize(
    ("info", "version", "expected"),
    [
        ("Payload-Oxum: 6.2\n", "1.0", "pass"),
        ("payload-oxum: 6.2\n", "1.0", "pass"),
        ("Payload-Oxum: 7.2\n", "0.97", "fail"),
        ("Payload-Oxum: six\n", "1.0", "fail"),
        ("Payload-Oxum: 6.2\nPayload-Oxum: 6.2\n", "1.0", "fail"),
        ("Payload-Oxum: 6.2\nPayload-Oxum: 6.2\n", "0.97", "warn"),
        ("Bag-Count: 1 of ?\n", "1.0", "pass"),
        ("Bag-Count: one of many\n", "1.0", "warn"),
        ("Bag-Count: 3 of 2\n", "1.0", "warn"),
        ("Bagging-Date: 2026-11-22\nBagging-Date: 2026-11-22\n", "1.0", "warn"),
        ("Contact-Name: A\nContact-Name: B\n", "1.0", "pass"),
        ("External-Description: long\n  and continued\n\tthrice\n", "1.0", "pass"),
        ("Contact-Name : A\n", "1.0", "fail"),
        ("Contact-Name : A\n", "0.97", "pass"),
        ("Contact-Name:A\n", "1.0", "fail"),
        ("no label\n", "0.97", "fail"),
        ("  continued from nothing\n", "1.0", "fail"),
    ],
)
def test_bag_metadata(tmp_path, info, version, expected):
    assert verdict(bag(tmp_path / "b", version=version, tags={"bag-info.txt": info})) == expected


def test_the_drafts_before_0_96_name_it_package_info(tmp_path):
    wrong = {"package-info.txt": "Payload-Oxum: 1.1\n"}
    assert verdict(bag(tmp_path / "a", version="0.95", tags=wrong)) == "fail"
    assert verdict(bag(tmp_path / "b", version="0.97", tags=wrong)) == "pass"


@pytest.mark.parametrize(
    ("lines", "version", "expected"),
    [
        ("{bagit}  bagit.txt\n{manifest}  manifest-sha512.txt\n", "1.0", "pass"),
        ("{bagit}  bagit.txt\n", "1.0", "fail"),
        ("{bagit}  bagit.txt\n", "0.97", "warn"),
        ("{manifest}  manifest-sha512.txt\n{one}  data/a.txt\n", "1.0", "fail"),
        ("{manifest}  manifest-sha512.txt\n{one}  data/a.txt\n", "0.97", "warn"),
        ("{manifest}  manifest-sha512.txt\n{bagit}  gone.txt\n", "0.97", "fail"),
        ("{one}  manifest-sha512.txt\n", "0.97", "fail"),
    ],
)
def test_tag_manifests(tmp_path, lines, version, expected):
    held = bag(tmp_path / "b", version=version)
    values = {
        "bagit": digest((held / "bagit.txt").read_bytes()),
        "manifest": digest((held / "manifest-sha512.txt").read_bytes()),
        "one": digest(b"one"),
    }
    (held / "tagmanifest-sha512.txt").write_text(lines.format(**values))
    assert verdict(held) == expected


def test_names_match_whatever_their_normalisation_and_that_is_told(tmp_path):
    composed = unicodedata.normalize("NFC", "Núñez")
    lines = [f"{digest(b'one')}  data/{composed}\n"]
    held = bag(tmp_path / "b", {unicodedata.normalize("NFD", composed): b"one"}, lines=lines)
    assert verdict(held) == "warn"


def test_names_that_some_systems_take_for_one_are_told(tmp_path):
    assert codes(bag(tmp_path / "b", {"A.txt": b"one", "a.txt": b"two"})) == {"6.1.1.3"}


def test_empty_bags_and_system_files(tmp_path):
    assert verdict(bag(tmp_path / "empty", {})) == "pass"
    held = bag(tmp_path / "b")
    (held / "data/.DS_Store").write_bytes(b"")
    assert verdict(held) == "fail", "a payload file that no manifest lists"
    (held / "data/.DS_Store").rename(held / ".DS_Store")
    assert verdict(held) == "pass", "a tag file need not be listed"


def test_what_is_no_bag_is_told_so(tmp_path):
    (tmp_path / "folder").mkdir()
    assert {"2.1.1", "2.1.2", "2.1.3"} <= codes(tmp_path / "folder")
    lone = tmp_path / "lone.txt"
    lone.write_text("no bag")
    assert verdict(lone) == "fail"


@pytest.mark.requirement("RFC 8493")
def test_a_serialised_bag_is_found_in_its_one_folder(tmp_path):
    held = bag(tmp_path / "b")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for path in sorted(held.rglob("*")):
            archive.write(path, f"b/{path.relative_to(held)}")
    with open_package(tmp_path / "b.zip") as package:
        assert package.kind == "bagit"
        assert not [*package.structure(), *package.fixity(())]
        (item,) = package
        assert [file.name for file in item.files] == ["data/a.txt", "data/b/c.txt"]
        assert item.files[0].declared == {"sha512": digest(b"one")}


def test_what_a_sender_repeats_without_end_is_told_once(tmp_path):
    gone = [f"{digest(b'x')}  data/gone{number}.txt\n" for number in range(MOST_ALIKE + 100)]
    told = findings(bag(tmp_path / "b", {}, lines=gone))
    assert len(told) == MOST_ALIKE + 1
    assert "100" in told[-1].subject


def test_large_files_are_digested_as_small_ones_are(tmp_path):
    large = os.urandom(9 * 2**20)
    held = bag(tmp_path / "b", {"large": large, "small": b"s"}, algorithms=("sha256", "sha512", "md5"))
    assert verdict(held) == "pass"
    with (held / "data/large").open("r+b") as stream:
        stream.seek(5 * 2**20)
        stream.write(b"changed")
    assert [finding.subject for finding in findings(held)] == ["data/large"] * 3

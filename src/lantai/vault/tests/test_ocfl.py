"""Our reader against the specification's own fixtures."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.core.digests import digest_bytes
from lantai.core.errors import Invalid
from lantai.vault.adapters.filesystem import FolderFiles
from lantai.vault.ocfl import Agent, Inventory, object_path, require_safe_path, version_files
from lantai.vault.ocfl_validation import check_object

CORPORA = Path(os.environ.get("LANTAI_CORPORA", Path(__file__).resolve().parents[5] / "shared" / "corpora"))
FIXTURES = CORPORA / "ocfl-fixtures"
NAMED_OTHERWISE = {
    # the object is refused, with a neighbouring code or as an inventory that is none (E034)
    "E001_invalid_version_format", "E008_E036_no_versions_no_head", "E010_missing_versions",
    "E011_E013_invalid_padded_head_version", "E015_content_not_in_content_dir", "E036_no_head",
    "E040_wrong_head_doesnt_exist", "E040_wrong_head_format", "E041_no_manifest",
    "E046_root_not_most_recent", "E049_E050_E054_bad_version_block_values",
    "E100_E099_fixity_invalid_content_paths", "E100_E099_manifest_invalid_content_paths",
}  # fmt: skip


def fixtures(*kinds):
    found = [
        folder
        for version in ("1.0", "1.1")
        for kind in kinds
        for folder in (FIXTURES / version / kind).glob("*")
    ]
    skip = pytest.mark.skip(reason=f"OCFL fixtures are not at {FIXTURES}; set LANTAI_CORPORA")
    return sorted(found) or [pytest.param(FIXTURES, marks=skip)]


def name_of(path):
    return "/".join(path.parts[-3:])


@pytest.mark.parametrize("folder", fixtures("good-objects", "warn-objects"), ids=name_of)
def test_good_objects_are_read(folder):
    checked = check_object(FolderFiles(folder))
    assert checked.problems == ()
    assert checked.inventory is not None
    for path in checked.inventory.state():
        with FolderFiles(folder).open(checked.inventory.content_path(path)) as source:
            source.read(1)


@pytest.mark.parametrize("folder", fixtures("bad-objects"), ids=name_of)
def test_bad_objects_are_refused_and_most_by_their_own_code(folder):
    codes = {problem.code for problem in check_object(FolderFiles(folder)).problems}
    assert codes
    if folder.name not in NAMED_OTHERWISE:
        assert codes & {part for part in folder.name.split("_") if part[:1] == "E" and part[1:].isdigit()}


def test_an_object_lies_under_the_digest_of_its_identifier():
    digest = "3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4"
    assert object_path("object-01") == f"3c/0f/{digest}"


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/"])
def test_a_path_that_could_lead_outside_is_refused(path):
    with pytest.raises(Invalid):
        require_safe_path(path)


names = st.sampled_from(["record.xml", "premis.xml", "documents/a.pdf", "documents/b.pdf", "pages/0001.tif"])
states = st.dictionaries(names, st.binary(max_size=3), min_size=1)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(states, min_size=1, max_size=6))
def test_every_version_reads_back_and_nothing_held_is_stored_again(versions):
    from datetime import UTC, datetime

    inventory, disk = Inventory.start("urn:uuid:x"), {}
    for number, files in enumerate(versions, 1):
        held = {digest_bytes(data).sha512 for data in disk.values()}
        to_store = inventory.add_version(
            {path: digest_bytes(data) for path, data in files.items()},
            created=datetime(2026, 11, 21, tzinfo=UTC), message=str(number), agent=Agent("x", "urn:x"),
        )  # fmt: skip
        for logical, path in to_store.items():
            assert digest_bytes(files[logical]).sha512 not in held
            disk[path] = files[logical]
    again = Inventory.parse(version_files(inventory)["inventory.json"])
    for number, files in enumerate(versions, 1):
        assert {path: disk[again.content_path(path, f"v{number}")] for path in files} == files
    assert set(dict(again.manifest())) == set(disk)

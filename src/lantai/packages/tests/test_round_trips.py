"""Folder to DA/T 93 to DA/T 48 to the carrier layout and back: what arrives, or is said to be lost."""

import tempfile
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lantai.packages.api import open_package
from lantai.packages.conversion import write_package
from lantai.packages.package import Declaration, Package, PackageFile, PackageItem
from lantai.records.api import metadata_elements

WORDS = (
    st.text(st.sampled_from("关于通知㐂·〔〕<>&\"'=+-，；：0aB　 "), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
NAMES = st.text(st.sampled_from("正文附件件ab㐂0 .-&'=;；"), min_size=1, max_size=8).map(
    lambda text: f"{text.strip() or 'x'}.txt"
)
PLACED = {"M8", "M22", "M32", "M33", "M38", "M11", "M12"}
OTHERS = ("M9", "M13", "M31", "M36", "M43", "M75", "M17")


@st.composite
def packages(draw):
    items = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        metadata = {code: draw(WORDS) for code in PLACED - {"M8"}}
        metadata |= draw(st.dictionaries(st.sampled_from(OTHERS), WORDS, max_size=4))
        metadata["M8"] = f"{draw(st.sampled_from(['A001', 'J·1']))}-{number:04d}"
        names = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold))
        extra = draw(st.dictionaries(st.sampled_from(["公开属性", "门类"]), WORDS, max_size=2))
        items.append((metadata, [(name, draw(st.binary(max_size=80))) for name in names], extra))
    return items


def as_package(folder: Path, drawn) -> Package:
    items = []
    for number, (metadata, contents, extra) in enumerate(drawn, 1):
        files = []
        for place, (name, data) in enumerate(contents):
            path = folder / f"{number}-{place}.txt"
            path.write_bytes(data)
            role = "attachment" if place else "body"
            files.append(PackageFile(path, name.encode(), name, role, {}, len(data)))
        items.append(PackageItem(number, metadata, tuple(files), extra))
    return Package("hand", folder, Declaration(agency="市府办"), tuple(items))


def contents(item: PackageItem) -> list[bytes]:
    return sorted(file.path.read_bytes() for file in item.files)


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(packages())
def test_nothing_is_lost_unsaid(drawn):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path, lost = folder / "hand", []
        (folder / "files").mkdir()
        package = as_package(folder / "files", drawn)
        for step, kind in enumerate(("folder", "dat93", "eep", "carrier", "folder")):
            path = folder / f"{step}-{kind}"
            lost += write_package(package, path, kind)
            package.close()
            package = open_package(path)
            assert package.kind == kind
        with package:
            arrived = list(package)
            told = "".join(lost)
            assert len(arrived) == len(drawn)
            for item, (metadata, files, extra) in zip(arrived, drawn, strict=True):
                assert contents(item) == sorted(data for _name, data in files)
                for code, value in metadata.items():
                    assert " ".join(item.metadata.get(code, "").split()) == " ".join(value.split()) or (
                        f"（{code}）" in told or "已改写" in told
                    ), (code, value, item.metadata.get(code), lost)
                for name in extra:
                    assert name in item.extra or f"“{name}”" in told


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(packages())
def test_an_encapsulation_and_a_transfer_package_carry_the_description_whole(drawn):
    elements = metadata_elements()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        package = as_package(folder, drawn)
        for kind in ("dat93", "eep"):
            write_package(package, folder / kind, kind)
            with open_package(folder / kind) as read:
                for item, (metadata, files, _extra) in zip(read, drawn, strict=True):
                    assert {
                        code: item.metadata.get(code) for code in metadata if code in elements
                    } == metadata
                    assert contents(item) == sorted(data for _name, data in files)

"""Every odd file of the test material, in the pool and through ``lantai inspect``: none ends more than itself."""

import json
import subprocess
import sys

import pytest

from lantai.core.findings import Outcome, verdict
from lantai.formats.api import examine_many, read_messages, survey_warcs
from lantai.formats.memory import USUAL_BYTES
from lantai.packages.api import kind_of, open_package

from .limits import peak_bytes
from .scores import CORPORA, corpus, hold_score

FOLDERS = (
    "xml-attacks", "traversal-archives", "mail-stalwart", "mail-mimetools-mime4j", "warc-warcio", "warc-pywb",
    "pronom-skeletons", "ofd",
)  # fmt: skip


def files_of(name):
    return sorted(path for path in corpus(name).rglob("*") if path.is_file())


@pytest.mark.requirement("S19")
def test_no_file_ends_a_child_or_takes_more_than_its_memory(ended):
    rows = []
    for name in FOLDERS:
        files = files_of(name)
        examined = [found for found in examine_many(files) if found.identification.name]
        read = [*read_messages(files), *survey_warcs(files)]
        assert len(read) == 2 * len(files)
        rows.append(
            [
                name,
                len(files),
                len(examined),
                len(ended),
                "≤ 512 MiB" if peak_bytes() <= USUAL_BYTES else "more",
            ]
        )
        assert not ended, ended
    hold_score(
        "hostile",
        title="Odd and hostile files",
        corpus="the folders named",
        note="Every file, examined as any format, read as a message and read as a web archive: how many were "
        "answered, how many children of the pool had to be replaced, and the most memory any child held.",
        columns=["folder", "files", "examined", "children ended", "memory"],
        rows=rows,
    )


@pytest.mark.requirement("S19")
def test_no_hostile_archive_and_no_hostile_xml_passes():
    rows = []
    for name in ("traversal-archives", "xml-attacks"):
        for path in files_of(name):
            if (
                path.name in {"README", "LICENSE"}
                or path.suffix in {".xsl", ".xsd"}
                or path.name.startswith("simple")
            ):
                continue
            with open_package(path) as package:
                stage = kind_of(package.kind).stage if package.kind != "unreadable" else "GD"
                findings = [*package.findings, *(package.structure() if stage == "structure" else ())]
            rows.append([str(path.relative_to(CORPORA)), str(verdict(findings))])
    hold_score(
        "hostile-verdicts",
        title="Archives that try to write outside their folder, XML that expands or fetches",
        corpus="traversal-archives, xml-attacks",
        note="All are to be refused. XML without a document type, style sheets and schemas are left out.",
        columns=["file", "verdict"],
        rows=rows,
    )
    assert {given for _file, given in rows} == {str(Outcome.FAIL)}


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("traversal-archives/zip/relative0.zip", "fail"),
        ("xml-attacks/xmltestdata/xmlbomb.xml", "fail"),
        ("mail-stalwart/resources/eml/malformed/013.eml", "pass"),
        ("warc-warcio/test/data/example-trunc.warc", "fail"),
    ],
)
def test_the_command_gives_a_verdict_on_a_hostile_file(name, verdict, tmp_path):
    corpus(name.split("/")[0])
    start = "from lantai.config.cli import main; main()"
    command = [sys.executable, "-c", start, "inspect", str(CORPORA / name), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(done.stdout)["verdict"] == verdict, done.stderr
    assert done.returncode == (verdict == "fail")

"""What we write, before the board's own eark-validator: a second opinion, where one is at hand.

The validator pins an old lxml and so lives in an environment of its own; ``LANTAI_EARK_VALIDATOR`` names
that environment's Python. It fetches vocabularies when it is imported: they are fed to it from our data,
in a child process that can open no connection.
"""

import json
import os
import subprocess

import pytest

from lantai.packages.rules import kind_data
from lantai.packages.tests.eark_samples import changed, make_package, put

PYTHON = os.environ.get("LANTAI_EARK_VALIDATOR", "")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not PYTHON, reason="no eark-validator at hand; set LANTAI_EARK_VALIDATOR"),
]
CHILD = """
import io, json, pathlib, socket, sys, urllib.request
def refuse(*_given, **_named):
    raise OSError("no connection is opened here")
socket.socket.connect = socket.create_connection = refuse
terms = json.loads(sys.stdin.read())
def local(address):
    named = next(name for name in terms if name in address)
    return io.BytesIO("".join(f"<Term>{term}</Term>\\n" for term in terms[named]).encode())
urllib.request.urlopen = local
from eark_validator.packages import PackageValidator
report = PackageValidator(pathlib.Path(sys.argv[1])).validation_report
print(report.model_dump_json())
"""
VOCABULARIES = {
    "ContentCategory": "content_category",
    "ContentInformationType": "content_information",
    "OAISPackageType": "package_type",
    "CSIPVocabularyStatus": "status",
}
CONTRADICTED = {"CSIP12", "CSIP13", "CSIP15", "CSIP16", "SIP14"}
"""What it holds against every SIP: its CSIP rules want each creator to be software, its SIP rules none."""


def errors(package):
    data = kind_data("eark")["vocabularies"]
    terms = {name: [term.strip() for term in data[ours]] for name, ours in VOCABULARIES.items()}
    done = subprocess.run(
        [PYTHON, "-c", CHILD, str(package)],
        input=json.dumps(terms),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    report = json.loads(done.stdout)
    assert report["structure"]["status"] == "WellFormed"
    assert report["metadata"]["schema_results"]["status"] == "VALID"
    messages = report["metadata"]["schematron_results"]["messages"]
    return {message["rule_id"] for message in messages if message["severity"].casefold() == "error"}


@pytest.mark.requirement("S19")
@pytest.mark.requirement("E-ARK CSIP 2.1")
@pytest.mark.parametrize(("kind", "held"), [("AIP", set()), ("SIP", CONTRADICTED)])
def test_the_boards_validator_accepts_what_we_write(tmp_path, kind, held):
    assert errors(make_package(tmp_path, kind)) == held


def test_the_boards_validator_can_refuse(tmp_path):
    package = make_package(tmp_path, "AIP")
    assert errors(changed(package, tmp_path / "changed", put("m:metsHdr", "CREATEDATE", None))) == {"CSIP7"}

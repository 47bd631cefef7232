"""The engine as a whole: streams, hostile packages, scanners, the command."""

import json
import os
import socket
import struct
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from django.utils import translation
from typer.testing import CliRunner

from lantai.core.findings import Outcome
from lantai.formats.tests.samples import make_pdf
from lantai.inspection import commands
from lantai.inspection.adapters.clamd import Clamd
from lantai.inspection.api import Inspection, inspect_package, lines_of, report_pdf, score_of
from lantai.packages.api import open_package

from .factories import finding, inspect, item, outcomes, package

runner = CliRunner()
app = typer.Typer()
app.callback()(lambda: None)
commands.register(app)


class Scanner:
    """A clamd at a real socket: says what it was told to for files that hold a word."""

    def __init__(self, path: Path, answers: dict[bytes, bytes]):
        self.answers = answers
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                command = b""
                while not command.endswith(b"\0"):
                    command += stream.read(1)
                if command == b"zVERSION\0":
                    connection.sendall(
                        f"ClamAV 1.4/27000/{datetime.now(UTC):%a %b %d %H:%M:%S %Y}\0".encode()
                    )
                    continue
                data = b""
                while size := struct.unpack("!L", stream.read(4))[0]:
                    data += stream.read(size)
                answer = next((text for word, text in self.answers.items() if word in data), b"stream: OK")
                connection.sendall(answer + b"\0")

    def close(self):
        self.server.close()


@pytest.fixture
def scanner(tmp_path):
    answers = {
        b"BAD": b"stream: Win.Test-1 FOUND",
        b"HUGE": b"INSTREAM size limit exceeded. ERROR",
        b"MUTE": b"",
    }
    address = tmp_path / "clamd.ctl"
    server = Scanner(address, answers)
    yield Clamd(str(address))
    server.close()


def scanned(tmp_path, scanner, word):
    text = tmp_path / f"{word}.txt"
    text.write_text(f"通知 {word}", encoding="utf-8")
    with open_package(package(tmp_path, item(tmp_path, {"正文.txt": text}, 页数=""))) as opened:
        inspection = Inspection(opened, scanner=scanner)
        list(inspection.items())
        return inspection.report()


@pytest.mark.requirement("DA/T 70 GD-4-2")
def test_a_scanner_decides_and_its_errors_are_never_clean(tmp_path, scanner):
    assert scanner.version().startswith("ClamAV")
    clean = scanned(tmp_path, scanner, "GOOD")
    assert clean.verdict is Outcome.PASS
    assert outcomes(clean, "sec.av.installed") == {"pass"}
    infected = scanned(tmp_path, scanner, "BAD")
    assert finding(infected, "sec.av.scan").observed == "Win.Test-1"
    assert not infected.accepted_count
    for word in ("HUGE", "MUTE"):
        assert scanned(tmp_path, scanner, word).verdict is Outcome.AWAITING


@pytest.mark.requirement("DA/T 70 GD-4-2")
def test_a_scanner_that_is_gone_leaves_the_scan_to_a_person(tmp_path):
    report = scanned(tmp_path, Clamd(str(tmp_path / "nobody.ctl")), "GOOD")
    assert outcomes(report, "sec.av.scan") == {"awaiting"}
    assert outcomes(report, "sec.av.installed") == {"warn"}


def test_four_gibibytes_of_nothing_cost_no_memory(tmp_path):
    folder = package(tmp_path, item(tmp_path))
    big = next(folder.rglob("正文.pdf"))
    os.truncate(big, 0)
    os.truncate(big, 4 << 30)
    report = inspect_package(folder)
    assert outcomes(report, "use.content.format") == {"fail"}
    assert "正文.pdf" in finding(report, "use.content.format").subject
    assert _largest_child_mib() < 400


def _largest_child_mib():
    threads = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    peaks = [0]
    for child in [child for thread in threads for child in thread.read_text().split()]:
        status = Path(f"/proc/{child}/status").read_text()
        peaks += [int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(peaks)


def test_a_hostile_archive_ends_in_a_report_that_names_the_entry(tmp_path):
    archive = tmp_path / "包.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("../../外.txt", b"x")
    report = inspect_package(archive, workspace=tmp_path / "work")
    assert report.kind == "unreadable"
    assert report.verdict is Outcome.FAIL
    told = finding(report, "sec.pkg.unsafe")
    assert "../../外.txt" in told.subject
    assert told.remedy
    assert not list((tmp_path / "work").iterdir())


def test_links_in_a_folder_are_told_and_never_followed(tmp_path):
    folder = package(tmp_path, item(tmp_path))
    (folder / "链接.txt").symlink_to("/etc/passwd")
    report = inspect_package(folder)
    assert outcomes(report, "sec.pkg.unsafe") == {"fail"}
    assert not report.accepted


def test_items_stream_and_the_batch_goes_on_after_a_bad_one(tmp_path):
    pdf = make_pdf(tmp_path / "p.pdf")
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"")
    items = [
        item(
            tmp_path,
            {"正文.pdf": bad if number == 40 else pdf},
            folder=str(number),
            题名=f"通知{number}",
            文号="",
        )
        for number in range(1, 121)
    ]
    with open_package(package(tmp_path, *items)) as opened:
        inspection = Inspection(opened)
        reports = list(inspection.items())
        report = inspection.report()
    assert [one.item.number for one in reports] == list(range(1, 121))
    assert [one.item.number for one in reports if not one.accepted] == [40]
    assert [one.item.number for one in report.items] == [40]
    assert (report.item_count, report.accepted_count) == (120, 119)
    assert reports[0].files[0].pages == 2
    assert reports[0].files[0].examinations[0].digests["sm3"]


def test_the_input_digest_tells_what_was_inspected(tmp_path):
    first = inspect(tmp_path, item(tmp_path))
    again = inspect(tmp_path, item(tmp_path))
    other = inspect(tmp_path, item(tmp_path, 题名="另一件"))
    assert len(first.input_digest) == 64
    assert first.input_digest == again.input_digest != other.input_digest


def test_every_check_of_the_plan_is_a_line_and_what_nobody_did_is_unchecked(tmp_path):
    report = inspect(tmp_path, item(tmp_path))
    lines = {line.code: line for line in lines_of(report)}
    assert {
        f"GD-{nature}-{number}"
        for nature, last in ((1, 14), (2, 11), (3, 8), (4, 7))
        for number in range(1, last + 1)
    } <= set(lines)
    assert all(line.blind for line in lines.values())
    assert (lines["GD-4-7"].state, lines["GD-4-7"].share) == ("unchecked", 0.0)
    assert (lines["GD-4-6"].state, lines["GD-4-6"].share) == ("not_applicable", None)
    assert (lines["GD-1-11"].state, lines["GD-1-11"].share) == ("pass", 1.0)
    assert 0 < score_of(report) < 100
    transfer = inspect(tmp_path, item(tmp_path), stage="YJ")
    assert all(found.code.startswith(("YJ", "兰台")) for found in transfer.all_findings)


@pytest.mark.usefixtures("no_scanner")
def test_the_command_answers_in_json_and_exit_codes_without_a_database(tmp_path):
    # no django_db mark: touching the database would fail this test
    good = package(tmp_path, item(tmp_path))
    answer = runner.invoke(app, ["inspect", str(good), "--json", "--report", str(tmp_path / "r.pdf")])
    assert answer.exit_code == 4, answer.output
    result = json.loads(answer.stdout.splitlines()[-1])
    assert (result["kind"], result["verdict"]) == ("folder", "awaiting")
    assert set(result["findings"][0]) == {
        "key", "code", "clause", "subject", "outcome", "expected", "observed", "remedy"
    }  # fmt: skip
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    bad = package(tmp_path, item(tmp_path, 责任者=""))
    assert runner.invoke(app, ["inspect", str(bad), "--json"]).exit_code == 1
    told = runner.invoke(app, ["inspect", str(bad)]).stdout
    assert "请补填“责任者”" in told
    assert told.startswith("不通过"), "what sends an item back is told first"
    assert runner.invoke(app, ["inspect", str(tmp_path / "nothing"), "--json"]).exit_code == 2


def test_the_pdf_report_is_archival_and_says_what_to_do(tmp_path):
    import pikepdf

    from lantai.formats.api import extract_text, identify, is_longterm

    report = inspect(
        tmp_path, item(tmp_path, 责任者=""), item(tmp_path, folder="2", 题名="函" * 60, 文号="2号")
    )
    path = tmp_path / "报告.pdf"
    path.write_bytes(report_pdf(report, "市府办 2024 年度归档"))
    assert is_longterm(identify(path))
    text = "".join(extract_text(path))
    assert "市府办" in text
    assert "请补填" in text
    with pikepdf.open(path) as pdf:
        fonts = [str(font.BaseFont) for page in pdf.pages for font in page.Resources.Font.values()]
    assert any("NotoSerifSC" in font for font in fonts)


def test_the_pdf_report_speaks_the_readers_language(tmp_path):
    from lantai.formats.api import extract_text

    report = inspect(tmp_path, item(tmp_path))
    path = tmp_path / "report.pdf"
    with translation.override("en"):
        path.write_bytes(report_pdf(report, "Deeds"))
    text = "".join(extract_text(path))
    assert "What to do" in text
    assert "四性检测" not in text


@pytest.mark.requirement("DA/T 70 GD-3-2")
@pytest.mark.usefixtures("no_scanner")
def test_a_package_is_held_against_an_exported_catalogue_with_no_database(tmp_path):
    target = package(tmp_path, item(tmp_path))
    catalogue = tmp_path / "库.csv"
    with open_package(target) as opened:
        (one,) = opened.items
        title, day = one.title, one.metadata["M33"]
    same_day = f"{day[:4]}年{int(day[4:6])}月{int(day[6:])}日"
    for author, exit_code in ((one.metadata["M32"], 4), ("别的单位", 1)):
        head = "题名,文号,责任者,日期"
        catalogue.write_text(f"{head}\n{title},{one.metadata.get('M31', '')},{author},{same_day}\n", "utf-8")
        done = runner.invoke(app, ["inspect", str(target), "--database", str(catalogue), "--json"])
        told = [row["observed"] for row in json.loads(done.stdout)["findings"] if row["code"] == "GD-3-2"]
        assert (done.exit_code, told) == (exit_code, ["别的单位"] if exit_code == 1 else [])

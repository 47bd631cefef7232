"""Checks of the description against content, rules and database, and of the package as a tree."""

import shutil
import unicodedata

import pytest

from lantai.core.findings import Outcome
from lantai.formats.tests.samples import make_marked_pdf, make_ofd
from lantai.formats.tests.signing import cms, identity, signed_pdf
from lantai.inspection.api import Inspection, inspect_package
from lantai.inspection.registry import plan
from lantai.packages.api import open_package

from .factories import finding, inspect, item, outcomes, package

pytestmark = pytest.mark.usefixtures("no_scanner")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here to sign with")


def inspected(tmp_path, *items, **more):
    with open_package(package(tmp_path, *items)) as opened:
        inspection = Inspection(opened, **more)
        list(inspection.items())
        return inspection.report()


@pytest.mark.requirement("DA/T 70 GD-1-9")
@pytest.mark.parametrize(
    ("words", "outcome"),
    [("关于印发年度 工作要点的通知", "pass"), ("东政办发〔2024〕1号", "pass"), ("关于防汛的函", "warn")],
)
def test_the_first_page_names_title_or_number(tmp_path, words, outcome):
    pdf = make_marked_pdf(tmp_path / "a.pdf", words)
    assert outcomes(inspect(tmp_path, item(tmp_path, {"正文.pdf": pdf})), "auth.content.extra") == {outcome}


@needs_openssl
@pytest.mark.requirement("DA/T 70 GD-1-1")
def test_signed_files_await_a_chain_and_fail_when_tampered(tmp_path):
    identity(tmp_path)
    pdf = signed_pdf(tmp_path)
    report = inspect(tmp_path, item(tmp_path, {"正文.pdf": pdf}, 页数=1))
    assert outcomes(report, "auth.fixity") == {"awaiting"}
    assert "证书链没有核对" in finding(report, "auth.fixity").observed
    pdf.write_bytes(pdf.read_bytes().replace(b"595 842", b"595 843"))
    report = inspect(tmp_path, item(tmp_path, {"正文.pdf": pdf}, 页数=1))
    assert outcomes(report, "auth.fixity") == {"fail"}
    assert not report.accepted_count


@needs_openssl
@pytest.mark.requirement("DA/T 70 GD-1-1")
def test_a_detached_signature_beside_its_file_is_no_strange_format(tmp_path):
    identity(tmp_path)
    pdf = make_marked_pdf(tmp_path / "正文.pdf", "文")
    signature = tmp_path / "正文.pdf.p7s"
    signature.write_bytes(cms(tmp_path, pdf.read_bytes()))
    report = inspect(tmp_path, item(tmp_path, {"正文.pdf": pdf, "正文.pdf.p7s": signature}, 页数=""))
    assert outcomes(report, "use.content.format") == {"pass"}
    assert outcomes(report, "auth.fixity") == {"awaiting"}
    pdf.write_bytes(pdf.read_bytes() + b"\n")
    report = inspect(tmp_path, item(tmp_path, {"正文.pdf": pdf, "正文.pdf.p7s": signature}, 页数=""))
    assert outcomes(report, "auth.fixity") == {"fail"}


@pytest.mark.requirement("DA/T 70 GD-2-5")
def test_a_plan_may_ask_for_the_files_of_a_process(tmp_path):
    from dataclasses import replace

    asking = replace(plan(), process={"30年": ("processing_sheet",)})
    report = inspected(tmp_path, item(tmp_path), plan_in_force=asking)
    assert finding(report, "int.meta.process").observed == "缺处理单"
    assert outcomes(inspected(tmp_path, item(tmp_path)), "int.meta.process") == {"pass"}


@pytest.mark.django_db
@pytest.mark.requirement("DA/T 70 GD-2-9")
def test_the_scope_table_is_asked(tmp_path):
    for said, outcome in (("表中没有相符的条目", "warn"), ("", "pass")):
        report = inspected(tmp_path, item(tmp_path), scope=lambda _, said=said: said)
        assert outcomes(report, "int.scope") == {outcome}
    assert inspected(tmp_path, item(tmp_path)).results["int.scope"] == {"not_applicable": 1}


@pytest.mark.requirement("DA/T 70 GD-3-2")
def test_what_the_database_holds_is_read_back(tmp_path):
    same = inspected(tmp_path, item(tmp_path), database=lambda one: dict(one.metadata))
    assert same.results["use.meta.access"] == {"pass": 1}
    other = inspected(tmp_path, item(tmp_path), database=lambda one: {**one.metadata, "M32": "别的单位"})
    assert finding(other, "use.meta.access").observed == "别的单位"


@pytest.mark.requirement("DA/T 70 GD-3-6")
def test_the_environment_is_compared_with_the_plans_list(tmp_path):
    from dataclasses import replace

    narrow = replace(plan(), environments=("WPS",))
    told = {"database": lambda _: {"M50": "某某排版系统 2.0"}}
    assert outcomes(inspected(tmp_path, item(tmp_path), plan_in_force=narrow, **told), "use.env") == {"warn"}
    assert inspected(tmp_path, item(tmp_path), **told).results["use.env"] == {"pass": 1}


@pytest.mark.requirement("DA/T 70 GD-3-5")
def test_a_claim_to_conform_is_never_a_pass(tmp_path, monkeypatch):
    ofd = make_ofd(tmp_path / "a.ofd")
    report = inspect(tmp_path, item(tmp_path, {"正文.ofd": ofd}))
    assert outcomes(report, "use.content.longterm") == {"awaiting"}


@pytest.mark.requirement("DA/T 70 GD-3-5")
@pytest.mark.parametrize(("answer", "outcome"), [("PASS", "pass"), ("FAIL", "fail"), ("ERROR", "awaiting")])
def test_verapdf_decides_where_it_is_installed(tmp_path, monkeypatch, answer, outcome):
    import pylopdf_fonts_zh_cn  # noqa: F401 - the fonts typst embeds
    import typst

    pdf = tmp_path / "a.pdf"
    pdf.write_bytes(typst.compile(b"a #pagebreak() b", pdf_standards="a-2b"))
    validator = tmp_path / "verapdf"
    validator.write_text(f'#!/bin/sh\nshift 2\nfor path; do echo "{answer} $path 2b"; done\n')
    validator.chmod(0o755)
    monkeypatch.setenv("LANTAI_VERAPDF", str(validator))
    report = inspect(tmp_path, item(tmp_path, {"正文.pdf": pdf}))
    assert outcomes(report, "use.content.longterm") == {outcome}


@pytest.mark.requirement("DA/T 70 GD-1-13")
def test_names_that_clash_elsewhere_send_the_package_back(tmp_path):
    folder = package(tmp_path, item(tmp_path))
    for name in ("附件A.txt", "附件a.txt"):
        (folder / name).write_text("x")
    report = inspect_package(folder)
    assert outcomes(report, "auth.pkg.layout") == {"fail"}
    assert not report.accepted
    (folder / "附件a.txt").rename(folder / "附件?.txt")
    assert outcomes(inspect_package(folder), "auth.pkg.layout") == {"warn"}
    assert unicodedata.is_normalized("NFC", folder.name)


@pytest.mark.requirement("DA/T 70 GD-3-8")
def test_files_outside_the_catalogue_are_identified_too(tmp_path):
    folder = package(tmp_path, item(tmp_path))
    (folder / "工具.exe").write_bytes(b"MZ" + bytes(2000))
    assert outcomes(inspect_package(folder), "use.pkg.format") == {"warn"}


@pytest.mark.requirement("DA/T 70 GD-2-10")
def test_an_item_without_any_metadata_goes_back(tmp_path):
    from dataclasses import replace

    with open_package(package(tmp_path, item(tmp_path))) as opened:
        bare = [replace(one, metadata={}, embedded={}) for one in opened]
        opened.items = bare
        inspection = Inspection(opened)
        (report,) = inspection.items()
    assert "int.pkg.meta" in {found.key for found in report.findings if found.outcome is Outcome.FAIL}


@pytest.mark.requirement("DA/T 70 BC")
def test_long_term_keeping_has_its_own_numbers(tmp_path):
    report = inspect(tmp_path, item(tmp_path), stage="BC")
    codes = {rule["code"] for rule in report.plan}
    assert {"BC-1-1", "BC-3-9", "BC-4-9"} <= codes
    assert not any(code.startswith(("GD", "YJ")) for code in codes)

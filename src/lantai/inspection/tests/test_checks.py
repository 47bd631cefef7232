"""Each automatic check with a package that passes it and one that fails it."""

import os

import pytest

from lantai.core.findings import Outcome
from lantai.formats.tests.samples import EICAR, make_marked_pdf, make_pdf
from lantai.inspection.api import Inspection
from lantai.inspection.registry import ITEM_CHECKS, PACKAGE_CHECKS, plan
from lantai.packages.api import ItemToWrite, open_package

from .factories import GOOD, finding, inspect, item, outcomes, package

pytestmark = pytest.mark.usefixtures("no_scanner")


def test_a_good_package_waits_for_the_virus_scan_alone(tmp_path):
    report = inspect(tmp_path, item(tmp_path), declaration={"移交单位": "市府办"})
    assert report.accepted
    assert (report.item_count, report.accepted_count) == (1, 1)
    assert {found.key for found in report.all_findings if found.outcome is Outcome.FAIL} == set()
    assert {found.key for found in report.all_findings if found.outcome is Outcome.AWAITING} == {
        "sec.av.scan"
    }
    assert report.verdict is Outcome.AWAITING


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        pytest.param(
            "auth.meta.length", {"题名": "长" * 1001}, marks=pytest.mark.requirement("DA/T 70 GD-1-2")
        ),
        pytest.param("auth.meta.type", {"日期": "去年三月"}, marks=pytest.mark.requirement("DA/T 70 GD-1-3")),
        pytest.param("auth.meta.type", {"日期": "45352"}, marks=pytest.mark.requirement("DA/T 70 GD-1-3")),
        pytest.param("auth.meta.type", {"年度": "24"}, marks=pytest.mark.requirement("DA/T 70 GD-1-3")),
        pytest.param("auth.meta.type", {"页数": "两页"}, marks=pytest.mark.requirement("DA/T 70 GD-1-3")),
        pytest.param(
            "auth.meta.domain", {"保管期限": "很久"}, marks=pytest.mark.requirement("DA/T 70 GD-1-4")
        ),
        pytest.param(
            "auth.meta.domain", {"公开属性": "也许"}, marks=pytest.mark.requirement("DA/T 70 GD-1-4")
        ),
        pytest.param(
            "auth.meta.reason",
            {"年度": 2999, "日期": "29990101"},
            marks=pytest.mark.requirement("DA/T 70 GD-1-5"),
        ),
        pytest.param(
            "auth.meta.reason", {"日期": "20190301"}, marks=pytest.mark.requirement("DA/T 70 GD-1-5")
        ),
        pytest.param("auth.meta.reason", {"页数": "0"}, marks=pytest.mark.requirement("DA/T 70 GD-1-5")),
        pytest.param(
            "auth.meta.char",
            {"题名": "关于\ufffd\ufffd的通知"},
            marks=pytest.mark.requirement("DA/T 70 GD-1-6"),
        ),
        pytest.param(
            "auth.meta.char",
            {"题名": "鍏充簬涔辩爜鐨勯€氱煡"},
            marks=pytest.mark.requirement("DA/T 70 GD-1-6"),
        ),
        pytest.param(
            "auth.meta.char", {"题名": "¹ØÓÚÓ¡·¢µÄÍ¨Öª"}, marks=pytest.mark.requirement("DA/T 70 GD-1-6")
        ),
        pytest.param(
            "auth.meta.char", {"题名": "通\u200b知"}, marks=pytest.mark.requirement("DA/T 70 GD-1-6")
        ),
        pytest.param(
            "auth.meta.refcode", {"档号": "东政〔2024〕"}, marks=pytest.mark.requirement("DA/T 70 GD-1-7")
        ),
        pytest.param(
            "auth.meta.refcode",
            {"档号": "J001-WS·2023-D30-0001"},
            marks=pytest.mark.requirement("DA/T 70 GD-1-7"),
        ),
        pytest.param("auth.content.eprop", {"字节数": "7"}, marks=pytest.mark.requirement("DA/T 70 GD-1-10")),
        pytest.param(
            "auth.link", {"文件": "1/正文.pdf; 1/没有.pdf"}, marks=pytest.mark.requirement("DA/T 70 GD-1-11")
        ),
        pytest.param(
            "auth.fixity", {"数字摘要": "sm3:" + "0" * 64}, marks=pytest.mark.requirement("DA/T 70 GD-1-1")
        ),
        pytest.param("int.meta.required", {"责任者": ""}, marks=pytest.mark.requirement("DA/T 70 GD-2-4")),
        pytest.param("int.content.body", {"页数": 3}, marks=pytest.mark.requirement("DA/T 70 GD-2-7")),
        pytest.param("int.content.attach", {"附件数": 1}, marks=pytest.mark.requirement("DA/T 70 GD-2-8")),
        pytest.param("sec.classified", {"密级": "秘密★10年"}, marks=pytest.mark.requirement("Z4")),
        pytest.param("sec.classified", {"题名": "机密★关于某事的报告"}),
    ],
)
def test_a_faulty_description_sends_back_that_item_alone(tmp_path, key, columns):
    good = item(tmp_path, folder="2", 题名="关于另一件事的函", 文号="东政函〔2024〕2号")
    report = inspect(tmp_path, item(tmp_path, **columns), good)
    assert "fail" in outcomes(report, key)
    assert finding(report, key).remedy
    assert report.accepted
    assert (report.item_count, report.accepted_count) == (2, 1)
    assert all("第1件" in found.subject for found in report.all_findings if found.outcome is Outcome.FAIL)
    assert "fail" not in outcomes(inspect(tmp_path, item(tmp_path)), key)


@pytest.mark.requirement("DA/T 70 GD-1-1")
def test_declared_digests_that_agree_pass_and_none_do_not_apply(tmp_path):
    assert outcomes(inspect(tmp_path, item(tmp_path)), "auth.fixity") == {"pass"}
    bare = inspect(tmp_path, item(tmp_path), digest="")
    assert bare.counts["authenticity"]["not_applicable"] > inspect(tmp_path, item(tmp_path)).counts[
        "authenticity"
    ].get("not_applicable", 0)


@pytest.mark.requirement("DA/T 70 GD-1-6")
@pytest.mark.parametrize(
    "title",
    ["关于㐂𠮷水库的通知", "普安區公所關於漁會的呈文", "关于COVID-19的函（“十四五”）", "café 会谈纪要"],
)
def test_rare_traditional_and_mixed_titles_are_not_garbled(tmp_path, title):
    assert outcomes(inspect(tmp_path, item(tmp_path, 题名=title)), "auth.meta.char") == {"pass"}


@pytest.mark.requirement("DA/T 70 GD-1-6")
def test_private_use_characters_are_told_and_kept(tmp_path):
    report = inspect(tmp_path, item(tmp_path, 题名="关于\ue863水库的通知"))
    assert outcomes(report, "auth.meta.char") == {"warn"}
    assert report.accepted_count == 1


@pytest.mark.requirement("DA/T 70 GD-1-3")
@pytest.mark.parametrize("text", ["20240301", "2024-03-01", "[20240301]", "2024年3月1日"])
def test_dates_may_be_written_in_the_usual_ways(tmp_path, text):
    assert outcomes(inspect(tmp_path, item(tmp_path, 日期=text)), "auth.meta.type") == {"pass"}


@pytest.mark.requirement("DA/T 70 GD-1-4")
def test_old_retention_terms_are_taken_as_they_are(tmp_path):
    report = inspect(tmp_path, item(tmp_path, 保管期限="长期", 年度=1986, 日期="19860301"))
    assert outcomes(report, "auth.meta.domain") == {"pass"}


@pytest.mark.requirement("DA/T 70 GD-1-8")
def test_the_second_of_two_equal_items_goes_back(tmp_path):
    report = inspect(tmp_path, item(tmp_path), item(tmp_path, folder="2"))
    assert outcomes(report, "auth.meta.dup") == {"fail"}
    assert "第2件" in finding(report, "auth.meta.dup").subject
    assert "第1件" in finding(report, "auth.meta.dup").observed
    assert report.accepted_count == 1


@pytest.mark.requirement("DA/T 70 GD-1-8")
def test_what_is_held_already_goes_back_and_both_copies_are_checked(tmp_path):
    with open_package(package(tmp_path, item(tmp_path))) as opened:
        inspection = Inspection(
            opened,
            held_as=lambda _: "A001-WS·2024-Y-0001",
            database=lambda _: {"M22": "关于\x01", "M33": "昨天"},
        )
        (report,) = inspection.items()
    told = {found.key: found for found in report.findings}
    assert "A001" in told["auth.meta.dup"].observed
    assert "数据库" in told["auth.meta.char"].subject
    assert "数据库" in told["auth.meta.type"].subject


@pytest.mark.requirement("DA/T 70 GD-1-7")
@pytest.mark.parametrize("code", ["J001-WS·2024-D30-0001", "J001-WS·2024·D30-001"])
def test_codes_of_both_conventions_pass(tmp_path, code):
    assert outcomes(inspect(tmp_path, item(tmp_path, 档号=code)), "auth.meta.refcode") == {"pass"}


@pytest.mark.requirement("DA/T 70 GD-1-12")
def test_a_package_without_a_catalogue_is_told_so(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    from lantai.inspection.api import inspect_package

    report = inspect_package(empty)
    assert outcomes(report, "auth.pkg.docs") == {"fail"}
    assert report.verdict is Outcome.FAIL
    assert not report.accepted


@pytest.mark.requirement("DA/T 70 GD-1-14")
def test_the_digest_of_the_whole_package_is_compared(tmp_path):
    import hashlib

    folder = package(tmp_path, item(tmp_path))
    names = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "说明文件.TXT")
    names.sort(key=lambda path: os.fsencode(path.relative_to(folder)))
    lines = b"".join(
        hashlib.new("sm3", path.read_bytes()).hexdigest().encode()
        + b"  "
        + os.fsencode(path.relative_to(folder))
        + b"\n"
        for path in names
    )
    from lantai.inspection.api import inspect_package

    for digits, outcome in ((hashlib.new("sm3", lines).hexdigest(), "pass"), ("0" * 64, "fail")):
        (folder / "说明文件.TXT").write_text(f"信息包摘要：sm3:{digits}", encoding="utf-8")
        assert outcomes(inspect_package(folder), "auth.pkg.same") == {outcome}


@pytest.mark.parametrize(
    ("key", "declaration"),
    [
        pytest.param("int.total.items", {"总件数": 5}, marks=pytest.mark.requirement("DA/T 70 GD-2-1")),
        pytest.param("int.total.bytes", {"总字节数": 5}, marks=pytest.mark.requirement("DA/T 70 GD-2-2")),
    ],
)
def test_totals_that_differ_send_the_whole_package_back(tmp_path, key, declaration):
    report = inspect(tmp_path, item(tmp_path), declaration=declaration)
    assert outcomes(report, key) == {"fail"}
    assert not report.accepted
    assert report.accepted_count == 0
    assert outcomes(inspect(tmp_path, item(tmp_path)), key) == {"pass"}


@pytest.mark.requirement("DA/T 70 GD-2-3")
def test_a_catalogue_without_a_required_column_is_sent_back(tmp_path):
    columns = {name: value for name, value in GOOD.items() if name != "密级"}
    report = inspect(tmp_path, ItemToWrite(columns, item(tmp_path).files))
    assert outcomes(report, "int.meta.items") == {"fail"}
    assert not report.accepted


@pytest.mark.requirement("DA/T 70 GD-2-6")
def test_gaps_and_repetitions_of_numbers_are_named(tmp_path):
    def numbered(*numbers):
        return inspect(
            tmp_path,
            *(
                item(
                    tmp_path,
                    folder=str(place),
                    件号=number,
                    序号=place,
                    题名=f"通知{place}",
                    文号=f"{place}号",
                )
                for place, number in enumerate(numbers, 1)
            ),
        )

    assert outcomes(numbered("0007", "0008", "0009"), "int.meta.seq") == {"pass"}
    gap = numbered("0001", "0002", "0004", "0008")
    assert "3、5–7" in finding(gap, "int.meta.seq").observed
    assert not gap.accepted
    assert "重复：2" in finding(numbered("1", "2", "2"), "int.meta.seq").observed


@pytest.mark.requirement("DA/T 70 GD-2-7")
def test_an_item_without_files_goes_back(tmp_path):
    report = inspect(tmp_path, item(tmp_path, files={}))
    assert outcomes(report, "int.content.body") == {"fail"}


def test_an_archive_takes_a_catalogue_without_files_where_it_is_declared_as_such(tmp_path):
    entry = item(tmp_path, {}, 页数=12)
    told = {"内容": "仅目录"}
    report = inspect(tmp_path, entry, stage="YJ", declaration=told)
    assert report.accepted_count == 1
    assert report.verdict is Outcome.PASS
    assert not report.items or "int.content.body" not in {f.key for f in report.items[0].findings}
    assert inspect(tmp_path, entry, stage="YJ").accepted_count == 0
    assert inspect(tmp_path, entry, stage="GD", declaration=told).accepted_count == 0


@pytest.mark.requirement("DA/T 70 GD-2-8")
def test_three_attachments_announced_and_two_present(tmp_path):
    pdf = make_pdf(tmp_path / "a.pdf", 1)
    files = {"正文.pdf": make_pdf(tmp_path / "b.pdf", 2), "附件1.pdf": pdf, "附件2.pdf": pdf}
    assert outcomes(inspect(tmp_path, item(tmp_path, files, 附件数=2)), "int.content.attach") == {"pass"}
    report = inspect(tmp_path, item(tmp_path, files, 附件数=3))
    told = finding(report, "int.content.attach")
    assert (told.expected, told.observed, told.remedy) == ("3 个附件", "2 个附件", "请补上缺少的附件。")


@pytest.mark.requirement("DA/T 70 GD-2-11")
def test_stray_files_are_told_and_hold_back_a_transfer(tmp_path):
    from lantai.inspection.api import inspect_package

    folder = package(tmp_path, item(tmp_path))
    (folder / "多余.pdf").write_bytes(b"x")
    assert inspect_package(folder).accepted
    assert not inspect_package(folder, "YJ").accepted
    assert outcomes(inspect_package(folder), "int.pkg.content") == {"fail"}


@pytest.mark.requirement("DA/T 70 GD-3-1")
def test_a_catalogue_that_does_not_decode_is_unreadable(tmp_path):
    from lantai.inspection.api import inspect_package

    folder = package(tmp_path, item(tmp_path), catalogue="csv", charset="utf-8")
    assert outcomes(inspect_package(folder), "use.meta.readable") == {"pass"}
    catalogue = folder / "目录.csv"
    catalogue.write_bytes(catalogue.read_bytes() + b"\xff\xfe\xff")
    assert outcomes(inspect_package(folder), "use.meta.readable") == {"fail"}


@pytest.mark.requirement("DA/T 70 GD-3-3")
def test_wrong_extensions_and_strange_formats_go_back(tmp_path):
    pdf = make_pdf(tmp_path / "a.pdf")
    assert outcomes(inspect(tmp_path, item(tmp_path, {"正文.docx": pdf})), "use.content.format") == {"fail"}
    program = tmp_path / "b.exe"
    program.write_bytes(b"MZ" + os.urandom(3000))
    assert outcomes(inspect(tmp_path, item(tmp_path, {"正文.exe": program})), "use.content.format") == {
        "fail"
    }
    assert outcomes(inspect(tmp_path, item(tmp_path)), "use.content.format") == {"pass"}


@pytest.mark.requirement("DA/T 70 GD-3-4")
@pytest.mark.parametrize("damage", ["cut", "empty"])
def test_files_that_do_not_open_go_back_by_name(tmp_path, damage):
    pdf = make_pdf(tmp_path / "a.pdf")
    pdf.write_bytes(pdf.read_bytes()[:300] if damage == "cut" else b"")
    report = inspect(tmp_path, item(tmp_path, {"正文.pdf": pdf}))
    assert outcomes(report, "use.content.readable") == {"fail"}
    assert "1/正文.pdf" in finding(report, "use.content.readable").subject


@pytest.mark.requirement("DA/T 70 GD-3-5")
def test_formats_that_do_not_last_are_told_once_a_format(tmp_path):
    report = inspect(tmp_path, item(tmp_path))
    assert outcomes(report, "use.content.longterm") == {"warn"}
    text = tmp_path / "a.txt"
    text.write_text("通知", encoding="utf-8")
    lasting = inspect(tmp_path, item(tmp_path, {"正文.txt": text}, 页数=""))
    assert outcomes(lasting, "use.content.longterm") == {"pass"}


@pytest.mark.requirement("DA/T 70 GD-3-7")
def test_a_password_is_a_barrier(tmp_path):
    report = inspect(tmp_path, item(tmp_path, {"正文.pdf": make_pdf(tmp_path / "a.pdf", password="x")}))
    assert outcomes(report, "use.pkg.barrier") == {"fail"}
    assert outcomes(inspect(tmp_path, item(tmp_path)), "use.pkg.barrier") == {"pass"}


@pytest.mark.requirement("DA/T 70 GD-4-2")
def test_the_test_virus_goes_back_and_without_a_scanner_nothing_passes(tmp_path):
    virus = tmp_path / "v.txt"
    virus.write_bytes(EICAR)
    report = inspect(tmp_path, item(tmp_path, {"正文.txt": virus}, 页数=""))
    assert "fail" in outcomes(report, "sec.av.scan")
    clean = inspect(tmp_path, item(tmp_path))
    assert outcomes(clean, "sec.av.scan") == {"awaiting"}


def test_a_mark_on_the_first_page_is_refused_like_one_in_the_catalogue(tmp_path):
    marked = make_marked_pdf(tmp_path / "a.pdf", "秘密★5年 关于某事的请示")
    with open_package(package(tmp_path, item(tmp_path, {"正文.pdf": marked}))) as opened:
        (report,) = Inspection(opened).items()
    assert report.classified
    assert not report.accepted


def test_files_of_a_declared_secret_are_not_even_opened(tmp_path):
    with open_package(package(tmp_path, item(tmp_path, 密级="绝密"))) as opened:
        (report,) = Inspection(opened).items()
    assert report.classified
    assert report.files == ()


def test_every_check_in_the_plan_is_decided_by_code_and_the_rest_is_listed_as_not_in_it():
    rules = plan().rules
    codes = {rule.codes.get("GD") for rule in rules.values()}
    for nature, last in ((1, 14), (2, 11), (3, 8), (4, 7)):
        assert {f"GD-{nature}-{number}" for number in range(1, last + 1)} <= codes
    for rule in rules.values():
        decided = rule.key in ITEM_CHECKS or rule.key in PACKAGE_CHECKS
        assert decided == (rule.method != "manual"), rule.key
        assert rule.blind, rule.key

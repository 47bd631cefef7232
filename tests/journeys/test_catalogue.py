"""He Jing imports an old catalogue: the dry run shows what is wrong, the corrected file comes back, all is found."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
import python_calamine
import xlsxwriter

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.services
HEADINGS = ["归档号", "文件标题", "发文机关", "成文日期", "年度", "期限", "页数"]
FONDS = "Z037"
WANTED = "白沙乡围塘海堤抢修经费"


def line(number: int, **cells: str) -> list[str]:
    """A row of the catalogue, right but for the cells that are given."""
    usual = {
        "归档号": f"{FONDS}-WS·1991-D30-{number:04d}",
        "文件标题": f"关于第{number}号山塘水库除险加固的批复",
        "发文机关": "东屿县水利局",
        "成文日期": "1991年3月",
        "年度": "1991",
        "期限": "30年",
        "页数": "4",
    }
    return [{**usual, **cells}[heading] for heading in HEADINGS]


def hand_in(page: Page, path: Path) -> None:
    """Hands a file in and has it checked with the columns as they were guessed."""
    page.goto("/desk/catalogue/imports/")
    page.set_input_files("input[type=file]", str(path))
    page.select_option(
        "select[name=fonds]", label=page.locator(f"option:has-text('{FONDS} ')").first.inner_text()
    )
    page.get_by_role("button", name="交来", exact=True).click()
    page.get_by_role("button", name="试导入").click()


@pytest.mark.requirement("S15")
def test_a_catalogue_with_errors_is_corrected_imported_and_found(enter, tmp_path: Path):
    old = tmp_path / "老目录.csv"
    rows = [
        line(9001),
        line(9002, 文件标题=WANTED, 成文日期="33298"),
        line(9003, 页数="四页"),
        line(9003, 文件标题="同一个档号"),
    ]
    with old.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows([["东屿县水利局 1991 年目录"], HEADINGS, *rows])
    page = enter()
    sign_in(page, "zhouting", PASSWORD)
    hand_in(page, old)
    page.get_by_text("3 行有问题").wait_for(timeout=60_000)
    assert page.get_by_text("像是表格软件的日期序号（19910301）").count() == 1
    picture(page, "import-checked-wide")
    page.set_viewport_size({"width": NARROW, "height": 900})
    picture(page, "import-checked-narrow")
    page.set_viewport_size({"width": 1280, "height": 900})
    with page.expect_download() as download:
        page.get_by_role("link", name="下载有问题的行").first.click()
    mended = mend(download.value.path(), tmp_path)
    page.get_by_role("button", name="先导入无误的 1 行").click()
    page.get_by_text("建立 1 条").wait_for(timeout=60_000)
    hand_in(page, mended)
    page.get_by_text("没有问题").or_(page.get_by_role("button", name="导入 3 行")).first.wait_for(
        timeout=60_000
    )
    page.get_by_role("button", name="导入 3 行").click()
    page.get_by_text("建立 3 条").wait_for(timeout=60_000)
    find(page, WANTED)
    page.goto("/desk/catalogue/tree/")
    page.get_by_role("link", name=f"{FONDS} ").first.click()
    picture(page, "tree-wide")
    page.get_by_role("link", name="文书档案（件）").click()
    page.get_by_role("link", name="1991 年").click()
    assert page.get_by_text(WANTED).count() == 1


def mend(path: Path, folder: Path) -> Path:
    """What a person does to the download in a spreadsheet program."""
    rows = python_calamine.load_workbook(str(path)).get_sheet_by_index(0).to_python()
    mended = folder / "改好的.xlsx"
    with xlsxwriter.Workbook(str(mended)) as book:
        sheet = book.add_worksheet()
        for place, cells in enumerate(rows):
            cells = ["4" if cell == "四页" else cell for cell in cells]
            if cells[1] == "同一个档号":
                cells[0] = f"{FONDS}-WS·1991-D30-9004"
            sheet.write_row(place, 0, cells)
    return mended


def find(page: Page, words: str) -> None:
    """Looks for an entry among the records until the index has it."""
    for _try in range(60):
        page.goto(f"/search?q={words}")
        if page.get_by_role("link", name=words).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(words)

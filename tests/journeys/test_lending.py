"""Lin Lan borrows from the record office, Lu Ping hands out and reminds, takes back and says how it came."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD

from .conftest import picture, sign_in
from .house import House
from .region import write_numbered_package
from .test_first_road import WORK_MS, button, follow, link, sign_what_waits

pytestmark = pytest.mark.services
YEAR = 1994
A_MONTH_ON = """
import datetime, sys, django
django.setup()
from lantai.capture.lending import remind_overdue
from lantai.capture.models import Loan
due_on = datetime.date.today() - datetime.timedelta(days=1)
assert Loan.objects.filter(reference_code=sys.argv[1], state="lent").update(due_on=due_on) == 1
print(remind_overdue())
"""
"""Lets the term of one loan have ended yesterday, and does what the worker does every hour."""


@pytest.mark.timeout(240)
@pytest.mark.requirement("S22")
def test_an_original_is_lent_reminded_of_and_taken_back(enter, house, tmp_path):
    keeper, clerk = enter("/"), enter("/")
    sign_in(keeper, "luping", PASSWORD)
    sign_in(clerk, "linlan", PASSWORD)
    code = file_one(keeper, tmp_path)
    ask(clerk, code, "纸质原件")
    hand_out(keeper, code)
    expect_lent(clerk, code)
    assert let_a_month_pass(house, code) == 1
    expect_reminded(clerk, code)
    take_back(keeper, code)
    expect_returned(clerk, code)


def file_one(page: Page, folder) -> str:
    """A numbered record in the record office; its code."""
    page.goto("/desk/capture/new/")
    page.set_input_files("#package-package", write_numbered_package(folder, [1], attachments=3, year=YEAR))
    button(page, "提交归档包").click()
    expect(page.locator("main")).to_contain_text("全部归档。", timeout=WORK_MS)
    sign_what_waits(page, "查看报告")
    follow(page, "整理编号")
    page.get_by_role("row", name=str(YEAR)).get_by_role("link").click()
    button(page, "排列并编预号").click()
    expect(page.locator("tbody td.code")).to_contain_text(str(YEAR))
    code = page.locator("tbody td.code").inner_text().strip()
    button(page, "定号").click()
    expect(page.locator("main")).to_contain_text("已全部定号。")
    return code


def ask(page: Page, code: str, form: str) -> None:
    """A clerk knows the code and asks; what the record office does not keep is told beside the field."""
    page.goto("/desk/lending/new/")
    page.get_by_label("档号").fill("Z037-没有这个号")
    button(page, "申请").click()
    expect(page.locator("main form")).to_contain_text("档案室没有这个档号的档案")
    page.get_by_label("档号").fill(code)
    page.get_by_label("借阅方式").select_option(label=form)
    picture(page, "lending-ask")
    button(page, "申请").click()
    expect(page.locator("main .list")).to_contain_text("待批准")


def hand_out(page: Page, code: str) -> None:
    follow(page, "借阅")
    expect(page.locator("main")).to_contain_text("1 笔等您批准")
    link(page, code).first.click()
    picture(page, "lending-decide")
    button(page, "借出").click()
    expect(page.locator("main .list")).to_contain_text("借出")


def expect_lent(page: Page, code: str) -> None:
    follow(page, "借阅")
    link(page, code).first.click()
    expect(page.locator("main")).to_contain_text("纸质原件在借阅人手里")
    picture(page, "lending-lent")


def let_a_month_pass(house: House, code: str) -> int:
    """How many loans were reminded of."""
    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "lantai.config.settings"}
    told = subprocess.run(
        [sys.executable, "-c", A_MONTH_ON, code],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(told.stdout.split()[-1])


def expect_reminded(page: Page, code: str) -> None:
    """The borrower's desk says so, and the loan when."""
    page.goto("/desk/")
    expect(page.locator("main")).to_contain_text("借阅超期，请归还")
    follow(page, "借阅")
    expect(page.locator("main")).to_contain_text("1 笔超期未还")
    link(page, code).first.click()
    expect(page.get_by_text("催还")).to_be_visible()
    picture(page, "lending-reminded")


def take_back(page: Page, code: str) -> None:
    """An original is not taken back without a word on its state."""
    follow(page, "借阅")
    link(page, code).first.click()
    expect(page.locator("main")).to_contain_text("已超期")
    picture(page, "lending-overdue")
    page.get_by_label("归还时的状况").fill("完好")
    button(page, "收回").click()
    link(page, "已办结").click()
    expect(page.locator("main .list > li").filter(has_text=code)).to_contain_text("已归还")


def expect_returned(page: Page, code: str) -> None:
    page.goto("/desk/lending/?state=done")
    link(page, code).first.click()
    expect(page.get_by_text("完好")).to_be_visible()
    picture(page, "lending-returned")

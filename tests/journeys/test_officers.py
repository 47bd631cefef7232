"""The three officers: an account, its role, its second factor, and the door that closes."""

from __future__ import annotations

import time

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD

from .conftest import picture, sign_in

pytestmark = pytest.mark.services
NEW_PASSWORD = "Shuiwu-Jiedao-1956"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_one_officer_opens_an_account_another_appoints_and_its_owner_adds_a_second_factor(enter):
    first = opened_account(enter("/"))
    newcomer = enter("/login/")
    log_in(newcomer, "fanzhou", first)
    change_password(newcomer, first)
    expect(newcomer.locator("main")).not_to_contain_text("归档批次")
    appointed(enter("/"))
    newcomer.goto("/desk/capture/")
    expect(newcomer.get_by_role("heading", level=1)).to_have_text("归档批次")
    secret = enrolled(newcomer)
    again = enter("/login/")
    log_in(again, "fanzhou", NEW_PASSWORD)
    expect(again.get_by_role("heading", name="还差一步")).to_be_visible()
    again.goto("/desk/capture/")
    expect(again.get_by_role("heading", name="还差一步")).to_be_visible()
    picture(again, "44-code")
    again.get_by_role("textbox", name="动态口令").fill(
        "000000" if code_of(secret, 1) != "000000" else "111111"
    )
    press(again, "进入工作台")
    expect(again.locator("main")).to_contain_text("动态口令不对")
    again.wait_for_timeout(1500)  # a wrong code slows the next attempt down
    again.get_by_role("textbox", name="动态口令").fill(code_of(secret, 1))  # the last one was used to enrol
    press(again, "进入工作台")
    expect(again.get_by_role("heading", level=1)).to_contain_text("范舟")


def log_in(page: Page, username: str, password: str) -> None:
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    press(page, "登录")


def opened_account(page: Page) -> str:
    """The system officer opens the account; returns the first password."""
    sign_in(page, "xitong", PASSWORD)
    page.goto("/desk/people/new/")
    page.fill("input[name=username]", "fanzhou")
    page.fill("input[name=full_name]", "范舟")
    page.select_option("select[name=organisation]", label="东屿市水务局")
    page.select_option("select[name=department]", label="东屿市水务局 · 办公室")
    picture(page, "40-account")
    press(page, "开户")
    picture(page, "41-first-password")
    first = page.locator("output.told").inner_text()
    page.get_by_role("link", name="已交给本人").click()
    expect(page.get_by_role("button", name="授予角色")).to_have_count(0)
    return first


def change_password(page: Page, first: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("更换口令")
    page.fill("input[name=old]", first)
    page.fill("input[name=new]", NEW_PASSWORD)
    page.fill("input[name=again]", NEW_PASSWORD)
    press(page, "更换口令")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("更换口令")
    page.goto("/desk/capture/")


def appointed(page: Page) -> None:
    """The security officer gives the role."""
    sign_in(page, "anquan", PASSWORD)
    page.goto("/desk/people/?q=fanzhou")
    page.get_by_role("link", name="范舟").click()
    page.select_option("select[name=role]", label="部门文书")
    picture(page, "42-appoint")
    press(page, "授予角色")
    expect(page.get_by_role("rowheader", name="部门文书")).to_be_visible()


def enrolled(page: Page) -> str:
    """Registers an authenticator from the secret shown; returns the secret."""
    page.goto("/account/authenticator/")
    picture(page, "43-authenticator")
    secret = page.locator("main .fixed").inner_text()
    page.fill("input[name=code]", code_of(secret))
    press(page, "登记")
    expect(page.locator(".codes li")).to_have_count(8)
    return secret


def code_of(secret: str, later: int = 0) -> str:
    """What an authenticator app shows now, or ``later`` half-minutes from now."""
    import base64

    generator = TOTP(base64.b32decode(secret.replace(" ", "").upper()))
    generator.time = time.time() + 30 * later
    return f"{generator.token():06d}"


def test_five_wrong_passwords_close_the_door_and_say_so(enter):
    page = enter("/login/")
    for attempt in range(5):
        log_in(page, "wuyan", f"Wrong-{attempt}-Password")
    expect(page.get_by_role("heading", name="登录已暂停")).to_be_visible()
    expect(page.locator("main")).to_contain_text("15 分钟后再试")
    picture(page, "45-locked-out")
    page.get_by_role("link", name="回到登录页").click()
    log_in(page, "wuyan", PASSWORD)
    expect(page.get_by_role("heading", name="登录已暂停")).to_be_visible()

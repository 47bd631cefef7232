"""A clerk hands in a folder from the browser; the network drops, the page is left, nothing is sent twice."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import expect

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in
from .region import write_package

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]


def folder_of(tmp_path, year):
    folder = tmp_path / f"归档{year}"
    with zipfile.ZipFile(write_package(tmp_path, attachments=3, year=year)) as archive:
        archive.extractall(folder)
    (folder / "扫描.bin").write_bytes(bytes(range(256)) * 40_000)  # more than two pieces
    return folder


@pytest.mark.requirement("S18")
def test_a_folder_is_sent_piece_by_piece_and_goes_on_after_the_page_was_left(enter, tmp_path):
    page = enter("/", width=NARROW)
    sign_in(page, "linlan", PASSWORD)
    page.goto("/desk/capture/new/")
    folder, pieces = folder_of(tmp_path, 1994), []

    def network(route):
        if route.request.method == "PATCH":
            pieces.append(int(route.request.headers["upload-offset"]))
            if len(pieces) in {2, 3}:
                return route.fulfill(status=408)  # as a proxy does whose network dropped
        return route.continue_()

    page.route("**/api/v1/uploads/**", network)
    page.set_input_files("#package-folder", folder)
    picture(page, "60-folder-chosen")
    page.get_by_role("button", name="提交归档包").click()
    expect(page.locator(".sending [role=status]")).to_contain_text("网络中断")
    page.get_by_role("button", name="暂停").click()
    expect(page.locator(".sending [role=status]")).to_contain_text("已暂停")
    picture(page, "61-paused")
    page.reload()
    page.set_input_files("#package-folder", folder)
    page.get_by_role("button", name="提交归档包").click()
    page.wait_for_url("**/desk/capture/*-*/", timeout=60_000)
    assert pieces[0] == 0
    assert 0 not in pieces[1:]
    expect(page.locator("main")).to_contain_text("归档1994")

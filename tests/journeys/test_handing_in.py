"""A clerk hands in a folder from the browser; the network drops, the page is left, nothing is sent twice."""

from __future__ import annotations

import re
import wave
import zipfile

import pytest
from playwright.sync_api import expect

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in
from .region import write_package
from .test_village import photo

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


@pytest.mark.requirement("S18")
def test_a_folder_is_dragged_onto_the_page(enter, tmp_path):
    page = enter("/")
    sign_in(page, "linlan", PASSWORD)
    page.goto("/desk/capture/new/")
    drag(page, folder_of(tmp_path, 1993), "#package [data-drop]")
    expect(page.locator(".sending [role=status]")).to_contain_text("个文件")
    page.get_by_role("button", name="提交归档包").click()
    page.wait_for_url("**/desk/capture/*-*/", timeout=60_000)
    expect(page.locator("main")).to_contain_text("归档1993")


@pytest.mark.requirement("Z58", "DA/T 54-2014")
def test_people_are_marked_in_photographs_chosen_together(enter):
    page = enter("/")
    sign_in(page, "linlan", PASSWORD)
    page.goto("/desk/capture/photographs/")
    for label, words in GROUP.items():
        page.get_by_label(label, exact=True).first.fill(words)
    page.set_input_files("#pick-photographs", [photo("一.jpg", 1), photo("二.jpg", 2)])
    expect(page.locator(".photo-row")).to_have_count(2)
    stage = page.locator(".photo-row .stage").first
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6)
    page.mouse.up()
    page.keyboard.type("陈墨")
    expect(page.locator("[name=photographs-0-persons]")).to_have_value(re.compile("^陈墨，(19|20)"))
    picture(page, "62-photographs")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("1 件全部归档")).to_be_visible(timeout=60_000)


@pytest.mark.requirement("Z58", "DA/T 63-2017")
def test_a_recording_is_sent_on_where_the_connection_dropped(enter, tmp_path):
    page, pieces = enter("/", width=NARROW), []
    sign_in(page, "linlan", PASSWORD)
    page.goto("/desk/capture/recordings/")
    describe_recording(page, tmp_path)

    def network(route):
        if route.request.method == "PATCH":
            pieces.append(int(route.request.headers["upload-offset"]))
            if len(pieces) == 2:
                return route.abort()
        return route.continue_()

    page.route("**/api/v1/uploads/**", network)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator(".sending [role=status]")).to_contain_text("网络中断")
    page.reload()
    describe_recording(page, tmp_path)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("1 件全部归档")).to_be_visible(timeout=60_000)
    assert pieces[0] == 0
    assert pieces[1] > 0
    assert 0 not in pieces[1:]


def describe_recording(page, folder) -> None:
    """Chooses a sound file of three pieces and says what it is."""
    path = folder / "会商.wav"
    if not path.exists():
        with wave.open(str(path), "wb") as stream:
            stream.setparams((1, 2, 48_000, 0, "NONE", ""))
            stream.writeframes(b"\0\0" * 48_000 * 100)
    page.locator("[name=master]").set_input_files(path)
    for label, words in RECORDING.items():
        page.get_by_label(label, exact=True).first.fill(words)


RECORDING = {
    "题名": "防汛会商会录音", "事由": "汛前会商", "时间": "2026-05-20", "地点": "会议室", "人物": "陈墨", "摄录者": "周岸",
}  # fmt: skip
GROUP = {
    "题名": "下沙塘闸防汛演练照片", "事由": "汛前演练", "时间": "2026-05-20", "地点": "下沙塘闸", "人物": "陈墨",
    "背景": "检验闸门启闭", "摄影者": "周岸",
}  # fmt: skip


def drag(page, path, onto: str) -> None:
    """Drags something from the desktop, as Chromium itself sees it."""
    box = page.locator(onto).first.bounding_box()
    session = page.context.new_cdp_session(page)
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})

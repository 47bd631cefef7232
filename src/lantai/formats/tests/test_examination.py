import hashlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lantai.core.errors import Invalid
from lantai.formats import child, pool
from lantai.formats.api import (
    examine_many,
    extract_text,
    extract_texts,
    identify_in_pool,
    parse_xml,
    render_check,
)

from .samples import (
    CORPORA,
    EICAR,
    make_docx,
    make_image,
    make_marked_pdf,
    make_ofd,
    make_pdf,
    make_xlsx,
    png_bomb,
)


def examine(path, **more):
    return next(examine_many([path], **more))


def test_one_pass_tells_pages_drawing_and_digests(tmp_path):
    path = make_pdf(tmp_path / "正文.pdf", pages=3)
    seen = examine(path)
    assert seen.characteristics.pages == 3
    assert seen.characteristics.readable
    assert seen.rendering.ok
    assert seen.digests["sm3"] == hashlib.new("sm3", path.read_bytes()).hexdigest()
    assert seen.digests["sha512"] == hashlib.sha512(path.read_bytes()).hexdigest()
    assert seen.size_bytes == path.stat().st_size


@pytest.mark.requirement("DA/T 70 GD-3-4")
def test_damaged_files_end_in_words_not_in_errors(tmp_path):
    whole = make_pdf(tmp_path / "whole.pdf").read_bytes()
    cases = {
        "cut.pdf": whole[: len(whole) // 2],
        "empty.pdf": b"",
        "garbage.pdf": b"%PDF-1.7\n" + bytes(5000),
        "cut.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(300),
        "cut.ofd": make_ofd(tmp_path / "w.ofd").read_bytes()[:400],
        "cut.docx": make_docx(tmp_path / "w.docx", "文").read_bytes()[:9000],
    }
    paths = []
    for name, data in cases.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    for seen in examine_many(paths):
        accepted = seen.identification.by_content and seen.characteristics.readable and seen.rendering.ok
        assert not accepted or seen.identification.puid == "UNKNOWN", seen.path.name
        assert seen.characteristics.problems or seen.identification.puid in {"UNKNOWN", "x-fmt/263"}


@pytest.mark.requirement("DA/T 70 GD-3-7")
def test_a_password_is_told_from_damage(tmp_path):
    locked = examine(make_pdf(tmp_path / "locked.pdf", password="x"))
    assert locked.characteristics.encrypted
    assert not locked.characteristics.readable


def test_images_tell_size_and_resolution(tmp_path):
    seen = examine(make_image(tmp_path / "0001.tif", (120, 80), 300)).characteristics
    assert (seen.width_px, seen.height_px, seen.dpi, seen.pages) == (120, 80, 300, 1)


def test_a_picture_of_thousands_of_millions_of_pixels_is_not_unpacked(tmp_path):
    seen = examine(png_bomb(tmp_path / "bomb.png"))
    assert not seen.characteristics.readable
    assert "像素" in seen.characteristics.problems[0]


def test_office_documents_are_checked_to_the_last_member(tmp_path):
    assert examine(make_docx(tmp_path / "a.docx", "文")).characteristics.readable
    assert examine(make_xlsx(tmp_path / "a.xlsx")).characteristics.readable


def test_text_comes_page_by_page(tmp_path):
    assert extract_text(make_ofd(tmp_path / "a.ofd", 2)) == ["第1页正文", "第2页正文"]
    assert "围垦工程" in extract_text(make_docx(tmp_path / "a.docx", "围垦工程"))[0]
    pdf = extract_text(make_marked_pdf(tmp_path / "a.pdf", "关于围垦工程的批复"))
    assert "围垦工程" in pdf[0]
    assert "第二页" in pdf[1]
    plain = tmp_path / "a.txt"
    plain.write_bytes("公告".encode("gb18030"))
    assert extract_text(plain) == ["公告"]
    page = tmp_path / "a.html"
    page.write_text("<!DOCTYPE html><html><script>x()</script><p>告示</p></html>", encoding="utf-8")
    assert extract_text(page) == ["告示"]


def test_classification_marks_are_seen_on_first_pages(tmp_path):
    marked = examine(make_marked_pdf(tmp_path / "a.pdf", "机密★10年 某某报告")).characteristics
    assert marked.marks == ("机密★10年",)
    plain = examine(make_marked_pdf(tmp_path / "b.pdf", "关于保守国家秘密的通知")).characteristics
    assert plain.marks == ()


def test_real_ofd_files_have_pages_and_text():
    folder = CORPORA / "ofd"
    if not folder.is_dir():
        pytest.skip(f"the OFD samples are not at {folder}")
    files = sorted(folder.glob("*.ofd"))
    seen = list(examine_many(files))
    assert [examined.identification.puid for examined in seen] == ["lantai/ofd"] * 3
    assert all(examined.characteristics.readable and examined.characteristics.pages for examined in seen)
    assert any("".join(extract_text(path)).strip() for path in files)


def test_the_test_virus_is_recognised_and_nothing_else(tmp_path):
    virus, other = tmp_path / "v.txt", tmp_path / "o.txt"
    virus.write_bytes(EICAR + b"\r\n")
    other.write_bytes(b"text about " + EICAR)
    assert [seen.test_virus for seen in examine_many([virus, other])] == [True, False]


def test_a_file_that_hangs_costs_only_its_own_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "BASE_TIMEOUT_S", 4.0)
    monkeypatch.setattr(
        child, "PATIENCE_S", 2.0
    )  # so long a look ahead may take; then each is looked at singly
    good = [make_pdf(tmp_path / f"{number}.pdf") for number in range(12)]
    stuck = tmp_path / "stuck.pdf"
    os.mkfifo(stuck)
    answers = list(examine_many([*good[:5], stuck, *good[5:]]))
    assert [seen.path for seen in answers] == [*good[:5], stuck, *good[5:]]
    assert [seen.rendering.ok for seen in answers] == [True] * 5 + [False] + [True] * 7
    assert "用时过长" in answers[5].characteristics.problems[0]


def test_a_killed_child_costs_only_the_file_in_hand(tmp_path):
    files = [make_pdf(tmp_path / f"{number}.pdf") for number in range(60)]
    stream = examine_many(files)
    answers = [next(stream)]
    for number in _children():
        os.kill(number, signal.SIGKILL)
    answers += stream
    assert [seen.path for seen in answers] == files
    assert sum(not seen.rendering.ok for seen in answers) <= 4
    assert all(seen.identification.mime == "application/pdf" for seen in answers)


def test_a_child_that_dies_with_nothing_in_hand_costs_no_file(tmp_path, monkeypatch):
    file, own = make_pdf(tmp_path / "0.pdf"), pool.Pool(1)
    monkeypatch.setattr(pool, "shared_pool", lambda: own)
    assert render_check(file).ok
    (idle,) = [one.process for one in own.children]
    idle.kill()
    idle.wait()
    assert render_check(file).ok
    alive = [one.process.pid for one in own.children]
    own.close()
    assert alive
    assert idle.pid not in alive


def test_many_threads_share_the_children(tmp_path):
    files = [make_pdf(tmp_path / f"{number}.pdf") for number in range(40)]
    with ThreadPoolExecutor(4) as threads:
        streams = list(threads.map(lambda _: list(examine_many(files)), range(4)))
    assert [[seen.path for seen in stream] for stream in streams] == [files] * 4
    assert len(pool.shared_pool().children) <= pool.shared_pool().size


def test_who_asks_for_one_file_does_not_wait_for_those_that_are_stuck(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "BASE_TIMEOUT_S", 30.0)
    monkeypatch.setattr(child, "PATIENCE_S", 0.2)
    own, file = pool.Pool(1), make_pdf(tmp_path / "0.pdf")
    monkeypatch.setattr(pool, "shared_pool", lambda: own)
    stuck = [tmp_path / f"stuck{number}.pdf" for number in range(12)]
    for path in stuck:
        os.mkfifo(path)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(list, examine_many(stuck))
        while not own.children:
            time.sleep(0.01)
        assert render_check(file).ok
        assert not waiting.done()
        own.close()
        assert len(waiting.result()) == len(stuck)


def _children():
    threads = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    listed = [child for thread in threads for child in thread.read_text().split()]
    return [
        int(child)
        for child in listed
        if b"lantai.formats.worker" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def test_children_may_not_write_files():
    assert list(identify_in_pool([Path(__file__)]))
    limits = Path(f"/proc/{_children()[0]}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max file size"))
    assert line.split()[3] == "0"


def test_two_streams_at_once_do_not_wait_for_each_other(tmp_path):
    files = [make_pdf(tmp_path / f"{number}.pdf") for number in range(8)]
    for seen in examine_many(files):
        assert render_check(seen.path).ok


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<?xml version="1.0"?><!-- c --><?pi x?>\n<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
        "<a><b></a>",
        '<?xml version="1.0" encoding="utf-8"?><a>\x00</a>',
    ],
)
def test_xml_from_strangers_may_not_bring_entities(attack):
    with pytest.raises(Invalid):
        parse_xml(attack.encode())


def test_xml_attacks_of_the_corpus_do_no_harm():
    folder = CORPORA / "xml-attacks"
    if not folder.is_dir():
        pytest.skip(f"the XML attacks are not at {folder}")
    refused = []
    for path in sorted(folder.rglob("*.xml")):
        try:
            parse_xml(path.read_bytes())
        except Invalid:
            refused.append(path.name)
    assert set(refused) >= {
        "cyclic.xml",
        "quadratic.xml",
        "xmlbomb.xml",
        "xmlbomb2.xml",
        "external.xml",
        "dtd.xml",
    }
    assert "simple.xml" not in refused


def test_xml_in_gb18030_is_read_by_its_declaration():
    root = parse_xml('<?xml version="1.0" encoding="GB2312"?><文件><题名>㐂</题名></文件>'.encode("gb18030"))
    assert root.findtext("题名") == "㐂"


def test_a_file_without_readable_text_does_not_stop_the_others(tmp_path):
    broken = tmp_path / "b.ofd"
    broken.write_bytes(make_ofd(tmp_path / "w.ofd").read_bytes().replace(b"<ofd:Page ID", b"<ofd:Pag ID"))
    locked = make_pdf(tmp_path / "l.pdf", password="x")
    texts = list(extract_texts([locked, broken, make_ofd(tmp_path / "a.ofd", 1)]))
    assert isinstance(texts[0], Invalid)
    assert texts[2] == ["第1页正文"]
    with pytest.raises(Invalid):
        extract_text(locked)

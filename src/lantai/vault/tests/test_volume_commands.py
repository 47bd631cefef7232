"""Offline volumes from a terminal and on their pages: what is due, what is to be issued anew, what an act answers."""

import json
import os
from datetime import timedelta

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from lantai.core.actors import SYSTEM
from lantai.core.errors import LantaiError
from lantai.core.settings import home
from lantai.institutions.tests.factories import a_person
from lantai.records.tests.factories import archive
from lantai.vault.api import erase, finish_erasures
from lantai.vault.models import Copy, OfflineVolume
from lantai.vault.volumes import commands, making
from lantai.vault.volumes.media import media

from .factories import ingest_now, records

pytestmark = pytest.mark.django_db


def run(*arguments):
    """Exit code, and the JSON of the last line."""
    app = typer.Typer()
    app.callback()(lambda: None)
    commands.register(app)
    done = CliRunner().invoke(app, ["volumes", *map(str, arguments), "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def made(count=2, **values):
    """Records on a volume of their own."""
    rows = records(count)
    ingest_now(rows)
    order = making.Order("bd25", **{"capacity_bytes": 9_000_000, **values})
    return rows, making.make_volumes(order=order, actor=SYSTEM).volumes[0]


def image_of(volume):
    return home() / volume.location / f"{volume.number}.tar"


def overdue(volume):
    """Its day of inspection was yesterday."""
    OfflineVolume.objects.filter(id=volume.id).update(inspect_by=timezone.localdate() - timedelta(days=1))


def condemned(row):
    """A record destroyed after the volume that holds it was sealed."""
    erase([row.id], kind="disposal", basis="disposal:1", actor=SYSTEM)
    finish_erasures(SYSTEM)


@pytest.fixture
def keeper(client):
    """A browser in the hands of somebody who keeps the vault."""
    person = a_person("preservation_archivist", organisation=archive())
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.requirement("Z36")
def test_a_volume_is_made_registered_inspected_issued_anew_and_destroyed_from_a_terminal(tmp_path):
    rows = records(2)
    ingest_now(rows)
    code, told = run("make", "--medium", "bd25", "--size-mib", 9, "--out", tmp_path)
    (volume,) = told["volumes"]
    number, image = volume["number"], tmp_path / volume["number"] / f"{volume['number']}.tar"
    assert (code, volume["objects"], volume["state"], told["left_out"]) == (0, 2, "sealed", [])
    assert image.stat().st_size == volume["bytes"]
    assert run("make", "--size-mib", 9)[1]["volumes"] == []

    code, told = run("register", number, "--place", "3 号柜", "--site", "邻省备份馆", "--holder", "顾珊")
    assert (code, told["volume"]["site"], bool(told["volume"]["registered_at"])) == (0, "邻省备份馆", True)
    code, told = run("inspect", image, "--sample", 100, "--looks", "外观完好")
    assert (code, told["outcome"], told["registered"]) == (0, "good", True)
    assert told["blocks_read"] == told["blocks"]
    assert run("show", number)[1]["inspections"][0]["looks"] == "外观完好"

    condemned(rows[0])
    assert run("list")[1]["reissue"] == [number]
    assert run("show", number)[1]["erased"] == 1
    code, told = run("reissue", number)
    assert (code, told["volumes"][0]["replaces"]) == (0, number)
    assert run("list")[1]["reissue"] == []
    code, told = run("destroy", number, "--witness", "何桦", "--note", "粉碎")
    assert (code, told["volume"]["state"]) == (0, "destroyed")


@pytest.mark.requirement("Z36")
def test_damage_ends_in_findings_and_repair_writes_the_image_as_it_was(tmp_path):
    _rows, volume = made()
    image = image_of(volume)
    before = image.read_bytes()
    with image.open("r+b") as file:
        file.seek(len(before) // 3)
        file.write(os.urandom(4096))
    code, told = run("inspect", image, "--sample", 100)
    assert (code, told["outcome"], told["lost"]) == (1, "repairable", [])
    assert told["blocks_damaged"] > 0
    code, told = run("repair", image, "--out", tmp_path / "mended.tar")
    assert (code, told["outcome"]) == (0, "good")
    assert told["restored"] > 0
    assert (tmp_path / "mended.tar").read_bytes() == before


def test_objects_come_out_of_a_volume_without_a_database_and_unknown_ones_are_named(tmp_path):
    rows, volume = made()
    wanted = f"urn:uuid:{rows[0].id}"
    code, told = run("restore", image_of(volume), "--out", tmp_path / "one", "--object", wanted)
    assert (code, told["objects"], told["failed"], told["not_found"]) == (0, 1, [], [])
    code, told = run("restore", image_of(volume), "--out", tmp_path / "none", "--object", "urn:uuid:nobody")
    assert (code, told["objects"], told["not_found"]) == (1, 0, ["urn:uuid:nobody"])


def test_a_foreign_image_is_entered_in_the_register_by_its_path():
    _rows, volume = made()
    image, number = image_of(volume), volume.number
    Copy.objects.filter(store=volume.copy_key).delete()
    volume.delete()
    assert run("list")[1]["volumes"] == []
    code, told = run("register", image)
    assert (code, told["volume"]["number"], told["volume"]["objects"]) == (0, number, 2)


def test_what_is_due_is_listed_alone():
    _rows, volume = made()
    made(series="B")
    overdue(volume)
    told = run("list", "--due")[1]
    assert [row["number"] for row in told["volumes"]] == told["due"] == [volume.number]
    assert len(run("list")[1]["volumes"]) == 2


@pytest.mark.requirement("DA/T 38-2021", "DA/T 74-2019", "DA/T 75-2019", "DA/T 83-2019")
def test_each_medium_tells_by_which_standard_it_is_inspected_and_how_sure_that_is():
    rows = run("media")[1]["media"]
    assert {row["standard"].split("-")[0] for row in rows} >= {"DA/T 38", "DA/T 74", "DA/T 75", "DA/T 83"}
    for row in rows:
        assert row["inspect_months"] > 0
        assert 0 < row["sample_percent"] <= 100
        assert row["confidence"] in {"stated", "likely", "assumed"}, row
    assert {row["key"] for row in rows} == {row.key for row in media()}


def test_a_number_the_register_does_not_have_is_answered_in_words():
    with pytest.raises(LantaiError, match="登记簿里没有"):
        commands.show("LT-X-9999", as_json=True)


@pytest.mark.requirement("Z36")
def test_the_pages_mark_what_is_due_and_what_is_to_be_issued_anew(keeper):
    rows, volume = made()
    assert "未登记，还不算副本" in keeper.get(f"/desk/vault/volumes/{volume.number}/").content.decode()
    overdue(volume)
    condemned(rows[0])
    register = keeper.get("/desk/vault/volumes/").content.decode()
    assert "到期未检测" in register
    assert "待换发" in register
    page = keeper.get(f"/desk/vault/volumes/{volume.number}/").content.decode()
    assert "1 个对象已依法销毁，卷上仍有其内容" in page
    assert "到期未检测" in page
    form = {"place": "3 号柜 2 层", "site": "邻省备份馆", "holder": "顾珊"}
    assert keeper.post(f"/desk/vault/volumes/{volume.number}/", form).status_code == 302
    assert "邻省备份馆 3 号柜 2 层" in keeper.get("/desk/vault/volumes/").content.decode()
    assert keeper.post(f"/desk/vault/volumes/{volume.number}/", {"place": ""}).status_code == 422


@pytest.mark.requirement("Z36")
def test_the_old_carrier_waits_on_its_page_until_a_witness_saw_it_destroyed(keeper):
    rows, volume = made()
    condemned(rows[0])
    again = making.reissue_volume(volume=volume, actor=SYSTEM).volumes[0]
    address = f"/desk/vault/volumes/{volume.number}/"
    page = keeper.get(address).content.decode()
    assert f"/desk/vault/volumes/{again.number}/" in page
    assert "旧载体已销毁" in page
    assert keeper.post(f"{address}destroy/", {"witness": ""}, follow=True).status_code == 200
    volume.refresh_from_db()
    assert volume.state == "superseded"
    keeper.post(f"{address}destroy/", {"witness": "何桦", "note": "粉碎"})
    volume.refresh_from_db()
    assert volume.state == "destroyed"
    assert (
        f"/desk/vault/volumes/{volume.number}/"
        in keeper.get(f"/desk/vault/volumes/{again.number}/").content.decode()
    )


def test_making_inspecting_and_issuing_anew_are_jobs_and_the_label_is_a_pdf(keeper):
    _rows, volume = made()
    address = f"/desk/vault/volumes/{volume.number}/"
    wanted = {"medium": "bd25", "series": "B", "share": "15"}
    for url, form in (
        ("/desk/vault/volumes/", wanted),
        (f"{address}inspect/", {}),
        (f"{address}reissue/", {}),
    ):
        answer = keeper.post(url, form)
        assert answer.status_code == 302
        assert "/jobs/" in answer["Location"]
    assert keeper.post("/desk/vault/volumes/", {**wanted, "series": "一"}).status_code == 422
    assert keeper.get(f"{address}label.pdf").content[:5] == b"%PDF-"


def test_the_figures_of_the_label_serve_where_both_layouts_are_gone(tmp_path):
    _rows, volume = made()
    image, layout, figures = image_of(volume), volume.layout, tmp_path / "label.txt"
    whole = image.read_bytes()
    with image.open("r+b") as file:
        file.write(os.urandom(4608))
        file.seek(layout.image_bytes - 5120)
        file.write(os.urandom(5120))
    OfflineVolume.objects.all().delete()
    figures.write_text(f"{layout.label}\n", "utf-8")
    code, told = run("repair", image, "--out", tmp_path / "new.tar", "--layout", figures)
    assert (code, told["outcome"]) == (0, "good")
    assert (tmp_path / "new.tar").read_bytes() == whole


def test_a_layout_that_cannot_be_used_is_told(tmp_path):
    _rows, volume = made()
    for name, content, words in (
        ("none.txt", None, "没有这个文件"),
        ("short.txt", "P=5 B=2048", "数字不全"),
        ("wrong.txt", volume.layout.label.replace(" m=", " m=9"), "数字不全"),
    ):
        if content:
            (tmp_path / name).write_text(content)
        code, told = run("inspect", image_of(volume), "--layout", tmp_path / name)
        assert code == 1
        assert words in told["error"]


def test_what_cannot_be_made_or_found_is_told_in_words(tmp_path):
    _rows, volume = made()
    code, told = run("make", "--series", "../b")
    assert (code, "套别" in told["error"]) == (1, True)
    (tmp_path / "file").touch()
    code, told = run("make", "--series", "B", "--out", tmp_path / "file" / "x")
    assert (code, told["error"]) == (3, "读写出错：不是目录。")
    code, told = run("restore", image_of(volume), "--out", tmp_path / "out", "--object", "urn:none")
    assert (code, told["not_found"]) == (1, ["urn:none"])

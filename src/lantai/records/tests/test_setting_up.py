"""Setting a house up: what the services refuse, what the pages and commands do."""

import json
from dataclasses import replace
from datetime import date

import pytest
import typer
from django.urls import reverse
from typer.testing import CliRunner

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.institutions.tests.factories import an_actor
from lantai.ledger.api import Entry
from lantai.records.api import (
    Fonds,
    Record,
    RetentionSchedule,
    Scheme,
    Volume,
    create_records,
    number_records,
)
from lantai.records.binding import bind_volume, loose_years, unbind_volume
from lantai.records.commands import register
from lantai.records.schedules import adopt_reference_schedule
from lantai.records.setting_up import (
    change_fonds,
    change_scheme,
    create_fonds,
    create_scheme,
    example_code,
)
from lantai.records.setup_selectors import own_creators, own_fonds
from lantai.records.tests import factories as make
from lantai.records.tests.test_pages import signed_in

pytestmark = pytest.mark.django_db


def a_scheme(**values):
    given = {"category": "WS", "name": "文书", "year_from": 2024, "arrangement": "item"}
    return Scheme(fonds=make.fonds(), **{**given, "code_template": "dat22.item.unit", **values})


def a_fonds(**values):
    return Fonds(
        **{"archive": make.archive(), "creator": make.agency(), "code": "J009", "name": "发改委", **values}
    )


def loose(scheme, *retentions, **values):
    drafts = [
        make.draft(
            scheme_id=scheme.id, retention=retention, title=f"第{n}号", date_text=f"202401{n:02d}", **values
        )
        for n, retention in enumerate(retentions, 1)
    ]
    return create_records(drafts, SYSTEM)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"arrangement": "volume_item"}, "矛盾"),
        ({"code_template": "dat22.volume_item"}, "矛盾"),
        ({"code_template": "{fonds}-{category}·{year}-{volume:3}-{item:3}"}, "矛盾"),
        ({"code_template": "dat13.group_photo", "arrangement": "group_photo"}, "不用于这个门类"),
        ({"code_template": "dat22.item.class"}, "二级类别号"),
        ({"category": "XX"}, "没有这个门类"),
        ({"year_to": 2020}, "早于"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(values, words):
    with pytest.raises(Invalid, match=words):
        create_scheme(scheme=a_scheme(**values), actor=SYSTEM)


def test_the_example_is_the_first_code_the_scheme_gives():
    scheme = create_scheme(scheme=a_scheme(number_width=5), actor=SYSTEM)
    records = loose(scheme, "Y")
    number_records(records)
    assert example_code(scheme) == records[0].reference_code == "J001-WS·2024-Y-BGS-00001"


def test_what_codes_are_made_of_stands_still_once_one_was_given():
    scheme = create_scheme(scheme=a_scheme(), actor=SYSTEM)
    number_records(loose(scheme, "Y"))
    scheme.code_template = "dat22.item"
    with pytest.raises(Conflict, match="已给出档号"):
        change_scheme(scheme=scheme, actor=SYSTEM)
    scheme.refresh_from_db()
    scheme.year_from = 2025
    with pytest.raises(Conflict, match="2024"):
        change_scheme(scheme=scheme, actor=SYSTEM)
    scheme.refresh_from_db()
    scheme.number_width, scheme.year_to = 5, 2024
    change_scheme(scheme=scheme, actor=SYSTEM)
    fonds = scheme.fonds
    fonds.code = "J002"
    with pytest.raises(Conflict, match="全宗号"):
        change_fonds(fonds=fonds, actor=SYSTEM)


def test_each_sets_up_what_is_theirs():
    mine = an_actor("record_archivist", organisation=make.agency())
    other = make.organisation("990100-002", "云州市民政局", "agency", make.archive())
    stranger = an_actor("record_archivist", organisation=other)
    keeper = an_actor("receiving_archivist", organisation=make.archive())
    with pytest.raises(Forbidden):
        create_fonds(fonds=a_fonds(), actor=stranger)
    create_fonds(fonds=a_fonds(), actor=mine)
    create_fonds(fonds=a_fonds(code="J010"), actor=keeper)
    with pytest.raises(Conflict, match="全宗号"):
        create_fonds(fonds=a_fonds(), actor=mine)
    with pytest.raises(Invalid, match="全宗号"):
        create_fonds(fonds=a_fonds(code="甲1"), actor=mine)
    elsewhere = make.organisation("990100-003", "云州市旧局", "agency")
    with pytest.raises(Invalid, match="不由本馆接收"):
        create_fonds(fonds=a_fonds(code="J011", creator=elsewhere), actor=SYSTEM)
    assert Entry.objects.filter(act="records.set_up").count() == 2


def test_items_are_bound_in_order_numbered_and_taken_apart():
    scheme = create_scheme(
        scheme=a_scheme(arrangement="volume_item", code_template="dat22.volume_item"), actor=SYSTEM
    )
    records = loose(scheme, "Y", "Y", "D30")
    ids = [record.id for record in records]
    assert loose_years(scheme) == [(2024, 3)]
    with pytest.raises(Invalid, match="保管期限"):
        bind_volume(scheme=scheme, year=2024, record_ids=ids, title="来往公文", actor=SYSTEM)
    volume = bind_volume(scheme=scheme, year=2024, record_ids=ids[:2], title="来往公文", actor=SYSTEM)
    assert (volume.reference_code, volume.date_text) == ("J001-WS·2024-Y-001", "20240101-20240102")
    other = bind_volume(scheme=scheme, year=2024, record_ids=ids[2:], title="一般公文", actor=SYSTEM)
    assert other.reference_code == "J001-WS·2024-D30-001"
    with pytest.raises(Conflict, match="已组卷"):
        bind_volume(scheme=scheme, year=2024, record_ids=ids[:1], title="再组", actor=SYSTEM)
    assert unbind_volume(volume=other, actor=SYSTEM) == 1
    assert loose_years(scheme) == [(2024, 1)]
    number_records(list(Record.objects.filter(volume=volume)))
    with pytest.raises(Conflict, match="不能拆卷"):
        unbind_volume(volume=volume, actor=SYSTEM)
    more = loose(scheme, "Y")
    with pytest.raises(Conflict, match="案卷档号"):
        bind_volume(scheme=scheme, year=2024, record_ids=[more[0].id], title="重号", number=1, actor=SYSTEM)
    second = bind_volume(scheme=scheme, year=2024, record_ids=[more[0].id], title="续", actor=SYSTEM)
    assert second.reference_code == "J001-WS·2024-Y-002"


def test_a_scheme_without_volumes_binds_nothing():
    scheme = create_scheme(scheme=a_scheme(), actor=SYSTEM)
    [record] = loose(scheme, "Y")
    assert loose_years(scheme) == []
    with pytest.raises(Invalid, match="不组卷"):
        bind_volume(scheme=scheme, year=2024, record_ids=[record.id], title="卷", actor=SYSTEM)


def test_an_archivist_binds_by_ticking(client):
    scheme = create_scheme(
        scheme=a_scheme(arrangement="volume_item", code_template="dat22.volume_item"), actor=SYSTEM
    )
    records = loose(scheme, "Y", "Y", "D30")
    signed_in(client)
    url = reverse("records:bind", args=[scheme.id, 2024])
    shown = client.get(f"{url}?retention=Y").content.decode()
    assert shown.count(" checked") == 2
    refused = client.post(url, {"title": "来往公文"})
    assert refused.status_code == 422
    assert "没有选中任何一件" in refused.content.decode()
    client.post(f"{url}?retention=Y", {"title": "来往公文", "record": [records[0].id]})
    volume = Volume.objects.get()
    assert [record.title for record in volume.records.all()] == ["第1号"]
    client.post(reverse("records:unbind", args=[volume.id]))
    assert not Volume.objects.exists()
    assert (
        client.get(reverse("records:fonds", args=[make.fonds().id])).content.decode().count("等待组卷") == 1
    )


def test_an_archivist_adopts_and_edits_a_schedule(client):
    make.fonds()
    signed_in(client)
    url = reverse("records:adopt_schedule", args=[make.agency().id])
    sent = {"name": "保管期限表", "version": "2024", "effective_from": "2024-01-01", "approval_number": ""}
    assert client.post(url, sent).status_code == 302
    assert "已有这个版本" in client.post(url, sent).content.decode()
    schedule = RetentionSchedule.objects.get()
    rule = schedule.rules.order_by("number").first()
    page = reverse("records:schedule", args=[schedule.id])
    assert rule.material in client.get(page).content.decode()
    values = {
        "number": "99",
        "heading": "其他",
        "material": "台风防御材料",
        "words": "台风、防汛",
        "retention": "D30",
    }
    add = reverse("records:add_rule", args=[schedule.id])
    assert client.post(add, values).status_code == 302
    assert schedule.rules.get(number="99").keywords == ["台风", "防汛"]
    assert "已有这个条款号" in client.post(add, values).content.decode()
    client.post(reverse("records:edit_rule", args=[rule.id]), values | {"number": rule.number})
    rule.refresh_from_db()
    assert rule.retention == "D30"
    client.post(reverse("records:remove_rule", args=[rule.id]))
    assert not schedule.rules.filter(id=rule.id).exists()
    sent |= {"approval_number": "云档审〔2024〕3号"}
    client.post(reverse("records:edit_schedule", args=[schedule.id]), sent)
    assert "云档审〔2024〕3号" in client.get(page).content.decode()


def test_the_example_follows_what_is_typed(client):
    fonds = make.fonds()
    signed_in(client)
    url = reverse("records:scheme_example", args=[fonds.id])
    typed = {"category": "WS", "year_from": "2024", "code_template": "dat22.item", "number_width": "3"}
    assert "J001-WS·2024-Y-001" in client.get(url, typed).content.decode()
    typed["code_template"] = "dat22.item.class"
    assert "二级类别号" in client.get(url, typed).content.decode()


def test_nobody_sets_up_anothers_fonds(client):
    fonds, scheme = make.fonds(), make.scheme()
    schedule = adopt_reference_schedule(
        agency_id=make.agency().id, name="表", version="1", effective_from=date(2024, 1, 1), actor=SYSTEM
    )
    other = make.organisation("990100-002", "云州市民政局", "agency", make.archive())
    signed_in(client, organisation=other)
    for name, key in [
        ("fonds", fonds.id), ("edit_fonds", fonds.id), ("add_scheme", fonds.id), ("edit_scheme", scheme.id),
        ("adopt_schedule", make.agency().id), ("schedule", schedule.id), ("add_rule", schedule.id),
        ("edit_rule", schedule.rules.first().id),
    ]:  # fmt: skip
        assert client.get(reverse(f"records:{name}", args=[key])).status_code == 404, name


def run(*words, code=0):
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, ["records", *words, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout.strip().splitlines()[-1])


def test_the_command_line_sets_up_what_is_needed_to_file():
    agency = make.agency()
    assert run("fonds", "add", "J009", agency.code)["archive"] == make.archive().code
    assert [row["code"] for row in run("fonds", "list")["fonds"]] == ["J009"]
    told = run("scheme", "add", "J009", "WS", "dat22.volume_item", "--from", "2024")
    assert (told["arrangement"], told["example"]) == ("volume_item", "J009-WS·2024-Y-001-0001")
    again = run("scheme", "add", "J009", "WS", "dat22.item", "--from", "2025", code=1)
    assert "重叠" in again["error"]
    assert len(run("scheme", "list", "J009")["schemes"]) == 1
    assert run("schedule", "adopt", agency.code, "2024")["rules"] > 10
    assert run("scheme", "add", "J008", "WS", "dat22.item", "--from", "2025", code=1)["subject"] == "J008"


def test_who_works_nowhere_sets_nothing_up(client):
    make.organisation("990100-003", "云州市旧局", "agency")
    nobody = an_actor("record_archivist", organisation=make.agency())
    nobody = replace(nobody, organisation_id=None)
    assert not own_creators(nobody).exists()
    assert not own_fonds(nobody).exists()


def test_an_archive_sees_which_agencies_have_no_fonds_yet(client):
    make.agency()
    signed_in(client, "receiving_archivist", make.archive())
    page = client.get(reverse("records:setup")).content.decode()
    assert f"{reverse('records:add_fonds')}?creator={make.agency().id}" in page
    form = {"creator": make.agency().id, "code": "J001", "name": "发改委"}
    client.post(reverse("records:add_fonds"), form)
    fonds = Fonds.objects.get()
    assert (
        client.post(reverse("records:edit_fonds", args=[fonds.id]), form | {"code": "甲"}).status_code == 422
    )
    assert f"?creator={make.agency().id}" not in client.get(reverse("records:setup")).content.decode()

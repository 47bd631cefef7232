"""The tree: grown from what there is, opened level by level, moved by the branch, never in a circle."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lantai.catalogue.models import Branch
from lantai.catalogue.tree.growing import grow
from lantai.catalogue.tree.moving import add_group, move_branch, way_up
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import deliver_pending
from lantai.institutions.tests.factories import a_person
from lantai.ledger.api import entries_for
from lantai.records.tests.factories import archive, scheme

from .tables import csv_file, loaded, prepared, row, undone

pytestmark = pytest.mark.django_db


def grown(folder):
    """Two years of items, and a volume of an older year with two."""
    volume = row(0, 档号="J001-WS·1958-Y-101", 题名="土改卷", 年度="1958", 日期="", 保管期限="永久")
    items = [
        row(number, 档号=f"J001-WS·1958-Y-101-{number:03d}", 年度="1958", 日期="1958", 保管期限="永久")
        for number in (1, 2)
    ]
    later = row(9, 档号="J001-WS·2013-D30-BGS-0009", 年度="2013", 日期="2013")
    batch = loaded(csv_file(folder, [row(1), row(2), later, volume, *items]))
    deliver_pending("catalogue.tree")
    return batch


def branch(title):
    return Branch.objects.get(title__contains=title)


@pytest.mark.requirement("S19")
def test_it_grows_with_the_records_and_counts_go_up_to_the_fonds(tmp_path):
    batch = grown(tmp_path)
    root = Branch.objects.get(kind=Branch.Kind.FONDS)
    assert root.records == 5
    assert [above.kind for above in way_up(branch("土改卷"))] == ["fonds", "class", "year"]
    assert (branch("土改卷").own, branch("1958 年").records, branch("2012 年").records) == (2, 2, 2)
    assert grow(root.fonds_id) == 0
    undone(batch)
    grow(root.fonds_id)
    root.refresh_from_db()
    assert root.records == 0


@pytest.mark.requirement("S19")
def test_a_branch_moves_whole_and_only_counts_above_it_change(tmp_path):
    grown(tmp_path)
    target = branch("2013 年").parent
    moved = branch("1958 年")
    old = moved.parent
    with CaptureQueriesContext(
        connection,
    ) as queries:
        move_branch(branch_id=moved.id, to_id=target.id, actor=SYSTEM)
    assert not any('UPDATE "records_record"' in query["sql"] for query in queries)
    for row_ in (target, old):
        row_.refresh_from_db()
    assert (target.records, old.records) == (5, 0)
    assert Branch.objects.get(kind=Branch.Kind.FONDS).records == 5
    assert [above.id for above in way_up(branch("土改卷"))][-1] == moved.id
    assert entries_for(f"branch:{moved.id}")[0].act == "catalogue.move_branch"


def test_no_branch_comes_below_itself_into_a_volume_or_another_fonds(tmp_path):
    grown(tmp_path)
    above, volume = branch("1958 年"), branch("土改卷")
    group = add_group(parent_id=above.id, title="土改专题", actor=SYSTEM)
    with pytest.raises(Conflict, match="成环"):
        move_branch(branch_id=above.id, to_id=group.id, actor=SYSTEM)
    with pytest.raises(Invalid, match="案卷下面"):
        move_branch(branch_id=group.id, to_id=volume.id, actor=SYSTEM)
    with pytest.raises(Invalid, match="全宗本身"):
        move_branch(branch_id=Branch.objects.get(kind="fonds").id, to_id=above.id, actor=SYSTEM)
    move_branch(branch_id=volume.id, to_id=group.id, actor=SYSTEM)
    group.refresh_from_db()
    assert group.records == 2


@pytest.mark.requirement("S19")
def test_a_level_costs_as_many_queries_however_much_hangs_there(tmp_path, client):
    client.force_login(
        a_person("receiving_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    grown(tmp_path)
    assert "云州市发展和改革委员会" in client.get("/desk/catalogue/tree/").content.decode()
    found = branch("1958 年")
    with CaptureQueriesContext(connection) as few:
        page = client.get(f"/desk/catalogue/tree/{found.id}/").content.decode()
    assert "土改卷" in page
    Branch.objects.bulk_create(
        Branch(
            fonds=found.fonds,
            parent=found,
            kind="volume",
            key=f"v{n}",
            title=f"卷 {n}",
            place=f"{n:08d}",
            records=1,
        )
        for n in range(300)
    )
    with CaptureQueriesContext(connection) as many:
        client.get(f"/desk/catalogue/tree/{found.id}/")
    assert len(many) <= len(few) + 1
    assert "关于第1项" in client.get(f"/desk/catalogue/tree/{branch('土改卷').id}/").content.decode()
    answer = client.post(
        f"/desk/catalogue/tree/{found.id}/move/", {"to": branch("2013 年").parent_id}, follow=True
    )
    assert "已移动" in answer.content.decode()
    answer = client.post(f"/desk/catalogue/tree/{found.id}/move/", {"to": "?"}, follow=True)
    assert "请选要移到的位置" in answer.content.decode()


def test_what_stands_in_no_class_hangs_under_its_own_name():
    from lantai.records.api import create_records
    from lantai.records.tests.factories import agency, draft

    prepared()
    scheme(category="ZP", year_from=1949, name="照片")
    create_records([draft(agency_id=agency().id)], SYSTEM)
    deliver_pending("catalogue.tree")
    assert branch("未整理").records == 1

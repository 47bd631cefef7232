"""Records, and all they stand on, are made again from what the vault wrote."""

import json

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.ports import record_parts
from lantai.institutions.api import Department, Organisation, Region
from lantai.records.api import (
    DocumentDraft,
    Fonds,
    Record,
    Scheme,
    Volume,
    WithdrawnNumber,
    create_records,
    create_volumes,
    number_records,
    volume_code,
    withdraw_number,
)
from lantai.records.models import ClassCount, Document, NumberCounter
from lantai.records.tests import factories as make

pytestmark = pytest.mark.django_db
TABLES = (Document, Record, Volume, WithdrawnNumber, NumberCounter, ClassCount, Scheme, Fonds)


def part():
    return next(part for part in record_parts() if part.key == "records")


def some_records():
    scheme = make.scheme("dat22.volume_item.class", "KJ", subclasses="JJ", arrangement="volume_item")
    volume = Volume(fonds=make.fonds(), scheme=scheme, title="综合楼", year=2022, retention="Y", number=7)
    volume.reference_code = volume_code(volume)
    create_volumes([volume], SYSTEM)
    records = create_records(
        [
            make.draft(
                scheme_id=scheme.id,
                volume_id=volume.id,
                department_id=make.department().id,
                metadata={"M29": "摘要𠮷"},
                documents=[
                    DocumentDraft(original_name="图.pdf", original_name_b=b"\xcd\xbc.pdf", sha256="a" * 64),
                    DocumentDraft(original_name="附件.ofd", role="attachment"),
                ],
            )
            for _ in range(3)
        ],
        SYSTEM,
    )
    number_records(records)
    withdraw_number(records[1], reason="误收", actor=SYSTEM)
    return records


def state():
    """Every row but for keys that are made anew: of departments and of counters."""
    rebuilt = {"department", "id"}
    return {
        table.__name__: sorted(
            json.dumps(
                row, default=lambda value: bytes(value).hex() if isinstance(value, memoryview) else str(value)
            )
            for row in table.objects.values(
                *(
                    field.name
                    for field in table._meta.fields
                    if field.name not in rebuilt or (field.name == "id" and table is not NumberCounter)
                )
            )
        )
        for table in TABLES
    }


def forget():
    for table in TABLES:
        table.objects.all().delete()
    Department.objects.all().delete()
    Organisation.objects.filter(archive__isnull=False).delete()
    Organisation.objects.all().delete()
    Region.objects.all().delete()


@pytest.mark.requirement("Z35")
def test_an_empty_database_gets_back_every_row_from_the_written_parts():
    records = some_records()
    before = state()
    written = json.loads(
        json.dumps({str(key): value for key, value in part().describe([r.id for r in records]).items()})
    )
    forget()
    part().restore({record.id: written[str(record.id)] for record in records})
    assert state() == before
    assert Record.objects.get(id=records[0].id).department.name == "办公室"
    assert Record.objects.get(id=records[0].id).agency.archive == make.archive()


def test_restoring_again_changes_nothing():
    records = some_records()
    written = part().describe([record.id for record in records])
    before = state()
    part().restore(written)
    assert state() == before


def test_counts_are_right_when_a_rebuild_comes_in_parts_and_comes_again():
    records = some_records()
    before = state()
    written = part().describe([record.id for record in records])
    forget()
    for record_id in (records[0].id, records[1].id, records[0].id, records[2].id):
        part().restore({record_id: written[record_id]})
    assert ClassCount.objects.get().records == len(records)
    assert state() == before


def test_after_rebuilding_numbers_go_on_behind_used_and_withdrawn_ones():
    records = some_records()
    written = part().describe([record.id for record in records])
    forget()
    part().restore(written)
    later = Record.objects.get(id=records[1].id)
    number_records([later])
    assert later.reference_code == "J001-KJ·JJ·2022-Y-007-0004"


def test_records_nobody_knows_of_are_left_out():
    assert part().describe([make.fonds().id]) == {}

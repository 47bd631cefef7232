"""What was purged is told by no table that came in or went out, and by no decision on it."""

import pytest

from lantai.appraisal.tests.test_disposal import person
from lantai.catalogue.api import Choice, ask_for_export
from lantai.catalogue.exporting.services import EXPORT
from lantai.catalogue.importing import keeping
from lantai.catalogue.models import Export, Import, ImportPart, ImportProblem
from lantai.catalogue.tests.tables import csv_file, loaded, row
from lantai.config.backup.making import make_backup
from lantai.config.backup.restoring import open_backup, restore
from lantai.core.actors import SYSTEM
from lantai.core.jobs import run_inline
from lantai.core.settings import home
from lantai.opening.api import Decision
from lantai.opening.models import DecisionBatch
from lantai.opening.services import postpone_records
from lantai.opening.tests.factories import reviewer
from lantai.records.api import Record
from lantai.records.tests.factories import archive

from .test_nothing_left import TITLE, holding, purge, telling

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_scanner")]


def imported(folder):
    """One entry of a table that came in, was merged into, postponed and taken out again."""
    loaded(csv_file(folder, [row(1, 题名=TITLE), row(2), row(3, 日期=TITLE)]))
    loaded(
        csv_file(folder, [row(1, 题名=f"{TITLE}（修订）")], name="补充.csv"),
        known=Import.Known.MERGE,
    )
    found = Record.objects.get(title__startswith=TITLE)
    for part in ImportPart.objects.all():
        keeping.keep_part(part)
    Record.objects.update(custodian=archive(), state="held")
    return Record.objects.get(id=found.id)


@pytest.mark.requirement("S45")
def test_an_entry_that_is_purged_leaves_imports_exports_and_decisions_too(tmp_path):
    found = imported(tmp_path)
    other = Record.objects.exclude(id=found.id).get()
    postpone_records([found.id], "postpone_4", f"{TITLE}不宜开放", reviewer())
    postpone_records([other.id], "postpone_4", "限制利用", reviewer())
    made = ask_for_export(
        fonds=found.fonds, layout="csv", choice=Choice(), actor=person("receiving_archivist")
    )
    run_inline(EXPORT, SYSTEM, progress=False, export_id=str(made.id))
    assert {path.split("/")[0] for path in holding(TITLE)} >= {"vault", "imports", "exports"}
    assert {"catalogue.ImportPart", "catalogue.ImportProblem", "opening.Decision"} <= set(telling(TITLE))
    make_backup(tmp_path / "before.tar")
    purge(found)
    assert telling(TITLE) == []
    with open_backup(tmp_path / "before.tar") as opened:
        assert restore(opened).inserted["catalogue.ImportProblem"] > 0  # it quotes what was purged since
    assert telling(TITLE) == []
    assert holding(TITLE) == []
    assert not Export.objects.exists()
    assert not ImportProblem.objects.exists()
    assert [decision.record_id for decision in Decision.objects.all()] == [other.id]
    assert DecisionBatch.objects.count() == 1
    assert not list((home() / "imports").iterdir())

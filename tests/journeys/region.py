"""A small region prepared for the journeys: ``python -m tests.journeys.region`` fills ``LANTAI_HOME``.

What the demo does on a large scale, on a few packages: some records are held and open, one waits
for the reviewer, one package is captured and not yet arranged, one was returned. Prints the
addresses of pages with something on them, as one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lantai.demo.matters import Matter
    from lantai.packages.api import FileToWrite

AGENCY, VILLAGE = "DYSWJ", "PABSYQ"
UNIFIED_ID = "subject-1"
"""What the identity provider of the journeys calls the village's clerk."""
TITLE = "东屿市水利局关于下沙塘闸除险加固工程竣工验收的批复"
"""The record that the first journey follows."""
MISSING = "东屿市水务局关于白沙乡山塘综合整治的通知"
MISSING_NUMBER = "东水务〔2024〕13号"
"""A matter that was closed and never filed."""
MISSING_PLAN, MISSING_PLAN_NUMBER = "茅山水库除险加固施工图", "东水建〔2023〕6号"
"""Another, of another year and class."""


def main() -> None:
    """Prepares the region."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _walk()
    print(json.dumps(_addresses()))  # noqa: T201 - the answer to the test that called


def _walk() -> None:
    from lantai.core.events import deliver_pending
    from lantai.demo import walk
    from lantai.demo.settlement import settle
    from lantai.ledger.api import sequence_pending

    settle(lambda _done, _total: None)
    appoint_a_second_archivist()
    know_the_village()
    for key in (f"{AGENCY}-2003", f"{AGENCY}-1956"):
        _send(key)
    for step in (walk.sign_waiting, walk.number_captured, walk.hand_over_filed):
        step(walk.Walk(), lambda _done, _total: None)
    _open_postpone_and_leave_one()
    for key in (f"{AGENCY}-2024", f"{AGENCY}-fault-digest"):
        _send(key)
    _register_a_matter_that_never_came()
    while deliver_pending():
        pass
    sequence_pending()


def appoint_a_second_archivist() -> None:
    """Whoever arranges a class does not check it: the record office has two people."""
    from lantai.core.actors import SYSTEM
    from lantai.demo.settlement import PASSWORD
    from lantai.institutions.api import Organisation, appoint, create_person

    person = create_person(
        username="luping", full_name="陆平", password=PASSWORD, organisation=Organisation.objects.get(code=AGENCY),
        must_change_password=False, actor=SYSTEM,
    )  # fmt: skip
    appoint(person=person, role="record_archivist", actor=SYSTEM)


def know_the_village() -> None:
    """The region's identity provider knows its clerk; somebody else keeps its record office."""
    from lantai.core.actors import SYSTEM
    from lantai.demo.settlement import PASSWORD
    from lantai.institutions.api import Organisation, Person, appoint, create_person

    Person.objects.filter(username="cunwen").update(unified_id=UNIFIED_ID)
    person = create_person(
        username="cundang", full_name="沈守村", password=PASSWORD, organisation=Organisation.objects.get(code=VILLAGE),
        must_change_password=False, actor=SYSTEM,
    )  # fmt: skip
    appoint(person=person, role="record_archivist", actor=SYSTEM)


def _send(key: str) -> None:
    from lantai.demo.parcels import parcels
    from lantai.demo.walk import send_package

    parcel = next(parcel for parcel in parcels() if parcel.key == key)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / f"{key}.zip"
        papers = Path(folder) / "papers"
        papers.mkdir()
        parcel.write(papers, package, random.Random(key))
        send_package(package, agency_code=AGENCY, key=key, title=parcel.title)


def _register_a_matter_that_never_came() -> None:
    from datetime import date

    from lantai.capture.api import ClosedMatter, MatterDraft, register_matters
    from lantai.demo.settlement import actor_in
    from lantai.institutions.api import Organisation

    agency = Organisation.objects.get(code=AGENCY)
    matters = [
        MatterDraft(number=MISSING_NUMBER, title=MISSING, closed_on=date(2024, 5, 20), category="WS"),
        MatterDraft(
            number=MISSING_PLAN_NUMBER, title=MISSING_PLAN, closed_on=date(2023, 9, 4), category="KJ"
        ),
    ]
    actor = actor_in("record_archivist", agency)
    register_matters(agency=agency, matters=matters, source=ClosedMatter.Source.TABLE, actor=actor)


def _open_postpone_and_leave_one() -> None:
    from lantai.demo.settlement import actor_in
    from lantai.institutions.api import Organisation
    from lantai.opening.api import candidates, open_due, postpone_records

    reviewer = actor_in("reviewer", Organisation.objects.get(code="499001"))
    due = list(candidates(reviewer).order_by("date_end", "id").values_list("id", flat=True).distinct())
    open_due(record_ids=due[1:-1], note="", actor=reviewer)
    postpone_records(record_ids=due[:1], ground="postpone_1", note="涉及未了事项。", actor=reviewer)


def _addresses() -> dict[str, str]:
    from lantai.capture.api import Submission
    from lantai.institutions.api import Organisation, Person
    from lantai.ledger.models import Entry
    from lantai.opening.api import Decision
    from lantai.records.api import OpeningMark, Record, State
    from lantai.transfer.api import Handover

    opened = Record.objects.filter(opening_mark=OpeningMark.OPEN)
    images = opened.filter(documents__role="page_images").first()
    held = Record.objects.filter(
        state=State.HELD, opening_mark=OpeningMark.UNREVIEWED, documents__media_type="application/pdf"
    ).first()
    withdrawn = opened.filter(documents__media_type="application/pdf").first()
    postponed = Record.objects.get(opening_mark=OpeningMark.POSTPONED)
    captured = Record.objects.filter(state=State.CAPTURED).first()
    returned = Submission.objects.get(idempotency_key=f"{AGENCY}-fault-digest")
    return {
        "open": f"/records/{images.id}",
        "genuine": f"/records/{images.id}/genuine",
        "postponed": f"/records/{postponed.id}",
        "to_withdraw": f"/records/{withdrawn.id}",
        "returned": f"/desk/capture/{returned.id}/",
        "report": f"/desk/inspection/{returned.report_id}/",
        "arrangement": f"/desk/capture/arrange/{captured.scheme_id}/{captured.year}/",
        "note": f"/desk/capture/arrange/{held.scheme_id}/{held.year}/note/",
        "captured": f"/desk/records/{captured.id}/",
        "held": f"/desk/records/{held.id}/",
        "closed": f"/records/{held.id}",
        "object": f"/desk/vault/objects/{held.id}/",
        "handover": f"/desk/transfer/{Handover.objects.get().id}/",
        "decision": f"/desk/opening/decisions/{Decision.objects.first().id}/",
        "entry": f"/desk/ledger/entries/{Entry.objects.order_by('id').first().id}",
        "person": f"/desk/people/{Person.objects.get(username='linlan').id}/",
        "late": f"/desk/supervision/{Organisation.objects.get(code=AGENCY).id}/",
        "organisation": f"/desk/organisations/{Organisation.objects.get(code=AGENCY).id}/",
    }


def write_package(folder: Path, *, attachments: int, year: int = 1998) -> Path:
    """The approval with its attachments, of which three are announced.

    Args:
        folder: where to write; papers and package are kept there.
        attachments: how many files really lie in it.
        year: when it was signed; another year is another record.
    """
    from lantai.demo import typeset
    from lantai.demo.matters import compose
    from lantai.demo.region import agency
    from lantai.packages.api import FileToWrite, ItemToWrite, write_folder_package

    body, chance = agency(AGENCY), random.Random(AGENCY)
    matters = (compose(body, year, serial, chance) for serial in range(40))
    matter = replace(next(matter for matter in matters if len(matter.attachments) == 3), title=TITLE)
    papers = folder / f"papers-{attachments}"
    papers.mkdir()
    files = [("正文.pdf", typeset.official(matter))]
    files += [
        (f"附件{place} {name}.pdf", typeset.attachment(matter, place, chance))
        for place, name in enumerate(matter.attachments[:attachments], 1)
    ]
    for name, content in files:
        (papers / name).write_bytes(content)
    columns = {
        "题名": matter.title,
        "责任者": matter.body,
        "日期": f"{matter.day:%Y%m%d}",
        "文号": matter.number,
        "年度": matter.day.year,
        "保管期限": "永久",
        "密级": "公开",
        "机构或问题": matter.unit,
        "附件数": 3,
    }
    item = ItemToWrite(columns, tuple(FileToWrite(papers / name, f"0001/{name}") for name, _ in files))
    package = folder / f"水利局{year}年公文-{attachments}个附件.zip"
    write_folder_package(
        package, [item], {"移交单位": body.name, "全宗号": body.fonds, "门类": "WS", "年度": year}
    )
    shutil.rmtree(papers)
    return package


def write_numbered_package(folder: Path, numbers: list[int], *, attachments: int, year: int) -> Path:
    """Papers that bear their item numbers; the first announces three attachments.

    Args:
        folder: where to write; papers and package are kept there.
        numbers: the item numbers (件号).
        attachments: how many of the first paper's three really lie in it.
        year: when they were signed.
    """
    from lantai.demo.matters import compose
    from lantai.demo.region import agency
    from lantai.packages.api import ItemToWrite, write_folder_package

    body, chance = agency(AGENCY), random.Random(AGENCY)
    matters = [compose(body, year, serial, chance) for serial in range(40)]
    chosen = sorted(matters, key=lambda matter: len(matter.attachments) != 3)[: len(numbers)]
    papers = folder / f"numbered-{len(numbers)}"
    items = []
    for number, matter in zip(numbers, chosen, strict=True):
        given = matter.attachments[: attachments if matter is chosen[0] else 3]
        files = _typeset(papers, f"{number:04d}", replace(matter, attachments=given), chance)
        columns = {
            "件号": f"{number:04d}",
            "题名": matter.title,
            "责任者": matter.body,
            "日期": f"{matter.day:%Y%m%d}",
            "文号": matter.number,
            "年度": year,
            "保管期限": "永久",
            "密级": "公开",
            "机构或问题": "BGS",
            "附件数": len(matter.attachments),
        }
        items.append(ItemToWrite(columns, files))
    package = folder / f"水利局{year}年公文-{len(numbers)}件.zip"
    return write_folder_package(
        package, items, {"移交单位": body.name, "全宗号": body.fonds, "门类": "WS", "年度": year}
    )


def _typeset(papers: Path, number: str, matter: Matter, chance: random.Random) -> tuple[FileToWrite, ...]:
    """Body and attachments of a matter, written below its number."""
    from lantai.demo import typeset
    from lantai.packages.api import FileToWrite

    contents = [("正文.pdf", typeset.official(matter))]
    contents += [
        (f"附件{place} {name}.pdf", typeset.attachment(matter, place, chance))
        for place, name in enumerate(matter.attachments, 1)
    ]
    folder = papers / number
    folder.mkdir(parents=True)
    for name, content in contents:
        (folder / name).write_bytes(content)
    return tuple(FileToWrite(folder / name, f"{number}/{name}") for name, _content in contents)


if __name__ == "__main__":
    main()

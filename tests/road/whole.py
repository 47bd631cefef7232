"""An archive in which every table that has to come back from the vault has rows, and all of them as plain values."""

from __future__ import annotations

from django.apps import apps
from django.db import transaction

from lantai.appraisal.tests import test_disposal as disposing
from lantai.capture.grid import RowEdit, save_cells
from lantai.capture.tests import factories as capture
from lantai.capture.tests import test_mail_channel as mail
from lantai.catalogue.assist import services as assist
from lantai.catalogue.fonds.parties import Heir, Parties
from lantai.catalogue.models import Branch
from lantai.catalogue.tests import test_assist, test_description, test_editing, test_guide, test_reform
from lantai.catalogue.tests import test_fonds_file as fonds_file
from lantai.config.backup.contents import contents
from lantai.core.actors import SYSTEM
from lantai.core.settings import home
from lantai.ledger.api import append
from lantai.opening.api import open_records
from lantai.opening.tests.factories import reviewer
from lantai.records.api import DocumentDraft, Record, bind_volume, create_records, number_records
from lantai.records.tests import factories as places
from lantai.transfer.api import accession
from lantai.vault.models import VaultObject
from lantai.vault.tests.factories import ingest_now

from . import test_loss, test_papers

TILE = 256
"""So many leaves make the ledger keep a tile."""
NOT_COMPARED = {
    "ledger.Pending": "waits to be sequenced: a rebuild adds lines of its own",
    "ledger.Evidence": "tells which head lies on which store, and is written again with the next",
    "vault.Batch": "a rebuild is one batch",
}
ONLY = {
    "vault.Copy": lambda row: not row["store"].startswith("volume"),
    "catalogue.Proposal": lambda row: row["state"] != "open",
}
"""Offline volumes have copies of their own; a proposal nobody decided on is made again when somebody asks."""
DRAWN_ANEW = {
    "vault.VaultObject": {"id", "batch_id"},
    "vault.Copy": {"id", "state", "detail", "checked_at", "verified_at"},
    "vault.Erasure": {"id", "files", "finished_at"},
    "capture.Submission": {"job_id"},
    "transfer.Handover": {"received_at", "copies_released_at"},
    "catalogue.BulkEdit": {"job_id"},
    "catalogue.EditChange": {"id"},
}
"""Columns that are the machine's own. A hand-over closed a moment after its last record was received;
a tombstone tells when its object was erased, a moment before its order was finished."""


def fill(folder):
    """Everything that happens to records, at least once each.

    Args:
        folder: where what is sent in may lie meanwhile.
    """
    test_papers.house()
    test_loss.enter_catalogue(5)
    test_loss.keep_what_expired()
    first = Record.objects.filter(state="held").exclude(documents=None).order_by("reference_code").first()
    Record.objects.filter(id=first.id).update(disclosure="主动公开")
    test_loss.describe_first(first)
    open_records(record_ids=[first.id], ground="disclosed", note="", actor=reviewer())
    capture_more(folder)
    describe_more()
    disposing.carry_out(disposing.approved([disposing.held("要销毁的")]))
    ingest_now(Record.objects.filter(state="captured"))
    with transaction.atomic():
        for _leaf in range(TILE):
            append(act="record.print", actor=SYSTEM, subject=f"record:{first.id}")
    test_papers.kept()


def capture_more(folder):
    """Letters with an attachment, cells saved in the grid."""
    mail.schemes()
    first = mail.letter(值班表=capture.pdf().read_bytes())
    box = mail.boxed(
        folder / "六月.mbox", first, mail.letter(subject="Re: 关于防汛值班的通知", answers=first)
    )
    assert capture.processed(box).state == "accepted"
    row = Record.objects.filter(scheme__category="YJ").first()
    edit = RowEdit(row.id, row.changed_at.isoformat(), {"title": "关于防汛值班的通知（改）"})
    save_cells(scheme=row.scheme, year=row.year, edits=[edit], reason="", actor=SYSTEM)


def describe_more():
    """What people said of the fonds, its papers and its records, and a reform of two agencies."""
    fonds_file.paper("保留下来的")
    test_guide.published()
    fonds = test_description.unit_for("fonds", places.fonds().id, SYSTEM)
    test_description.described(fonds, 档案保管沿革="1950年建立。")
    test_editing.done(test_editing.previewed("附注", "set", {"fonds": places.fonds().id}, value="在三号库"))
    proposal, *_others = assist.propose(record_id=a_text().id, actor=SYSTEM)
    assist.decide(proposal=proposal, accept=True, actor=SYSTEM)
    bind()
    heir = Heir("990100-009", "云州市发展水务委员会", (), "J009")
    test_reform.with_fonds(test_reform.water(), "J002")
    test_reform.done("merge", Parties((places.agency().code, test_reform.water().code), (heir,)))


def a_text():
    """A record whose words can be read."""
    (home() / "intake").mkdir(exist_ok=True)
    (home() / "intake" / "a.txt").write_text(test_assist.TEXT, encoding="utf-8")
    draft = DocumentDraft("a.txt", media_type="text/plain", location="intake/a.txt")
    return places.record(scheme_id=places.fonds().schemes.get(category="WS").id, documents=[draft])


def bind():
    """A volume of two entries of the years when papers were bound."""
    scheme = places.scheme("dat13.volume_item", year_from=1949, year_to=2002, arrangement="volume_item")
    drafts = [
        places.draft(scheme_id=scheme.id, year=1983, title=f"会议记录之{n}", unit_code="") for n in (1, 2)
    ]
    ids = [row.id for row in create_records(drafts, SYSTEM)]
    bind_volume(scheme=scheme, year=1983, record_ids=ids, title="1983 年会议记录", actor=SYSTEM)
    number_records(list(Record.objects.filter(id__in=ids)), "fixed")
    accession(record_ids=ids, archive_id=places.archive().id, actor=SYSTEM)


def standing():
    """Every row of every table that comes back from the vault, by table; keys that are drawn anew left out."""
    names = dict(VaultObject.objects.values_list("id", "object_id"))
    told = {}
    for label in contents().archival:
        if label not in NOT_COMPARED:
            rows = apps.get_model(label)._base_manager.values()
            told[label] = sorted(
                (_plain(label, row, names) for row in rows if ONLY.get(label, all_of)(row)), key=str
            )
    told["tree"] = sorted(Branch.objects.values_list("fonds__code", "key", "own", "records"))
    return told


def all_of(_row):
    """Every row."""
    return True


def _plain(label, row, names):
    left_out = DRAWN_ANEW.get(label, set())
    told = {name: value for name, value in row.items() if name not in left_out}
    if label in {"vault.Copy", "vault.Event"}:
        told["object_id"] = names[row["object_id"]]
    if label == "vault.VaultObject":  # an inventory tells seconds
        told |= {name: row[name].replace(microsecond=0) for name in ("created_at", "changed_at")}
    return dict(sorted(told.items()))

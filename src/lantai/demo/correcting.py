"""One item that came back alone: corrected by its agency, sent again, held against what came first."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pikepdf

from lantai.core.actors import Actor
from lantai.records.api import Document, document_path, update_description
from lantai.transfer.api import (
    Correction,
    Handover,
    answer,
    prepare,
    replace_document,
    return_items,
    submit,
)

from .settlement import actor_in

AGENCY = "DYSWJ"
YEAR = 2024
KEYWORD = "M27"
REASONS = ("没有著录关键词，请照正文补上。", "正文 PDF 的文档属性里没有题名，请重新导出。")
ANSWER = "已补关键词，正文重新导出。"


def return_one() -> None:
    """The archive sends one paper of the water bureau back; done once."""
    sent = Handover.objects.filter(agency__code=AGENCY, state=Handover.State.SUBMITTED)
    handover = sent.select_related("archive").first()
    if handover is None or Correction.objects.exists():
        return
    papers = handover.items.filter(record__year=YEAR, record__documents__original_name="正文.pdf")
    item = papers.order_by("place").first()
    if item is not None:
        receiver = actor_in("receiving_archivist", handover.archive)
        return_items(handover=handover, reasons={item.record_id: REASONS}, actor=receiver)


def send_corrected(opinions: Mapping[str, str]) -> None:
    """The agency corrects what came back, and sends it again."""
    waiting = Correction.objects.filter(closed_at=None, answer="").select_related(
        "record__fonds__creator", "returned_item__handover"
    )
    for correction in waiting.filter(returned_item__handover__agency__code=AGENCY):
        record = correction.record
        sender = actor_in("record_archivist", record.fonds.creator)
        _correct(correction, sender)
        year = record.year or YEAR
        handover = prepare(fonds=record.fonds, year_from=year, year_to=year, actor=sender, opinions=opinions)
        submit(handover=handover, actor=sender)


def _correct(correction: Correction, sender: Actor) -> None:
    record = correction.record
    update_description(
        record_id=record.id,
        changes={
            "metadata": {**record.metadata, KEYWORD: record.title.partition("关于")[2].rpartition("的")[0]}
        },
        expected_changed_at=record.changed_at,
        actor=sender,
    )
    document = record.documents.get(original_name="正文.pdf")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "正文.pdf"
        _export_again(document, record.title, file)
        replace_document(
            correction=correction, document_id=document.id, file=file, name=file.name, actor=sender
        )
    correction.refresh_from_db()
    answer(correction=correction, text=ANSWER, actor=sender)


def _export_again(document: Document, title: str, target: Path) -> None:
    """The same paper with its title among the properties of the document."""
    with pikepdf.open(document_path(document)) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False) as properties:
            properties["dc:title"] = title
        pdf.save(target)

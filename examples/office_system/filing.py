"""Filing: send what is closed, ask what became of it, write both into the journal."""

from __future__ import annotations

from lantai_client import Lantai, Refused, Unreachable

from .matters import Office


def file_closed_matters(office: Office, lantai: Lantai, agency: str) -> bool:
    """Sends every line that waits to be sent; returns whether the platform could be reached throughout.

    Killed between the call and the note, the next run sends the line again under the same key and is
    answered with the same submission.
    """
    for line in office.lines("to_send"):
        matter = office.matter(line.matter)
        try:
            sent = lantai.submit_item(
                matter.description(agency), matter.documents, key=line.key, previous=line.previous
            )
        except Unreachable:
            return False
        except Refused as refusal:
            office.note(line.key, state="refused", reasons=str(refusal))
        else:
            office.note(line.key, state="sent", submission=sent.id)
    return True


def ask_what_became_of_them(office: Office, lantai: Lantai) -> bool:
    """Settles the lines the platform has finished; returns whether it could be reached throughout."""
    for line in office.lines("sent"):
        try:
            found = lantai.submission(line.submission)
        except Unreachable:
            return False
        if found.finished:
            reasons = [
                f"{finding.code} {finding.remedy}" for item in found.returned for finding in item.findings
            ]
            office.note(line.key, state=found.state, reasons="\n".join(reasons))
    return True

"""A staged object completed with its description, its events and its inventory.

Text and digests of one object, made where the files are written: in a child process of
:mod:`.crew` when there are many.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from lantai.core.digests import digest_bytes

from .ocfl import CONTENT, SIDECAR, Agent, Inventory, sidecar_digest, version_files
from .premis import PREMIS, EventFacts, FileFacts, Rights, write_premis
from .record_xml import RECORD, Parts, RecordWriter
from .staging import Staging


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An object whose content is staged.

    Attributes:
        slot: the staged folder.
        title: of the record, for ``premis.xml``.
        files: facts of the content.
        record_id: and what the contexts know of the record: its ``record.xml``.
        parts: by context.
        event: what makes the version.
    """

    slot: str
    object_id: str
    title: str
    rights: Rights
    files: tuple[FileFacts, ...]
    record_id: UUID
    parts: Parts
    event: EventFacts


@dataclass(frozen=True, slots=True)
class Finished:
    """What the database keeps of an object's first version."""

    files_count: int
    size_bytes: int
    description_sha512: str
    inventory_sha512: str


def finish_object(
    writer: RecordWriter, message: str, agent: Agent, staging: Staging, item: Unfinished
) -> Finished:
    """Writes what an object's first version has beside its content.

    Args:
        writer: of descriptions.
        message: of the version; ends with the batch.
        agent: who made it.
        staging: where the content lies.
        item: the object.
    """
    description = writer.record(item.record_id, item.parts)
    digests = digest_bytes(description)
    files = [*item.files, FileFacts(RECORD, digests, format_name="XML", puid="fmt/101")]
    premis = b"".join(write_premis(item.object_id, item.title, files, [item.event], item.rights))
    premis_digests = digest_bytes(premis)
    inventory = Inventory.start(item.object_id)
    inventory.add_version(
        {**{file.path: file.digests for file in files}, PREMIS: premis_digests},
        created=item.event.at,
        message=message,
        agent=agent,
    )
    own = {
        f"v1/{CONTENT}/{RECORD}": description,
        f"v1/{CONTENT}/{PREMIS}": premis,
        **version_files(inventory),
    }
    staging.put(item.slot, own)
    return Finished(
        files_count=len(files) + 1,
        size_bytes=sum(file.digests.size_bytes for file in files) + premis_digests.size_bytes,
        description_sha512=digests.sha512,
        inventory_sha512=sidecar_digest(own[SIDECAR]),
    )

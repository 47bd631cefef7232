"""The files that came along with a message, taken out of it byte for byte."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .message import Attachment, open_message

MAX_ATTACHMENTS = 1000
_NAME_BYTES = 180
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


@dataclass(frozen=True, slots=True)
class TakenOut:
    """An attachment on disk: its file, named as the sender named it, and the SHA-256 of its bytes."""

    path: Path
    media_type: str
    sha256: str


def take_out_attachments(message: Path, folder: Path) -> Iterator[TakenOut]:
    """Writes a message's attachments into a folder, in order; those that lie there are not written again.

    The message has been read in the pool before (:func:`.read_messages`): what is read here ends in time.
    """
    with open_message(message) as opened:
        for number, attachment in enumerate(opened.attachments[:MAX_ATTACHMENTS], 1):
            target = folder / f"{number:03d} {_name(attachment)}"
            size_bytes, sha256 = attachment.measure()
            if not size_bytes:
                continue
            if not target.exists() or target.stat().st_size != size_bytes:
                folder.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as output:
                    output.writelines(attachment.chunks())
            if _digest(target) == sha256:
                yield TakenOut(target, attachment.media_type, sha256)


def _name(attachment: Attachment) -> str:
    """As the sender named it, fit for a disk; of a nameless one, the ending of its media type."""
    name = PurePosixPath(_UNFIT.sub("_", attachment.name)).name.strip(" .")
    name = name or f"附件{mimetypes.guess_extension(attachment.media_type) or ''}"
    suffix = PurePosixPath(name).suffix[:20]
    stem = name.removesuffix(suffix).encode("utf-8", "replace")[: _NAME_BYTES - len(suffix.encode())]
    return stem.decode("utf-8", "ignore") + suffix


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

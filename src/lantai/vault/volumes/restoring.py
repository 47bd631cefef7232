"""Taking objects out of volumes: into a folder that is an OCFL storage root, every byte proven."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lantai.core.digests import CHUNK_BYTES
from lantai.core.language import gettext as _
from lantai.core.system_errors import words_of

from .. import ocfl
from ..ocfl_validation import check_object
from ..stores import Store

DRAFT = ".coming"
"""Where an object lies while it is written; a crash leaves no more than this."""


@dataclass(slots=True)
class Restored:
    """What was taken out.

    Attributes:
        failed: objects that are not whole on these volumes, and why; nothing of them is left.
    """

    objects_count: int = 0
    size_bytes: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    not_found: list[str] = field(default_factory=list)


def restore_objects(
    source: Store,
    target: Path,
    wanted: Collection[str] = (),
    observe: Callable[[int], None] | None = None,
) -> Restored:
    """Copies objects out of a stack of volumes, and the ledger's files beside them.

    Args:
        source: an open :class:`~.reading.VolumeStack`.
        target: becomes (or is) a storage root; an object that stands there already is passed over.
        wanted: object paths or identifiers; all without it.
        observe: called with the number of objects done.
    """
    result = Restored()
    root = target / "objects"
    for name, content in ocfl.ROOT_FILES.items():
        _write(root / name, content)
    paths = {ocfl.object_path(name) if ":" in name else name: name for name in wanted}
    there = set()
    for path in source.object_paths():
        if paths and path not in paths:
            continue
        there.add(path)
        if not (root / path).exists():
            _restore(source, path, target, result)
        if observe:
            observe(result.objects_count)
    result.not_found = sorted(name for path, name in paths.items() if path not in there)
    for path in source.evidence_paths(""):
        _write(target / "ledger" / path, source.get_evidence(path))
    return result


def _restore(source: Store, path: str, target: Path, result: Restored) -> None:
    """One object, judged before a byte of it is written; it stands there whole or not at all."""
    files = source.object_files(path)
    try:
        checked = check_object(files)
    except OSError as error:
        result.failed.append((path, words_of(error)))
        return
    if checked.problems or checked.is_absent:
        told = "；".join(f"{problem.path}：{problem.message}" for problem in checked.problems[:3])
        result.failed.append((path, told or _("卷上没有这个对象。")))
        return
    draft = target / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    try:
        for name in files.paths():
            ocfl.require_safe_path(name)
            with files.open(name) as origin:
                result.size_bytes += _write_pieces(draft / name, iter(partial(origin.read, CHUNK_BYTES), b""))
        (target / "objects" / path).parent.mkdir(parents=True, exist_ok=True)
        draft.rename(target / "objects" / path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    result.objects_count += 1


def _write(file: Path, content: bytes) -> None:
    _write_pieces(file, iter([content]))


def _write_pieces(file: Path, pieces: Iterable[bytes]) -> int:
    file.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with file.open("wb") as target:
        for piece in pieces:
            size += target.write(piece)
    return size

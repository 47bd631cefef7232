"""Making a backup: a gzipped tar of one JSON-lines file a table, the settings files, and a manifest."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import ForeignKey, Model, Q

from lantai import __version__
from lantai.core import seals
from lantai.core.canonical import canonical_json, utc_text
from lantai.core.digests import digest_file
from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _
from lantai.core.settings import home

from .contents import files_below_home, kept_models, named_models
from .sealing import encrypt

FORMAT = "lantai-backup-1"
PURPOSE = "backup"
MANIFEST = "manifest.json"
TABLES, NAMES, ROWS, FILES = "tables/", "names/", ".jsonl", "files/"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup as written."""

    path: Path
    size_bytes: int
    sha256: str
    tables: dict[str, int]
    files: list[str]
    is_encrypted: bool
    holds_secrets: bool


def make_backup(target: Path, passphrase: str = "", *, secrets: bool = False) -> Made:
    """Writes a backup, readable by its owner alone; the database may be in use.

    Args:
        target: a new file.
        passphrase: encrypts it; plain without.
        secrets: also the keystore and the credentials of stores.

    Raises:
        Conflict: there is such a file.
        Invalid: secrets are wanted in a plain file.
    """
    if target.exists():
        raise Conflict(_("已有这个文件。"), subject=str(target), remedy=_("请换一个文件名。"))
    if secrets and not passphrase:
        raise Invalid(
            _("密钥库只能写进加密的备份。"),
            subject=str(target),
            remedy=_("请用 --passphrase-file 指明口令文件，或设置 LANTAI_BACKUP_PASSPHRASE。"),
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".lantai-backup-") as work:
        folder = Path(work)
        seals.default_keys().ensure(PURPOSE, None, subject_name=seals.SAMPLE_SUBJECT)  # before it is copied
        parts = [*_write_tables(folder), *_copy_files(folder / "files", secrets=secrets)]
        manifest = _manifest(parts, holds_secrets=secrets)
        plain = folder / "backup.tar.gz"
        _write_tar(plain, manifest, parts)
        with _new_file(target) as file, plain.open("rb") as source:
            if passphrase:
                encrypt(source, file, passphrase)
            else:
                for piece in iter(lambda: source.read(2**20), b""):
                    file.write(piece)
    written = digest_file(target)
    return Made(
        path=target,
        size_bytes=written.size_bytes,
        sha256=written.sha256,
        tables={
            name[len(TABLES) : -len(ROWS)]: rows for name, _path, rows in parts if name.startswith(TABLES)
        },
        files=[name[len(FILES) :] for name, _path, _rows in parts if name.startswith(FILES)],
        is_encrypted=bool(passphrase),
        holds_secrets=secrets,
    )


class _Exact(DjangoJSONEncoder):
    """Times to the microsecond; Django's own cuts them."""

    def default(self, o: Any) -> Any:
        """A value JSON has no form for."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


Part = tuple[str, Path, int]
"""Name in the tar, where it lies, and how many rows it holds."""


def _write_tables(folder: Path) -> list[Part]:
    """One file a table, all as of one moment."""
    parts: list[Part] = []
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for model in kept_models():
            path = folder / f"{model._meta.label}.jsonl"
            with path.open("w", encoding="utf-8") as file:
                serializers.serialize("jsonl", _rows(model), stream=file, cls=_Exact)
            with path.open("rb") as file:
                parts.append((f"{TABLES}{path.name}", path, sum(1 for _line in file)))
        parts += [_write_names(folder, model, column) for model, column in named_models()]
    return parts


def _write_names(folder: Path, model: type[Model], column: str) -> Part:
    """Key and name of each row of the vault that a kept table refers to."""
    wanted = Q(pk__in=[])
    for kept in kept_models():
        for reference in kept._meta.concrete_fields:
            if isinstance(reference, ForeignKey) and reference.related_model is model:
                wanted |= Q(pk__in=kept._base_manager.values(reference.attname))
    path, count = folder / f"names-{model._meta.label}.jsonl", 0
    with path.open("w", encoding="utf-8") as file:
        for key, name in (
            model._base_manager.filter(wanted).order_by("pk").values_list("pk", column).iterator()
        ):
            file.write(f"{json.dumps([str(key), name])}\n")
            count += 1
    return f"{NAMES}{model._meta.label}{ROWS}", path, count


def _copy_files(folder: Path, *, secrets: bool) -> Iterator[Part]:
    """The files as they are now: one that changes while the backup is written must not spoil it."""
    for path in files_below_home(secrets=secrets):
        name = path.relative_to(home())
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        yield f"{FILES}{name}", copy, 0


def _rows(model: type[Model]) -> Iterator[Model]:
    return model._base_manager.order_by("pk").iterator(chunk_size=1000)


def _manifest(parts: list[Part], *, holds_secrets: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "format": FORMAT,
        "made_at": utc_text(datetime.now(UTC)),
        "version": __version__,
        "database": connection.vendor,
        "holds_secrets": holds_secrets,
        "parts": [
            {"name": name, "rows": rows, "size_bytes": digests.size_bytes, "sha256": digests.sha256}
            for name, path, rows in parts
            for digests in [digest_file(path)]
        ],
    }
    return {**told, "seal": seals.sign(PURPOSE, canonical_json(told)).as_dict()}


def _write_tar(path: Path, manifest: dict[str, Any], parts: list[Part]) -> None:
    raw = canonical_json(manifest)
    with tarfile.open(path, "w:gz") as tar:
        head = tarfile.TarInfo(MANIFEST)
        head.size, head.mode = len(raw), 0o600
        tar.addfile(head, io.BytesIO(raw))
        for name, source, _rows_count in parts:
            member = tarfile.TarInfo(name)
            member.size, member.mode = source.stat().st_size, 0o600
            with source.open("rb") as file:
                tar.addfile(member, file)


@contextmanager
def _new_file(target: Path) -> Iterator[Any]:
    """A file nobody else can read, durable when the block ends, and gone when it fails."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise

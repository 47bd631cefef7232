"""Verifying a backup, and putting what it holds back into a database, usually one rebuilt from the vault.

What stands already is left as it is; a row that refers to something that is not there any more is
left out and told. So restoring twice changes nothing, and restoring an old file overwrites nothing.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from lantai.catalogue.api import forget_tables
from lantai.core import seals
from lantai.core.canonical import canonical_json
from lantai.core.digests import digest_file
from lantai.core.errors import Invalid, Unavailable
from lantai.core.language import gettext as _
from lantai.core.ports import erasers
from lantai.core.seals import Seal
from lantai.core.settings import home
from lantai.vault.api import Erasure, recall_volume_copies

from .contents import contents, named_models
from .making import FORMAT, MANIFEST, NAMES, PURPOSE, ROWS
from .sealing import decrypt, is_encrypted

CHUNK = 500
ROWS_A_STATEMENT = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup whose every part is what its manifest says.

    Attributes:
        seal: ``valid``, ``invalid``, or ``unknown`` when no key of ours made it.
    """

    folder: Path
    manifest: dict[str, Any]
    seal: str


@dataclass(slots=True)
class Restored:
    """What went back, by table: put in, there already, and left out for what they refer to."""

    inserted: dict[str, int] = field(default_factory=dict)
    present: dict[str, int] = field(default_factory=dict)
    dangling: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    files_kept: list[str] = field(default_factory=list)


@contextmanager
def open_backup(path: Path, passphrase: str = "") -> Iterator[Opened]:
    """Decrypts, unpacks and checks a backup in a scratch folder that goes with the block.

    Raises:
        Invalid: it is no backup, was changed, or the passphrase is wrong.
        Unavailable: it is encrypted and no passphrase is given.
    """
    with tempfile.TemporaryDirectory(dir=home(), prefix=".restore-") as work:
        folder, plain = Path(work) / "parts", Path(work) / "backup.tar.gz"
        with path.open("rb") as source:
            if is_encrypted(source):
                with plain.open("wb") as target:
                    decrypt(source, target, passphrase)
            else:
                plain.symlink_to(path.resolve())
        manifest = _unpack(plain, folder, path)
        yield Opened(folder, manifest, _seal_of(manifest))


def _unpack(plain: Path, folder: Path, path: Path) -> dict[str, Any]:
    """Plain files alone, each as large as the manifest states; names and sizes are judged before a byte is written."""
    try:
        with tarfile.open(plain, "r:gz") as tar:
            members = _members(tar, folder.parent)
            raw = tar.extractfile(members[MANIFEST])
            manifest: dict[str, Any] = json.loads(raw.read()) if raw else {}
            stated = _stated(manifest)
            sizes = {name: member.size for name, member in members.items() if name != MANIFEST}
            _require_same(sizes, {name: size for name, (size, _sha256) in stated.items()}, path)
            for member in members.values():
                tar.extract(member, folder, filter="data")
        found = {name: digest_file(folder / name).sha256 for name in stated}
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise Invalid(
            _("这不是本平台的备份文件，或已损坏。"), subject=str(path), remedy=_("请换用另一份备份。")
        ) from error
    _require_same(found, {name: sha256 for name, (_size, sha256) in stated.items()}, path)
    return manifest


def _members(tar: tarfile.TarFile, folder: Path) -> dict[str, tarfile.TarInfo]:
    """Everything in it by name."""
    members: dict[str, tarfile.TarInfo] = {}
    room = shutil.disk_usage(folder).free
    for member in tar:
        if not member.isreg() or member.name in members:
            raise ValueError(member.name)
        members[member.name] = member
        room -= member.size
        if room < 0:
            raise Unavailable(
                _("存储空间不够解开这份备份。"), subject=str(home()), remedy=_("请清理或扩充存储后再运行。")
            )
    return members


def _stated(manifest: dict[str, Any]) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of every part, after a look at whether the rest is there."""
    if manifest["format"] != FORMAT:
        raise ValueError(manifest["format"])
    Seal.from_dict(manifest["seal"])
    _shown = manifest["made_at"], manifest["version"], manifest["holds_secrets"]
    parts = manifest["parts"]
    if not all(type(part["rows"]) is int for part in parts):
        raise TypeError("rows")
    return {str(part["name"]): (int(part["size_bytes"]), str(part["sha256"])) for part in parts}


def _require_same(found: Mapping[str, object], stated: Mapping[str, object], path: Path) -> None:
    wrong = sorted(name for name in found.keys() | stated.keys() if found.get(name) != stated.get(name))
    if wrong:
        raise Invalid(
            _("备份文件的内容与清单不符：%s。") % "、".join(wrong[:5]),
            subject=str(path),
            remedy=_("请换用另一份备份。"),
        )


def _seal_of(manifest: dict[str, Any]) -> str:
    told = {name: value for name, value in manifest.items() if name != "seal"}
    seal = Seal.from_dict(manifest["seal"])
    if seals.public_key(seal.key_id) is None:
        return "unknown"
    return "valid" if seals.verify(seal, PURPOSE, canonical_json(told)) else "invalid"


def restore(opened: Opened) -> Restored:
    """Puts back what is missing, in one transaction, then files that are not there.

    Raises:
        Invalid: the seal is wrong, or it holds what no backup of ours holds.
    """
    if opened.seal == "invalid":
        raise Invalid(_("备份的签章与内容不符。"), remedy=_("请换用另一份备份。"))
    files = [
        _settings_file(source, opened)
        for source in sorted((opened.folder / "files").rglob("*"))
        if source.is_file()
    ]
    result = Restored()
    with transaction.atomic():
        aliases = {model: _renamed(opened, model, column) for model, column in named_models()}
        for label in contents().kept:
            file = opened.folder / "tables" / f"{label}.jsonl"
            if file.exists():
                _restore_table(apps.get_model(label), file, aliases, result)
        _forget_purged()
        recall_volume_copies()
        connection.check_constraints()
    for source, path in files:
        _restore_file(source, path, result)
    return result


def _renamed(opened: Opened, model: type[models.Model], column: str) -> dict[Any, Any]:
    """Keys in the backup of rows that stand under another key since they were made anew."""
    file, found = opened.folder / NAMES / f"{model._meta.label}{ROWS}", dict[Any, Any]()
    if not file.exists():
        return found
    with file.open(encoding="utf-8") as lines:
        while chunk := list(islice(lines, CHUNK)):
            told = {name: model._meta.pk.to_python(key) for key, name in map(json.loads, chunk)}
            rows = model._base_manager.filter(**{f"{column}__in": told}).values_list(column, "pk")
            found |= {told[name]: key for name, key in rows if told[name] != key}
    return found


def _forget_purged() -> None:
    """What an older backup still quotes of records that were purged since goes again."""
    purged = Erasure.objects.filter(kind=Erasure.Kind.PURGE, basis__startswith="disposal:")
    ids = list(purged.values_list("record_id", flat=True))
    for start in range(0, len(ids), CHUNK):
        for holder in reversed(erasers()):
            holder.forget(ids[start : start + CHUNK])
        forget_tables(ids[start : start + CHUNK])


def _settings_file(source: Path, opened: Opened) -> tuple[Path, PurePosixPath]:
    """A file and its place below the data folder: only where :func:`.contents.contents` has some."""
    path = PurePosixPath(source.relative_to(opened.folder / "files"))
    if not any(PurePosixPath(path.parts[0]).match(name) for name in contents().files + contents().secrets):
        raise Invalid(
            _("备份里有不属于备份的文件：%s。") % path, remedy=_("请换用另一份备份，并查明这一份的来历。")
        )
    return source, path


Aliases = dict[type[models.Model], dict[Any, Any]]
"""Keys in the backup that stand for a row which now has another key, such as a region the rebuild made."""


def _restore_table(model: type[models.Model], file: Path, aliases: Aliases, result: Restored) -> None:
    label, inserted, present, dangling = model._meta.label, 0, 0, 0
    with file.open(encoding="utf-8") as lines:
        rows = _rows_of(model, lines)
        while chunk := list(islice(rows, CHUNK)):
            known = _known(model, chunk)
            aliases.setdefault(model, {}).update({old: new for old, new in known.items() if old != new})
            fresh = [row for row in chunk if row.pk not in known]
            sound = _without_dangling(model, fresh, aliases)
            _insert(model, sound)
            inserted, present = inserted + len(sound), present + len(known)
            dangling += len(fresh) - len(sound)
    result.inserted[label], result.present[label], result.dangling[label] = inserted, present, dangling
    _reset_sequence(model)


def _rows_of(model: type[models.Model], lines: Iterable[str]) -> Iterator[models.Model]:
    """The rows of a table's file; each must be one of that table."""
    label = model._meta.label
    try:
        for row in serializers.deserialize("jsonl", lines, ignorenonexistent=True):
            if type(row.object) is not model:
                raise serializers.base.DeserializationError(row.object._meta.label)
            yield row.object
    except (serializers.base.DeserializationError, ValidationError, ValueError, TypeError, KeyError) as error:
        raise Invalid(
            _("备份里“%s”的一行读不出来，没有放回任何内容。") % label, remedy=_("请换用另一份备份。")
        ) from error


def _known(model: type[models.Model], rows: Sequence[models.Model]) -> dict[Any, Any]:
    """Which rows stand already, and under which key: the same one, or that of a row just as unique."""
    keys = [row.pk for row in rows]
    known = {key: key for key in model._base_manager.filter(pk__in=keys).values_list("pk", flat=True)}
    for row in rows:
        if row.pk in known:
            continue
        for names in _unique_names(model):
            values = {name: getattr(row, name) for name in names}
            if None in values.values():
                continue
            twin = model._base_manager.filter(**values).values_list("pk", flat=True).first()
            if twin is not None:
                known[row.pk] = twin
                break
    return known


def _unique_names(model: type[models.Model]) -> Iterator[tuple[str, ...]]:
    """Sets of columns of which no two rows have the same."""
    for column in model._meta.concrete_fields:
        if column.unique and not column.primary_key:
            yield (column.attname,)
    for constraint in model._meta.total_unique_constraints:
        if constraint.fields:
            yield tuple(model._meta.get_field(name).attname for name in constraint.fields)  # type: ignore[union-attr]


def _without_dangling(
    model: type[models.Model], rows: list[models.Model], aliases: Aliases
) -> list[models.Model]:
    """Rows that refer only to what is there; a reference that may be empty is emptied instead."""
    own, sound = {row.pk for row in rows}, rows
    for reference in model._meta.concrete_fields:
        target = reference.related_model
        if not isinstance(reference, models.ForeignKey) or not isinstance(target, type):
            continue
        name, other = reference.attname, aliases.get(target, {})
        for row in sound:
            setattr(row, name, other.get(getattr(row, name), getattr(row, name)))
        wanted = {getattr(row, name) for row in sound} - {None}
        there = set(target._base_manager.filter(pk__in=wanted).values_list("pk", flat=True))
        there |= own if target is model else set()
        kept = []
        for row in sound:
            if getattr(row, name) not in {None, *there} and reference.null:
                setattr(row, name, None)
            if getattr(row, name) in {None, *there}:
                kept.append(row)
        sound = kept
    return sound


def _insert(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Inserts rows just as they were: times of creation are not set anew."""
    if rows:
        manager = model._base_manager.all()
        fields = model._meta.concrete_fields
        for start in range(0, len(rows), ROWS_A_STATEMENT):
            piece = rows[start : start + ROWS_A_STATEMENT]
            manager._insert(piece, fields=fields, using=connection.alias, raw=True)  # type: ignore[attr-defined]


def _reset_sequence(model: type[models.Model]) -> None:
    """Numbers given by the database go on after those restored."""
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


def _is_blank_keystore(path: Path) -> bool:
    """A keystore without any key: what a start without one leaves behind before it refuses."""
    if path != home() / "keystore.json":
        return False
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return False
    return not any(isinstance(value, list) and value for value in document.values())


def _restore_file(source: Path, path: PurePosixPath, result: Restored) -> None:
    target = home() / path
    if target.exists() and not _is_blank_keystore(target):
        if target.read_bytes() != source.read_bytes():
            result.files_kept.append(str(path))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, coming = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:50]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(source.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        Path(coming).rename(target)
    except BaseException:
        Path(coming).unlink()
        raise
    result.files.append(str(path))

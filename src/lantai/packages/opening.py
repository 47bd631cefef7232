"""Opening a package of whatever kind, from a folder, an archive or a lone file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lantai.core.errors import Invalid, NotFound
from lantai.core.findings import Finding
from lantai.core.language import gettext as _
from lantai.core.temporary import unpacking_folder
from lantai.formats.api import UNKNOWN, identify_in_pool

from .kinds import Kind, kind_of, recognise
from .package import Declaration, Package
from .problems import BARRIER, UNSAFE, failure
from .unpack import ArchiveRefused, Limits, is_archive, safe_extract

FILE, FOLDER = "file", "folder"
UNREADABLE = "unreadable"
_ZIP = "x-fmt/263"
_ARCHIVE_NAMES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"})


def open_package(
    path: Path, kind: str | None = None, workspace: Path | None = None, limits: Limits | None = None
) -> Package:
    """Opens a package for reading; use it as a context manager.

    A hostile, locked or broken archive does not raise: it becomes a package of kind
    ``unreadable`` with no items and a finding, so that its sender gets a report.

    Args:
        path: folder, archive or lone file.
        kind: key of a kind (:mod:`.kinds`) to read it as, whatever it looks like; ``None`` finds out.
        workspace: existing folder to unpack archives in; on the same volume as the data, so that
            accepted files can be moved. By default ``LANTAI_HOME/unpacked``.
        limits: what an archive may grow to.

    Raises:
        NotFound: there is nothing at the path.
        Invalid: no such kind of package, or the path is neither a file nor a folder.
    """
    wanted = kind_of(kind) if kind else None
    if not path.exists():
        raise NotFound(_("没有找到信息包。"), subject=str(path), remedy=_("请检查路径。"))
    if path.is_dir():
        return _read_folder(path, wanted)
    if not path.is_file():
        raise Invalid(
            _("既不是文件，也不是文件夹。"), subject=str(path), remedy=_("请指定信息包的文件或文件夹。")
        )
    lone = _lone_kind(path, wanted)
    return lone.read(path) if lone else _read_archive(path, wanted, workspace, limits)


def is_lone(path: Path) -> bool:
    """Whether a file is read as it stands (WACZ, OFD, a message) though it may be a ZIP inside."""
    return path.is_file() and _lone_kind(path, None) is not None


def _read_folder(root: Path, wanted: Kind | None) -> Package:
    return (wanted or recognise(root) or kind_of(FOLDER)).read(root)


def _lone_kind(path: Path, wanted: Kind | None) -> Kind | None:
    """The kind that reads this very file; ``None`` where it is an archive to unpack."""
    if wanted:
        as_it_is = wanted.takes_files and (wanted.recognises(path) or not is_archive(path))
        return wanted if as_it_is else None
    special = recognise(path, without={FILE})
    if special:
        return special
    packed = is_archive(path) or path.suffix.lower() in _ARCHIVE_NAMES
    return None if packed and not _is_document(path) else kind_of(FILE)


def _is_document(path: Path) -> bool:
    """Whether a ZIP is a document in itself (OFD, DOCX, EPUB), told by what it contains."""
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    if not zipped or path.suffix.lower() == ".zip":
        return False
    found = next(identify_in_pool([path]))
    return found.by_content and found.puid not in {_ZIP, UNKNOWN}


def _read_archive(path: Path, wanted: Kind | None, workspace: Path | None, limits: Limits | None) -> Package:
    workspace = workspace or unpacking_folder()
    workspace.mkdir(parents=True, exist_ok=True)
    unpacked = tempfile.TemporaryDirectory(dir=workspace, prefix="package-")
    root = Path(unpacked.name) / _bare_name(path)  # a package may be known by the name of its folder
    root.mkdir()
    try:
        safe_extract(path, root, limits)
        package = _read_unpacked(root, wanted)
    except ArchiveRefused as error:
        unpacked.cleanup()
        key = wanted.key if wanted else UNREADABLE
        return Package(key, path, Declaration(), (), findings=(_refusal(path, error),))
    except BaseException:
        unpacked.cleanup()
        raise
    package.unpacked = unpacked
    return package


def _bare_name(archive: Path) -> str:
    """An archive's name without what tells its packing."""
    name = archive.name
    while (end := Path(name).suffix).lower() in _ARCHIVE_NAMES:
        name = name.removesuffix(end)
    return name if name.strip(".") else "package"


def _read_unpacked(root: Path, wanted: Kind | None) -> Package:
    """Reads what was unpacked: the package itself, or the one folder it lies in."""
    inside = [*root.iterdir()]
    single = inside[0] if len(inside) == 1 and inside[0].is_dir() else None
    if wanted:
        return wanted.read(single if single and not wanted.recognises(root) else root)
    special = recognise(root, without={FOLDER}) or (single and recognise(single, without={FOLDER}))
    if special:
        return special.read(root if special.recognises(root) else single or root)
    return kind_of(FOLDER).read(root)


def _refusal(path: Path, error: ArchiveRefused) -> Finding:
    key = UNSAFE if error.unsafe else BARRIER
    subject = path.name if error.subject == path.name else f"{path.name} 中的 {error.subject}"
    return failure(key, subject, "可以安全打开的 ZIP 或 TAR 包，不加密", error.message, error.remedy)

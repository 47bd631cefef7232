"""Opening a package of whatever kind, from a folder or an archive."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lantai.core import settings
from lantai.core.errors import Invalid, NotFound
from lantai.core.findings import Finding
from lantai.core.language import gettext as _

from .folder import read_folder
from .package import Declaration, Package
from .problems import BARRIER, UNSAFE, failure
from .unpack import ArchiveRefused, Limits, safe_extract

FOLDER = "folder"
UNREADABLE = "unreadable"


def open_package(
    path: Path, kind: str | None = None, workspace: Path | None = None, limits: Limits | None = None
) -> Package:
    """Opens a package for reading; use it as a context manager.

    A hostile, locked or broken archive does not raise: it becomes a package of kind
    ``unreadable`` with no items and a finding, so that its sender gets a report.

    Args:
        path: folder or archive.
        kind: ``folder``; ``None`` finds out. (Other kinds of package have readers of their own.)
        workspace: existing folder to unpack archives in; on the same volume as the data, so that
            accepted files can be moved. By default ``LANTAI_HOME/unpacked``.
        limits: what an archive may grow to.

    Raises:
        NotFound: there is nothing at the path.
        Invalid: no such kind of package.
    """
    if kind not in {None, FOLDER}:
        raise Invalid(
            _("不认识信息包种类“%(kind)s”。") % {"kind": kind},
            remedy=_("可用：%(kind)s；不写则自动判断。") % {"kind": FOLDER},
        )
    if not path.exists():
        raise NotFound(_("没有找到信息包。"), subject=str(path), remedy=_("请检查路径。"))
    if path.is_dir():
        return read_folder(path)
    workspace = workspace or settings.home() / "unpacked"
    workspace.mkdir(parents=True, exist_ok=True)
    unpacked = tempfile.TemporaryDirectory(dir=workspace, prefix="package-")
    root = Path(unpacked.name)
    try:
        safe_extract(path, root, limits)
    except ArchiveRefused as error:
        unpacked.cleanup()
        return Package(UNREADABLE, path, Declaration(), (), findings=(_refusal(path, error),))
    except BaseException:
        unpacked.cleanup()
        raise
    package = read_folder(root)
    package.unpacked = unpacked
    return package


def _refusal(path: Path, error: ArchiveRefused) -> Finding:
    key = UNSAFE if error.unsafe else BARRIER
    subject = path.name if error.subject == path.name else f"{path.name} 中的 {error.subject}"
    return failure(key, subject, "可以安全打开的 ZIP 或 TAR 包，不加密", error.message, error.remedy)

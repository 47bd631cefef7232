"""LibreOffice as a program of its own: Word documents to PDF/A-2b with the fonts inside.

Found on the path as ``soffice``; Debian's ``libreoffice-writer-nogui`` is enough (48 packages,
84 MB). Each run has a profile of its own, so that several may run at once and nothing a document
does stays behind.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from lantai.core.errors import Invalid, Unavailable
from lantai.core.language import gettext as _

TIMEOUT_S = 180.0
_OPTIONS = {
    "SelectPdfVersion": {"type": "long", "value": "2"},
    "UseTaggedPDF": {"type": "boolean", "value": "true"},
}
_PDFA_2B = f"pdf:writer_pdf_Export:{json.dumps(_OPTIONS)}"


@cache
def tool() -> str:
    """Name and version; empty where it is not installed."""
    program = shutil.which("soffice")
    if program is None:
        return ""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"LibreOffice ([\d.]+)", done.stdout)
    return f"LibreOffice {found[1]}" if found else ""


def to_pdfa(source: Path, target: Path) -> dict[str, str]:
    """Makes a PDF/A-2b.

    Raises:
        Unavailable: it is not installed.
        Invalid: it could not be made.
    """
    program = shutil.which("soffice")
    if program is None:
        raise Unavailable(
            _("没有安装 LibreOffice，不能转换 Word 文档。"),
            remedy=_("在 Debian 上安装 libreoffice-writer-nogui 后重试；在此之前只能保存原件。"),
        )
    made = target.parent / "out" / f"{source.stem}.pdf"
    command = [
        program, f"-env:UserInstallation=file://{target.parent / 'profile'}", "--headless", "--norestore",
        "--convert-to", _PDFA_2B, "--outdir", str(made.parent), str(source),
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid(_("LibreOffice 转换用时过长，已中止。"), subject=source.name) from error
    if done.returncode or not made.exists():
        raise Invalid(_("LibreOffice 没有转换出文件。"), subject=source.name)
    made.replace(target)
    return {}

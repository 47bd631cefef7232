"""GD-1-1, 1-10, 1-11, 2-7, 2-8, 3-3, 3-4, 3-7: the files of an item."""

from __future__ import annotations

from lantai.formats.api import accepted_names, is_accepted, is_detached

from ..registry import Observations, check, fail, not_applicable
from ..report import FileFacts
from ..sealing import signature_observations, signed_files
from ..subjects import ItemSubject

_ALGORITHMS = {"sm3": "SM3", "sha256": "SHA-256", "sha512": "SHA-512"}


@check("auth.fixity")
def check_fixity(subject: ItemSubject) -> Observations:
    """GD-1-1: declared digests equal those computed now, signatures and seals hold.

    Without any of them the check does not apply.
    """
    declared = False
    for name, file, examination in subject.examined:
        for algorithm, digits in file.declared.items():
            declared = True
            computed = examination.digests.get(algorithm)
            if algorithm in _ALGORITHMS and not examination.digests:
                continue  # a large file that goes back for its format
            if computed is None:
                yield fail(
                    subject.about(name),
                    "写明算法的数字摘要（sm3、sha256、sha512）",
                    digits[:80] or "无法识别",
                    "请用 SM3 重新计算该文件的数字摘要。",
                )
            elif computed != digits.lower():
                yield fail(
                    subject.about(name),
                    f"{_ALGORITHMS[algorithm]} {digits}",
                    f"{_ALGORITHMS[algorithm]} {computed}",
                    "文件在生成摘要之后变过：请从原系统重新取出该文件，不要手工替换。",
                )
    if signed_files(subject):
        yield from signature_observations(subject)
    elif not declared:
        yield not_applicable(subject.item.label, "没有随带数字摘要、电子签名和时间戳")


@check("auth.content.eprop")
def check_electronic_properties(subject: ItemSubject) -> Observations:
    """GD-1-10: stated size and name equal those of the file."""
    stated = False
    for facts in subject.files:
        if facts.file.declared_bytes is not None:
            stated = True
            size_bytes = sum(examination.size_bytes for examination in facts.examinations)
            if size_bytes != facts.file.declared_bytes:
                yield fail(
                    subject.about(facts.file.name),
                    f"{facts.file.declared_bytes} 字节",
                    f"{size_bytes} 字节",
                    "请重新取出该文件，或改正目录中的字节数。",
                )
    for source, metadata in subject.copies:
        named = metadata.get("M48", "").strip()
        names = {facts.file.name.rpartition("/")[2] for facts in subject.files}
        if named and subject.files:
            stated = True
            if named.rpartition("/")[2] not in names:
                observed = "、".join(sorted(names))
                remedy = "请改正目录中的计算机文件名。"
                yield fail(subject.about("“计算机文件名”", source), named, observed, remedy)
    if not stated:
        yield not_applicable(subject.item.label, "目录没有写明文件大小和文件名")


@check("auth.link")
def check_links(subject: ItemSubject) -> Observations:
    """GD-1-11: every file the catalogue names is there."""
    for name in subject.item.missing:
        remedy = "请把该文件放进信息包，或改正目录“文件”列中的名称。"
        yield fail(subject.about(name), "包内有此文件", "没有找到", remedy)


@check("int.content.body")
def check_body(subject: ItemSubject) -> Observations:
    """GD-2-7: there is content, and it has as many pages as the description says.

    An archive takes over old catalogues of what lies on paper, where the sender declares them such.
    """
    if not subject.item.files and not subject.item.missing and not subject.classified:
        if subject.survey.catalogue_only and subject.stage == "YJ":
            yield not_applicable(subject.item.label, "说明文件写明本批仅有目录")
            return
        yield fail(subject.item.label, "至少有一个文件", "没有文件", "请补上该件的电子文件。")
    announced = subject.item.announced_pages
    if announced is None or not subject.files:
        return
    counts = _possible_page_counts(subject.files)
    if counts and announced not in counts:
        observed = " 或 ".join(f"{count} 页" for count in sorted(counts))
        remedy = "请核对文件是否缺页；如文件完整，请改正目录中的“页数”。"
        yield fail(subject.about("页数"), f"{announced} 页", observed, remedy)


@check("int.content.attach")
def check_attachments(subject: ItemSubject) -> Observations:
    """GD-2-8: as many attachments as announced."""
    announced = subject.item.announced_attachments
    if announced is None:
        yield not_applicable(subject.item.label, "没有写明附件数")
        return
    present = sum(file.role == "attachment" for file in subject.item.files)
    if present != announced and not subject.classified:
        remedy = "请补上缺少的附件。" if present < announced else "请改正“附件数”，或删除多余的附件。"
        yield fail(subject.about("附件"), f"{announced} 个附件", f"{present} 个附件", remedy)


@check("use.content.format")
def check_format(subject: ItemSubject) -> Observations:
    """GD-3-3: the content is of a format that may be archived, and the extension tells the same."""
    for name, _, examination in subject.examined:
        identification = examination.identification
        if not examination.size_bytes:
            continue
        if not is_accepted(identification) and not is_detached(examination.path):
            yield fail(
                subject.about(name),
                f"可归档的格式：{accepted_names()}",
                f"{identification.name}（{identification.puid}）",
                "请由形成系统另存为 OFD 或 PDF 后重新提交。",
            )
        elif not identification.extension_fits:
            observed = f"内容是 {identification.name}，扩展名是“{examination.path.suffix or '无'}”"
            yield fail(subject.about(name), "扩展名与内容一致", observed, "请按真实格式改正文件的扩展名。")


@check("use.content.readable")
def check_content_readable(subject: ItemSubject) -> Observations:
    """GD-3-4: the file opens, and its first and last page can be shown."""
    for name, _, examination in subject.examined:
        seen = examination.characteristics
        if seen.encrypted:
            continue
        if not seen.readable or not examination.rendering.ok:
            problem = "；".join(seen.problems) or examination.rendering.problem
            remedy = "请用原软件打开该文件确认内容完整，重新导出后提交。"
            yield fail(subject.about(name), "能够打开，首页和末页能够显示", problem, remedy)


@check("use.pkg.barrier")
def check_barriers(subject: ItemSubject) -> Observations:
    """GD-3-7: nothing is locked by a password or encrypted."""
    for name, _, examination in subject.examined:
        if examination.characteristics.encrypted:
            observed = "；".join(examination.characteristics.problems)
            yield fail(subject.about(name), "没有口令、没有加密", observed, "请取消口令和加密后重新提交。")


def _possible_page_counts(files: tuple[FileFacts, ...]) -> set[int]:
    """Ways to count the pages of a record: its main text, with attachments, or everything.

    Empty when a file has no countable pages, so that nothing is compared with a guess.
    """
    counted = {
        "main": ("body", "page_images", "final"),
        "attached": ("body", "page_images", "final", "attachment"),
        "all": ("body", "page_images", "final", "attachment", "draft", "processing_sheet"),
    }
    totals: set[int] = set()
    for roles in counted.values():
        pages = [facts.pages for facts in files if facts.file.role in roles]
        if pages and None not in pages:
            totals.add(sum(count or 0 for count in pages))
    unknown = any(facts.pages is None for facts in files)
    return set() if unknown else totals

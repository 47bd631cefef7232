"""GD-4-1, 4-2 and the platform's own rules: viruses, state secrets, unsafe paths."""

from __future__ import annotations

from datetime import UTC, datetime

from lantai.core.errors import Unavailable

from ..registry import Observations, await_person, check, fail, not_applicable, package_check, warn
from ..subjects import ItemSubject, PackageSubject

_SCAN_BY_HAND = "请用本单位的杀毒软件扫描本批文件，无毒后由检测人在报告页签署“病毒感染检测”。"


@check("sec.av.scan")
def check_viruses(subject: ItemSubject) -> Observations:
    """GD-4-2: no file is infected. What the scanner cannot judge awaits a person and is never clean."""
    if subject.scanner is None and not any(examined.test_virus for _, _, examined in subject.examined):
        yield not_applicable(subject.item.label, "未连接杀毒引擎")
        return
    for name, _, examination in subject.examined:
        if examination.test_virus:
            yield fail(
                subject.about(name), "没有病毒", "EICAR 测试病毒", "请删除该文件并对形成该文件的计算机查毒。"
            )
        elif subject.scanner is not None:
            result = subject.scanner.scan(examination.path)
            if result.virus:
                remedy = "请立即对形成该文件的计算机查毒，清除后从原系统重新导出。"
                yield fail(subject.about(name), "没有病毒", result.virus, remedy)
            elif result.problem:
                yield await_person(subject.about(name), "扫描完成", result.problem, _SCAN_BY_HAND)


@package_check("sec.av.scan")
def check_scanner_used(subject: PackageSubject) -> Observations:
    """GD-4-2 without a scanner: the whole package awaits a person."""
    if subject.scanner is None and subject.file_count:
        yield await_person(
            f"本批 {subject.file_count} 个文件",
            "经杀毒引擎扫描",
            "未连接杀毒引擎，只识别了测试病毒",
            _SCAN_BY_HAND,
        )


@package_check("sec.av.installed")
def check_scanner_installed(subject: PackageSubject) -> Observations:
    """GD-4-1: a scanner answers, its signatures are recent. Its absence is told here and holds back under GD-4-2."""
    remedy = "请系统管理员安装 clamd 并设置 LANTAI_CLAMD。"
    if subject.scanner is None:
        yield warn("检测主机", "装有杀毒软件", "未设置杀毒引擎", remedy)
        return
    try:
        version = subject.scanner.version()
    except Unavailable as error:
        yield warn("检测主机", "杀毒软件正常运行", error.message, remedy)
        return
    dated = _signature_date(version)
    days = subject.plan.signature_days
    if dated is None:
        observed = f"{version}，没有写明病毒库日期"
        yield warn("检测主机", "写明病毒库日期", observed, "请系统管理员检查病毒库是否为官方病毒库。")
    elif (datetime.now(UTC) - dated).days > days:
        observed = f"病毒库日期 {dated:%Y-%m-%d}"
        yield warn("检测主机", f"病毒库在 {days} 天之内更新过", observed, "请系统管理员更新病毒库。")


def _signature_date(version: str) -> datetime | None:
    """The date clamd tells last: ``ClamAV 1.4.1/27450/Thu Nov 21 08:38:00 2026``."""
    try:
        return datetime.strptime(version.rpartition("/")[2].strip(), "%a %b %d %H:%M:%S %Y").replace(
            tzinfo=UTC
        )
    except ValueError:
        return None


@check("sec.classified")
def check_classified(subject: ItemSubject) -> Observations:
    """Nothing marked 秘密 or above is taken: this is a platform for unclassified holdings."""
    for mark in subject.classified:
        yield fail(
            subject.item.label,
            "非密档案",
            mark,
            "请立即从上传的信息包中移除本件，按保密规定在涉密环境中办理；本平台不保留其内容。",
        )


@check("sec.active")
def check_active_content(subject: ItemSubject) -> Observations:
    """A document does nothing by itself: scripts, programs to start and files within are told."""
    for name, _, examination in subject.examined:
        for what in examination.characteristics.active:
            yield warn(
                subject.about(name),
                "没有脚本、启动动作和内嵌文件",
                what,
                "请在原系统中另存为 PDF/A 后重新归档；内嵌的文件如属本件，请取出作为附件一并归档。",
            )


@package_check("sec.pkg.unsafe")
def check_unsafe_paths(subject: PackageSubject) -> Observations:  # noqa: ARG001 - found when reading
    """Links, devices and paths that lead outside are found while the package is read."""
    yield from ()

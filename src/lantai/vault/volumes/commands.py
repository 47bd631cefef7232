"""``lantai vault volumes``: offline volumes from a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from lantai.core import cli
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.core.system_errors import words_of
from lantai.records.api import Fonds

from . import inspecting, making, registering, restoring, selectors
from .layout import Layout
from .media import media
from .models import OfflineVolume
from .reading import mounted_stack

Source = Annotated[Path, typer.Argument(help="卷映像（.tar）、存放它的文件夹，或已挂载的光盘。")]
Number = Annotated[str, typer.Argument(help="载体编号，如 LT-A-0001。")]
LayoutFile = Annotated[
    Path | None,
    typer.Option(
        "--layout", help="卷首卷尾的布局说明都已损坏时，用登记簿留存的这一份，或照标签录入的一行数字。"
    ),
]


def register(group: typer.Typer) -> None:
    """Adds the commands below ``lantai vault``."""
    volumes = typer.Typer(no_args_is_help=True, help="离线卷：制作、登记、读检、修复、换发、取回。")
    functions: dict[str, Callable[..., None]] = {
        "make": make,
        "list": list_volumes,
        "show": show,
        "inspect": inspect,
        "repair": repair,
        "restore": restore,
        "register": register_one,
        "reissue": reissue,
        "destroy": destroy,
        "media": list_media,
    }
    for name, function in functions.items():
        cli.command(volumes, name)(function)
    group.add_typer(volumes, name="volumes")


@contextmanager
def _counted(title: str) -> Iterator[Callable[[int], None]]:
    with cli.progress() as bar:
        task = bar.add_task(title, total=None) if bar else None

        def observe(count: int) -> None:
            if bar and task is not None:
                bar.update(task, completed=count)

        yield observe


def make(
    medium: Annotated[str, typer.Option(help="载体种类：cd、dvd、bd25、bd50、bd100、disk、tape。")] = "bd25",
    series: Annotated[str, typer.Option(help="套别；每套各存一份。")] = "A",
    fonds: Annotated[str, typer.Option(help="只制这个全宗号。")] = "",
    size_mib: Annotated[int, typer.Option(min=0, help="每卷容量（MiB）；不写用载体的标称容量。")] = 0,
    share: Annotated[float, typer.Option(help="纠错数据占映像的百分比。")] = making.SHARE_PERCENT,
    out: Annotated[Path | None, typer.Option(help="写到哪个文件夹；不写为数据目录的 volumes。")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="最多制几卷。")] = None,
    as_json: cli.Json = False,
) -> None:
    """把本套别还没有的对象写成离线卷，写后全部读检，记入登记簿。有对象写不进去时退出码为 1。

    JSON：`volumes`（每项含 `number`、`path`、`objects`、`bytes`、`sha512`、`correctable_bytes`、`state`、
    `inspect_by` 等）、`left_out`（每项含 `object`、`reason`）。
    """
    order = making.Order(
        medium, series, _fonds(fonds), size_mib * 2**20, share, out.resolve() if out else None, limit
    )
    with _counted(_("制作离线卷")) as observe:
        result = making.make_volumes(order=order, actor=cli.OPERATOR, observe=observe)
    _tell_made(result, as_json)


def reissue(
    number: Number,
    out: Annotated[Path | None, typer.Option(help="写到哪个文件夹。")] = None,
    as_json: cli.Json = False,
) -> None:
    """换发一卷：内容照现在的样子重写，已依法销毁的只留销毁记录；旧卷转为待销毁。

    JSON：与 `make` 相同。
    """
    volume = selectors.volume_by_number(number)
    with _counted(_("换发离线卷")) as observe:
        folder = out.resolve() if out else None
        result = making.reissue_volume(volume=volume, folder=folder, actor=cli.OPERATOR, observe=observe)
    _tell_made(result, as_json)


def _tell_made(result: making.Made, as_json: bool) -> None:
    _print(result.volumes)
    for row, why in result.left_out:
        cli.say(f"✗ {inspecting.named(row)}：{why}")
    left_out = [{"object": row.object_id, "reason": why} for row, why in result.left_out]
    cli.emit({"volumes": [_as_json(volume) for volume in result.volumes], "left_out": left_out}, as_json)
    if result.left_out:
        raise typer.Exit(cli.FINDINGS)


def list_volumes(
    due: Annotated[bool, typer.Option("--due", help="只列到期未检测的。")] = False, as_json: cli.Json = False
) -> None:
    """离线卷登记簿。

    JSON：`volumes`（同 `make`）、`due`（到期未检测的编号）、`reissue`（含已销毁内容、待换发的编号）。
    """
    rows = selectors.due_for_inspection() if due else selectors.volumes()
    listed = list(rows.order_by("number"))
    _print(listed)
    answer = {
        "volumes": [_as_json(volume) for volume in listed],
        "due": sorted(selectors.due_for_inspection().values_list("number", flat=True)),
        "reissue": sorted(selectors.due_for_reissue().values_list("number", flat=True)),
    }
    cli.emit(answer, as_json)


def show(number: Number, as_json: cli.Json = False) -> None:
    """一卷：在哪里、谁保管、历次检测、布局说明。

    JSON：`volume`（同 `make`）、`layout`、`inspections`（每项含 `at`、`occasion`、`outcome`、`sample_percent`、
    `blocks_read`、`blocks_damaged`、`objects_lost`、`mib_per_s`、`looks`）、`erased`（待换发去掉的对象数）。
    """
    volume = selectors.volume_by_number(number)
    names = ("at", "occasion", "outcome", "sample_percent", "blocks_read", "blocks_damaged",
             "objects_lost", "mib_per_s", "looks")  # fmt: skip
    inspections = list(volume.inspections.order_by("-at").values(*names))
    _print([volume])
    cli.print_table(
        [_("时间"), _("结果"), _("抽检 %"), _("坏块"), _("丢失对象"), "MiB/s", _("外观与仪器指标")],
        [
            (r["at"], r["outcome"], r["sample_percent"], r["blocks_damaged"], r["objects_lost"], r["mib_per_s"], r["looks"])
            for r in inspections
        ],
    )  # fmt: skip
    answer = {
        "volume": _as_json(volume),
        "layout": volume.layout_text.strip(),
        "inspections": inspections,
        "erased": selectors.erased_since_sealed(volume).count(),
    }
    cli.emit(answer, as_json)


def inspect(
    source: Source,
    sample: Annotated[
        float | None, typer.Option(help="抽读的百分比；不写依载体的检测方案，未登记的卷全读。")
    ] = None,
    looks: Annotated[str, typer.Option(help="外观，或仪器测得的指标（BLER、SER 等）。")] = "",
    layout: LayoutFile = None,
    as_json: cli.Json = False,
) -> None:
    """读检一卷：查出坏块，能否全部恢复，不能恢复的是哪些对象。有损坏时退出码为 1。

    JSON：`number`、`registered`、`outcome`（`good`、`repairable`、`lost`）、`blocks`、`blocks_read`、
    `blocks_damaged`、`blocks_beyond_repair`、`frame_damaged`、`lost`、`lost_count`、`mib_per_s`、
    `next_inspection`。
    """
    with _counted(_("读检")) as observe:
        found = inspecting.inspect_volume(
            path=source,
            actor=cli.OPERATOR,
            sample_percent=sample,
            looks=looks,
            layout=_layout(layout),
            observe=lambda checked: observe(checked.blocks_read),
        )
    _tell_inspected(found)
    cli.emit(_inspected_json(found), as_json)
    if not found.checked.is_whole:
        raise typer.Exit(cli.FINDINGS)


def repair(
    source: Source,
    out: Annotated[
        Path, typer.Option(help="修复后的映像写到哪里，已有的文件不覆盖；写源映像自己则就地修复。")
    ],
    layout: LayoutFile = None,
    as_json: cli.Json = False,
) -> None:
    """用纠错数据修复一卷，写成新的映像并读检。有不能恢复的块时退出码为 1。

    JSON：`path`、`restored`（恢复的块数）、`frame_restored`，其余同 `inspect`。
    """
    with _counted(_("恢复坏块")) as observe:
        mended, found = inspecting.mend(
            path=source, target=out, actor=cli.OPERATOR, layout=_layout(layout), observe=observe
        )
    cli.say(_("恢复 %(restored)s 块，写成 %(path)s。") % {"restored": mended.restored, "path": mended.path})
    _tell_inspected(found)
    answer = {"path": str(mended.path), "restored": mended.restored, "frame_restored": mended.frame_restored}
    cli.emit(answer | _inspected_json(found), as_json)
    if not found.checked.is_whole:
        raise typer.Exit(cli.FINDINGS)


def restore(
    sources: Annotated[list[Path], typer.Argument(help="一个或多个卷映像、文件夹。")],
    out: Annotated[Path, typer.Option(help="取到哪个文件夹，成为一个 OCFL 存储根。")],
    objects: Annotated[list[str] | None, typer.Option("--object", help="只取这个对象标识，可重复。")] = None,
    as_json: cli.Json = False,
) -> None:
    """从离线卷取回对象，逐字节校验；不需要数据库。有取不出的对象时退出码为 1。

    JSON：`objects`、`bytes`、`failed`（每项含 `path`、`reason`）、`not_found`。
    """
    with mounted_stack(sources) as stack, _counted(_("取回对象")) as observe:
        result = restoring.restore_objects(stack, out, objects or (), observe)
    cli.say(_("取回 %(count)s 个对象。") % {"count": result.objects_count})
    for path, reason in result.failed:
        cli.say(f"✗ {path}：{reason}")
    for name in result.not_found:
        cli.say(_("✗ 这些卷上没有：%(name)s") % {"name": name})
    answer = {
        "objects": result.objects_count,
        "bytes": result.size_bytes,
        "failed": [{"path": path, "reason": reason} for path, reason in result.failed],
        "not_found": result.not_found,
    }
    cli.emit(answer, as_json)
    if result.failed or result.not_found:
        raise typer.Exit(cli.FINDINGS)


def register_one(
    number: Annotated[str, typer.Argument(help="载体编号；写映像路径则登记一个外来的卷。")],
    place: Annotated[str, typer.Option(help="存放位置，如 3 号柜 2 层。")] = "",
    site: Annotated[str, typer.Option(help="所在地点，与 vault.toml 的 site 同写法；异地由此比较。")] = "",
    holder: Annotated[str, typer.Option(help="保管人。")] = "",
    note: Annotated[str, typer.Option(help="备注，如检验证书号。")] = "",
    as_json: cli.Json = False,
) -> None:
    """登记一卷的存放位置和保管人；登记后它才算作一份副本。

    JSON：`volume`（同 `make`）。
    """
    path = Path(number)
    volume = (
        registering.adopt_volume(path=path, actor=cli.OPERATOR)
        if path.exists()
        else selectors.volume_by_number(number)
    )
    if place or holder or not path.exists():
        volume = registering.register_volume(
            volume=volume, place=place, site=site, holder=holder, note=note, actor=cli.OPERATOR
        )
    _print([volume])
    cli.emit({"volume": _as_json(volume)}, as_json)


def destroy(
    number: Number,
    witness: Annotated[str, typer.Option(help="监销人。")],
    note: Annotated[str, typer.Option(help="销毁方式，如粉碎。")] = "",
    as_json: cli.Json = False,
) -> None:
    """登记一个已换发的卷，其载体已当监销人的面销毁。

    JSON：`volume`（同 `make`）。
    """
    volume = registering.destroy_volume(
        volume=selectors.volume_by_number(number), witness=witness, note=note, actor=cli.OPERATOR
    )
    _print([volume])
    cli.emit({"volume": _as_json(volume)}, as_json)


def list_media(as_json: cli.Json = False) -> None:
    """载体种类与检测方案，出自 media.toml。

    JSON：`media`，每项含 `key`、`name`、`family`、`capacity_bytes`、`standard`、`inspect_months`、
    `sample_percent`、`warn_percent`、`confidence`。
    """
    names = ("key", "name", "family", "capacity_bytes", "standard", "inspect_months", "sample_percent",
             "warn_percent", "confidence")  # fmt: skip
    rows = [{name: getattr(row, name) for name in names} for row in media()]
    heads = [
        "key", _("载体"), _("介质"), _("容量（B）"), _("标准"), _("检测周期（月）"), _("抽检 %"), _("预警 %"), _("把握"),
    ]  # fmt: skip
    cli.print_table(heads, [tuple(row.values()) for row in rows])
    cli.emit({"media": rows}, as_json)


def _print(rows: list[OfflineVolume]) -> None:
    cli.print_table(
        [_("编号"), _("套别"), _("载体"), _("状态"), _("对象"), _("字节"), _("位置"), _("保管人"), _("下次检测")],
        [
            (
                row.number, row.series, row.medium.name, row.get_state_display(), row.objects_count,
                row.size_bytes, " ".join(filter(None, [row.site, row.place])), row.holder, row.inspect_by,
            )
            for row in rows
        ],
    )  # fmt: skip


def _as_json(volume: OfflineVolume) -> dict[str, Any]:
    names = ("number", "series", "state", "place", "site", "holder", "made_at", "registered_at", "inspect_by")
    return {name: getattr(volume, name) for name in names} | {
        "medium": volume.medium_key,
        "path": volume.location,
        "objects": volume.objects_count,
        "bytes": volume.size_bytes,
        "sha512": volume.image_sha512,
        "correctable_bytes": volume.layout.correctable_bytes,
        "replaces": volume.replaces.number if volume.replaces else None,
    }


def _tell_inspected(found: inspecting.Inspected) -> None:
    checked = found.checked
    words = {
        "good": _("完好"),
        "repairable": _("有损坏，可全部恢复"),
        "lost": _("有损坏，不能全部恢复"),
    }
    cli.say(
        _("%(number)s：读 %(read)s 块，坏 %(damaged)s 块；%(outcome)s。")
        % {
            "number": checked.layout.number,
            "read": checked.blocks_read,
            "damaged": len(checked.damaged),
            "outcome": words[checked.outcome],
        }
    )
    if checked.is_another:
        cli.say(_("✗ 映像自身完整，但不是登记簿中封装的那一个，可能被换过。"))
    for name in found.lost:
        cli.say(_("✗ 不能从本卷恢复：%(name)s") % {"name": name})


def _inspected_json(found: inspecting.Inspected) -> dict[str, Any]:
    checked = found.checked
    return {
        "number": checked.layout.number,
        "registered": found.volume is not None,
        "outcome": checked.outcome,
        "blocks": checked.layout.blocks,
        "blocks_read": checked.blocks_read,
        "blocks_damaged": len(checked.damaged),
        "blocks_beyond_repair": len(checked.beyond_repair),
        "frame_damaged": checked.frame_damaged,
        "lost": found.lost,
        "lost_count": found.lost_count,
        "mib_per_s": round(checked.mib_per_s, 1),
        "next_inspection": found.next_inspection,
    }


def _layout(path: Path | None) -> Layout | None:
    """What was kept of a layout: ``layout.json`` itself, or the figures typed from the label."""
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotFound(_("布局说明读不了：%s。") % words_of(error), subject=str(path)) from error
    if content.lstrip().startswith(b"{"):
        return Layout.parse(content)
    return Layout.from_label(content.decode(errors="replace"))


def _fonds(code: str) -> Any:
    if not code:
        return None
    row = Fonds.objects.filter(code=code).first()
    if row is None:
        raise NotFound(_("没有这个全宗。"), subject=code)
    return row.id

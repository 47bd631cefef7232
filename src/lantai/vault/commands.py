"""``lantai vault``: what an operator does to the vault from a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from lantai.core import cli
from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _

from . import audit as audits
from . import operations, selectors
from . import rebuild as rebuilds
from . import repair as repairs
from .encryption_commands import encryption
from .longterm import commands as inspecting
from .models import Copy, VaultObject
from .policy_commands import policy
from .renewal import commands as renewing
from .stores import configuration_file, declared_stores, open_store
from .validating import validate
from .volumes import commands as volume_commands
from .volumes.reading import mounted_stack
from .volumes.rebuilding import rebuild_from_volumes
from .watch import commands as watching

StoreKey = Annotated[str | None, typer.Argument(help="存储的 key；不写为全部。")]
SHOWN = 50
"""How many troubles a terminal is told one by one."""

FromVolumes = Annotated[
    list[Path] | None, typer.Option("--from-volumes", help="离线卷映像或存放它们的文件夹，可重复。")
]
Limit = Annotated[int | None, typer.Option(min=1, help="最多处理几个；不写为全部。")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="资源总库：副本、校验、修复、重建。")
    functions: dict[str, Callable[..., None]] = {
        "status": status,
        "stores": stores,
        "show": show,
        "audit": audit,
        "repair": repair,
        "recover": operations.recover,
        "reconcile": operations.reconcile,
        "replicate": operations.replicate,
        "erase": operations.erase,
        "rebuild": rebuild,
        "validate": validate,
        "policy": policy,
        "encryption": encryption,
        "audits": watching.audits,
        "incidents": watching.told_incidents,
        "inspect": inspecting.inspect,
        "drill": watching.drill,
        "formats": renewing.formats,
        "migrate": renewing.migrate,
    }
    for name, function in functions.items():
        cli.command(group, name)(function)
    volume_commands.register(group)
    app.add_typer(group, name="vault")


@contextmanager
def _observed(
    title: str, total: int | None, figure: Callable[[Any], int], whole: Callable[[Any], int] | None = None
) -> Iterator[Callable[[Any], None]]:
    """A progress bar with rate and time left, fed by a service's ``observe``.

    Args:
        title: what is done.
        total: how many there are, if it is known before.
        figure: how many are behind it.
        whole: how many there are, if only the service finds out; nought while it does not know.
    """
    with cli.progress() as bar:
        task = bar.add_task(title, total=total) if bar else None

        def observe(result: Any) -> None:
            if bar and task is not None:
                known = whole(result) if whole else total
                bar.update(task, completed=figure(result), total=known or None)

        yield observe


def _print_stores(vault: selectors.VaultHealth) -> None:
    """One row for each store."""
    cli.print_table(
        [
            _("存储"),
            _("用途"),
            _("地点"),
            _("介质"),
            _("异地异质"),
            _("已核验"),
            _("待核验"),
            _("损坏"),
            _("缺失"),
            _("上次校验"),
        ],
        [
            (
                store.facts.name,
                _("使用") if store.facts.purpose == "use" else _("备份"),
                store.facts.site,
                store.facts.medium,
                store.trouble or store.kind_words or "—",
                store.verified,
                store.pending + store.absent,
                store.damaged,
                store.missing,
                store.last_audit.finished_at if store.last_audit else None,
            )
            for store in vault.stores
        ],
    )


def status(as_json: cli.Json = False) -> None:
    """总库的健康：对象、各存储上的副本、上次校验。有损坏或丢失时退出码为 1。

    JSON：`objects`、`records`、`entries`、`bytes`、`protected`、`unprotected`、`lost`、`stores`
    （每项含 `key`、`verified`、`pending`、`damaged`、`missing`、`trouble`、`elsewhere`、`other_medium`、
    `free_bytes`、`last_audit`）。
    """
    vault = selectors.vault_health()
    _print_stores(vault)
    cli.say(
        _(
            "%(objects_count)s 个对象（%(records_count)s 件有内容，目录 %(entries_count)s 条），"
            "%(protected)s 个副本齐全并已核验，%(unprotected)s 个未齐，%(lost)s 个丢失。"
        )
        % {
            "objects_count": vault.objects_count,
            "records_count": vault.records_count,
            "entries_count": vault.entries_count,
            "protected": vault.protected,
            "unprotected": vault.unprotected,
            "lost": vault.lost,
        }
    )
    cli.emit(_status_json(vault), as_json)
    damaged = sum(store.damaged + store.missing for store in vault.stores)
    if vault.lost or damaged or any(store.trouble for store in vault.stores):
        raise typer.Exit(cli.FINDINGS)


def _status_json(vault: selectors.VaultHealth) -> dict[str, Any]:
    return {
        "objects": vault.objects_count,
        "records": vault.records_count,
        "entries": vault.entries_count,
        "bytes": vault.size_bytes,
        "protected": vault.protected,
        "unprotected": vault.unprotected,
        "lost": vault.lost,
        "stores": [
            {
                "key": store.facts.key,
                "verified": store.verified,
                "pending": store.pending + store.absent,
                "damaged": store.damaged,
                "missing": store.missing,
                "trouble": store.trouble,
                "elsewhere": store.is_elsewhere,
                "other_medium": store.is_other_medium,
                "free_bytes": store.free_bytes,
                "last_audit": store.last_audit.finished_at if store.last_audit else None,
            }
            for store in vault.stores
        ],
    }


def stores(
    prepare: Annotated[str, typer.Option(help="把这个 key 的空位置（如新换的盘）设为存储。")] = "",
    as_json: cli.Json = False,
) -> None:
    """列出 vault.toml 中的存储；--prepare 启用一块新换的空盘，随后运行 repair 补写副本。

    JSON：`file`、`stores`（每项含 `key`、`name`、`kind`、`location`、`site`、`medium`、`purpose`）、`prepared`。
    """
    if prepare:
        repairs.put_to_use(open_store(prepare))
        cli.say(_("%(key)s 已可使用。补写副本：lantai vault repair %(key)s") % {"key": prepare})
    declared = declared_stores()
    cli.print_table(
        ["key", _("名称"), _("位置"), _("地点"), _("介质"), _("用途")],
        [(s.key, s.name, s.location, s.site, s.medium, s.purpose) for s in declared],
    )
    names = ("key", "name", "kind", "location", "site", "medium", "purpose")
    rows = [{name: getattr(facts, name) for name in names} for facts in declared]
    cli.emit({"file": str(configuration_file()), "stores": rows, "prepared": prepare}, as_json)


def show(
    record: Annotated[str, typer.Argument(help="档案的标识（UUID）。")], as_json: cli.Json = False
) -> None:
    """一件档案的保存对象：版本、副本、事件。

    JSON：`object_id`、`path`、`version`、`state`、`bytes`、`inventory_sha512`、`copies`、`events`。
    """
    row = selectors.object_of(_uuid(record))
    if row is None:
        raise NotFound(_("总库中没有这件档案。"), subject=record)
    copies = list(row.copies.order_by("store").values("store", "state", "version", "verified_at", "detail"))
    events = list(row.events.order_by("at", "id").values("kind", "at", "agent", "outcome", "store", "note"))
    cli.say(
        _("%(object_id)s  第 %(version)s 版  %(object_path)s")
        % {"object_id": row.object_id, "version": row.version, "object_path": row.object_path}
    )
    cli.print_table(
        [_("存储"), _("状态"), _("版本"), _("上次核验"), _("说明")],
        [(c["store"], c["state"], c["version"], c["verified_at"], c["detail"]) for c in copies],
    )
    cli.print_table(
        [_("时间"), _("事件"), _("结果"), _("存储"), _("说明")],
        [(e["at"], e["kind"], e["outcome"], e["store"], e["note"]) for e in events],
    )
    result = {
        "object_id": row.object_id,
        "path": row.object_path,
        "version": row.version,
        "state": row.state,
        "bytes": row.size_bytes,
        "inventory_sha512": row.inventory_sha512,
        "copies": copies,
        "events": events,
    }
    cli.emit(result, as_json)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(_("这不是档案的标识。"), subject=text, remedy=_("标识见档案页的地址。")) from error


def audit(store: StoreKey = None, limit: Limit = None, as_json: cli.Json = False) -> None:
    """逐字节校验副本，最久未校验的在先。发现问题时退出码为 1。

    JSON：`stores`，每项含 `store`、`objects`、`bytes`、`damaged`、`missing`、`strays`、`seconds`、`findings`。
    """
    results = []
    for facts in declared_stores() if store is None else [open_store(store).facts]:
        total = Copy.objects.filter(store=facts.key).count()
        title = _("校验 %(store)s") % {"store": facts.name}
        with _observed(title, min(total, limit or total), lambda r: r.objects_count) as observe:
            results.append(audits.audit(facts.key, limit, cli.OPERATOR, observe))
    cli.print_table(
        [_("存储"), _("对象"), _("损坏"), _("缺失"), _("未登记"), _("秒")],
        [
            (r.store, r.objects_count, r.damaged, r.missing, len(r.strays), f"{r.seconds:.1f}")
            for r in results
        ],
    )
    told = [line for result in results for line in _troubles(result)]
    for line in told[:SHOWN]:
        cli.say(line)
    if len(told) > SHOWN:
        cli.say(_("另有 %(count)s 处，用 --json 查看。") % {"count": len(told) - SHOWN})
    cli.emit({"stores": [_audited_json(result) for result in results]}, as_json)
    if not all(result.is_clean for result in results):
        raise typer.Exit(cli.FINDINGS)


def _troubles(result: audits.Audited) -> Iterator[str]:
    for path, detail in result.findings:
        yield f"✗ {result.store} {path}：{detail}"
    for path in result.strays:
        yield f"✗ {result.store} {path}：{_('没有登记的对象')}"


def _audited_json(result: audits.Audited) -> dict[str, Any]:
    return {
        "store": result.store,
        "objects": result.objects_count,
        "bytes": result.size_bytes,
        "damaged": result.damaged,
        "missing": result.missing,
        "strays": result.strays,
        "seconds": round(result.seconds, 3),
        "findings": [{"path": path, "detail": detail} for path, detail in result.findings],
    }


def repair(
    store: StoreKey = None, limit: Limit = None, from_volumes: FromVolumes = None, as_json: cli.Json = False
) -> None:
    """用完好的副本重做损坏、缺失或落后的副本；各存储都没有完好的，可再从离线卷取。有无法修复的对象时退出码为 1。

    JSON：`repaired`、`losses`（每项含 `path`、`subject`、`files`）、`disputed`（登记与存证不符而未修复的对象）、
    `away`（未就绪的存储）。
    """
    total = Copy.objects.exclude(state=Copy.State.VERIFIED).count()
    with (
        mounted_stack(from_volumes) if from_volumes else nullcontext(),
        _observed(_("修复副本"), total, lambda r: r.repaired) as observe,
    ):
        result = repairs.repair(store, limit, cli.OPERATOR, observe)
    cli.say(_("修复 %(repaired)s 份副本。") % {"repaired": result.repaired})
    for loss in result.losses:
        cli.say(
            _("✗ 已无完好副本：%(subject)s：%(files)s")
            % {"subject": loss.subject, "files": "、".join(loss.files) or _("对象清单")}
        )
    for path in result.disputed:
        cli.say(_("✗ 登记与存证不符，未修复，请运行 lantai vault reconcile：%(path)s") % {"path": path})
    for key in result.away:
        cli.say(_("! 存储未就绪，未修复：%(key)s；原因见 lantai vault status") % {"key": key})
    losses = [{"path": x.object_path, "subject": x.subject, "files": list(x.files)} for x in result.losses]
    told = {"repaired": result.repaired, "losses": losses, "disputed": result.disputed, "away": result.away}
    cli.emit(told, as_json)
    if result.losses or result.disputed or result.away:
        raise typer.Exit(cli.FINDINGS)


def rebuild(
    from_store: Annotated[str, typer.Option("--from", help="从哪个存储重建。")] = "",
    from_volumes: FromVolumes = None,
    as_json: cli.Json = False,
) -> None:
    """数据库丢失后，在新建并已迁移的空数据库上，仅凭一个存储或一摞离线卷重建档案、决定与存证；中断后可再次运行。

    JSON：`objects`、`records`、`ledger_entries`、`skipped`（每项含 `path`、`reason`）、`standing`（现有对象数）、
    `volumes`（重新登记的离线卷）、`not_adopted`（未能登记的，每项含 `path`、`reason`）。
    """
    if bool(from_store) == bool(from_volumes):
        raise Invalid(
            _("请写 --from 或 --from-volumes 之一。"), remedy=_("存储的 key 见 lantai vault stores。")
        )
    volumes: list[str] = []
    not_adopted: list[dict[str, str]] = []
    with _observed(
        _("重建"), None, lambda r: r.records_stood + r.records_count, lambda r: r.records_expected
    ) as observe:
        if from_volumes:
            found = rebuild_from_volumes(from_volumes, cli.OPERATOR, observe)
            result = found.rebuilt
            volumes = [volume.number for volume in found.volumes]
            not_adopted = [{"path": str(path), "reason": why} for path, why in found.not_adopted]
        else:
            result = rebuilds.rebuild(from_store, cli.OPERATOR, observe)
    _tell_rebuilt(result)
    skipped = [{"path": path, "reason": reason} for path, reason in result.skipped]
    cli.emit(
        {
            "objects": result.objects_count,
            "records": result.records_count,
            "ledger_entries": result.ledger_entries,
            "skipped": skipped,
            "standing": VaultObject.objects.count(),
            "volumes": volumes,
            "not_adopted": not_adopted,
        },
        as_json,
    )
    if result.skipped or not_adopted:
        raise typer.Exit(cli.FINDINGS)


def _tell_rebuilt(result: rebuilds.Rebuilt) -> None:
    """What came back, and what did not."""
    cli.say(
        _(
            "重建 %(objects_count)s 个对象、%(records_count)s 件档案、%(ledger_entries)s 条存证。"
            "请接着运行 lantai vault audit 核验各副本。"
        )
        % {
            "objects_count": result.objects_count,
            "records_count": result.records_count,
            "ledger_entries": result.ledger_entries,
        }
    )
    for path, reason in result.skipped:
        cli.say(f"✗ {path}：{reason}")

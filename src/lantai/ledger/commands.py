"""``lantai ledger`` and ``lantai keys``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from lantai.core import cli
from lantai.core.errors import Invalid, NotFound
from lantai.core.findings import Finding, Outcome, verdict
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.seals import commands as seals

from . import selectors, sequencer, verification
from .models import Entry
from .proofs import Proof

EntryId = Annotated[str, typer.Argument(help="存证编号。")]
_WORDS = {Outcome.PASS: gettext_noop("通过"), Outcome.FAIL: gettext_noop("不符")}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    seals.register(app)
    group = typer.Typer(no_args_is_help=True, help="存证：核验、证明、树首。")
    cli.command(group, "verify")(verify)
    cli.command(group, "prove")(prove)
    cli.command(group, "check")(check)
    cli.command(group, "head")(head)
    cli.command(group, "show")(show)
    app.add_typer(group, name="ledger")


def verify(
    witnessed: Annotated[
        list[Path] | None, typer.Option(help="馆外留存的树首文件，一并核对；可多次。")
    ] = None,
    as_json: cli.Json = False,
) -> None:
    """逐条重算全部存证，与存证树、签章的树首和各存储留存的存证段核对；有不符则指出第一条。

    JSON：`ok`、`entries`、`heads`、`files`、`root`、`first_bad_index`、`first_bad_entry`、`findings`。
    """
    with cli.progress(shown=not as_json) as bar:
        task = bar.add_task(_("核验存证"), total=None) if bar else None

        def tell(done: int, total: int) -> None:
            if bar and task is not None:
                bar.update(task, completed=done, total=total)

        result = verification.verify(tell, witnessed or ())
    _print(result.findings)
    if result.ok:
        cli.say(
            _("存证完整：%(entries)s 条，%(heads)s 个树首，%(files)s 个存证段。")
            % {"entries": result.entries, "heads": result.heads, "files": result.files}
        )
    elif result.first_bad_index is not None:
        cli.say(
            _("第一条不符：第%(first_bad_index)s条 %(first_bad_entry)s")
            % {"first_bad_index": result.first_bad_index, "first_bad_entry": result.first_bad_entry},
            style="red",
        )
    cli.emit(
        {
            "ok": result.ok,
            "entries": result.entries,
            "heads": result.heads,
            "files": result.files,
            "root": result.root,
            "first_bad_index": result.first_bad_index,
            "first_bad_entry": result.first_bad_entry,
            "findings": [finding.as_dict() for finding in result.findings],
        },
        as_json,
    )
    if not result.ok:
        raise typer.Exit(cli.FINDINGS)


def prove(
    entry: EntryId,
    output: Annotated[Path | None, typer.Option(help="写到这个文件；不填则打印。")] = None,
    as_json: cli.Json = False,
) -> None:
    """写出一条存证的证明：一个 JSON 文件，不需要数据库就能核验。

    JSON：`proof`，格式见 docs/reference/proof-format.md。
    """
    sequencer.sequence_pending()
    proof = selectors.proof_of(_uuid(entry))
    if output is not None:
        output.write_text(proof.as_json(), encoding="utf-8")
        cli.say(_("已写入 %(output)s。核验：lantai ledger check %(output)s") % {"output": output})
    elif not as_json:
        typer.echo(proof.as_json(), nl=False)
    cli.emit({"proof": proof.as_dict()}, as_json)


def check(
    file: Annotated[Path, typer.Argument(help="证明文件。")],
    key_id: Annotated[str, typer.Option(help="公布的公钥指纹；填了则只认这把公钥。")] = "",
    as_json: cli.Json = False,
) -> None:
    """核验一份证明，不连接任何数据库。

    JSON：`ok`、`leaf`、`index`、`size`、`key_id`、`signed_at`、`findings`。
    """
    try:
        proof = Proof.from_json(file.read_bytes())
    except OSError as error:
        raise NotFound(_("证明文件无法读取。"), subject=str(file), remedy=_("请核对文件名。")) from error
    findings = proof.check(key_id)
    ok = verdict(findings) is Outcome.PASS
    _print(findings)
    if ok:
        leaf = proof.leaf.as_dict()
        cli.say(
            _("证明成立：%(at)s %(role)s 对 %(subject)s 执行 %(act)s，未被改动。")
            % {"at": leaf["at"], "role": leaf["role"], "subject": leaf["subject"], "act": leaf["act"]}
        )
        cli.say(_("签章公钥指纹 %(key_id)s，请与保管档案馆公布的指纹核对。") % {"key_id": proof.key.key_id})
    cli.emit(
        {
            "ok": ok,
            "leaf": proof.leaf.as_dict(),
            "index": proof.index,
            "size": proof.head.size,
            "key_id": proof.key.key_id,
            "signed_at": proof.head.as_dict()["seal"]["signed_at"],
            "findings": [finding.as_dict() for finding in findings],
        },
        as_json,
    )
    if not ok:
        raise typer.Exit(cli.FINDINGS)


def head(
    output: Annotated[
        Path | None, typer.Option(help="写成文件，交馆外留存；日后用 verify --witnessed 核对。")
    ] = None,
    as_json: cli.Json = False,
) -> None:
    """显示最新的树首：条数、树根、签章。

    JSON：`size`、`root`、`seal`；还没有存证时 `size` 为 0。
    """
    found = selectors.head()
    if found is None:
        cli.say(_("还没有存证。"))
        cli.emit({"size": 0, "root": None, "seal": None}, as_json)
        return
    signed = found.signed
    if output is not None:
        output.write_bytes(signed.as_bytes())
        cli.say(
            _("已写入 %(output)s。核对：lantai ledger verify --witnessed %(output)s") % {"output": output}
        )
    cli.print_table(
        [_("项目"), _("内容")],
        [
            (_("条数"), signed.size),
            (_("树根"), signed.root.hex()),
            (_("签章时间"), signed.seal.signed_at),
            (_("签章名义"), signed.seal.subject_name),
            (_("公钥指纹"), signed.seal.key_id),
            (_("签章"), _("有效") if signed.is_sealed() else _("无效")),
        ],
    )
    cli.emit({"size": signed.size, "root": signed.root.hex(), "seal": signed.seal.as_dict()}, as_json)


def show(entry: EntryId, as_json: cli.Json = False) -> None:
    """显示一条存证。

    JSON：`entry`（存证内容）、`index`（未排序时为空）。
    """
    found = Entry.objects.select_related("leaf").filter(id=_uuid(entry)).first()
    if found is None:
        raise NotFound(_("没有这条存证。"), subject=entry, remedy=_("请核对编号。"))
    content = found.content.as_dict()
    index = found.leaf.index if hasattr(found, "leaf") else None
    cli.print_table([_("项目"), _("内容")], [("index", index), *content.items()])
    cli.emit({"entry": content, "index": index}, as_json)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(
            _("存证编号的写法不对。"), subject=text, remedy=_("编号形如 0190f3c2-…，共 36 个字符。")
        ) from error


def _print(findings: list[Finding]) -> None:
    cli.print_table(
        [_("对象"), _("结果"), _("应为"), _("实为")],
        [(f.subject, _(_WORDS.get(f.outcome, str(f.outcome))), f.expected, f.observed) for f in findings],
    )
    for remedy in dict.fromkeys(finding.remedy for finding in findings if finding.remedy):
        cli.say(remedy)

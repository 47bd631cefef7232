"""``lantai bench``: measurements, each with one JSON object as its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from lantai.core.cli import FINDINGS, Json, command, emit, print_table, progress, say

from .exports import export

Notice = Callable[[str, int, int], None]
STEPS = {
    "write": "写信息包",
    "chain": "走完全程",
    "index": "写入索引",
    "queries": "检索",
    "facets": "检索并统计分面",
    "truth": "逐条核对计数",
    "peer": "写入对照（PostgreSQL）",
    "peer_queries": "检索对照（PostgreSQL）",
    "packages": "检测信息包",
    "sheet": "写电子表格",
    "import": "导入目录",
    "vault": "入库、校验、重建",
    "sources": "准备原件",
    "replicate": "补写副本",
    "rebuild": "重建",
    "faults": "强行终止、恢复、核对",
    "fill": "造一个地区",
    "offered": "按设定的速率请求检索页",
    "lists": "逐个打开工作台的列表",
    "exports": "导出目录",
}


def register(app: typer.Typer) -> None:
    """Adds the commands of this context."""
    bench = typer.Typer(help="测速：入库、检索、信息包，结果为 JSON。", no_args_is_help=True)
    command(bench, "ingest")(ingest)
    command(bench, "search")(search)
    command(bench, "relevance")(relevance)
    command(bench, "assist")(assist)
    command(bench, "packages")(packages)
    command(bench, "tree")(tree)
    command(bench, "import")(import_catalogue)
    command(bench, "capture")(capture)
    command(bench, "vault")(vault)
    command(bench, "replication")(replication)
    command(bench, "faults")(faults)
    command(bench, "evidence")(evidence)
    command(bench, "pages")(pages)
    command(bench, "export")(export)
    app.add_typer(bench, name="bench")


@contextmanager
def notices(*, shown: bool) -> Iterator[Notice]:
    """A bar a step, drawn while measuring."""
    with progress(shown=shown) as bar:
        tasks: dict[str, Any] = {}

        def notice(step: str, done: int, total: int) -> None:
            if bar is None:
                return
            if step not in tasks:
                tasks[step] = bar.add_task(STEPS.get(step, step), total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield notice


def ingest(
    records: Annotated[int, typer.Option(help="件数。", min=10)] = 10_000,
    as_json: Json = False,
) -> None:
    """入库测速：送交、检测、编号、移交、入库一份，与同样文件的复制加摘要相比。

    JSON：`records`、`records_stored`、`records_per_s`、`floor_records_per_s`、`cpu_ms_per_record`（各进程合计的
    处理器时间）、`bytes`、`seconds_by_step`、`peak_rss_mib`、`cpus`。
    """
    from . import ingest as bench

    with notices(shown=True) as notice:
        result = bench.measure(records, notice)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if result["records_stored"] != records:
        raise typer.Exit(FINDINGS)


def search(
    entries: Annotated[int, typer.Option(help="目录条数。", min=1_000)] = 1_000_000,
    engine: Annotated[str, typer.Option(help="检索引擎：tantivy 或 opensearch。")] = "tantivy",
    peer_entries: Annotated[int, typer.Option(help="写入对照的条数，至多。", min=1_000)] = 1_000_000,
    as_json: Json = False,
) -> None:
    """检索测速：写入速度、查询耗时，并逐条核对每个计数；数据在 PostgreSQL 中时，同一次运行里与其全文检索相比。

    JSON：`engine`、`entries`、`queries`、`entries_per_s`、`p50_ms`、`p95_ms`、`p99_ms`、`facet_p95_ms`、
    `mean_hits`、`wrong_counts`、`wrong`、`index_bytes`（在集群上时为空）、`peak_rss_mib`、`cpus`；`peer`（无则为空），含
    `entries`（写入对照的条数，各与其真值核对）、`engine`、`queries`（能问的条数）、`entries_per_s`、`p50_ms`、`p95_ms`、`wrong_counts`、`index_bytes`。
    """
    from . import pgtext
    from . import search as bench

    kind = _engine(engine)
    peer = pgtext.measure if pgtext.available() else None
    with notices(shown=True) as notice:
        result = bench.measure(entries, notice, kind=kind, peer=peer, peer_entries=peer_entries)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if result["wrong_counts"]:
        raise typer.Exit(FINDINGS)


def relevance(
    engine: Annotated[str, typer.Option(help="检索引擎：tantivy 或 opensearch。")] = "tantivy",
    as_json: Json = False,
) -> None:
    """检索相关性：用一组评判过的问题，计算前十件的 nDCG；装有语义检索时，另算加上语义相近的。

    JSON：`engine`、`records`、`questions`、`ndcg_at_10`；`otherwise`，换了说法、字面查不到的问题数，及其
    `otherwise_ndcg_at_10`；`ndcg_at_10_by_meaning`、`otherwise_ndcg_at_10_by_meaning`，加上语义相近的之后（没有安装则为空）；
    `unseen`、`unseen_ndcg_at_10`、`unseen_ndcg_at_10_by_meaning`，同样换了说法、定下门槛以后才写的一组问题；
    `elsewhere`，与这些档案全不相干的问题数，`elsewhere_shown`、`elsewhere_shown_by_meaning`，仍列出的件数；
    `worst`，最差的几问，各含 `query`、`ndcg`。
    """
    from . import relevance as bench

    result = bench.measure(_engine(engine))
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)


def _engine(kind: str) -> str:
    """A kind of engine there is."""
    from lantai.core.errors import Invalid
    from lantai.search.api import ENGINES

    if kind not in ENGINES:
        raise Invalid(f"没有名为“{kind}”的检索引擎。", remedy=f"可用：{'、'.join(ENGINES)}。")
    return kind


def assist(
    sure: Annotated[int, typer.Option(help="只算可信程度不低于百分之几的建议。", min=0, max=100)] = 0,
    as_json: Json = False,
) -> None:
    """著录建议测评：对随附的自拟文本，各著录项的查准率和查全率；拟定规则之后才写的文本另报（held_out）。

    JSON：`texts`、`ms_per_text`、`elements`（`title`、`date`、`responsible`、`persons`、`places` 各有 `precision`、`recall`、
    `true`、`proposed`）、`held_out`、`overall`、`wrong`（`text`、`element`、`missed`、`wrong`）。
    """
    from . import assist as bench

    result = bench.measure(sure)
    if not as_json:
        rows = [*result["elements"].items(), ("held_out", result["held_out"]), ("overall", result["overall"])]
        print_table(
            ["项", "查准", "查全"], [(name, each["precision"], each["recall"]) for name, each in rows]
        )
    emit(result, as_json)


def packages(
    files: Annotated[int, typer.Option(help="小文件个数。", min=100)] = 100_000,
    mebibytes: Annotated[int, typer.Option(help="两个大包各多大，MiB。", min=16)] = 1_024,
    as_json: Json = False,
) -> None:
    """信息包检测测速：与依次计算同样的数字摘要相比。

    JSON：`cpus`；`bag_`（大文件的 BagIt 包）、`folder_`（扫描件的文件夹包）、`small_`（小文件的 BagIt 包）三组
    `files`、`bytes`、`seconds`、`floor_seconds`、`ratio`、`peak_rss_mib`。
    """
    from . import packages as bench

    with notices(shown=True) as notice:
        result = bench.measure(files, mebibytes, notice)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)


def import_catalogue(
    rows: Annotated[int, typer.Option(help="行数。", min=1_000, max=1_048_575)] = 1_000_000,
    as_json: Json = False,
) -> None:
    """目录导入测速：从电子表格到可以检索，逐行核对全部规则；再开、移目录树。核对或条数不符时退出码为 1。

    JSON：`rows`、`rows_wrong`（有意写错的行）、`bad`（查出的行）、`created`、`searchable`、`rows_per_s`、`seconds`、
    `seconds_by_step`、`import_cpu_us_per_row`、`index_cpu_us_per_row`、`read_and_check_cpu_us_per_row`、
    `tree_grown_ms`、`tree_open_p95_ms`、`branch_records`、`branch_moved_ms`、`sound`、`peak_rss_mib`（各进程合计）、`cpus`；
    `peer`，同一次运行里以 SQLite 自带的全文检索读入同一表格（单进程、不核对规则、只检索题名），含
    `rows_per_s`、`cpu_us_per_row`、`found`、`peak_rss_mib`。
    """
    from . import imports as bench

    with notices(shown=True) as notice:
        result = bench.measure(rows, notice)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if not result["sound"]:
        raise typer.Exit(FINDINGS)


def tree(
    records: Annotated[int, typer.Option(help="条目数，都在一个全宗里。", min=10_000)] = 5_000_000,
    as_json: Json = False,
) -> None:
    """目录树测速：一个全宗里几百万条，逐级打开（以档案馆人员的权限），移动大的分支。件数不符时退出码为 1。

    JSON：`records`、`grown_ms`（由计数长出整棵树）、`depths`、`open_p95_ms`、`open_ms_by_depth`（各层打开一次的最少用时）、
    `branch_records`、`branch_moved_ms`（十万条以上最小的分支）、`largest_records`、`largest_moved_ms`、`sound`、`cpus`。
    """
    from . import tree as bench

    with notices(shown=True) as notice:
        result = bench.measure(records, notice)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if not result["sound"]:
        raise typer.Exit(FINDINGS)


def capture(
    files: Annotated[int, typer.Option(help="文件个数，四个一件。", min=4)] = 46_800,
    as_json: Json = False,
) -> None:
    """大包归档测速：一个包走完送交、读取、检测、成为档案的全程。有文件没有收下时退出码为 1。

    JSON：`files`、`records`、`documents`、`returned`、`seconds`、`manifest_bytes_per_file`（归档清单每个文件占的字节）、
    `files_per_s`、`floor_seconds`、`floor_files_per_s`（同一次运行里复制同样文件并算同样摘要）、`peak_rss_mib`、
    `peak_rss_mib_first_half`（前一半时间的峰值）、`cpus`。
    """
    from . import capture as bench

    with notices(shown=True) as notice:
        result = bench.measure(files - files % bench.FILES_AN_ITEM, notice)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if result["documents"] != result["files"]:
        raise typer.Exit(FINDINGS)


def vault(
    objects: Annotated[int, typer.Option(help="小对象个数，每个三个小文件。", min=10)] = 50_000,
    files: Annotated[int, typer.Option(help="一个对象里的文件数。", min=10)] = 1_000,
    mebibytes: Annotated[int, typer.Option(help="大文件的大小，MiB。", min=1)] = 1_024,
    as_json: Json = False,
) -> None:
    """总库测速：写入、校验、重建，各与同一次运行里的下限相比。校验或重建不全时退出码为 1。

    JSON：`objects`、`small_objects_per_s`、`small_floor_per_s`（同样文件的复制加 SHA-512）、`empty_file_us`（入库前
    建一个空文件的微秒数；一件约十五个文件与目录，刚删过大量文件的卷会慢几倍）、
    `files_per_s_in_one_object`、`large_ratio_to_hash`（与只算同样摘要之比）、
    `audit_ratio_to_sha512sum`（与同样多个 sha512sum 进程之比）、`rebuild_objects_per_s`、
    `reconcile_objects_per_s`、`validate_objects_per_s`、`sound`（校验与对账无误、重建齐全）、`peak_rss_by_step_mib`（入库、
    校验、对账、规范校验、重建各步的峰值）、`peak_rss_first_quarter_by_step_mib`（各步头四分之一时）、`peak_rss_mib`、`cpus`。
    """
    from . import vault as bench

    with notices(shown=True) as notice:
        result = bench.measure(objects, files, mebibytes, notice)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if not result["sound"]:
        raise typer.Exit(FINDINGS)


def replication(
    endpoint: Annotated[
        str, typer.Option(help="S3 服务的地址。", envvar="LANTAI_TEST_S3", show_default=False)
    ] = "",
    access_key: Annotated[str, typer.Option(help="访问密钥。")] = "lantai",
    secret_key: Annotated[str, typer.Option(help="密钥。")] = "lantai-secret",  # noqa: S107 - the test gateway's
    objects: Annotated[int, typer.Option(help="小对象个数，每个三个小文件。", min=10)] = 2_000,
    mebibytes: Annotated[int, typer.Option(help="大文件共多少 MiB，每个 64。", min=64)] = 1_024,
    as_json: Json = False,
) -> None:
    """补写测速：把对象补写到 S3 存储，与 obstore 以同样多的线程上传同样的文件相比；再仅凭它重建。

    测试用的服务：`scripts/radosgw.sh start 目录`。有副本没有写成或重建不全时退出码为 1。

    JSON：大文件的 `replication_mib_s`、`obstore_mib_s`、`ratio`、`replication_read_back_mib_s`（连同回读核验）、
    `copies_per_s`；小对象的同名各项前加 `small_`；`rebuild_s3_objects_per_s`、`sound`、`objects`、`mebibytes`、
    `peak_rss_mib`、`cpus`。
    """
    from lantai.core.errors import Unavailable

    from . import replication as bench

    if not endpoint:
        raise Unavailable(
            "没有写明 S3 服务的地址。",
            remedy="请写 --endpoint；测试用的服务由 scripts/radosgw.sh start 目录 启动。",
        )
    with notices(shown=True) as notice:
        result = bench.measure(endpoint, (access_key, secret_key), objects, mebibytes, notice)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if not result["sound"]:
        raise typer.Exit(FINDINGS)


def faults(
    kills: Annotated[int, typer.Option(help="终止多少次，五种操作均分。", min=5)] = 200,
    seed: Annotated[int | None, typer.Option(help="随机种子；不写则随机取，结果中写明，可据以重做。")] = None,
    as_json: Json = False,
) -> None:
    """故障测试：在入库、补写、修复、转换、销毁的随机时刻以 kill -9 终止真实进程，恢复后逐字节核对。有不符时退出码为 1。

    在自己的数据目录与数据库中进行，不碰本机的档案；写有 LANTAI_DATABASE_URL 的，数据库建在那台服务器上，用毕删除。

    JSON：`kills`、`failures`（应为 0）、`failed`（逐条）、`seconds`、`seed`、`objects`、`cpus`；`database`，PostgreSQL 或
    SQLite；`moments`，终止时刻在全过程中的分布（十等分）；`by_operation`，每种操作的 `kills`、`in_batch`（终止时有未完的批）、
    `kept`、`taken_back`、`recoveries_killed`（恢复本身也被终止）、`moments`、`seconds`，修复另有 `made`、`found`、`said_lost`
    （损坏、查出、如实报失）。
    """
    from . import faults as bench

    with notices(shown=True) as notice:
        result = bench.measure(kills, notice, seed=seed)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if result["failures"]:
        raise typer.Exit(FINDINGS)


def evidence(
    records: Annotated[int, typer.Option(help="一盒几件；另有同样多件留下。", min=1, max=1000)] = 24,
    as_json: Json = False,
) -> None:
    """依法销毁的一盒不再回来、损坏的光盘能够复原：各做一遍，逐条打印证据。有一条不成立时退出码为 1。

    在自己的数据目录与数据库中进行，不碰本机的档案。

    JSON：`proven`、`seconds`；`destroyed` 与 `disc`，各为若干条证据，每条含 `looked_at`（看的是什么）、`seen`（看到什么）、
    `holds`（是否成立）。
    """
    from . import evidence as bench

    with notices(shown=True) as notice:
        result = bench.measure(records, notice)
    for name, title in (("destroyed", "依法销毁的一盒不再回来"), ("disc", "损坏的光盘复原")):
        say(title)
        rows = [(row["looked_at"], row["seen"], "✓" if row["holds"] else "✗") for row in result[name]]
        print_table(["证据", "所见", "成立"], rows)
    emit(result, as_json)
    if not result["proven"]:
        raise typer.Exit(FINDINGS)


def pages(
    entries: Annotated[int, typer.Option(help="目录条数。", min=1_000)] = 5_000_000,
    rate: Annotated[int, typer.Option(help="每秒请求多少次公共检索页。", min=1)] = 100,
    connections: Annotated[int, typer.Option(help="连接数。", min=1)] = 32,
    seconds: Annotated[int, typer.Option(help="请求多少秒。", min=1)] = 60,
    folder: Annotated[
        Path | None, typer.Option(help="造好的地区放在这里，下次接着用；不写则用完删除。")
    ] = None,
    as_json: Json = False,
) -> None:
    """网页测速：76 个单位的大目录上，公共检索页按设定速率的整个往返，以及工作台每个列表的打开。有一次请求未答 200 时退出码为 1。

    JSON：`entries`、`offered_per_s`、`connections`、`requests`、`errors`、`answered_per_s`；`p50_ms`、`p95_ms`、
    `p99_ms`，从应发出时算起；`first_asked`、`first_asked_p95_ms`（每两次有一次问的是没人问过的，只算这些）；`floor_p95_ms`（同样的请求，不查任何数据的页面）、`lists`（打开的列表）、
    `server_cpu_ms_per_request`（服务器每次请求用的处理器时间，两个核每秒答 100 次至多各 20 毫秒）、
    `lists_p95_ms`（最慢的列表）、`lists_slow`（达到 300 毫秒的）、`slowest`（各含 `path`、`role`、`p95_ms`）、
    `server_rss_mib`、`server_own_mib`（不算映射的索引文件）、`cpus`。
    """
    import tempfile

    from . import pages as bench

    load = bench.Load(rate, connections, seconds)
    with tempfile.TemporaryDirectory(prefix="lantai-bench-") as scratch, notices(shown=True) as notice:
        result = bench.measure(entries, load, notice, folder=folder or Path(scratch))
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if result["errors"]:
        raise typer.Exit(FINDINGS)

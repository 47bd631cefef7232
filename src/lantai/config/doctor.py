"""What ``lantai doctor`` looks at: the machine, the data folder, the database, the services."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import stat
import sys
from importlib.util import find_spec
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from lantai.core import events, ports, settings
from lantai.core.digests import digest_bytes
from lantai.core.errors import LantaiError
from lantai.core.findings import Outcome
from lantai.core.health import Health, ailing, healthy, register_check
from lantai.core.jobs.models import Worker
from lantai.core.jobs.presence import is_gone
from lantai.ledger import api as ledger
from lantai.search import api as search

SM3_OF_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905-2016 A.1
BACKLOG_ALARM = 10_000
OLDEST_PYTHON = (3, 11)


def register() -> None:
    """Registers every check of this module, in the order in which faults hide each other."""
    register_check("python", check_python)
    register_check("crypto", check_crypto)
    register_check("home", check_home)
    register_check("disk", check_disk)
    register_check("database", check_database)
    register_check("migrations", check_migrations)
    register_check("keystore", ledger.check_keystore, title_without_database="密钥库")
    register_check("broker", check_broker)
    register_check("worker", check_worker, title_without_database="任务进程")
    register_check("outbox", check_outbox, title_without_database="事件投递")
    register_check("stores", check_stores)
    register_check("search", check_search)
    register_check("clamd", check_clamd)
    register_check("fonts", check_fonts)


def check_python() -> Health:
    """Python is new enough."""
    observed = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        return ailing("Python", observed, "请安装 Python 3.11 或更高版本。")
    return healthy("Python", observed)


def check_crypto() -> Health:
    """OpenSSL computes SM3 and SM4."""
    remedy = "请换用未去除国密算法的 OpenSSL 1.1.1 以上版本。"
    if digest_bytes(b"abc").sm3 != SM3_OF_ABC:
        return ailing("国密算法", f"SM3 结果不对（{ssl.OPENSSL_VERSION}）", remedy)
    try:
        Cipher(algorithms.SM4(bytes(16)), modes.CTR(bytes(16))).encryptor().update(b"abc")
    except UnsupportedAlgorithm:
        return ailing("国密算法", f"不支持 SM4（{ssl.OPENSSL_VERSION}）", remedy)
    return healthy("国密算法", f"SM3、SM4（{ssl.OPENSSL_VERSION}）")


def check_home() -> Health:
    """The data folder can be written to."""
    home = settings.home()
    if not os.access(home, os.W_OK | os.X_OK):
        return ailing(
            "数据目录", f"{home} 不可写", f"把目录的所有者改为运行 lantai 的用户：chown -R lantai {home}"
        )
    if home.stat().st_mode & stat.S_IRWXO:
        return Health(
            "数据目录", Outcome.WARN, f"{home} 本机任何用户都能进入", f"收回他人的权限：chmod o-rwx {home}"
        )
    return healthy("数据目录", str(home))


def check_disk() -> Health:
    """More space is free than the alarm asks for."""
    home, floor = settings.home(), settings.DISK_ALARM_BYTES.read()
    free = free_bytes(home)
    observed = f"剩余 {free / 2**30:.1f} GiB，告警线 {floor / 2**30:.1f} GiB"
    if free < floor:
        return ailing("磁盘空间", observed, "清理或扩容数据目录所在的磁盘；写满之前请暂停接收。")
    return healthy("磁盘空间", observed)


def free_bytes(folder: Path) -> int:
    """Free space on the volume of a folder, bytes."""
    return shutil.disk_usage(folder).free


def check_database() -> Health:
    """The database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return ailing(
            "数据库", str(error).strip().splitlines()[0], "检查 LANTAI_DATABASE_URL 与数据库服务是否正常。"
        )
    return healthy("数据库", connection.vendor)


def unapplied_migrations() -> list[str]:
    """Migrations the database has not had yet, as ``context.name``."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def check_migrations() -> Health:
    """The database has the tables of this version."""
    missing = unapplied_migrations()
    if missing:
        return ailing("数据库结构", f"缺 {len(missing)} 项迁移，首项 {missing[0]}", "运行 lantai migrate。")
    return healthy("数据库结构", "与本版本一致")


def check_worker() -> Health:
    """A worker lives."""
    living = [worker for worker in Worker.objects.filter(serves=True) if not is_gone(worker)]
    if not living:
        return ailing(
            "任务进程", "没有在运行", "运行 lantai serve 或 lantai worker（systemd：lantai-worker.service）。"
        )
    seen = max(worker.seen_at for worker in living)
    return healthy("任务进程", f"{len(living)} 个，最近心跳 {timezone.localtime(seen):%H:%M:%S}")


def check_broker() -> Health:
    """What carries tasks to the workers answers."""
    if not settings.BROKER_URL.read():
        return Health("消息队列", Outcome.NOT_APPLICABLE, "未使用 RabbitMQ，任务经数据库排队")
    from lantai.core.jobs.adapters import celery_queue

    try:
        return healthy("消息队列", celery_queue.observed())
    except LantaiError as error:
        return ailing("消息队列", f"{error.subject}：{error.message}", error.remedy)


def check_outbox() -> Health:
    """Events reach their consumers."""
    waiting = events.backlog()
    failing = [queue for queue in waiting if queue.failing]
    if failing:
        names = "、".join(f"{queue.consumer}（{queue.failing}）" for queue in failing)
        return ailing(
            "事件投递", f"投递失败：{names}", "查看任务进程的日志；排除原因后会自动重投，不会丢失。"
        )
    count = sum(queue.messages for queue in waiting)
    if count > BACKLOG_ALARM:
        return ailing("事件投递", f"积压 {count} 条", "确认任务进程在运行；持续积压时增加任务进程。")
    return healthy("事件投递", f"待投 {count} 条")


def check_stores() -> Health:
    """Every store of the vault can be read."""
    stores, troubles = ports.evidence_stores(), []
    for store in stores:
        try:
            store.paths("")
        except (LantaiError, OSError) as error:
            troubles.append(f"{store.name}：{error}")
    if troubles:
        return ailing(
            "总库存储", "；".join(troubles), "恢复存储的挂载或网络；之后运行 lantai vault audit 校验副本。"
        )
    if not stores:
        return Health("总库存储", Outcome.NOT_APPLICABLE, "没有配置存储")
    return healthy("总库存储", "、".join(store.name for store in stores))


def check_search() -> Health:
    """The index can be asked."""
    try:
        observed = search.observed()
    except LantaiError as error:
        return ailing("检索", str(error), error.remedy)
    if settings.SEARCH_URL.read() and "green" not in observed:
        remedy = (
            "有节点或副本缺失：启动停掉的 OpenSearch 节点；单节点时设 LANTAI_SEARCH_REPLICAS=0 后重建索引。"
        )
        return Health("检索", Outcome.WARN, observed, remedy)
    return healthy("检索", observed)


def check_clamd() -> Health:
    """The virus scanner answers."""
    address = settings.CLAMD.read()
    if not address:
        return Health(
            "病毒扫描",
            Outcome.WARN,
            "未配置 clamd：只能识别 EICAR 测试文件，安全性检测将等待人工确认",
            "安装 clamav-daemon，并设置 LANTAI_CLAMD=/run/clamav/clamd.ctl。",
        )
    try:
        answer = _ping_clamd(address)
    except (OSError, ValueError) as error:
        return ailing(
            "病毒扫描",
            f"{address} 连不上：{error}",
            "启动 clamav-daemon；确认病毒库非空、运行用户有权访问套接字。",
        )
    if answer != b"PONG":
        return ailing("病毒扫描", f"{address} 答复异常：{answer!r}", "确认该地址上运行的是 clamd。")
    return healthy("病毒扫描", address)


def _ping_clamd(address: str) -> bytes:
    if address.startswith("/"):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        target: str | tuple[str, int] = address
    else:
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        host, _, port = address.rpartition(":")
        target = (host, int(port))
    with client:
        client.settimeout(5)
        client.connect(target)
        client.sendall(b"zPING\0")
        return client.recv(16).rstrip(b"\0\n")


def check_fonts() -> Health:
    """The Chinese fonts that reports and certificates embed are installed."""
    spec = find_spec("pylopdf_fonts_zh_cn")
    fonts = sorted(Path(spec.origin).parent.glob("*.otf")) if spec and spec.origin else []
    if len(fonts) < 2:
        return ailing(
            "中文字体", "缺宋体或黑体", "重新安装：pip install --force-reinstall pylopdf-fonts-zh-cn"
        )
    return healthy("中文字体", "、".join(font.stem for font in fonts))

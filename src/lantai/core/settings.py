"""Every setting, declared once: name, default, unit, help. ``lantai settings`` prints them.

Values come from the environment (``LANTAI_<NAME>``), then from ``LANTAI_HOME/lantai.toml``,
then from the default here. They are read and checked once, at start-up.
"""

from __future__ import annotations

import os
import re
import threading
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from .errors import Invalid
from .language import gettext as _

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """A setting's declaration.

    Attributes:
        name: upper-case name without the ``LANTAI_`` prefix.
        default: value when nobody sets one.
        parse: from text to value; raises ``ValueError`` on nonsense.
        help: one sentence, with the unit.
        secret: shown as ``***``.
    """

    name: str
    default: T
    parse: Callable[[str], T]
    help: str
    secret: bool = False

    def source(self) -> str:
        """Where the value in force comes from: ``environment``, ``lantai.toml`` or ``default``."""
        if f"LANTAI_{self.name}" in os.environ:
            return "environment"
        return "lantai.toml" if self.name in _file_values() else "default"

    def shown(self) -> str:
        """The value in force as people may see it."""
        value = self.read()
        if self.secret:
            return "***" if value else ""
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def read(self) -> T:
        """The value in force."""
        text = os.environ.get(f"LANTAI_{self.name}", _file_values().get(self.name))
        if text is None:
            return self.default
        try:
            return self.parse(text)
        except ValueError as error:
            raise Invalid(
                _("设置 LANTAI_%(name)s 的值“%(text)s”无法理解：%(error)s。")
                % {"name": self.name, "text": text, "error": error},
                remedy=_("含义：%(help)s 默认值：%(default)s。")
                % {"help": self.help, "default": f"{self.default!r}"},
            ) from error


def _boolean(text: str) -> bool:
    if text.strip().lower() in {"1", "true", "yes", "on"}:
        return True
    if text.strip().lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError(_("应为 true 或 false"))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _ports(text: str) -> tuple[str, ...]:
    ports = _words(text)
    if not all(port.isascii() and port.isdigit() and 0 < int(port) < 65536 for port in ports):
        raise ValueError(_("应为 1 至 65535 的端口号"))
    return ports


def _watched(text: str) -> tuple[str, ...]:
    words = _words(text)
    if not all("=" in word and Path(word.partition("=")[2]).is_absolute() for word in words):
        raise ValueError(_("每一项应为 机构代码=文件夹的绝对路径"))
    return words


def _origins(text: str) -> tuple[str, ...]:
    """Origins, ``https://host[:port]``; nothing that would let in more than it seems to."""
    origins = tuple(word.strip().rstrip("/") for word in text.split(",") if word.strip())
    for origin in origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", origin):
            raise ValueError(_("应为网站的源，如 https://oa.example.gov.cn，不带路径和通配符"))
    return origins


def _zone(text: str) -> str:
    if text not in {"all", "archive", "government", "official", "public"}:
        raise ValueError(_("应为 all、archive、government、official、public 之一"))
    return text


SETTINGS: dict[str, Setting[Any]] = {}
_checked = threading.Event()


def declare(
    name: str,
    default: T,
    parse: Callable[[str], T],
    help: str,  # noqa: A002 - the word everybody uses for it
    *,
    secret: bool = False,
) -> Setting[T]:
    """Declares a setting; declaring a name twice is a mistake in the code."""
    if name in SETTINGS:
        raise RuntimeError(f"setting {name} declared twice")
    if _checked.is_set():
        raise RuntimeError(f"setting {name} declared after the check: declare it in core.settings")
    setting = Setting(name, default, parse, help, secret)
    SETTINGS[name] = setting
    return setting


ZONE = declare(
    "ZONE",
    "all",
    _zone,
    "本实例服务的网络：archive 局域网、government 政务外网、official 公务网、public 互联网；只服务该网的角色和页面，all 不限。",
)
DEBUG = declare("DEBUG", False, _boolean, "开发用：出错时显示细节。生产环境必须为 false。")
HOSTS = declare("HOSTS", _words("127.0.0.1,localhost"), _words, "允许的主机名，逗号分隔。")
FRAME_ANCESTORS = declare(
    "FRAME_ANCESTORS",
    _origins(""),
    _origins,
    "可以把本平台页面嵌入框架的网站，如 https://oa.example.gov.cn，逗号分隔；为空时只许自己。跨站嵌入须同时 HTTPS=true。",
)
HTTPS = declare("HTTPS", False, _boolean, "是否由反向代理以 TLS 提供服务；为 true 时 Cookie 只走 TLS。")
SECRET_KEY = declare("SECRET_KEY", "", str, "会话签名密钥；为空时在数据目录生成并保存。", secret=True)
DATABASE_URL = declare(
    "DATABASE_URL", "", str, "postgresql://用户:口令@主机:端口/库名；为空时用 SQLite。", secret=True
)
BROKER_URL = declare(
    "BROKER_URL",
    "",
    str,
    "RabbitMQ 的地址，如 amqp://用户:口令@主机:5672/虚拟主机、amqps://…；为空时任务经数据库排队。",
    secret=True,
)
KEYSTORE_PASSPHRASE = declare(
    "KEYSTORE_PASSPHRASE",
    "",
    str,
    "密钥库口令；为空时用数据目录中自动生成的口令文件（仅演示）。",
    secret=True,
)
KEYSTORE_PASSPHRASE_FILE = declare(
    "KEYSTORE_PASSPHRASE_FILE",
    "",
    str,
    "存放密钥库口令的文件，如 systemd 凭据 %d/keystore；KEYSTORE_PASSPHRASE 优先。",
)
CLAMD = declare("CLAMD", "", str, "clamd 地址：/run/clamav/clamd.ctl 或 主机:端口；为空时不连接。")
SEARCH_URL = declare(
    "SEARCH_URL",
    _words(""),
    _words,
    "OpenSearch 各节点地址，逗号分隔，可带用户与口令：https://用户:口令@主机:9200；为空时用内置检索。",
    secret=True,
)
SEARCH_INDEX = declare(
    "SEARCH_INDEX", "lantai", str, "OpenSearch 中索引的别名；几套系统合用一个集群时各用各的。"
)
SEARCH_SHARDS = declare(
    "SEARCH_SHARDS", 3, int, "OpenSearch 索引的分片数，按全宗和年度分配；重建索引后生效。"
)
SEARCH_REPLICAS = declare("SEARCH_REPLICAS", 1, int, "OpenSearch 每个分片的副本数，不超过其余节点数。")
SEMANTIC = declare(
    "SEMANTIC",
    False,
    _boolean,
    "检索时是否另列题名意思相近的档案；须先安装 lantai-platform[semantic]，向量存在本机数据目录。",
)
VERAPDF = declare(
    "VERAPDF", "", str, "veraPDF 命令的路径，用来核实 PDF/A；为空时自称 PDF/A 的文件待人工核实。"
)
TRUSTED_ROOTS = declare(
    "TRUSTED_ROOTS",
    "",
    str,
    "受信任的根证书（PEM 或 DER）所在的文件夹，用来核对签名、印章和封装包的证书链；为空时不核对。",
)
OIDC_URL = declare("OIDC_URL", "", str, "统一身份认证（OIDC）的发现地址；为空时不启用。")
OIDC_CLIENT_ID = declare("OIDC_CLIENT_ID", "", str, "OIDC 客户端标识。")
OIDC_CLIENT_SECRET = declare("OIDC_CLIENT_SECRET", "", str, "OIDC 客户端密钥。", secret=True)
MAIL_URL = declare(
    "MAIL_URL",
    "",
    str,
    "发催办邮件的服务器，如 smtp://用户:口令@主机:25、smtps://…；为空时不发邮件。",
    secret=True,
)
MAIL_FROM = declare("MAIL_FROM", "lantai@localhost", str, "邮件的发件人地址。")
SESSION_IDLE_MIN = declare("SESSION_IDLE_MIN", 30, int, "无操作多久后退出登录，分钟。")
SESSIONS_PER_PERSON = declare("SESSIONS_PER_PERSON", 3, int, "一人同时登录的会话数上限。")
PASSWORD_DAYS = declare("PASSWORD_DAYS", 90, int, "口令有效期，天；0 表示不过期。")
REQUIRE_TOTP = declare("REQUIRE_TOTP", False, _boolean, "是否要求工作人员登录时使用动态口令。")
LEDGER_DELAY_S = declare("LEDGER_DELAY_S", 5, int, "存证排序最长延迟，秒。")
WITNESS_FOLDER = declare(
    "WITNESS_FOLDER",
    "",
    str,
    "馆外见证：另一单位（如主管部门）的文件夹在本机的路径，每小时放一个签章的树首；空为不放。",
)
WORKERS = declare("WORKERS", 2, int, "渲染与检测用的子进程数。")
VAULT_DRILL_DAYS = declare("VAULT_DRILL_DAYS", 90, int, "每隔几天做一次恢复演练；0 为不自动做。")
VAULT_DRILL_OBJECTS = declare("VAULT_DRILL_OBJECTS", 20, int, "每次恢复演练从每个备份存储随机取回几个对象。")
VAULT_RECONCILE_DAYS = declare("VAULT_RECONCILE_DAYS", 7, int, "每隔几天做一次总库对账；0 为不自动做。")
VAULT_INSPECT_DAYS = declare("VAULT_INSPECT_DAYS", 7, int, "每隔几天做一轮长期保存检测；0 为不自动做。")
VAULT_INSPECT_RECORDS = declare(
    "VAULT_INSPECT_RECORDS", 300, int, "每轮长期保存检测至少检几件，上次不合格的和最久未检的在先。"
)
VAULT_INSPECT_WITHIN_DAYS = declare(
    "VAULT_INSPECT_WITHIN_DAYS", 730, int, "全部馆藏在几天内检测一遍；每轮件数随馆藏增加。0 为不随馆藏增加。"
)
VAULT_CACHE_BYTES = declare(
    "VAULT_CACHE_BYTES", 10 * 2**30, int, "每个远程或加密存储在本机暂存取回文件的上限，字节；久未用的先清除。"
)
COSTLY_VIEWS_PER_MINUTE = declare(
    "COSTLY_VIEWS_PER_MINUTE",
    600,
    int,
    "每个网页进程每分钟为一个地址绘制的页图数；重算一件档案的原文按十次计。0 为不限。",
)
UPLOAD_HOURS = declare("UPLOAD_HOURS", 72, int, "断点续传的文件多久没有进展即清除，小时。")
UPLOAD_QUOTA_BYTES = declare(
    "UPLOAD_QUOTA_BYTES", 50 * 2**30, int, "一个单位正在上传、尚未提交的文件合计上限，字节。"
)
VILLAGE_QUOTA_BYTES = declare(
    "VILLAGE_QUOTA_BYTES", 20 * 2**30, int, "一个村（社区）在平台上备份的总上限，字节。"
)
WATCH = declare("WATCH", _words(""), _watched, "由任务进程收取的文件夹：机构代码=文件夹，逗号分隔。")
WATCH_STABLE_S = declare(
    "WATCH_STABLE_S",
    30,
    int,
    "收取的文件夹里，归档包多久没有变化即视为已放完，秒；有同名 .ready 文件时不等。",
)
OUTBOUND_ALLOWED = declare(
    "OUTBOUND_ALLOWED",
    _words(""),
    _words,
    "平台可以主动访问的内部系统：主机名、主机名:端口或网段，逗号分隔；不在其中的内部地址一律不访问。",
)
OUTBOUND_PORTS = declare("OUTBOUND_PORTS", _words("80,443"), _ports, "平台可以主动访问的端口，逗号分隔。")
MAX_UPLOAD_BYTES = declare("MAX_UPLOAD_BYTES", 5 * 2**30, int, "一次上传的上限，字节。")
JOB_RESCUE_S = declare("JOB_RESCUE_S", 60, int, "别处的任务进程多久没有心跳即视为已死、任务重新排队，秒。")
METRICS_TOKEN = declare(
    "METRICS_TOKEN",
    "",
    str,
    "从本机以外读取 /metrics 时须以 HTTP Basic 口令出示的令牌；为空时只许本机读取。",
    secret=True,
)
DISK_ALARM_BYTES = declare("DISK_ALARM_BYTES", 2 * 2**30, int, "剩余空间低于此值时告警，字节。")
OFFICER_LABELS = declare(
    "OFFICER_LABELS",
    _words("系统管理员,安全管理员,审计管理员"),
    _words,
    "三员的称谓，依次为系统、安全、审计；分级保护单位可改“安全保密员”等。",
)


def home() -> Path:
    """The data folder: ``LANTAI_HOME``, or ``var/`` in the checkout.

    Created if it does not exist. All data of this instance lies below it.
    """
    return _home(os.environ.get("LANTAI_HOME", ""))


@cache
def _home(given: str) -> Path:
    path = Path(given) if given else Path(__file__).resolve().parents[3] / "var"
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o750)  # passwords' digests, authenticators' secrets and unopened records lie below
    return path


@cache
def _file_values() -> dict[str, str]:
    file = home() / "lantai.toml"
    if not file.exists():
        return {}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(_("设置文件无法解析：%(error)s。") % {"error": error}, subject=str(file)) from error
    unknown = sorted(set(map(str.upper, values)) - set(SETTINGS))
    if unknown:
        raise Invalid(
            _("设置文件中有不认识的项：%(unknown)s。") % {"unknown": "、".join(unknown)},
            subject=str(file),
            remedy=_("运行 lantai settings 查看全部设置。"),
        )
    return {
        name.upper(): ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in values.items()
    }


def check_settings() -> None:
    """Reads every setting once, so that a wrong value stops the start and not the night."""
    for setting in SETTINGS.values():
        setting.read()
    _checked.set()

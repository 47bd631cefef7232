"""The channel of web pages: addresses are captured by a job, archives are handed in as they are (DA/T 80)."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import jobs
from lantai.core import settings as configuration
from lantai.core.actors import Actor
from lantai.core.errors import Invalid, Unavailable
from lantai.core.jobs import Job, JobRun
from lantai.core.outbound import resolve_public
from lantai.core.ports import Scope, require
from lantai.formats.api import write_warc
from lantai.institutions.api import Department, Organisation

from ..models import Submission
from ..services import receive_package
from .crawling import USER_AGENT, Bounds, Crawl

CAPTURE_WEB = "capture.web"
MAX_SEEDS = 50
_TOLD = 50


@dataclass(frozen=True, slots=True)
class Post:
    """What is known of a post on a social platform and stands in no page (DA/T 80).

    Attributes:
        platform: 微信公众号, 微博, …
        account: name of the account that published it.
        account_id: its number or handle there.
        author: who wrote it, where the post says so.
        published_at: when it was published, as written.
    """

    platform: str = ""
    account: str = ""
    account_id: str = ""
    author: str = ""
    published_at: str = ""

    def described(self) -> dict[str, str]:
        """By the names under which they are kept; the author answers for the post, else its account."""
        values = {
            "发布平台": self.platform,
            "发布账号": self.account,
            "账号标识": self.account_id,
            "作者": self.author,
            "发布时间": self.published_at,
            "M32": self.author or self.account,
        }
        return {name: value.strip() for name, value in values.items() if value.strip()}


def start_capture(
    *,
    seeds: Sequence[str],
    bounds: Bounds,
    described: Mapping[str, str],
    agency: Organisation,
    actor: Actor,
    title: str = "",
    department: Department | None = None,
) -> Job:
    """Has pages captured and filed.

    Args:
        seeds: addresses to begin with.
        bounds: how far to go.
        described: what is said of the record, by DA/T 46 code or name.
        agency: whose record it becomes.
        actor: who asks.
        title: what the batch is called; empty means the first address.
        department: the department it belongs to.

    Raises:
        Forbidden: the actor does not submit for this agency.
        Invalid: no address, too many, or one that the platform must not call.
    """
    scope = Scope(organisation_id=agency.id, department_id=department.id if department else None)
    require(actor, "capture.submit", scope, subject=agency.name)
    wanted = list(dict.fromkeys(seed.strip() for seed in seeds if seed.strip()))
    if not wanted or len(wanted) > MAX_SEEDS:
        raise Invalid(
            _("没有填写网址。") if not wanted else _("网址太多。"),
            remedy=_("每行一个，一次最多 %(count)s 个。") % {"count": MAX_SEEDS},
        )
    for seed in wanted:
        resolve_public(seed)
    return jobs.start(
        CAPTURE_WEB,
        actor,
        title=_("采集网页：%s") % (title or wanted[0])[:200],
        seeds=wanted,
        bounds=asdict(bounds),
        described=dict(described),
        agency_id=str(agency.id),
        department_id=str(department.id) if department else "",
        name=title,
    )


def capture(run: JobRun, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Captures into one WARC and hands it in; a job that is run again after that changes nothing."""
    key = f"{CAPTURE_WEB}:{run.job.id}"
    agency = Organisation.objects.get(id=UUID(asked["agency_id"]))
    known = Submission.objects.filter(agency=agency, idempotency_key=key).first()
    if known is not None:
        return {"submission": str(known.id)}
    crawl = Crawl(asked["seeds"], Bounds(**asked["bounds"]))
    incoming = configuration.home() / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=incoming, prefix="web-") as work:
        archive = Path(work) / _file_name(crawl)
        run.step(_("采集"))
        _write(run, crawl, archive, agency)
        for uri, reason in crawl.missed[:_TOLD]:
            run.log(_("没有采集到 %(uri)s：%(reason)s") % {"uri": uri, "reason": reason})
        run.step(_("提交归档"))
        department_id = asked["department_id"]
        received = receive_package(
            file=archive,
            agency=agency,
            channel=Submission.Channel.WEB,
            key=key,
            actor=run.actor,
            title=asked["name"] or asked["seeds"][0],
            department=Department.objects.get(id=UUID(department_id)) if department_id else None,
            described={**asked["described"], **_result(crawl)},
        )
    return {
        "submission": str(received.submission.id),
        "files": crawl.fetched,
        "bytes": crawl.size_bytes,
        "missed": len(crawl.missed),
    }


def _write(run: JobRun, crawl: Crawl, archive: Path, agency: Organisation) -> None:
    def watched() -> Any:
        for exchange in crawl.exchanges():
            run.check()
            run.advance()
            yield exchange

    description = {
        "software": USER_AGENT,
        "format": "WARC File Format 1.1",
        "operator": agency.name,
        "robots": "obey" if crawl.bounds.heed_robots else "ignore",
        "isPartOf": crawl.seeds[0],
    }
    with archive.open("wb") as output:
        count = write_warc(output, watched(), filename=archive.name, description=description)
    if not count:
        uri, reason = crawl.missed[0] if crawl.missed else (crawl.seeds[0], crawl.stopped)
        raise Unavailable(
            _("一个网页也没有采集到：%(reason)s") % {"reason": reason},
            subject=uri,
            remedy=_("请核对网址能否打开，再重新采集。"),
        )


def _result(crawl: Crawl) -> dict[str, str]:
    """What a later reader has to know of the capture: how far it went and what it lacks."""
    values = {
        "采集范围": _("链接 %(depth)s 层，共 %(files)s 个文件")
        % {"depth": crawl.bounds.depth, "files": crawl.fetched},
        "未采集": str(len(crawl.missed)) if crawl.missed else "",
        "采集中止": crawl.stopped,
    }
    return {name: value for name, value in values.items() if value}


def _file_name(crawl: Crawl) -> str:
    host = "".join(
        sign if sign.isalnum() or sign in ".-" else "-" for sign in urlsplit(crawl.seeds[0]).netloc
    )
    return f"{host[:100]}-{timezone.now():%Y%m%d%H%M%S}.warc.gz"

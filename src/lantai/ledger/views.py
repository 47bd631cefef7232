"""Pages of the ledger: what was done, the signed heads, one entry with its proof, verifying."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core import ports
from lantai.core.actors import Actor
from lantai.core.errors import Conflict, NotFound
from lantai.core.findings import Outcome
from lantai.core.jobs import Job, start, visible_to

from . import evidence, jobs, selectors
from .models import Entry, Evidence, Head
from .paging import read_page
from .proofs import Proof

HEADS_SHOWN = 20


@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """What was done, newest first; all of it or to one subject."""
    ports.require(_actor(request), "ledger.read")
    subject = request.GET.get("subject", "").strip()
    found = Entry.objects.select_related("leaf")
    page = read_page(
        found.filter(subject=subject) if subject else found,
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
        subject=subject,
    )
    context = {"page": page, "subject": subject, "head": selectors.head()}
    return render(request, "ledger/entries.html", context)


@require_safe
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with its proof, step by step."""
    ports.require(_actor(request), "ledger.read")
    found = Entry.objects.select_related("leaf").filter(id=entry_id).first()
    if found is None:
        raise NotFound(_("没有这条存证。"), subject=str(entry_id), remedy=_("请核对编号。"))
    found_proof = _proof(entry_id)
    context = {
        "entry": found,
        "proof": found_proof,
        "leaf_hash": found.leaf_hash.hex(),
        "steps": [(step.sibling.hex(), step.on_left, step.result.hex()) for step in found_proof.steps()]
        if found_proof
        else [],
        "holds": found_proof is not None and _holds(found_proof),
    }
    return render(request, "ledger/entry.html", context)


@require_safe
def proof(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """The proof as a file that verifies offline."""
    ports.require(_actor(request), "ledger.read")
    response = HttpResponse(selectors.proof_of(entry_id).as_json(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="proof-{entry_id}.json"'
    return response


@require_safe
def head(request: HttpRequest) -> HttpResponse:
    """The latest signed head, the ones before it, and how far each store holds the evidence."""
    ports.require(_actor(request), "ledger.read")
    latest = selectors.head()
    sizes = dict(Evidence.objects.values_list("store", "size"))
    context = {
        "head": latest,
        "sealed": latest is not None and latest.signed.is_sealed(),
        "earlier": Head.objects.order_by("-size")[1:HEADS_SHOWN],
        "stores": [(store.name, sizes.get(store.name, 0)) for store in evidence.stores()],
    }
    return render(request, "ledger/head.html", context)


@require_safe
def head_file(request: HttpRequest) -> HttpResponse:
    """The latest signed head as a file, for whoever keeps it outside."""
    ports.require(_actor(request), "ledger.read")
    latest = selectors.head()
    if latest is None:
        raise NotFound(_("还没有树首。"))
    response = HttpResponse(latest.signed.as_bytes(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="head-{latest.size}.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Starts a verification; before that, says what it does and how the last one ended."""
    actor = _actor(request)
    ports.require(actor, "ledger.verify")
    if request.method == "POST":
        return redirect("ledger:verification", start(jobs.KIND, actor).id)
    last = visible_to(actor).filter(kind=jobs.KIND).order_by("-id").first()
    return render(request, "ledger/verify.html", {"last": last, "head": selectors.head()})


@require_safe
def verification(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One verification: its progress, then its report."""
    actor = _actor(request)
    ports.require(actor, "ledger.verify")
    job: Job | None = visible_to(actor).filter(kind=jobs.KIND, id=job_id).first()
    if job is None:
        raise NotFound(_("没有这次核验。"), subject=str(job_id), remedy=_("请从存证页面重新核验。"))
    return render(request, "ledger/verification.html", {"job": job, "report": job.result})


def _actor(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def _proof(entry_id: UUID) -> Proof | None:
    """The proof, or ``None`` while the entry waits for its place."""
    try:
        return selectors.proof_of(entry_id)
    except Conflict:
        return None


def _holds(proof: Proof) -> bool:
    return all(finding.outcome is Outcome.PASS for finding in proof.check())

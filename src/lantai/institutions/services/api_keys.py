"""Keys of office systems (接口密钥)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.ports import Scope, require
from lantai.ledger import api as ledger

from ..keys import make_key
from ..models import ApiKey, Organisation
from ..roles import keys_of

ISSUE, WITHDRAW = "institutions.issue_key", "institutions.revoke_key"
LONGEST = timedelta(days=730)


@transaction.atomic
def issue_api_key(
    *,
    organisation: Organisation,
    label: str,
    role: str = "clerk",
    rate_per_minute: int = 600,
    expires_at: datetime | None = None,
    actor: Actor,
) -> tuple[ApiKey, str]:
    """A new key for an agency's office system, and its text, which is told this once.

    A minute's worth of calls (``rate_per_minute``) may come in one burst. The key ends at
    ``expires_at``: one year from now unless given, two years at most.

    Raises:
        Invalid: no label, a role that is not a business role, or an end outside the two years.
    """
    require(actor, ISSUE, Scope(organisation_id=organisation.id), subject=organisation.name)
    now = timezone.now()
    expires_at = expires_at or now + timedelta(days=365)
    if not label.strip():
        raise Invalid(_("请写明密钥的用途。"), remedy=_("例如：办公系统归档接口。"))
    if role not in keys_of("business"):
        raise Invalid(_("接口密钥只能用业务角色。"), subject=role)
    if not 1 <= rate_per_minute <= 60_000:
        raise Invalid(_("每分钟次数应在 1 到 60000 之间。"), subject=str(rate_per_minute))
    if not now < expires_at <= now + LONGEST:
        raise Invalid(_("有效期应晚于现在，最长两年。"), subject=expires_at.date().isoformat())
    prefix, text, digest = make_key()
    key = ApiKey.objects.create(
        organisation=organisation,
        label=label.strip(),
        role=role,
        prefix=prefix,
        digest=digest,
        rate_per_minute=rate_per_minute,
        tokens=rate_per_minute,
        expires_at=expires_at,
        created_by=actor.id,
    )
    ledger.append(act=ISSUE, actor=actor, subject=f"api_key:{key.id}", after={"prefix": prefix, "role": role})
    return key, text


@transaction.atomic
def revoke_api_key(*, key: ApiKey, actor: Actor) -> None:
    """Makes a key useless from now on."""
    require(actor, WITHDRAW, Scope(organisation_id=key.organisation_id), subject=key.label)
    if key.revoked_at is not None:
        raise Conflict(_("该密钥已经作废。"), subject=key.label)
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    ledger.append(act=WITHDRAW, actor=actor, subject=f"api_key:{key.id}")

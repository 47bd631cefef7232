"""Authenticators (动态口令, TOTP, RFC 6238) and recovery codes."""

from __future__ import annotations

import segno
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.ledger import api as ledger

from .keys import digest_secret, random_word
from .models import Person, RecoveryCode

RECOVERY_CODES = 8


def device_to_enrol(person: Person) -> TOTPDevice:
    """The authenticator waiting to be confirmed; the same one while the page is reloaded."""
    device, _created = TOTPDevice.objects.get_or_create(
        user=person, confirmed=False, defaults={"name": person.username}
    )
    return device


def qr_of(device: TOTPDevice) -> str:
    """The enrolment address as a QR code, a data URI that the content policy lets pass."""
    uri: str = segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=2, dark="#1f2328")
    return uri


def enrol(*, person: Person, code: str, actor: Actor, old: str = "") -> list[str]:
    """Confirms the authenticator by one of its codes and returns fresh recovery codes, told this once.

    Args:
        person: whose authenticator.
        code: the new authenticator's code of this moment.
        actor: who enrols.
        old: where one is replaced, its code, a recovery code or the password: a desk left open
            must not be enough to take an account over.

    Raises:
        Invalid: the code is not the one of this moment, or ``old`` proves nothing.
    """
    if TOTPDevice.objects.filter(user=person, confirmed=True).exists() and not check_password(
        old, person.password
    ):
        verify(person=person, code=old)
    return _confirm(person, code, actor)


@transaction.atomic
def _confirm(person: Person, code: str, actor: Actor) -> list[str]:
    device = device_to_enrol(person)
    if not device.verify_token(code):
        raise Invalid(_("动态口令不对。"), remedy=_("请核对手机时间是否准确，再输入应用中最新的六位数字。"))
    TOTPDevice.objects.filter(user=person).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save()
    person.recovery_codes.all().delete()
    codes = [f"{random_word(8)}-{random_word(8)}" for _index in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, digest=digest_secret(code)) for code in codes
    )
    ledger.append(act="institutions.enrol_authenticator", actor=actor, subject=f"person:{person.id}")
    return codes


def verify(*, person: Person, code: str) -> TOTPDevice:
    """The authenticator, if the code is the one of this moment or an unused recovery code.

    Wrong codes slow the next attempt down, each twice as long as the one before.

    Raises:
        Invalid: the code is wrong, or it is too early for another attempt.
    """
    device = TOTPDevice.objects.filter(user=person, confirmed=True).first()
    if device is None:
        raise Invalid(_("该账号没有登记动态口令。"), subject=person.username)
    allowed, why = device.verify_is_allowed()
    if not allowed:
        until = timezone.localtime(why["locked_until"])
        raise Invalid(
            _("输错次数较多，请稍后再试。"),
            remedy=_("{time} 之后可以再输入。").format(time=until.strftime("%H:%M:%S")),
        )
    word = code.strip().lower().replace(" ", "")
    if "-" in word:
        if _use_recovery_code(person, word):
            return device
        device.throttle_increment()
    elif device.verify_token(word):
        return device
    raise Invalid(_("动态口令不对。"), remedy=_("请输入应用中最新的六位数字，或一个未用过的恢复码。"))


def _use_recovery_code(person: Person, word: str) -> bool:
    unused = person.recovery_codes.filter(digest=digest_secret(word), used_at__isnull=True)
    return unused.update(used_at=timezone.now()) == 1

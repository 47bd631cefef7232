"""Accounts: opening, disabling, passwords."""

from __future__ import annotations

import secrets
import string
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.ports import require
from lantai.ledger import api as ledger

from ..models import Department, Organisation, PasswordRecord, Person
from ..passwords import REMEMBERED
from ..sessions import end_sessions

OPEN, DISABLE, RESET, REMOVE = (
    "institutions.open_account",
    "institutions.disable_account",
    "institutions.reset_password",
    "institutions.remove_authenticator",
)


@transaction.atomic
def create_person(
    *,
    username: str,
    full_name: str,
    password: str,
    organisation: Organisation | None = None,
    department: Department | None = None,
    unified_id: str = "",
    must_change_password: bool = True,
    actor: Actor,
) -> Person:
    """Opens an account. Without an appointment it may do nothing but change its password.

    Raises:
        Conflict: the user name or the unified identity is taken.
        Invalid: the password breaks the policy, or the department is another organisation's.
    """
    require(actor, OPEN, subject=username)
    if Person.objects.filter(username=username).exists():
        raise Conflict(_("该账号已存在。"), subject=username, remedy=_("请换一个账号名。"))
    if unified_id and Person.objects.filter(unified_id=unified_id).exists():
        raise Conflict(_("该统一身份已绑定其他账号。"), subject=username)
    if department is not None and department.organisation_id != getattr(organisation, "id", None):
        raise Invalid(_("处室不属于所选单位。"), subject=department.name)
    if not username.strip() or not full_name.strip():
        raise Invalid(_("账号和姓名不能为空。"), remedy=_("请填写后再保存。"))
    person = Person(
        username=username.strip(),
        full_name=full_name.strip(),
        organisation=organisation,
        department=department,
        unified_id=unified_id or None,
    )
    _store_password(person, password, must_change=must_change_password)
    _note(actor, OPEN, person, username=username)
    return person


@transaction.atomic
def set_active(*, person: Person, active: bool, actor: Actor) -> None:
    """Disables an account and ends its sessions, or enables it again.

    Raises:
        Forbidden: officers do not disable themselves.
    """
    require(actor, DISABLE, subject=person.username)
    if actor.id == str(person.id):
        raise Forbidden(_("不能停用自己的账号。"), subject=person.username)
    before, person.active = person.active, active
    person.save(update_fields=["active"])
    if not active:
        end_sessions(person)
    ledger.append(
        act=DISABLE if not active else "institutions.enable_account",
        actor=actor,
        subject=f"person:{person.id}",
        before={"active": before},
        after={"active": active},
    )


@transaction.atomic
def change_password(*, person: Person, old: str, new: str, actor: Actor) -> None:
    """Changes one's own password.

    Raises:
        Invalid: the old one is wrong, or the new one breaks the policy or was used lately.
    """
    if actor.id != str(person.id):
        raise Forbidden(_("只能更换自己的口令。"), subject=person.username)
    if not check_password(old, person.password):
        raise Invalid(_("原口令不正确。"), remedy=_("请重新输入原口令。"))
    _store_password(person, new, must_change=False)
    _note(actor, "institutions.change_password", person)


@transaction.atomic
def reset_password(*, person: Person, password: str, actor: Actor) -> None:
    """Gives a person a first password again, to be changed at the next login; ends all sessions.

    The authenticator stays: who resets passwords could otherwise log in as anybody.
    """
    require(actor, RESET, subject=person.username)
    _store_password(person, password, must_change=True)
    end_sessions(person)
    _note(actor, RESET, person)


@transaction.atomic
def remove_authenticator(*, person: Person, actor: Actor) -> None:
    """Removes a lost authenticator, so that the person can log in and enrol a new one.

    An act of its own, of an officer who does not reset passwords.
    """
    require(actor, REMOVE, subject=person.username)
    TOTPDevice.objects.filter(user=person).delete()
    person.recovery_codes.all().delete()
    end_sessions(person)
    _note(actor, REMOVE, person)


def new_password(length: int = 14) -> str:
    """A random first password that meets the policy, without characters that look alike."""
    letters = [character for character in string.ascii_letters + string.digits if character not in "0O1lI"]
    while True:
        password = "".join(secrets.choice(letters) for _index in range(length))
        if all(any(test(c) for c in password) for test in (str.isupper, str.islower, str.isdigit)):
            return password


def _store_password(person: Person, password: str, *, must_change: bool) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(
            _("口令不符合要求。"), subject=person.username, remedy=" ".join(error.messages)
        ) from error
    used = person.password_records.all()[:REMEMBERED] if not person._state.adding else ()
    if any(check_password(password, record.encoded) for record in used):
        raise Invalid(
            _("新口令与最近 {count} 次用过的口令相同。").format(count=REMEMBERED),
            subject=person.username,
            remedy=_("请换一个没有用过的口令。"),
        )
    person.password = make_password(password)
    person.password_changed_at = timezone.now()
    person.must_change_password = must_change
    person.save()
    PasswordRecord.objects.create(person=person, encoded=person.password)


def _note(actor: Actor, act: str, person: Person, **after: Any) -> None:
    ledger.append(act=act, actor=actor, subject=f"person:{person.id}", after=after)

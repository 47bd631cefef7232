"""Password policy: character classes, expiry, and no reuse of the last five (GB/T 22239-2019 8.1.4.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.settings import PASSWORD_DAYS

from .models import Person

REQUIRED_CLASSES = 3
REMEMBERED = 5
"""How many of a person's last passwords may not be used again."""


def has_expired(person: Person) -> bool:
    """Whether the person has to change the password before anything else."""
    days = PASSWORD_DAYS.read()
    if person.must_change_password or person.password_changed_at is None:
        return True
    return days > 0 and timezone.now() - person.password_changed_at > timedelta(days=days)


class CharacterClassesValidator:
    """Asks for three of four classes: upper case, lower case, digits, others."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's signature
        """Raises ``ValidationError`` when fewer than three classes are used."""
        classes = {self._class_of(character) for character in password}
        if len(classes) < REQUIRED_CLASSES:
            raise ValidationError(self.get_help_text(), code="password_too_uniform")

    def get_help_text(self) -> str:
        """The rule in the reader's words."""
        return _("口令应包含大写字母、小写字母、数字、其他字符这四类中的至少三类。")

    @staticmethod
    def _class_of(character: str) -> str:
        if character.isdigit():
            return "digit"
        if character.isupper():
            return "upper"
        return "lower" if character.islower() else "other"

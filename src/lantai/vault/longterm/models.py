"""When each stored record was last inspected at the long-term stage, and what came of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LongtermLook(models.Model):
    """The last inspection of one object; may be lost at any time: then its turn comes first.

    Attributes:
        round: the job that looked, so that one that was killed goes on where it was.
    """

    object = models.OneToOneField(
        "vault.VaultObject", primary_key=True, on_delete=models.CASCADE, related_name="longterm_look"
    )
    passed = models.BooleanField(_("是否合格"))
    report = models.ForeignKey("inspection.Report", on_delete=models.CASCADE, related_name="+")
    round = models.UUIDField()
    looked_at = models.DateTimeField(_("检测时间"))

    class Meta:
        verbose_name = _("长期保存检测")
        indexes = [
            models.Index(fields=["looked_at", "object"], name="vault_look_longest_ago"),
            models.Index(fields=["round"], name="vault_look_round"),
            models.Index(
                fields=["-looked_at", "object"], condition=models.Q(passed=False), name="vault_look_failing"
            ),
        ]

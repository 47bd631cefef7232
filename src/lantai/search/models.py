"""Searches people keep."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class SavedSearch(models.Model):
    """A question somebody wants to ask again, and how far they have seen its answers.

    No answer is kept: what is new is asked of the index each time, with the rights of that moment.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches")
    name = models.CharField(_("名称"), max_length=60)
    query = models.CharField(_("检索词"), max_length=500, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    sort = models.CharField(max_length=12, default="relevance")
    alert = models.BooleanField(_("有新的提醒我"), default=True)
    seen_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("已存检索")
        indexes = [models.Index(fields=["person", "-created_at", "id"], name="saved_search_newest")]

    def __str__(self) -> str:
        return self.name


class Withheld(models.Model):
    """A record that was closed and is left out of every answer until the index has followed."""

    record_id = models.UUIDField(primary_key=True)
    since = models.DateTimeField(default=timezone.now)

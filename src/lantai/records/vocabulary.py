"""Closed sets of words that records are described with."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Arrangement(models.TextChoices):
    """How the records of a scheme are put together (DA/T 22-2015, DA/T 13-2022)."""

    ITEM = "item", _("按件")
    VOLUME_ITEM = "volume_item", _("案卷—件")
    PROJECT_VOLUME_ITEM = "project_volume_item", _("项目—案卷—件")
    GROUP_PHOTO = "group_photo", _("照片组—张")
    VOLUME = "volume", _("只立案卷")


class State(models.TextChoices):
    """Lifecycle of a record on the road."""

    CAPTURED = "captured", _("已收集")
    FILED = "filed", _("已归档")
    HANDING_OVER = "handing_over", _("移交中")
    HELD = "held", _("在馆")
    TRANSFERRED = "transferred", _("已移交")
    RETURNED = "returned", _("已退回")
    COMBINED = "combined", _("已并入")
    DESTROYED = "destroyed", _("已销毁")
    ISOLATED = "isolated", _("已隔离")


LEFT = (State.HELD, State.TRANSFERRED, State.COMBINED, State.DESTROYED, State.ISOLATED)
"""States of records that are no more with their agency; all others stay there still."""


class NumberState(models.TextChoices):
    """How firm an item number is; a locked one is known outside the agency."""

    NONE = "none", _("未编号")
    PROVISIONAL = "provisional", _("预号")
    FIXED = "fixed", _("定号")
    LOCKED = "locked", _("锁号")


class VersionState(models.TextChoices):
    """How far a version has come that needs approval (实施条例 article 19)."""

    DRAFT = "draft", _("草案")
    SUBMITTED = "submitted", _("报批")
    APPROVED = "approved", _("批准")


class OpeningMark(models.TextChoices):
    """Opening mark (开放标识, DA/T 18-2022). Unreviewed is never public."""

    UNREVIEWED = "unreviewed", _("未审核")
    OPEN = "open", _("开放")
    CONTROLLED = "controlled", _("控制")
    POSTPONED = "postponed", _("延期开放")


class Level(models.TextChoices):
    """Aggregation level of a record (聚合层次, DA/T 46 M1)."""

    ITEM = "item", _("文件")
    VOLUME = "volume", _("案卷")


class DateCertainty(models.TextChoices):
    """How surely the date is known; the same words as ``core.dates``."""

    EXACT = "exact", _("确切")
    MONTH = "month", _("知年月")
    YEAR = "year", _("知年")
    INFERRED = "inferred", _("考证")
    RANGE = "range", _("起止")
    UNKNOWN = "unknown", _("不详")


class DocumentRole(models.TextChoices):
    """What a document is within its record (文稿)."""

    BODY = "body", _("正文")
    FINAL = "final", _("定稿")
    DRAFT = "draft", _("草稿")
    PROCESSING_SHEET = "processing_sheet", _("处理单")
    ATTACHMENT = "attachment", _("附件")
    PAGE_IMAGES = "page_images", _("页面图像")
    RENDITION = "rendition", _("转换件")

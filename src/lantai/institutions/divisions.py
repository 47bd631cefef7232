"""Division codes (行政区划代码, GB/T 2260 and GB/T 10114): 6 digits to the county, 9 to the township, 12 to the village."""

from __future__ import annotations

import re

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

_CODE = re.compile(r"[1-9]\d{5}(?:\d{3}(?:\d{3})?)?", re.ASCII)


def significant(code: str) -> str:
    """The digits that tell the division: ``330100`` is ``3301``, and all codes below it start so.

    Raises:
        Invalid: the text is no division code.
    """
    if not _CODE.fullmatch(code):
        raise Invalid(
            _("行政区划代码应为 6 位（县级以上）、9 位（乡镇）或 12 位（村）数字。"),
            subject=code,
            remedy=_("请按民政部门公布的代码填写，例如 990100。"),
        )
    while len(code) > 6 and code.endswith("000"):
        code = code[:-3]
    if len(code) > 6:
        return code
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def check_below(code: str, parent_code: str) -> None:
    """Raises ``Invalid`` unless ``code`` names a division strictly below ``parent_code``."""
    mine, above = significant(code), significant(parent_code)
    if not mine.startswith(above) or mine == above:
        raise Invalid(
            _("行政区划代码 %(code)s 不属于上级 %(parent_code)s。")
            % {"code": code, "parent_code": parent_code},
            subject=code,
            remedy=_("下级代码应以 %(above)s 开头。") % {"above": above},
        )

"""A record's description as it is written in packages and held against them: elements by M-code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .elements import metadata_elements
from .terms import retention_term
from .vocabulary import Level


class ElementWriter:
    """Writes the elements of many records; what is the same for each is looked up once.

    Attributes:
        fields: the field of a record that holds an element, by M-code.
    """

    def __init__(self) -> None:
        self.fields = {code: element.field for code, element in metadata_elements().items() if element.field}
        self._levels = {str(level): str(level.label) for level in Level}

    def elements(self, record: Mapping[str, Any], *, fonds_code: str, agency_name: str) -> dict[str, str]:
        """The elements that have a value, in words.

        Args:
            record: values of a record's fields and its ``metadata``, as the database or ``record.xml`` has them.
            fonds_code: 全宗号.
            agency_name: whose record it is, where the description names nobody (立档单位名称).
        """
        values = {code: str(value) for code, value in record["metadata"].items()}
        for code, field in self.fields.items():
            values[code] = self._written(field, record[field])
        values["M9"] = fonds_code
        values["M6"] = values.get("M6") or agency_name
        return {code: value for code, value in values.items() if value}

    def _written(self, field: str, value: Any) -> str:
        if field == "level":
            return self._levels[value]
        if field == "retention":
            return retention_term(value).name if value else ""
        if field == "page_count":
            return str(value or "")
        return "" if value is None else str(value)

"""Writing a fonds as EAD 2002 or EAD3: fonds, series, years, volumes, items; element by element, never as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

from django.db.models import Q
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation
from lantai.records.api import Fonds, Scheme, Volume

from .entries import RECORD, Choice, Entry, record_entry, records_of, volumes_of, walk, years_of
from .tables import Tell, Written, clean, nobody

VOLUMES_AT_ONCE = 200
MOST_INSIDE = 20_000
"""Items of so many volumes that are held at once; where there are more, volumes are asked for one by one."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where the two editions differ."""

    namespace: str
    location: str
    dsc: str
    part: bool
    """Whether names stand in ``part``."""


DIALECTS = {
    "ead2002": Dialect(
        "urn:isbn:1-931666-22-9", "http://www.loc.gov/ead/ead.xsd", 'type="combined"', part=False
    ),
    "ead3": Dialect(
        "http://ead3.archivists.org/schema/",
        "https://www.loc.gov/ead/ead3.xsd",
        'dsctype="combined"',
        part=True,
    ),
}


def write_ead(
    fonds: Fonds, choice: Choice, actor: Actor, edition: str, target: Path, tell: Tell = nobody
) -> Written:
    """Writes a fonds with all that the actor may see of it; ``tell`` hears of every entry."""
    with target.open("w", encoding="utf-8") as file:
        writer = _Writer(file, fonds, DIALECTS[edition], tell)
        writer.written = Written()
        with writer.document(), writer.element("dsc", DIALECTS[edition].dsc):
            for scheme in Scheme.objects.filter(fonds=fonds):
                writer.series(scheme, choice, actor)
            for entry in writer.entries(records_of(fonds, choice, actor).filter(scheme=None)):
                writer.item(entry)
        return writer.written


class _Writer:
    """Writes elements to a file; keeps count."""

    def __init__(self, file: TextIO, fonds: Fonds, dialect: Dialect, tell: Tell) -> None:
        self.file, self.fonds, self.dialect, self.tell = file, fonds, dialect, tell
        self.written = Written()
        self.terms: dict[str, str] = {}

    def put(self, text: str) -> None:
        """Writes what is ready."""
        self.file.write(text)

    @contextmanager
    def element(self, name: str, attributes: str = "") -> Iterator[None]:
        """An element around what is written inside."""
        self.put(f"<{name}{' ' if attributes else ''}{attributes}>\n")
        yield
        self.put(f"</{name}>\n")

    @contextmanager
    def document(self) -> Iterator[None]:
        """Head, description of the fonds, and the end."""
        self.put('<?xml version="1.0" encoding="UTF-8"?>\n')
        place = f"{self.dialect.namespace} {self.dialect.location}"
        attributes = (
            f'xmlns="{self.dialect.namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="{place}"'
        )
        with self.element("ead", attributes):
            self.put(_control3(self.fonds) if self.dialect.part else _header2002(self.fonds))
            with self.element("archdesc", 'level="fonds"'):
                self.put(self.about_fonds())
                yield

    def about_fonds(self) -> str:
        """The fonds as a unit."""
        fonds = self.fonds
        span = f"{fonds.started or ''}/{fonds.ended or ''}" if fonds.started and fonds.ended else ""
        shown = f"{fonds.started:%Y}—{f'{fonds.ended:%Y}' if fonds.ended else ''}" if fonds.started else ""
        did = (
            f"<did>{self.house('repository', fonds.archive)}{_tag('unitid', fonds.code)}{_tag('unittitle', fonds.name)}"
            f"{_dated(shown, span)}{self.house('origination', fonds.creator)}{self.language()}</did>\n"
        )
        told = _tag("p", fonds.history)
        return did + (f"<bioghist>{told}</bioghist>\n" if told else "")

    def language(self) -> str:
        """The language of the material."""
        return '<langmaterial><language langcode="chi">中文</language></langmaterial>'

    def house(self, name: str, organisation: Organisation) -> str:
        """A corporate body in the element ``name``."""
        inside = _tag("part", organisation.name) if self.dialect.part else escape(clean(organisation.name))
        return f"<{name}><corpname>{inside}</corpname></{name}>"

    def series(self, scheme: Scheme, choice: Choice, actor: Actor) -> None:
        """One class: its years, in each its volumes with their items, then the items in none."""
        rows = records_of(self.fonds, choice, actor).filter(scheme=scheme)
        volumes = volumes_of(self.fonds, choice).filter(scheme=scheme)
        years = sorted({*years_of(rows), *years_of(volumes)}, key=lambda year: (year is None, year or 0))
        if not years:
            return
        loose = Q(volume=None)
        if rows.exclude(loose).exclude(volume__in=volumes).exists():  # in volumes that are not written here
            loose |= ~Q(volume__in=volumes)
        with self.element("c", 'level="series"'):
            self.put(f"<did>{_tag('unitid', scheme.category)}{_tag('unittitle', scheme.name)}</did>\n")
            for year in years:
                with self.element("c", 'level="subseries"'):
                    title = str(year) if year else _("年度不详")
                    self.put(
                        f"<did>{_tag('unittitle', title)}{_dated(str(year or ''), str(year or ''))}</did>\n"
                    )
                    self.volumes(rows, volumes.filter(year=year))
                    for entry in self.entries(rows.filter(loose, year=year)):
                        self.item(entry)

    def volumes(self, rows: Any, volumes: Any) -> None:
        """Volumes, some hundred at a time, each with its items, of whatever year these are."""
        keys = iter(list(volumes.order_by("number", "id").values_list("id", flat=True)))
        while group := list(islice(keys, VOLUMES_AT_ONCE)):
            standing = Volume.objects.in_bulk(group)
            inside = rows.filter(volume__in=group)
            if inside.count() > MOST_INSIDE:
                for key in group:
                    self.volume(standing[key], self.entries(rows.filter(volume=key)))
                continue
            by_volume: dict[Any, list[Entry]] = {}
            for entry in self.entries(inside):
                by_volume.setdefault(entry.volume_id, []).append(entry)
            for key in group:
                self.volume(standing[key], by_volume.get(key, []))

    def volume(self, volume: Volume, inside: Iterable[Entry]) -> None:
        """A volume with its items."""
        self.count()
        with self.element("c", 'level="file"'):
            normal = _span(volume.date_start, volume.date_end)
            self.put(
                f"<did>{_tag('unitid', volume.reference_code)}{_tag('unittitle', volume.title)}"
                f"{_dated(volume.date_text, normal)}</did>\n"
            )
            for entry in inside:
                self.item(entry)

    def entries(self, rows: Any) -> Iterator[Entry]:
        """Records as entries, in the order of their codes."""
        for row in walk(rows, RECORD):
            yield record_entry(self.fonds, row, self.terms)

    def count(self) -> None:
        """One entry more."""
        self.written.records += 1
        self.tell(1)

    def item(self, entry: Entry) -> None:
        """One record."""
        self.count()
        level = "file" if entry.level == "volume" else "item"
        pages, responsible = entry.text("page_count"), entry.text("responsible")
        extent = _("%(n)s 页") % {"n": pages} if pages else ""
        physical = (
            _tag("physdesc", extent) if self.dialect.part else _wrap("physdesc", _tag("extent", extent))
        )
        name = _tag("part", responsible) if self.dialect.part else escape(clean(responsible))
        by = f"<origination><name>{name}</name></origination>" if responsible else ""
        number = entry.text("document_number")
        label = "localtype" if self.dialect.part else "type"
        other = f'<unitid {label}="{_("文号")}">{escape(clean(number))}</unitid>' if number else ""
        self.put(
            f'<c level="{level}"><did>{_tag("unitid", entry.text("reference_code"))}{other}'
            f"{_tag('unittitle', entry.text('title'))}{_dated(entry.text('date_text'), _span(entry.date_start, entry.date_end))}"
            f"{physical}{by}</did>"
            f"{_note('accessrestrict', entry.text('opening_mark'))}{_note('appraisal', entry.text('retention'))}"
            f"{_note('odd', entry.text('M75'))}</c>\n"
        )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(clean(text))}</{name}>" if text else ""


def _wrap(name: str, inside: str) -> str:
    return f"<{name}>{inside}</{name}>" if inside else ""


def _note(name: str, text: str) -> str:
    return f"<{name}><p>{escape(clean(text))}</p></{name}>" if text else ""


def _span(start: Any, end: Any) -> str:
    if not start or not end or start.year == 1:
        return ""
    return start.isoformat() if start == end else f"{start.isoformat()}/{end.isoformat()}"


def _dated(text: str, normal: str) -> str:
    if not text:
        return ""
    attribute = f" normal={quoteattr(normal)}" if normal else ""
    return f"<unitdate{attribute}>{escape(clean(text))}</unitdate>"


def _header2002(fonds: Fonds) -> str:
    today = timezone.localdate().isoformat()
    return (
        '<eadheader countryencoding="iso3166-1" dateencoding="iso8601" langencoding="iso639-2b" '
        'repositoryencoding="iso15511" scriptencoding="iso15924">'
        f'<eadid countrycode="CN" identifier={quoteattr(str(fonds.id))}>{escape(clean(fonds.code))}</eadid>'
        f"<filedesc><titlestmt>{_tag('titleproper', fonds.name)}</titlestmt>"
        f"<publicationstmt>{_tag('publisher', fonds.archive.name)}</publicationstmt></filedesc>"
        f'<profiledesc><creation>Lantai 兰台 <date normal="{today}">{today}</date></creation>'
        '<langusage><language langcode="chi">中文</language></langusage></profiledesc></eadheader>\n'
    )


def _control3(fonds: Fonds) -> str:
    now = timezone.now().isoformat(timespec="seconds")
    return (
        f'<control countryencoding="iso3166-1" dateencoding="iso8601" langencoding="iso639-2b" '
        'repositoryencoding="iso15511" scriptencoding="iso15924">'
        f"<recordid>{fonds.id}</recordid>"
        f"<filedesc><titlestmt>{_tag('titleproper', fonds.name)}</titlestmt>"
        f"<publicationstmt>{_tag('publisher', fonds.archive.name)}</publicationstmt></filedesc>"
        '<maintenancestatus value="derived"/>'
        f'<maintenanceagency countrycode="CN">{_tag("agencyname", fonds.archive.name)}</maintenanceagency>'
        '<languagedeclaration><language langcode="chi">中文</language><script scriptcode="Hans">简体</script>'
        "</languagedeclaration>"
        '<maintenancehistory><maintenanceevent><eventtype value="derived"/>'
        f'<eventdatetime standarddatetime="{now}">{now}</eventdatetime><agenttype value="machine"/>'
        "<agent>Lantai 兰台</agent></maintenanceevent></maintenancehistory></control>\n"
    )

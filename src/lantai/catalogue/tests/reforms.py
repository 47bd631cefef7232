"""Reforms as tests have them planned and carried out."""

from datetime import date

from lantai.catalogue.api import Authority, Name, save_authority
from lantai.catalogue.fonds import names, reforming
from lantai.core.actors import SYSTEM, Actor
from lantai.institutions.api import record_filter
from lantai.records.api import Fonds, Record
from lantai.records.tests.factories import archive, organisation, receiver

DAY = date(2026, 1, 1)


def officer():
    return Actor("officer", "安全", frozenset({"security_officer"}), via="web")


def water(code="990100-002", name="云州市水利局"):
    return organisation(code, name, "agency", archive())


def with_fonds(house, code):
    return Fonds.objects.get_or_create(
        archive=archive(), code=code, defaults={"creator": house, "name": house.name}
    )[0]


def planned(kind, parties, by=None, day=DAY):
    return reforming.plan_reform(
        archive=archive(), kind=kind, document="云编〔2026〕1号", effective_on=day, parties=parties,
        actor=by or receiver(),
    )  # fmt: skip


def done(kind, parties):
    made = reforming.carry_out(reform=planned(kind, parties), actor=officer())
    names.forget()
    return made


def may_see(actor, row):
    return Record.objects.filter(record_filter(actor), id=row.id).exists()


def on_file(name):
    return save_authority(
        authority=Authority(archive=archive()), values={"kind": "agency", "name": name},
        names=[Name("简称", "short")], actor=SYSTEM,
    )  # fmt: skip

"""Controlled vocabularies (受控词表): kept, imported from a table, looked up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.formats.api import decode_text
from lantai.institutions.api import Organisation
from lantai.ledger.api import append

from .models import Term, Vocabulary

ACT = "catalogue.edit_vocabulary"
COLUMNS = ("word", "code", "preferred", "broader", "note")
HEADINGS = {
    "word": ("词", "词语", "主题词", "名称", "word"),
    "code": ("代码", "编号", "code"),
    "preferred": ("用", "正式词", "用词", "preferred"),
    "broader": ("属", "上位词", "broader"),
    "note": ("注释", "说明", "note"),
}
MOST_TERMS = 200_000
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made of a table."""

    added: int
    changed: int
    same: int


@transaction.atomic
def save_vocabulary(
    *, vocabulary: Vocabulary, name: str, source: str, closed: bool, actor: Actor
) -> Vocabulary:
    """Makes a vocabulary, or changes what it is called.

    Raises:
        Conflict: the archive has another one under that key.
    """
    require(actor, ACT, Scope(organisation_id=vocabulary.archive_id), subject=vocabulary.key)
    others = Vocabulary.objects.filter(archive=vocabulary.archive, key=vocabulary.key).exclude(
        id=vocabulary.id
    )
    if others.exists():
        raise Conflict(_("已有代号相同的词表。"), subject=vocabulary.key, remedy=_("请换一个代号。"))
    before = None if vocabulary._state.adding else _told(Vocabulary.objects.get(id=vocabulary.id))
    vocabulary.name, vocabulary.source, vocabulary.closed = name.strip(), source.strip(), closed
    vocabulary.changed_at = timezone.now()
    vocabulary.save()
    append(
        act=ACT, actor=actor, subject=f"vocabulary:{vocabulary.id}", before=before, after=_told(vocabulary)
    )
    return vocabulary


@transaction.atomic
def put_terms(
    *, vocabulary: Vocabulary, rows: Sequence[Mapping[str, str]], actor: Actor, remove: Iterable[UUID] = ()
) -> Imported:
    """Adds words or changes those that stand there, and takes others out; one act.

    Args:
        vocabulary: whose.
        rows: ``word``, and where told ``code``, ``preferred``, ``broader``, ``note``; the words a row
            names may stand in any other row.
        actor: who edits.
        remove: words that go.

    Raises:
        Invalid: a row has no word, a word stands twice, or one leads to a word that is not there, or in a circle.
    """
    require(actor, ACT, Scope(organisation_id=vocabulary.archive_id), subject=vocabulary.name)
    given = _tidied(rows)
    vocabulary.terms.filter(id__in=list(remove)).delete()
    standing = {term.word: term for term in vocabulary.terms.select_related("preferred", "broader")}
    fresh = [Term(vocabulary=vocabulary, word=word) for word in given if word not in standing]
    Term.objects.bulk_create(fresh, batch_size=1_000)
    terms = standing | {term.word: term for term in fresh}
    changed = [terms[word] for word, row in given.items() if _settle(terms, terms[word], row)]
    _refuse_circles(terms)
    Term.objects.bulk_update(changed, ["code", "preferred", "broader", "note"], batch_size=500)
    vocabulary.changed_at = timezone.now()
    vocabulary.save(update_fields=["changed_at"])
    known = {term.word for term in fresh}
    done = Imported(len(fresh), len([t for t in changed if t.word not in known]), 0)
    done = Imported(done.added, done.changed, len(given) - done.added - done.changed)
    append(
        act=ACT, actor=actor, subject=f"vocabulary:{vocabulary.id}", count=max(1, done.added + done.changed),
        after={"terms": sorted(given.items())},
    )  # fmt: skip
    return done


def _tidied(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    if len(rows) > MOST_TERMS:
        raise Invalid(_("一个词表最多 %(most)s 个词。") % {"most": MOST_TERMS})
    given: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, 1):
        tidy = {name: str(row.get(name, "") or "").strip()[:300] for name in COLUMNS if name in row}
        word = tidy.get("word", "")[:200]
        if not word:
            raise Invalid(_("第 %(row)s 行没有词。") % {"row": number})
        if word in given:
            raise Invalid(_("“%(word)s”在表里出现两次。") % {"word": word})
        given[word] = tidy
    return given


def _settle(terms: Mapping[str, Term], term: Term, row: Mapping[str, str]) -> bool:
    """Gives a word what its row says; answers whether anything changed."""
    before = (term.code, term.note, term.preferred_id, term.broader_id)
    for name in ("preferred", "broader"):
        if name in row:
            target = terms.get(row[name]) if row[name] else None
            if row[name] and target is None:
                raise Invalid(
                    _("“%(word)s”指向的“%(other)s”不在词表里。") % {"word": term.word, "other": row[name]},
                    remedy=_("请把它也列为一行。"),
                )
            setattr(term, name, target)
    term.code = row.get("code", term.code)[:40]
    term.note = row.get("note", term.note)
    return before != (term.code, term.note, term.preferred_id, term.broader_id)


def _refuse_circles(terms: Mapping[str, Term]) -> None:
    above = {term.id: term.broader_id for term in terms.values()}
    for term in terms.values():
        if term.preferred_id == term.id or (term.preferred and term.preferred.preferred_id):
            raise Invalid(_("“%(word)s”指向的词本身也不是正式词。") % {"word": term.word})
        seen, at = {term.id}, term.broader_id
        while at is not None:
            if at in seen:
                raise Invalid(_("“%(word)s”的上位词绕成了圈。") % {"word": term.word})
            seen.add(at)
            at = above.get(at)


def read_terms(content: bytes) -> list[dict[str, str]]:
    """Rows of a CSV file with headings, in whatever encoding offices use.

    Raises:
        Invalid: there is no column of words.
    """
    try:
        table = list(csv.reader(io.StringIO(decode_text(content))))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Invalid(_("这不是可以读的 CSV 文件：%(error)s。") % {"error": error}) from error
    headings = [cell.strip().lstrip("\ufeff") for cell in table[0]] if table else []
    places = {
        name: headings.index(heading)
        for name, known in HEADINGS.items()
        for heading in known
        if heading in headings
    }
    if "word" not in places:
        raise Invalid(
            _("表里没有“词”这一列。"), subject="、".join(headings)[:100],
            remedy=_("首行写列名：词、代码、用、属、注释；后四列可以没有。"),
        )  # fmt: skip
    return [
        {name: row[place] if place < len(row) else "" for name, place in places.items()}
        for row in table[1:]
        if any(cell.strip() for cell in row)
    ]


def table_of(vocabulary: Vocabulary) -> str:
    """The vocabulary as CSV that can be imported again."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["词", "代码", "用", "属", "注释"])
    for term in vocabulary.terms.select_related("preferred", "broader").order_by("word"):
        writer.writerow([term.word, term.code, term.preferred or "", term.broader or "", term.note])
    return out.getvalue()


def allowed_words(archive_id: UUID, key: str, words: Sequence[str]) -> list[str]:
    """The words that a closed vocabulary does not allow: unknown ones, and those that lead to another."""
    vocabulary = Vocabulary.objects.filter(archive_id=archive_id, key=key, closed=True).first()
    if vocabulary is None:
        return []
    good = set(vocabulary.terms.filter(word__in=words, preferred=None).values_list("word", flat=True))
    return [word for word in words if word not in good]


def suggestions(archive_id: UUID, key: str) -> list[str]:
    """Words offered while typing."""
    terms = Term.objects.filter(vocabulary__archive_id=archive_id, vocabulary__key=key, preferred=None)
    return list(terms.order_by("word").values_list("word", flat=True)[:200])


def preferred_words(vocabulary: Vocabulary) -> dict[str, str]:
    """By each word that leads to another, the word to use."""
    terms = vocabulary.terms.filter(preferred__isnull=False)
    return dict(terms.values_list("word", "preferred__word"))


def archive_of(actor: Actor) -> Organisation | None:
    """The archive whose templates, vocabularies and authorities an actor works with."""
    if actor.organisation_id is None:
        return None
    own = Organisation.objects.select_related("archive").filter(id=actor.organisation_id).first()
    return own.archive if own and own.archive_id and own.kind != Organisation.Kind.ARCHIVE else own


def _told(vocabulary: Vocabulary) -> dict[str, object]:
    return {name: getattr(vocabulary, name) for name in ("key", "name", "source", "closed")}

"""No Chinese sentence reaches people but through gettext: an English reader reads English."""

import ast
import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "lantai"
HAN = re.compile("[\u4e00-\u9fff]")
TRANSLATED = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
LOOKED_UP = {
    "compile", "endswith", "find", "fullmatch", "get", "index", "match", "maketrans", "removeprefix",
    "removesuffix", "search", "setdefault", "split", "startswith", "strip", "sub",
}  # fmt: skip
"""Calls whose Chinese is compared with what people wrote, not shown to them."""
HELP = {"help", "summary", "description", "verbose_name"}
"""Words of ``--help`` and of the API's reference, one document each; of models, shown nowhere."""
HELP_CALLS = {"Option", "Argument", "declare", "NinjaAPI"}
ALLOWED = {
    "access/views.py": "names of files that are downloaded",
    "capture/channels/completing.py": "names of columns, as spreadsheets bear them",
    "capture/channels/data.py": "values of the classification as stored",
    "capture/channels/data_views.py": "values of the retention as stored",
    "capture/channels/accounts.py": "element names of 描述.xml",
    "capture/channels/accounts_views.py": "the word a voucher's number begins with",
    "capture/channels/mail_views.py": "a value of the classification as stored",
    "capture/channels/matters.py": "element names of 描述.xml",
    "capture/channels/matters_views.py": "kinds of applicants, as stored",
    "capture/channels/photographs.py": "element names of 描述.xml",
    "capture/channels/recordings.py": "element names of 描述.xml",
    "capture/channels/mail.py": "names of values as stored",
    "capture/channels/village.py": "values of classification and disclosure as stored",
    "capture/completeness/expecting.py": "document numbers, as agencies write them",
    "capture/endpoints_schemas.py": "examples in the API's reference",
    "capture/exhibits/reading.py": "element names of 描述.xml, and the numbers of vouchers as written",
    "capture/fields.py": "values of the classification as stored",
    "capture/grid_views.py": "values of the disclosure as stored",
    "capture/processing.py": "the title a purged record is kept under",
    "capture/collecting/commands.py": "the name of the roster, as archives call theirs",
    "capture/schedules/commands.py": "the name of the table, as agencies call theirs",
    "capture/schedules/reading.py": "words of a schedule's spreadsheet",
    "catalogue/exporting/ead.py": "the language of the description, named within it",
    "catalogue/fonds/names.py": "what names of divisions end in",
    "catalogue/assist/persons.py": "words that names stand beside, as written in papers",
    "catalogue/assist/places.py": "words that names of places stand beside, as written in papers",
    "catalogue/assist/finding.py": "names of elements as kept, and words of official papers, as written in them",
    "catalogue/authorities/importing.py": "names of columns, as spreadsheets bear them",
    "catalogue/description/vocabularies.py": "names of columns, as spreadsheets bear them",
    "catalogue/importing/scans/checking.py": "names of columns of the list of units, as spreadsheets bear them",
    "catalogue/importing/rules.py": "words of old catalogues, as written in them",
    "catalogue/importing/sources/dbf.py": "yes and no, as catalogues write them",
    "catalogue/importing/sources/sheets.py": "yes and no, as catalogues write them",
    "config/api.py": "the title of the API's document, in both languages",
    "config/help_words.py": "the words of `--help`, one document each",
    "config/settings.py": "the house's name and the names of languages, each in its own words",
    "core/actors.py": "the names the platform and the public are recorded under",
    "core/cli.py": "the name the platform is recorded under",
    "core/dates.py": "the words of Chinese dates, read and written",
    "core/eras.py": "the words of Chinese dates",
    "core/numerals.py": "Chinese numerals",
    "core/seals/signing.py": "the name on sample seals, as sealed",
    "search/spans.py": "words of Chinese dates",
    "search/suggesting.py": "particles of titles",
    "search/typed.py": "words of the query language",
    "vault/watch/drill_report.py": "words of a PDF report, a Chinese document to sign and file",
    "inspection/commands.py": "words of --help",
    "inspection/grouping.py": "words of the PDF report, a Chinese document to sign and file",
    "inspection/models.py": "labels of columns, shown nowhere",
    "inspection/mojibake.py": "characters that betray a wrong encoding",
    "opening/selectors.py": "a value of the disclosure as stored",
    "packages/eep/items.py": "element names of DA/T 48",
    "packages/eep/emitting.py": "element names of DA/T 48",
    "packages/eep/grammar.py": "element names of DA/T 48, and findings with values in them",
    "packages/eep/modifying.py": "element names of DA/T 48",
    "packages/eep/signing.py": "element names of DA/T 48, and the name on sample certificates, as signed",
    "packages/eep/writing.py": "element names and values of DA/T 48, and lines of 说明文件",
    "packages/encapsulation/facts.py": "element names of DA/T 48",
    "packages/encapsulation/parsing.py": "element names of DA/T 48",
    "records/codes.py": "ranges of characters",
    "records/commands.py": "a schedule's title as the regulation has it, unless another is given",
    "transfer/commands.py": "what the hand-over form says where there is nothing to say",
    "transfer/exporting.py": "names of files and folders on a carrier",
    "transfer/isolating.py": "the mark a record is isolated under, as stored",
    "transfer/package_views.py": "names of files that are downloaded",
    "transfer/pdf.py": "the hand-over form of the standard, a Chinese document to sign",
    "transfer/readiness_views.py": "names of files that are downloaded",
    "transfer/receipts.py": "the name of the form, as signed",
    "transfer/register.py": "the hand-over form of the standard, a Chinese document to sign",
    "transfer/services.py": "the title a hand-over is recorded under",
    "transfer/sip.py": "names of columns, as packages bear them",
    "transfer/stripping.py": "metadata M58 and the hand-over form, written for good",
    "transfer/views.py": "names of files that are downloaded",
    "ui/charts.py": "the measure word for records",
    "ui/dates.py": "dates written as the reader's language writes them",
    "ui/specimen.py": "what the style page shows as content",
    "vault/premis.py": "the preservation metadata, written for good",
    "vault/stores.py": "the comment a new settings file begins with",
}


def _messages():
    spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _name(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _is_help(key):
    return isinstance(key, ast.Constant) and key.value in HELP


def bare(tree):
    """Lines of Chinese text that is neither translated nor help nor something looked up."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and HAN.search(node.value):
                yield node.lineno
        elif isinstance(node, ast.Call) and _name(node) in TRANSLATED | LOOKED_UP | HELP_CALLS:
            waiting += [node.func]
        elif isinstance(node, ast.Dict):
            waiting += [value for key, value in zip(node.keys, node.values, strict=True) if not _is_help(key)]
        elif not (
            (isinstance(node, ast.keyword) and node.arg in HELP)
            or (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in HELP)
            or isinstance(node, ast.Subscript | ast.Compare)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ):
            waiting += ast.iter_child_nodes(node)


def _sources():
    recorded = {path for pattern in _messages().RECORDED for path in PACKAGE.glob(pattern)}
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        if {"tests", "migrations"} & set(inside.parts) or inside.parts[0] in {"demo", "bench"}:
            continue
        if path not in recorded:
            yield str(inside), ast.parse(path.read_text(encoding="utf-8"))


def test_every_chinese_text_goes_through_gettext():
    found = {f"{name}:{line}" for name, tree in _sources() if name not in ALLOWED for line in bare(tree)}
    assert sorted(found) == [], "wrap it in lantai.core.language.gettext"


def test_no_exception_has_outlived_its_reason():
    needed = {name for name, tree in _sources() if any(True for _line in bare(tree))}
    assert set(ALLOWED) - needed == set()


def test_the_scan_sees_sentences_and_leaves_what_is_translated():
    assert list(bare(ast.parse('raise Invalid("不行。")'))) == [1]
    assert set(bare(ast.parse('say(f"共 {total} 件")'))) == {1}
    assert list(bare(ast.parse('say(_("共 %(total)s 件") % {"题名": total})'))) == []
    assert list(bare(ast.parse('"""说明。"""'))) == []

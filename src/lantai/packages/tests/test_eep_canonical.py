from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from lantai.packages.eep.signing import canonical_bytes
from lantai.packages.encapsulation.c14n import METHODS, Canonical, Scopes
from lantai.packages.xmlstream import XmlStream

from .encapsulations import NAMESPACE, original, reference

NAMES = st.sampled_from(["a", "p:b", "q:c", "文"])
TEXTS = st.text(st.sampled_from("ab<>&\"'\t\n é㐂"), max_size=6)


@st.composite
def elements(draw, depth=0):
    attributes = draw(st.dictionaries(st.sampled_from(["x", "p:y", "xml:lang", "甲"]), TEXTS, max_size=3))
    declared = draw(
        st.dictionaries(st.sampled_from(["xmlns", "xmlns:p", "xmlns:q"]), st.sampled_from(["u:1", "u:2"]))
    )
    name = draw(NAMES)
    inner = draw(st.lists(elements(depth + 1), max_size=2)) if depth < 3 else []

    def quoted(text):
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        return escaped.replace("\t", "&#9;").replace("\n", "&#10;")

    given = "".join(f' {key}="{quoted(value)}"' for key, value in {**declared, **attributes}.items())
    text = draw(TEXTS).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}{given}>{text}{'<!--c--><?pi d?>'.join(inner)}</{name}>"


@settings(max_examples=60, deadline=None)
@given(elements(), elements())
def test_the_canonical_form_is_that_of_another_library(tmp_path_factory, outer, inner):
    text = f'<r xmlns:p="u:p" xmlns:q="u:q" xmlns="u:0"><s>{outer}{inner}</s></r>'
    path = tmp_path_factory.mktemp("c") / "x.xml"
    path.write_text(text, encoding="utf-8", newline="")
    element = etree.parse(path).getroot()[0]
    for method in METHODS:
        assert canonical(path, method) == reference(element, method)


def test_what_stands_above_is_inherited(tmp_path):
    path = tmp_path / "x.xml"
    path.write_text(
        '<r xmlns:p="u:p" xml:space="preserve" xmlns="u:0"><s><p:t a="1"/></s></r>', encoding="utf-8"
    )
    inclusive = b'<s xmlns="u:0" xmlns:p="u:p" xml:space="preserve"><p:t a="1"></p:t></s>'
    assert canonical(path, "c14n") == inclusive
    assert canonical(path, "exc-c14n") == b'<s xmlns="u:0"><p:t xmlns:p="u:p" a="1"></p:t></s>'


def canonical(path: Path, method: str) -> bytes:
    taken: list[bytes] = []

    class Reader:
        def __init__(self):
            self.scopes, self.one, self.depth = Scopes(), Canonical(taken.append, method), 0

        def start(self, name, attributes):
            tag = self.scopes.start(name, attributes)
            self.depth += 1
            if self.depth > 1:
                self.one.start(tag)

        def end(self, name):
            self.scopes.end()
            if self.depth > 1:
                self.one.end(name)
            self.depth -= 1

        def text(self, data):
            if self.depth > 1:
                self.one.text(data)

        def instruction(self, target, data):
            self.one.instruction(target, data)

        def comment(self, data):
            self.one.comment(data)

    XmlStream(path, Reader()).run()
    return b"".join(taken)


def test_what_is_signed_is_the_canonical_form(tmp_path):
    path = original(tmp_path)
    element = etree.parse(path).getroot().find(f"{{{NAMESPACE}}}被签名对象")
    assert canonical_bytes(path, "被签名对象") == reference(element)

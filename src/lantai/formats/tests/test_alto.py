"""Words and their places are read from ALTO, in any version and in any unit."""

import pytest

from lantai.formats.api import extract_text, read_alto

ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto{namespace}><Layout><Page ID="P1"{number} WIDTH="1000" HEIGHT="2000"><PrintSpace><TextBlock>
<TextLine><String CONTENT="關於" HPOS="100" VPOS="200" WIDTH="200" HEIGHT="100"/><SP/>
<String CONTENT="圍墾" HPOS="300" VPOS="200" WIDTH="200" HEIGHT="100"/></TextLine>
<TextLine><String CONTENT="工程" HPOS="100" VPOS="400" WIDTH="200" HEIGHT="100"/><String CONTENT=" "/></TextLine>
</TextBlock></PrintSpace></Page></Layout></alto>"""


@pytest.mark.parametrize(
    "namespace",
    ["", ' xmlns="http://www.loc.gov/standards/alto/ns-v4#"', ' xmlns="http://schema.ccs-gmbh.com/ALTO"'],
)
def test_words_and_their_places(tmp_path, namespace):
    path = tmp_path / "0003.xml"
    path.write_text(ALTO.format(namespace=namespace, number=' PHYSICAL_IMG_NR="3"'), encoding="utf-8")
    [[page]] = read_alto([path])
    assert page.number == 3
    assert page.lines[0][1] == ("圍墾", 0.3, 0.1, 0.2, 0.05)
    assert page.text == "關於 圍墾\n工程"
    assert extract_text(path) == [page.text]


@pytest.mark.parametrize(
    "text", ["<record>文</record>", "<alto", '<alto><Page WIDTH="x" HEIGHT="-1"/></alto>']
)
def test_other_and_broken_xml_holds_no_words(tmp_path, text):
    path = tmp_path / "a.xml"
    path.write_text(text, encoding="utf-8")
    [pages] = read_alto([path])
    assert [page.lines for page in pages] in ([], [()])

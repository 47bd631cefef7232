"""PDFs that act by themselves: told, never silently kept."""

import pikepdf
import pytest

from lantai.formats.tests.samples import make_pdf

from .factories import finding, inspect, item, outcomes

pytestmark = pytest.mark.usefixtures("no_scanner")


def _act(pdf, kind):
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    if kind == "open":
        pdf.Root.OpenAction = script
    elif kind == "named":
        pdf.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["a", script])))
    elif kind == "launch":
        action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 99, 99], A=action
        )
        pdf.pages[0].Annots = pikepdf.Array([link])
    else:
        pdf.attachments["x.exe"] = b"MZ"


@pytest.mark.parametrize(
    ("kind", "told"), [("open", "脚本"), ("named", "脚本"), ("launch", "Launch"), ("file", "内嵌文件 1 个")]
)
def test_a_pdf_that_acts_by_itself_is_told_with_a_remedy_and_a_quiet_one_is_not(tmp_path, kind, told):
    with pikepdf.open(make_pdf(tmp_path / "a.pdf")) as pdf:
        _act(pdf, kind)
        pdf.save(tmp_path / "b.pdf")
    report = inspect(tmp_path, item(tmp_path, {"正文.pdf": tmp_path / "b.pdf"}))
    assert outcomes(report, "sec.active") == {"warn"}
    assert told in finding(report, "sec.active").observed
    assert "PDF/A" in finding(report, "sec.active").remedy
    assert outcomes(inspect(tmp_path, item(tmp_path)), "sec.active") == {"pass"}

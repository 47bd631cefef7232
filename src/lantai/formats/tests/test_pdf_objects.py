import pikepdf
import pytest

from lantai.formats.api import characterise
from lantai.formats.pdf_objects import object_streams


def write(path, action, **options):
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 200))
        if action:
            pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(action))
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate, **options)
    return path


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ({"/S": pikepdf.Name.JavaScript, "/JS": "app.alert(1)"}, "脚本"),
        ({"/S": pikepdf.Name.Launch, "/F": "cmd.exe"}, "外部程序"),
    ],
)
def test_an_action_in_a_compressed_object_stream_is_told(tmp_path, action, told):
    path = write(tmp_path / "a.pdf", action)
    assert str(action["/S"]).encode() not in path.read_bytes()
    assert any(told in said for said in characterise(path).active)


def test_a_pdf_without_actions_is_told_of_none(tmp_path):
    path = write(tmp_path / "a.pdf", None)
    assert [*object_streams(path)]
    assert characterise(path).active == ()


def test_a_damaged_object_stream_is_passed_over(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"/Type/ObjStm>>stream\nnot deflated /ObjStm /ObjStm")
    assert [*object_streams(path)] == [b""]

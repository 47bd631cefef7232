"""Small packages of items that describe themselves, written as a system would write them."""

from __future__ import annotations

import wave
from pathlib import Path

from PIL import ExifTags, Image

from lantai.packages.described_writing import Element, describing, list_file, write_described

RECORD = {
    "题名": "东屿市水利局防汛演练",
    "责任者": "东屿市水利局",
    "日期": "20260602",
    "年度": "2026",
    "保管期限": "永久",
    "密级": "公开",
}


def photograph(path: Path, taken: str = "2026:06:02 09:15:00", artist: str = "林岚") -> Path:
    """A photograph as a camera writes it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = artist.encode()
    exif[ExifTags.Base.Model] = "NIKON D850"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    Image.new("RGB", (640, 480), (90, 120, 140)).save(path, "JPEG", exif=exif)
    return path


def sound(path: Path, seconds: int = 3) -> Path:
    """A recording of nothing."""
    with wave.open(str(path), "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(8000)
        output.writeframes(b"\0\0" * 8000 * seconds)
    return path


def photo_group(folder: Path, work: Path, *, when: str = "2026-06-02", left: str = "10") -> Path:
    """A group of one photograph with one person in it."""
    picture = photograph(work / "IMG_0001.jpg")
    root = describing("照片组", "DA/T 54-2014", RECORD)
    for name, text in {
        "事由": "防汛演练", "时间": when, "地点": "下沙塘闸", "人物": "陈墨", "背景": "汛前演练", "摄影者": "林岚",
    }.items():  # fmt: skip
        root.add(name, text)
    photo = root.add("照片", 题名="启闭闸门", 时间=when, 摄影者="林岚")
    photo.add("人物", 姓名="陈墨", 左=left, 上="20", 宽="15", 高="40")
    list_file(photo, picture, "IMG_0001.jpg")
    write_described(folder, root, [(picture, "IMG_0001.jpg")])
    return folder


def recording(folder: Path, work: Path, *, end: str = "00:00:02") -> Path:
    """A recording with one clip."""
    heard = sound(work / "speech.wav")
    root = describing("音像", "DA/T 63-2017", RECORD)
    for name, text in {
        "事由": "防汛会议", "时间": "2026-06-02", "地点": "会议室", "人物": "陈墨", "摄录者": "林岚",
    }.items():  # fmt: skip
        root.add(name, text)
    root.add("片段", "讲话要点", 题名="局长讲话", 起="00:00:01", 止=end, 人物="陈墨")
    list_file(root, heard, "speech.wav")
    write_described(folder, root, [(heard, "speech.wav")])
    return folder


def accounts(folder: Path, work: Path, *, credit: str = "1200.00", attachments: str = "1") -> Path:
    """A voucher with an electronic invoice."""
    invoice = work / "发票.xml"
    invoice.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        "<EInvoice><TaxSupervisionInfo><InvoiceNumber>26332000000012345678</InvoiceNumber></TaxSupervisionInfo>"
        "<BasicInformation><TotalTax-includedAmount>1200.00</TotalTax-includedAmount></BasicInformation></EInvoice>",
        encoding="utf-8",
    )
    root = describing("会计资料", "DA/T 94-2022", {**RECORD, "题名": "2026年6月记账凭证", "保管期限": "30年"})
    root.attributes = {**root.attributes, "类别": "凭证", "会计年度": "2026"}
    voucher = root.add("凭证", 字="记", 号="12", 日期="2026-06-02", 摘要="购水泵", 附件数=attachments)
    voucher.add("分录", 科目="固定资产", 借方="1200.00")
    voucher.add("分录", 科目="银行存款", 贷方=credit)
    list_file(voucher, invoice, "发票.xml", 发票号码="26332000000012345678", 金额="1200.00")
    write_described(folder, root, [(invoice, "发票.xml")])
    return folder


STEPS = (("申请", "09:00"), ("受理", "10:00"), ("审查", "11:00"), ("决定", "14:00"), ("送达", "16:00"))
PAPERS = ("申请书", "受理通知书", "决定书")


def matter(folder: Path, work: Path, *, steps=STEPS, papers=PAPERS) -> Path:
    """A licence applied for and given."""
    root = describing("政务服务事项", "GB/T 42727-2023", {**RECORD, "题名": "河道采砂许可"})
    root.attributes = {
        **root.attributes, "事项编码": "000119001000", "事项名称": "河道采砂许可",
        "办件编号": "2026-0007", "事项类型": "行政许可",
    }  # fmt: skip
    root.add("申请人", 类型="法人", 名称="东屿砂石有限公司", 证件号码="91330000MA00000000")
    process = root.add("办理过程")
    for name, at in steps:
        process.add("环节", "同意", 名称=name, 机构="东屿市水利局", 人员="林岚", 时间=f"2026-06-02 {at}")
    root.add("结果", 类型="准予许可", 文号="东水许〔2026〕7号", 日期="2026-06-02")
    files = []
    for paper in papers:
        source = work / f"{paper}.txt"
        source.write_text(paper, encoding="utf-8")
        list_file(root, source, source.name, 材料=paper)
        files.append((source, source.name))
    write_described(folder, root, files)
    return folder


def table(folder: Path, work: Path, text: str, *, rows: str, types=("整数", "文本")) -> Path:
    """A table of two columns, the first its key."""
    data = work / "reservoirs.csv"
    data.write_text(text, encoding="utf-8")
    root = describing("业务数据", "DA/T 57-2014", {**RECORD, "题名": "水库名录"})
    made: Element = root.add("数据表", 名称="水库名录", 行数=rows)
    made.add("来源系统", "水利业务平台")
    made.add("列", "水库编号", 名称="id", 类型=types[0], 主键="是")
    made.add("列", "水库名称", 名称="name", 类型=types[1], 长度="10")
    list_file(made, data, "reservoirs.csv")
    write_described(folder, root, [(data, "reservoirs.csv")])
    return folder

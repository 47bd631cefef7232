"""What an agency keeps besides papers: a table, a group of photographs, a recording, vouchers, a matter, a page."""

from __future__ import annotations

import csv
import io
import math
import random
import shutil
import struct
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import ExifTags, Image, ImageDraw

from lantai.packages.api import (
    Element,
    TableColumn,
    TableDescription,
    describing,
    list_file,
    write_described,
    write_file_table,
)

from .website import DESCRIBED, write_site

YEAR = 2026
_RATE_HZ = 8_000
_SEASONS = ("汛前", "梅汛", "台汛", "汛后")


@dataclass(frozen=True, slots=True)
class Special:
    """A package of one such record.

    Attributes:
        key: its name.
        title: what the clerk calls it.
        write: writes the record's folder, with a folder for loose files at hand.
        described: what is said of the record where its files do not tell.
    """

    key: str
    title: str
    write: Callable[[Path, Path, random.Random, str], None]
    described: Mapping[str, str] = field(default_factory=dict)


def specials() -> tuple[Special, ...]:
    """Everything that is sent."""
    return (
        Special("tables", "水库水位观测数据", _table),
        Special("photos", "防汛演练照片", _photographs),
        Special("sound", "防汛会商会录音", _recording),
        Special("vouchers", "记账凭证", _voucher),
        Special("matter", "取水许可办件", _matter),
        Special("web", "汛情公告网页", write_site, DESCRIBED),
    )


def write_special(special: Special, loose: Path, target: Path, chance: random.Random, agency: str) -> None:
    """Writes the package as one ZIP.

    Args:
        special: which.
        loose: an empty folder for what is made on the way.
        target: the ZIP to make.
        chance: decides what is invented.
        agency: name of the agency.
    """
    package = loose / "package"
    package.mkdir()
    special.write(package / "0001", loose, chance, agency)
    shutil.make_archive(str(target.with_suffix("")), "zip", package)


def _record(title: str, agency: str, day: str, retention: str) -> dict[str, str]:
    return {
        "题名": title,
        "责任者": agency,
        "日期": day,
        "年度": str(YEAR),
        "保管期限": retention,
        "密级": "公开",
        "立档单位名称": agency,
    }


def _table(folder: Path, loose: Path, chance: random.Random, agency: str) -> None:
    source = loose / "水位.csv"
    with source.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "reservoir", "observed_on", "level", "season"])
        for number in range(1, 1201):
            month, day = 1 + (number - 1) // 100, 1 + number % 28
            name = chance.choice(["下沙塘水库", "茅山水库", "双溪水库"])
            level = f"{chance.uniform(18, 31):.2f}"
            writer.writerow(
                [number, name, f"{YEAR}-{month:02d}-{day:02d}", level, _SEASONS[(month - 1) // 3]]
            )
    known = {
        "id": TableColumn("id", "整数", meaning="观测编号", key=True),
        "reservoir": TableColumn("reservoir", "文本", meaning="水库名称"),
        "observed_on": TableColumn("observed_on", "日期", meaning="观测日期"),
        "level": TableColumn("level", "小数", unit="米", meaning="水位"),
        "season": TableColumn("season", "文本", meaning="汛期"),
    }
    record = _record(f"{YEAR}年水库水位观测数据", agency, f"{YEAR}-10-31", "永久")
    write_file_table(source, folder, TableDescription(record, "水利业务平台", "水库水位观测", known))


def _photographs(folder: Path, loose: Path, chance: random.Random, agency: str) -> None:
    root = describing(
        "照片组", "DA/T 54-2014", _record(f"{YEAR}年下沙塘闸防汛演练", agency, f"{YEAR}-05-20", "永久")
    )
    _say(
        root,
        {
            "事由": "汛前防汛演练",
            "时间": f"{YEAR}-05-20",
            "地点": "下沙塘闸",
            "人物": "陈墨、林岚",
            "背景": "检验闸门启闭和抢险队伍集结",
            "摄影者": "周岸",
        },
    )
    files = []
    for number, title in enumerate(["闸门启闭", "抢险队集结"], 1):
        name = f"DSC_{number:04d}.jpg"
        places = _picture(loose / name, chance)
        photo = root.add("照片", 题名=title, 时间=f"{YEAR}-05-20 09:{number:02d}", 摄影者="周岸")
        for person, (left, top, width, height) in zip(("陈墨", "林岚"), places, strict=True):
            photo.add("人物", 姓名=person, 左=left, 上=top, 宽=width, 高=height)
        list_file(photo, loose / name, name)
        files.append((loose / name, name))
    write_described(folder, root, files)


def _picture(path: Path, chance: random.Random) -> list[tuple[int, int, int, int]]:
    """A drawn scene with two figures before a sluice; where the figures stand, in per cent."""
    image = Image.new("RGB", (1500, 1000), "#b8c9d3")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 620, 1500, 1000), fill="#7c8a6b")
    draw.polygon([(0, 620), (420, 380 + chance.randrange(60)), (900, 620)], fill="#93a596")
    draw.rectangle((820, 330, 1380, 700), fill="#a9a49a")
    for gate in range(4):
        draw.rectangle((850 + gate * 135, 420, 950 + gate * 135, 700), fill="#5e666b")
    places = []
    for left in (300 + chance.randrange(80), 600 + chance.randrange(80)):
        draw.ellipse((left + 25, 480, left + 95, 560), fill="#d9b99b")
        draw.rectangle((left, 560, left + 120, 820), fill="#2f4858")
        places.append((left * 100 // 1500, 47, 9, 36))
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "周岸".encode()
    exif[ExifTags.Base.Model] = "NIKON D850"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{YEAR}:05:20 09:00:00"
    image.save(path, "JPEG", quality=85, exif=exif)
    return places


def _recording(folder: Path, loose: Path, chance: random.Random, agency: str) -> None:
    root = describing(
        "音像", "DA/T 63-2017", _record(f"{YEAR}年防汛会商会录音", agency, f"{YEAR}-07-11", "30年")
    )
    _say(
        root,
        {
            "事由": "台风防御会商",
            "时间": f"{YEAR}-07-11",
            "地点": "三楼会商室",
            "人物": "陈墨、林岚",
            "摄录者": "周岸",
        },
    )
    root.add("片段", "通报台风路径和雨量预报。", 题名="雨情通报", 起="00:00:00", 止="00:00:03", 人物="林岚")
    root.add("片段", "部署人员转移和水闸调度。", 题名="会商结论", 起="00:00:03", 止="00:00:06", 人物="陈墨")
    sound = loose / "会商会.wav"
    sound.write_bytes(_tone(6, chance))
    list_file(root, sound, sound.name)
    write_described(folder, root, [(sound, sound.name)])


def _tone(seconds: int, chance: random.Random) -> bytes:
    output = io.BytesIO()
    with wave.open(output, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(_RATE_HZ)
        pitch_hz = chance.choice([330, 392, 440])
        for place in range(seconds * _RATE_HZ):
            fading = math.exp(-3 * (place % _RATE_HZ) / _RATE_HZ)
            made.writeframesraw(
                struct.pack("<h", int(9000 * fading * math.sin(math.tau * pitch_hz * place / _RATE_HZ)))
            )
    return output.getvalue()


def _voucher(folder: Path, loose: Path, chance: random.Random, agency: str) -> None:
    total = f"{chance.randrange(8_000, 60_000)}.00"
    number = f"26332000000{chance.randrange(10**8, 10**9)}"
    invoice = loose / "发票.xml"
    invoice.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<EInvoice><EInvoiceData>'
        f"<SellerInformation><SellerName>东屿市宏泉机电有限公司</SellerName></SellerInformation>"
        f"<BuyerInformation><BuyerName>{agency}</BuyerName></BuyerInformation>"
        f"<BasicInformation><TotalTax-includedAmount>{total}</TotalTax-includedAmount></BasicInformation></EInvoiceData>"
        f"<TaxSupervisionInfo><InvoiceNumber>{number}</InvoiceNumber><IssueTime>{YEAR}-06-02</IssueTime></TaxSupervisionInfo>"
        "</EInvoice>\n",
        encoding="utf-8",
    )
    root = describing(
        "会计资料", "DA/T 94-2022", _record(f"{YEAR}年6月记账凭证", agency, f"{YEAR}-06-30", "30年")
    )
    root.attributes = {**root.attributes, "类别": "凭证", "会计年度": YEAR}
    voucher = root.add("凭证", 字="记", 号="12", 日期=f"{YEAR}-06-05", 摘要="购置排涝水泵", 附件数=1)
    voucher.add("分录", 科目="固定资产—专用设备", 借方=total)
    voucher.add("分录", 科目="零余额账户用款额度", 贷方=total)
    list_file(voucher, invoice, invoice.name, 发票号码=number, 金额=total)
    write_described(folder, root, [(invoice, invoice.name)])


def _matter(folder: Path, loose: Path, chance: random.Random, agency: str) -> None:
    serial = chance.randrange(10, 90)
    title = "东屿白沙水产养殖专业合作社取水许可"
    root = describing("政务服务事项", "GB/T 42727-2023", _record(title, agency, f"{YEAR}-03-18", "永久"))
    root.attributes = {
        **root.attributes,
        "事项编码": "000119002000",
        "事项名称": "取水许可",
        "办件编号": f"{YEAR}-{serial:04d}",
        "事项类型": "行政许可",
    }
    root.add("申请人", 类型="法人", 名称="东屿白沙水产养殖专业合作社")
    process = root.add("办理过程")
    days = {"申请": "03-02", "受理": "03-04", "审查": "03-11", "决定": "03-16", "送达": "03-18"}
    for name, day in days.items():
        process.add("环节", 名称=name, 机构=agency, 人员="林岚", 时间=f"{YEAR}-{day} 10:00", 结果="通过")
    root.add("结果", 类型="准予许可", 文号=f"东水许〔{YEAR}〕{serial}号", 日期=f"{YEAR}-03-16")
    files = []
    for name in ("申请书", "受理通知书", "决定书"):
        paper = loose / f"{name}.txt"
        paper.write_text(f"{name}\n{title}\n{agency}\n", encoding="utf-8")
        list_file(root, paper, paper.name, 材料=name)
        files.append((paper, paper.name))
    write_described(folder, root, files)


def _say(root: Element, values: Mapping[str, str]) -> None:
    for name, text in values.items():
        root.add(name, text)

"""The rules of DA/T 48 on one package taken apart: version, order, values, references, files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from lantai.core.findings import Finding

from ..dat46 import read_size
from ..encapsulation.parsing import CONTENT, Content, Layer, Parsed, layers_of
from ..rules import kind_data, rules_of
from ..xmltree import Node
from .grammar import check_models

KEY = "eep"
_IDENTIFIERS = ("文档标识符", "签名标识符")
_ATTRIBUTES = ("文档数据ID", "编码ID", "编码数据ID")
_TOLD = 50
_DATE_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$")
_KEYWORD = re.compile(r"^base64[-_]?", re.IGNORECASE)


def check(parsed: Parsed, subject: str) -> Iterator[Finding]:
    """Everything but the signatures."""
    checking = Checking(parsed, subject, layers_of(parsed.root))
    yield from checking.head()
    for layer in checking.layers:
        yield from checking.type_of(layer)
    yield from checking.shape()
    yield from checking.values()
    yield from checking.identifiers()
    yield from checking.references()
    yield from checking.files()


@dataclass(slots=True)
class Checking:
    """One package under examination."""

    parsed: Parsed
    subject: str
    layers: list[Layer]

    def at(self, node: Node) -> str:
        """An element as the reader finds it."""
        return f"{self.subject} 第{node.line}行 {node.name}"

    def head(self) -> Iterator[Finding]:
        """Namespace, version and what it declares itself to be."""
        rules, data, root = rules_of(KEY), kind_data(KEY), self.parsed.root
        if self.parsed.namespace != data["namespace"]:
            observed = self.parsed.namespace or "没有命名空间"
            remedy = "请按标准在根元素上声明命名空间。"
            yield rules.fail("namespace", self.at(root), data["namespace"], observed, remedy)
        version, wanted = root.value("版本"), data["version"]
        remedy = "请用符合 DA/T 48-2009 的软件重新封装。"
        if version != wanted:
            yield rules.fail("version", f"{self.subject} 版本", wanted, version or "没有", remedy)
        for layer in self.layers:
            signed = layer.signed.attributes.get("eep版本", "")
            if signed != wanted or signed != version:
                expected = f"{wanted}，与“版本”同值"
                yield rules.fail(
                    "version", f"{self.at(layer.signed)} eep版本", expected, signed or "没有", remedy
                )
        told = root.value("封装包格式描述")
        if "48-2009" not in re.sub(r"\s", "", told):
            expected = "声明依据 DA/T 48-2009"
            remedy = "请在“封装包格式描述”中写明依据的标准。"
            yield rules.warn(
                "version.format", f"{self.subject} 封装包格式描述", expected, told or "没有", remedy
            )
        charset = self.parsed.charset
        if charset.exceeded:
            observed = "声明 GB2312，含有只有 GB18030 才有的字（已按 GB18030 读取）"
            remedy = '请把声明改为 encoding="GB18030"，或另存为 UTF-8。'
            yield rules.warn("encoding", self.subject, "声明与内容相符", observed, remedy)

    def type_of(self, layer: Layer) -> Iterator[Finding]:
        """Whether a layer is of the type it says."""
        rules, types = rules_of(KEY), kind_data(KEY)["types"]
        stated, told = layer.signed.value("封装包类型"), layer.signed.value("封装包类型描述")
        actual = "修改型" if layer.signed.child("修改封装内容") else "原始型"
        subject = f"{self.at(layer.signed)} 封装包类型"
        if stated not in types:
            expected = "“原始型”或“修改型”"
            yield rules.fail("type", subject, expected, stated or "没有", "请改正封装包类型后重新封装。")
        elif stated != actual:
            remedy = "原始型用“封装内容”，修改型用“修改封装内容”，请核对后重新封装。"
            yield rules.fail("type", subject, actual, stated, remedy)
        elif re.sub(r"\s", "", told) != types[stated]:
            remedy = "请核对封装包类型描述。"
            yield rules.warn("type", f"{subject}描述", types[stated], told or "没有", remedy)
        created = layer.signed.value("封装包创建时间")
        if created and not is_date_time(created):
            expected = "日期时间，如 2024-03-01T08:30:00+08:00"
            where = f"{self.at(layer.signed)} 封装包创建时间"
            yield rules.fail("values", where, expected, created, "请改正时间的写法。")

    def shape(self) -> Iterator[Finding]:
        """Elements missing, out of order or unknown."""
        rules, low = rules_of(KEY), set(kind_data(KEY)["low"])
        for place, (node, model, problem) in enumerate(check_models(self.parsed.root)):
            if place == _TOLD:
                yield rules.fail(
                    "model", self.subject, "次序与标准一致", "还有更多", "请改正以上各处后重新检测。"
                )
                return
            tell = rules.warn if node.name in low else rules.fail
            remedy = "请按标准补齐元素、调整次序后重新封装。"
            yield tell("model", self.at(node), model.text, problem, remedy)

    def values(self) -> Iterator[Finding]:
        """Values outside their range, and mandatory elements that hold nothing."""
        rules, data = rules_of(KEY), kind_data(KEY)
        ranges, filled = data["values"], set(data["filled"]["names"])
        empty: Counter[str] = Counter()
        for node in self.parsed.root.walk():
            if node.name in filled and not node.text and not node.children:
                empty[node.name] += 1
            allowed = ranges.get(node.name)
            if allowed and node.text and node.text not in allowed:
                expected = "、".join(allowed)
                yield rules.fail("values", self.at(node), expected, node.text, f"请改正“{node.name}”。")
        for name, count in empty.items():
            yield rules.fail(
                "values", f"{self.subject} {name}", "不为空", f"{count} 处为空", f"请填写“{name}”。"
            )

    def identifiers(self) -> Iterator[Finding]:
        """Identifiers that stand twice."""
        seen: Counter[str] = Counter()
        for node in self.parsed.root.walk():
            if node.name in _IDENTIFIERS and node.text:
                seen[node.text] += 1
            seen.update(node.attributes[name] for name in _ATTRIBUTES if node.attributes.get(name))
        for identifier, count in seen.items():
            if count > 1:
                remedy = "请给每个文档、编码和签名各自的标识符后重新封装。"
                where = f"{self.subject} {identifier}"
                yield rules_of(KEY).fail("identifiers", where, "标识符不重复", f"出现 {count} 次", remedy)

    def references(self) -> Iterator[Finding]:
        """References to what is not there."""
        nodes = list(self.parsed.root.walk())
        known = {
            "被锁定签名标识符": {node.text for node in nodes if node.name == "签名标识符"},
            "引用编码数据ID": {
                node.attributes.get("编码数据ID", "") for node in nodes if node.name == CONTENT
            },
        }
        agents = {node.value("机构人员标识符") for node in nodes if node.name == "机构人员实体"}
        for node in nodes:
            wanted = node.attributes.get("引用编码数据ID", "") if node.name == CONTENT else ""
            if wanted and wanted not in known["引用编码数据ID"]:
                yield self._dangling(node, f"引用编码数据ID {wanted}")
            if node.name == "被锁定签名标识符" and node.text not in known[node.name]:
                yield self._dangling(node, node.text)
            if node.name == "业务实体" and node.value("机构人员标识符") not in agents:
                yield self._dangling(node, f"机构人员标识符 {node.value('机构人员标识符')}")

    def files(self) -> Iterator[Finding]:
        """Each 编码: its Base64, its name, its size and format as stated and as they are."""
        for node in self.parsed.root.walk():
            data = node.child(CONTENT) if node.name == "编码" else None
            if data is not None:
                yield from self._file(node, data, self.parsed.contents.get(data.order, Content(None, 0)))

    def _file(self, code: Node, data: Node, content: Content) -> Iterator[Finding]:
        rules = rules_of(KEY)
        properties = code.child("电子属性") or Node("电子属性")
        name, ending = properties.value("计算机文件名"), keyword_ending(code.value("反编码关键字"))
        subject = f"{self.at(code)} {name}".rstrip()
        if content.problem:
            remedy = "请重新封装该文件，编码数据须是完整的 Base64。"
            yield rules.fail("content", subject, "合法的 Base64", content.problem, remedy)
        elif (
            content.path is None
            and not data.attributes.get("引用编码数据ID")
            and read_size(properties.value("计算机文件大小")) != 0
        ):
            remedy = "请放进文件内容，或写明引用的编码数据。"
            yield rules.fail("content", subject, "有编码数据", "是空的", remedy)
        if is_unsafe_name(name):
            remedy = "请只写文件名，不写路径。"
            yield rules.fail("content.name", subject, "只有文件名", name, remedy)
        actual = PurePosixPath(name).suffix.removeprefix(".").lower()
        if ending and actual and ending != actual:
            remedy = "请核对计算机文件名与反编码关键字。"
            yield rules.warn("content.name", f"{subject} 反编码关键字", actual, ending, remedy)
        yield from self._stated(properties, content, subject, actual)

    def _stated(self, properties: Node, content: Content, subject: str, ending: str) -> Iterator[Finding]:
        rules = rules_of(KEY)
        size, told = read_size(properties.value("计算机文件大小")), properties.value("计算机文件大小")
        if content.path is not None and told and size != content.size_bytes:
            remedy = "文件在封装时有增减，或大小写错：请核对后重新封装。"
            yield rules.fail(
                "content.size", subject, f"{told}（计算机文件大小）", f"{content.size_bytes} 字节", remedy
            )
        words = set(re.findall(r"[a-z0-9]+", properties.value("格式信息").lower()))
        known = set(kind_data(KEY)["format_words"])
        if ending and words & known and not words & set(kind_data(KEY)["format_words"].get(ending, [ending])):
            remedy = "请核对格式信息与计算机文件名。"
            stated = properties.value("格式信息")
            yield rules.warn("content.format", subject, f"{ending} 格式", stated, remedy)

    def _dangling(self, node: Node, wanted: str) -> Finding:
        remedy = "请改正标识符，使它指向包内已有的元素。"
        return rules_of(KEY).fail("identifiers", self.at(node), f"包内有“{wanted}”", "没有", remedy)


def is_unsafe_name(name: str) -> bool:
    """Whether a file name is a path, leads elsewhere or cannot be kept."""
    return bool(re.search(r"[/\\\x00-\x1f]|^\.\.?$|^[A-Za-z]:", name.strip()))


def keyword_ending(keyword: str) -> str:
    """The file name ending a 反编码关键字 states: ``pdf`` for ``pdf``, ``.PDF`` and ``base64-pdf``."""
    return _KEYWORD.sub("", keyword.strip()).lstrip(".").lower()


def is_date_time(text: str) -> bool:
    """Whether a text is an XML dateTime."""
    if not _DATE_TIME.match(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True

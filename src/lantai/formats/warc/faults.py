"""What is wrong with a web archive, by stable key, with the clause it offends (ISO 28500:2017)."""

from __future__ import annotations

from dataclasses import dataclass

RULES: dict[str, tuple[str, str, bool]] = {
    "empty": ("WARC 1.1 4", "文件是空的，没有记录", True),
    "not_warc": ("WARC 1.1 4", "不是 WARC 或 ARC 文件", True),
    "bad_version": ("WARC 1.1 4", "记录不以 WARC 版本行开头，前一记录的边界可能有误", True),
    "bad_header": ("WARC 1.1 4", "记录头不合格式", True),
    "header_too_long": ("WARC 1.1 4", "记录头过长", True),
    "missing_field": ("WARC 1.1 5.1", "缺少必备字段", True),
    "missing_uri": ("WARC 1.1 5.14", "缺少目标网址（WARC-Target-URI）", True),
    "bad_length": ("WARC 1.1 5.3", "长度不是非负整数", True),
    "cut": ("WARC 1.1 5.3", "内容比记录头所写的短，文件不完整", True),
    "bad_boundary": ("WARC 1.1 4", "记录之后没有两个空行，长度可能有误", True),
    "no_final_newlines": ("WARC 1.1 4", "最后一条记录之后没有两个空行", False),
    "extra_newlines": ("WARC 1.1 4", "记录之间有多余的空行", False),
    "bare_newlines": ("WARC 1.1 4", "记录头的行不以 CRLF 结尾", False),
    "bad_date": ("WARC 1.1 5.4", "采集时间（WARC-Date）不合格式", True),
    "bad_record_id": ("WARC 1.1 5.2", "记录标识（WARC-Record-ID）不是尖括号中的 URI", False),
    "repeated_record_id": ("WARC 1.1 5.2", "记录标识（WARC-Record-ID）重复", False),
    "unknown_type": ("WARC 1.1 5.5", "记录类型不在标准之内", False),
    "block_digest": ("WARC 1.1 5.8", "记录内容与声明的摘要不符", True),
    "payload_digest": ("WARC 1.1 5.9", "网页内容与声明的摘要不符", True),
    "unknown_digest": ("WARC 1.1 5.8", "摘要算法不认识，未比对", False),
    "bad_uri": ("WARC 1.1 5.14", "目标网址带有空格、尖括号等不应有的字符", False),
    "truncated_capture": ("WARC 1.1 5.15", "采集时已截断（WARC-Truncated）", False),
    "bad_http": ("WARC 1.1 6.3", "响应不以 HTTP 状态行开头", False),
    "damaged_gzip": ("WARC 1.1 D", "压缩数据已损坏或不完整", True),
    "not_per_record": ("WARC 1.1 D", "不是逐条记录压缩，无法按位置读取单条记录", True),
    "bomb": ("WARC 1.1 D", "压缩比异常，疑为压缩炸弹，未再解压", True),
    "bad_arc": ("ARC 1.0", "ARC 记录行不合格式", True),
}  # fmt: skip
"""Clause, what is said, and whether the archive cannot be taken with it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        key: of :data:`RULES`.
        offset: of the record within the file, compressed or not, in bytes.
        record: its WARC-Record-ID or address; empty where it has none.
        observed: what was there, if that says more than the rule.
    """

    key: str
    offset: int = 0
    record: str = ""
    observed: str = ""

    @property
    def clause(self) -> str:
        """The clause it offends."""
        return RULES[self.key][0]

    @property
    def said(self) -> str:
        """What is wrong, in words for people."""
        return RULES[self.key][1]

    @property
    def is_fatal(self) -> bool:
        """Whether the archive cannot be taken with it."""
        return RULES[self.key][2]

"""What is wrong with a message, by stable key, with the clause it offends."""

from __future__ import annotations

from dataclasses import dataclass

RULES = {
    "empty": ("RFC 5322 2.1", "文件是空的，没有邮件"),
    "no_header": ("RFC 5322 2.2", "没有任何邮件头字段"),
    "no_message_field": ("RFC 5322 3.6", "没有一个邮件头字段是邮件应有的（From、Date、To、Subject 等）"),
    "binary": ("RFC 5322 2.1.1", "邮件头中有二进制内容，不是邮件"),
    "too_large": ("RFC 5322 2.1", "邮件大得不合常理，其余未再解析"),
    "too_deep": ("RFC 2045 2.6", "嵌套层次过多，里层未再解析"),
    "too_many_parts": ("RFC 2046 5.1", "邮件的组成部分过多，其余未再解析"),
    "header_too_long": ("RFC 5322 2.1.1", "邮件头过长，其余未再解析"),
    "no_from": ("RFC 5322 3.6.2", "没有发件人（From）"),
    "no_date": ("RFC 5322 3.6.1", "没有发送时间（Date）"),
    "bad_date": ("RFC 5322 3.3", "发送时间（Date）不合格式"),
    "repeated_field": ("RFC 5322 3.6", "只应出现一次的邮件头字段重复"),
    "stray_header_line": ("RFC 5322 2.2", "邮件头中有不成字段的行"),
    "eight_bit_header": ("RFC 2047 1", "邮件头中有未编码的非 ASCII 字符"),
    "charset_lies": ("RFC 2045 5.1", "正文的字符集与声明不符，已按实际编码读取"),
    "base64_damaged": ("RFC 2045 6.8", "base64 内容中有不属于该编码的字符"),
    "unknown_encoding": ("RFC 2045 6.4", "传输编码不认识，内容按原样保留"),
    "bad_content_type": ("RFC 2045 5.2", "内容类型（Content-Type）不合格式，按纯文本处理"),
    "no_boundary_parameter": ("RFC 2046 5.1.1", "多部分邮件没有给出分界符"),
    "boundary_never_found": ("RFC 2046 5.1.1", "多部分邮件中找不到分界符"),
    "not_closed": ("RFC 2046 5.1.1", "多部分邮件没有结束分界符，可能未传完整"),
}
UNREADABLE = frozenset({"empty", "no_header", "no_message_field", "binary"})
"""With these there is no message to be read; all others are told and hold nothing back."""
INCOMPLETE = frozenset({"too_large", "too_deep", "too_many_parts", "header_too_long"})
"""With these a part of the message was not read."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One fault of a message.

    Attributes:
        key: of :data:`RULES`.
        where: the part or field, in words; empty for the message as a whole.
    """

    key: str
    where: str = ""

    @property
    def clause(self) -> str:
        """The clause it offends."""
        return RULES[self.key][0]

    @property
    def said(self) -> str:
        """What is wrong, in words for people."""
        return RULES[self.key][1]

"""What holds for every operation of the HTTP API, told in its OpenAPI document once for all.

The document is in the language of who asks for it.
"""

from __future__ import annotations

from typing import Any, TypeVar

from lantai.core.language import gettext

Document = TypeVar("Document", bound=dict[str, Any])

PROBLEM = "Problem"
READ = {"summary", "description"}
"""Keys whose text people read; source strings are Chinese, or English that stands in the code."""
_TEXT = {"type": "string"}
_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "为什么没有办成：发生了什么，对哪一项，怎么办。",
    "required": ["message", "subject", "remedy"],
    "properties": {
        "message": _TEXT,
        "subject": _TEXT,
        "remedy": _TEXT,
        "detail": {
            "type": "array",
            "description": "请求不合要求（422）时，逐项的原因，供程序判断。",
            "items": {"type": "object"},
        },
    },
}
_REFUSALS = {
    401: "没有出示有效的接口密钥，或没有登录",
    403: "您的角色不能调用",
    404: "没有，或者您看不到",
    409: "与现状冲突",
    422: "请求不合要求",
    429: "调用太频繁；见应答头 Retry-After",
    503: "暂时不能办；见应答头 Retry-After",
}
_ETAG = {"ETag": {"description": "应答内容的标记，供 If-None-Match 与 If-Match 使用。", "schema": _TEXT}}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "schema": _TEXT,
    "description": "上次应答的 ETag；内容没有变化时返回 304，不带内容。",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "schema": _TEXT,
    "description": "读取这一项时得到的 ETag；此后它已被改动时返回 412，什么也不改。",
}
_READS, _WRITES = ("get",), ("post", "put", "patch", "delete")
_JSON = "application/json"


def complete(document: Document) -> Document:
    """Adds keys, refusals and conditional requests to the operations of a document."""
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})[PROBLEM] = _SCHEMA
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "接口密钥，形如 ltk_…，由档案室签发。"}
    }
    document["security"] = [{"key": []}, {}]
    document.setdefault("info", {})["description"] = (
        "JSON 应答都带 ETag，可用 If-None-Match 省去未变的内容，用 If-Match 防止覆盖别人的改动；"
        "列表每次一页，把应答中的 next 交回即得下一页；出错时的 message、subject、remedy 说明原因与办法。"
    )
    for path, operations in document["paths"].items():
        for method in _READS + _WRITES:
            if method in operations:
                _complete(document["paths"], path, method, operations[method])
    for name, part in document.items():
        document[name] = _in_words_of_the_reader(part)
    return document


def _in_words_of_the_reader(part: Any) -> Any:
    """The same with what people read in it translated."""
    if isinstance(part, list):
        return [_in_words_of_the_reader(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: gettext(value)
        if name in READ and isinstance(value, str) and value
        else _in_words_of_the_reader(value)
        for name, value in part.items()
    }


def is_write_of_one_thing(paths: dict[str, Any], path: str) -> bool:
    """Whether a write at this address is about a single thing that can be read: there, or right above."""
    return any(
        "get" in paths.get(place, {}) and place.endswith(("}", "/callback"))
        for place in (path, path.rpartition("/")[0])
    )


def _complete(paths: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    for status, why in _REFUSALS.items():
        answers.setdefault(status, _refusal(why))
    success = answers.get(200, {})
    if method in _READS and _JSON in success.get("content", {}):
        success.setdefault("headers", {}).update(_ETAG)
        answers.setdefault(304, {"description": "没有变化"})
        _ask(operation, _IF_NONE_MATCH)
    if method in _WRITES and is_write_of_one_thing(paths, path):
        answers.setdefault(412, _refusal("这一项与读取时不同"))
        _ask(operation, _IF_MATCH)


def _ask(operation: dict[str, Any], parameter: dict[str, Any]) -> None:
    operation["parameters"] = [*operation.get("parameters", []), parameter]


def _refusal(why: str) -> dict[str, Any]:
    return {"description": why, "content": {_JSON: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}}}

"""Agents of the METS header: the software that made the package, and the parties a SIP names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lantai.core.findings import Finding, Outcome

from ..rules import kind_data
from .document import CSIP, METS, Element, Mets, local_name
from .rules import finding

_NOTE_TYPE = f"{{{CSIP}}}NOTETYPE"
_SOFTWARE = {
    "CSIP11": ("ROLE", "CREATOR"),
    "CSIP12": ("TYPE", "OTHER"),
    "CSIP13": ("OTHERTYPE", "SOFTWARE"),
}


def check_agents(mets: Mets) -> Iterator[Finding]:
    """What is wrong with the agents of the header."""
    for header in mets.select("m:metsHdr"):
        agents = header.findall(f"{{{METS}}}agent")
        if agents:
            yield from _check_software(mets, agents)
        else:
            yield finding(
                mets, "CSIP10", Outcome.FAIL, "metsHdr", "有 agent 写明打包软件", "metsHdr 中没有 agent"
            )
        if mets.is_sip:
            for party in kind_data("eark")["agent"]:
                yield from _check_party(mets, agents, party)


def _check_software(mets: Mets, agents: list[Element]) -> Iterator[Finding]:
    """One agent must meet everything at once; where none does, the nearest ones are told about."""
    faults = [dict(_software_faults(agent)) for agent in agents]
    least = min(map(len, faults))
    named: set[str] = set()
    for agent, broken in zip(agents, faults, strict=True):
        if len(broken) == least:
            for code, (expected, observed) in broken.items():
                if code not in named:
                    named.add(code)
                    yield finding(mets, code, Outcome.FAIL, _who(agent), expected, observed)


def _software_faults(agent: Element) -> Iterator[tuple[str, tuple[str, str]]]:
    for code, (attribute, wanted) in _SOFTWARE.items():
        value = agent.get(attribute)
        if value != wanted:
            observed = f"{attribute} 为“{value}”" if value else f"没有 {attribute}"
            yield code, (f"打包软件的 agent/@{attribute} 为 {wanted}", observed)
    names, notes = _children(agent, "name"), _children(agent, "note")
    if len(names) != 1 or not _words(names[0]):
        yield "CSIP14", ("打包软件的 agent 有一个 name，写明软件名称", _counted(names))
    if len(notes) != 1 or not _words(notes[0]):
        yield "CSIP15", ("打包软件的 agent 有一个 note，写明软件版本", _counted(notes))
    if notes and not any(note.get(_NOTE_TYPE) == "SOFTWARE VERSION" for note in notes):
        value = notes[0].get(_NOTE_TYPE)
        yield (
            "CSIP16",
            (
                "note/@csip:NOTETYPE 为 SOFTWARE VERSION",
                f"NOTETYPE 为“{value}”" if value else "没有 csip:NOTETYPE",
            ),
        )


def _check_party(mets: Mets, agents: list[Element], party: dict[str, Any]) -> Iterator[Finding]:
    codes, types = party["codes"], party["types"]
    role = [agent for agent in agents if agent.get("ROLE") == party["role"] and not _is_software(agent)]
    parties = [agent for agent in role if agent.get("TYPE") in types]
    for agent in role:
        if agent not in parties:
            yield finding(
                mets,
                codes["type"],
                Outcome.FAIL,
                _who(agent),
                f"{party['who']}的 agent/@TYPE 为 {' 或 '.join(types)}",
                f"TYPE 为“{agent.get('TYPE', '')}”",
            )
    if "required" in party and not parties:
        yield finding(
            mets,
            party["required"],
            Outcome.FAIL,
            "metsHdr",
            f"有 agent 写明{party['who']}",
            "没有这样的 agent",
        )
    for agent in parties:
        if not _children(agent, "name"):
            yield finding(
                mets, codes["name"], Outcome.WARN, _who(agent), f"{party['who']}的 agent 有 name", "没有 name"
            )
        for note in _children(agent, "note"):
            if note.get(_NOTE_TYPE) != "IDENTIFICATIONCODE" and agent.get("TYPE") != "INDIVIDUAL":
                yield finding(
                    mets,
                    codes["note"],
                    Outcome.FAIL,
                    _who(agent),
                    "note/@csip:NOTETYPE 为 IDENTIFICATIONCODE",
                    f"NOTETYPE 为“{note.get(_NOTE_TYPE, '')}”",
                )


def _is_software(agent: Element) -> bool:
    return agent.get("OTHERTYPE") == "SOFTWARE"


def _children(agent: Element, name: str) -> list[Element]:
    return [child for child in agent if local_name(child) == name]


def _words(node: Element) -> str:
    return "".join(str(part) for part in node.itertext()).strip()


def _counted(nodes: list[Element]) -> str:
    if not nodes:
        return "没有"
    return "是空的" if len(nodes) == 1 else f"有 {len(nodes)} 个"


def _who(agent: Element) -> str:
    names = _children(agent, "name")
    return f"agent {_words(names[0])}".strip() if names else "agent"

"""What `axis trace` says of recalls, updates and replacements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from axis.cli.output import Label, Output
from axis.cli.terms import BUSINESS_TYPES, term
from envelopes.codes import BusinessDocType
from routing.demands import DemandKind, DemandState

KINDS: Final[Mapping[DemandKind, Label]] = MappingProxyType(
    {
        DemandKind.RECALL: ("Thu hồi văn bản", "Recall"),
        DemandKind.REMOVAL: ("Thu hồi do không còn là bên nhận", "Recall, being no recipient any more"),
        DemandKind.TAKE_BACK: ("Lấy lại văn bản", "Take-back"),
        DemandKind.UPDATE: ("Cập nhật văn bản", "Update"),
    }
)
"""What a recipient was asked."""

STATES: Final[Mapping[DemandState, Label]] = MappingProxyType(
    {
        DemandState.WITHDRAWN: ("đã rút lại trước khi bên nhận lấy về", "withdrawn before it was fetched"),
        DemandState.NEVER_FETCHED: ("bên nhận chưa từng lấy về", "never fetched"),
        DemandState.ASKED: ("đã yêu cầu, chờ trả lời", "asked, waiting for an answer"),
        DemandState.AGREED: ("bên nhận đồng ý", "agreed"),
        DemandState.DECLINED: ("bên nhận không đồng ý", "declined"),
        DemandState.SUPERSEDED: ("được thay bằng yêu cầu sau", "superseded by a later one"),
    }
)
"""What came of it."""


def links_shown(output: Output, envelope: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a recall or an update is about, or what a document replaces and what replaces it.

    An axis of an earlier version tells of none.
    """
    kind, original = envelope.get("business_type"), envelope.get("original_id")
    if original and kind in {BusinessDocType.RECALL.value, BusinessDocType.UPDATE.value}:
        yield f"{output.pick(term(BUSINESS_TYPES, kind))}: {original}"
    for name, label in (
        ("replaces", ("Thay thế", "Replaces")),
        ("replaced_by", ("Được thay thế bằng", "Replaced by")),
    ):
        for one in envelope.get(name, ()):
            yield f"{output.pick(label)}: {_called(one)}  {one['envelope_id']}"


def demands_shown(
    output: Output, demands: Iterable[Mapping[str, Any]], *, local: Callable[[str], str]
) -> Iterator[str]:
    """Yield what a recipient was asked about a document and what came of it; `local` writes a moment for people."""
    for one in demands:
        kind, state = output.pick(term(KINDS, one["kind"])), output.pick(term(STATES, one["state"]))
        line = f"{kind} ({local(one['asked_at'])}): {state}"
        if one["answered_at"]:
            line = f"{line} ({local(one['answered_at'])})"
        if one["unanswered_since"] and not one["answered_at"]:
            overdue = output.pick(("quá hạn trả lời từ", "overdue since"))
            line = f"{line}; {overdue} {local(one['unanswered_since'])}"
        yield f"{line}: {one['reason']}" if one["reason"] else line


def _called(link: Mapping[str, Any]) -> str:
    """Return a document's printed number, or its sender's id where it has none."""
    number, notation = link["number"], link["notation"]
    return f"{number}/{notation}" if number and notation else str(link["document_id"])

"""Every problem type of the API: the door's own, and those of messages with the words of the floors that find them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from axis.exchange import gate, statements
from axis.exchange.document_words import DOCUMENT_WORDS, FAILURES_INSIDE
from axis.exchange.inside_words import code_inside
from axis.exchange.signature_words import SIGNATURE_WORDS
from axis.web.problem_table import DOOR_PROBLEMS
from envelopes.errors import Words
from envelopes.obstacles import OBSTACLES
from envelopes.rules import CLASSIFIED
from routing.authenticity_words import DOUBT_WORDS
from routing.reasons import REASONS, UNTOLD, ReasonCode

PROBLEM_URN: Final = "urn:axis:problem:"

_PLACEHOLDER = re.compile(r"\{\w+\}")
_ASIDE = re.compile(r" \(\{\w+\}\)")
_RULE_CODE = re.compile(r"[NRMT]\.")

_STATUS: Final = MappingProxyType(
    {
        "package/too-large": 413,
        "package/other-dialect": 422,
        "document/conflict": 409,
        "status/conflict": 409,
        "acknowledgement/lease-not-live": 409,
        "acknowledgement/not-fetched": 409,
        "acknowledgement/already-final": 409,
        "acknowledgement/not-at-disposal": 409,
        "pdf/too-long": 201,
        "pdf/lost": 201,
        "authenticity/changed-after-agency": 422,
        "authenticity/worth-refused": 422,
    }
)
"""Of codes that other floors give, those that do not have the status of their family."""

_FAMILY_STATUS: Final = MappingProxyType({"package": 400, "authenticity": 201})
"""Octets that cannot be read are 400; whatever was read and refused is 422. What a clerk should look at in a file, and
that its judgement came to no end, refuses nothing: it accompanies an accepted message as a warning."""

_READ_AND_REFUSED: Final = 422

_UNREACHABLE: Final = "directory/"
"""Codes of importing the directory, which no address of the API does."""

MESSAGE_FAMILIES: Final[Mapping[str, tuple[str, Words]]] = MappingProxyType(
    {
        "N": (
            "message/missing",
            Words(
                vi="Gói tin thiếu thông tin bắt buộc.",
                en="The message lacks something that is required.",
                do_vi="Bổ sung từng mục nêu trong findings, ký lại và gửi lại.",
                do_en="Fill in each place listed in findings, then sign and send again.",
            ),
        ),
        "R": (
            "message/out-of-range",
            Words(
                vi="Gói tin có giá trị vượt giới hạn.",
                en="A value or a number of things in the message exceeds its limit.",
                do_vi="Sửa từng mục nêu trong findings; các giới hạn có tại /v1/limits.",
                do_en="Correct each place listed in findings; the limits are at /v1/limits.",
            ),
        ),
        "M": (
            "message/not-allowed",
            Words(
                vi="Gói tin có giá trị hoặc sự kết hợp không được phép.",
                en="The message holds a value or a combination that is not allowed.",
                do_vi="Sửa từng mục nêu trong findings, ký lại và gửi lại.",
                do_en="Correct each place listed in findings, then sign and send again.",
            ),
        ),
        "T": (
            "message/wrong-kind",
            Words(
                vi="Gói tin có giá trị sai kiểu dữ liệu.",
                en="A value of the message is of the wrong kind.",
                do_vi="Ghi lại từng mục nêu trong findings theo đúng định dạng, ký lại và gửi lại.",
                do_en="Write each place listed in findings in the right form, then sign and send again.",
            ),
        ),
        CLASSIFIED: (
            "message/state-secret",
            Words(
                vi="Gói tin có dấu chỉ độ mật; không được gửi qua Trục và nội dung không được lưu.",
                en="The message is marked as a state secret; it may not travel on the axis and was not kept.",
                do_vi="Chuyển văn bản theo quy định về bảo vệ bí mật nhà nước (QĐ 28/2018/QĐ-TTg, Điều 1).",
                do_en="Send it as the law on state secrets requires (QĐ 28/2018/QĐ-TTg, Art. 1).",
            ),
        ),
    }
)
"""Findings of the rule table name their place (`N.MessageHeader.Subject`); by letter, they share a problem type."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem as the documentation lists it. Words of types that name something hold `…` in its place."""

    code: str
    status: int
    words: Words

    @property
    def slug(self) -> str:
        """The last part of the type, and the name under `/v1/problems`."""
        return slug_of(self.code)

    @property
    def uri(self) -> str:
        """The `type` member (RFC 9457 §3.1.1)."""
        return PROBLEM_URN + self.slug

    @property
    def title(self) -> str:
        """The English title: what is wrong, without a full stop."""
        return self.words.en.removesuffix(".")

    @property
    def title_vi(self) -> str:
        """The Vietnamese title."""
        return self.words.vi.removesuffix(".")


def slug_of(code: str) -> str:
    """Return the name of a code in addresses and URNs."""
    return code.replace("/", "-")


def type_of(finding_code: str) -> ProblemType:
    """Return the problem type that a finding or a problem with this code belongs to; `KeyError` for an unknown one."""
    if finding_code in MESSAGE_FAMILIES:
        return CATALOGUE[MESSAGE_FAMILIES[finding_code][0]]
    if _RULE_CODE.match(finding_code):
        return CATALOGUE[MESSAGE_FAMILIES[finding_code[0]][0]]
    return CATALOGUE[finding_code]


def _status_of(code: str) -> int:
    return _STATUS.get(code) or _FAMILY_STATUS.get(code.split("/", 1)[0], _READ_AND_REFUSED)


def _all_words() -> Iterator[tuple[str, Words]]:
    yield from ((code.value, words) for code, words in OBSTACLES.items())
    yield from MESSAGE_FAMILIES.values()
    yield from ((code.value, words) for code, words in SIGNATURE_WORDS.items())
    yield from ((finding.code, finding.words) for finding in (*gate.FINDINGS, *statements.FINDINGS))
    yield from ((code_inside(code), DOCUMENT_WORDS[code_inside(code)]) for code in FAILURES_INSIDE)
    yield from ((code.value, words) for code, words in DOUBT_WORDS.items())
    told = (code for code in ReasonCode if code not in UNTOLD and not code.startswith(_UNREACHABLE))
    yield from ((code.value, REASONS[code].words) for code in told)


def _unfilled(words: Words) -> Words:
    texts = (words.vi, words.en, words.do_vi, words.do_en)
    return Words(*(_PLACEHOLDER.sub("…", _ASIDE.sub("", text)) for text in texts))


def _build() -> dict[str, ProblemType]:
    own = [ProblemType(code.value, status, words) for code, (status, words) in DOOR_PROBLEMS.items()]
    found = [ProblemType(code, _status_of(code), _unfilled(words)) for code, words in _all_words()]
    return {one.code: one for one in (*own, *found)}


CATALOGUE: Final[Mapping[str, ProblemType]] = MappingProxyType(_build())
"""Every problem type by its code."""

BY_SLUG: Final[Mapping[str, ProblemType]] = MappingProxyType({one.slug: one for one in CATALOGUE.values()})
"""Every problem type by its slug."""

"""A recipient's acknowledgement, from the token that came in to a statement whose signer is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from axis.exchange.signature_words import finding_for
from envelopes.acknowledgement import (
    ACKNOWLEDGEMENT_TYPE,
    Acknowledgement,
    AcknowledgementUnreadable,
    read_acknowledgement,
)
from envelopes.errors import Finding, Severity, Words
from signing.certificates import Certificate
from signing.jws import JwsFailure, JwsRefused, named_certificate, verify_jws
from signing.policy import PACKAGE_POLICY
from signing.revocation.book import StatusBook, failure_in, findings_for
from signing.trust import TrustStore
from signing.verdict import Failure, RevocationFindings

_UNREADABLE: Final = Finding(
    code="acknowledgement/unreadable",
    path="",
    severity=Severity.ERROR,
    words=Words(
        vi="Nội dung xác nhận không đúng cấu trúc.",
        en="What was signed is not an acknowledgement.",
        do_vi="Ký lại JSON có đủ delivery, recipient, digest, outcome, time (và reason khi outcome là fail).",
        do_en="Sign JSON with delivery, recipient, digest, outcome, time (and reason where outcome is fail) again.",
    ),
)
_INVALID: Final = Finding(
    code="acknowledgement/invalid-signature",
    path="",
    severity=Severity.ERROR,
    words=Words(
        vi="Chữ ký số trên xác nhận không hợp lệ hoặc không đúng loại JWS mà Trục yêu cầu.",
        en="The acknowledgement's signature is not valid, or it is not the kind of JWS the axis asks for.",
        do_vi="Ký JWS dạng rút gọn, typ axis-acknowledgement+jws, RS256, ES256 hoặc ES384, có x5t#S256 ở phần đầu.",
        do_en="Sign a compact JWS: typ axis-acknowledgement+jws, RS256, ES256 or ES384, x5t#S256 in its header.",
    ),
)
_UNKNOWN_KEY: Final = Finding(
    code="acknowledgement/unknown-certificate",
    path="certificate",
    severity=Severity.ERROR,
    words=Words(
        vi="Chứng thư số đã ký xác nhận chưa được đăng ký trong danh mục.",
        en="The certificate that signed the acknowledgement is not registered in the directory.",
        do_vi="Đăng ký chứng thư số của cơ quan nhận với đơn vị quản lý danh mục, rồi ký lại.",
        do_en="Have the recipient agency's certificate registered with the keeper of the directory, then sign again.",
    ),
)

FINDINGS: Final = (_UNREADABLE, _INVALID, _UNKNOWN_KEY)
"""Every refusal of this module, for the catalogue of problems."""


class StatementRefused(Exception):
    """The token proves nothing; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Statement:
    """What a recipient said, and the certificate that it said it with."""

    acknowledgement: Acknowledgement
    certificate: Certificate
    token: str
    revocation: RevocationFindings
    """What was known of the signer's certificate and its authorities' when it was judged."""


def certificate_named(token: str) -> str | None:
    """Return the fingerprint of the certificate a token names, or None where it names none; nothing is verified yet."""
    try:
        return named_certificate(token)
    except JwsRefused:
        return None


def read_statement(
    token: str, find: Callable[[str], Certificate | None], *, trust: TrustStore, book: StatusBook, at: datetime
) -> Statement:
    """Return the statement in a token whose signature verifies; raises `StatementRefused`.

    `book` is what was found out beforehand; nobody is asked anything.

    1. The JWS verifies under a certificate that `find` knows by its fingerprint.
    2. That certificate has a path to an anchor at the moment `at` and may sign.
    3. Neither it nor one of its authorities is known to be revoked or on hold at that moment. What is unknown is no
       reason here: whoever asks decides whether it will do.
    4. The payload is an acknowledgement.
    """
    try:
        verified = verify_jws(token, find, kind=ACKNOWLEDGEMENT_TYPE)
    except JwsRefused as error:
        raise StatementRefused(_UNKNOWN_KEY if error.failure is JwsFailure.KEY_UNKNOWN else _INVALID) from error
    judged = trust.judge(verified.signer, (), at=at, policy=PACKAGE_POLICY)
    if isinstance(judged, Failure):
        raise StatementRefused(finding_for(judged))
    revocation = findings_for(judged, book, at=at)
    revoked = failure_in(revocation)
    if revoked is not None:
        raise StatementRefused(finding_for(revoked))
    try:
        return Statement(read_acknowledgement(verified.payload), verified.signer, token, revocation)
    except AcknowledgementUnreadable as error:
        raise StatementRefused(_UNREADABLE) from error

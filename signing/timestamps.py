"""Time stamps (RFC 3161, EN 319 422): requests made, answers and tokens judged; nothing is fetched."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, ClassVar, Final, Self

from asn1crypto import cms, core, tsp

from signing.allowances import Use
from signing.certificates import Certificate
from signing.cms import HASHES, UNREADABLE, SignedContent, TokenRefused, loaded, open_signed
from signing.digests import DigestAlgorithm, sha256
from signing.errors import CertificateUnreadable
from signing.paths import readable
from signing.policy import (
    CERTIFICATES_MAX,
    TIMESTAMP_ACCURACY_MAX,
    TIMESTAMP_BYTES_MAX,
    TIMESTAMP_CLOCK_TOLERANCE,
    TIMESTAMP_POLICY,
)
from signing.trust import PathJudge
from signing.verdict import CertificatePath, Failure, FailureCode, Timestamp

ANSWER_BYTES_MAX: Final = TIMESTAMP_BYTES_MAX + 4 * 1024
"""One answer, in bytes: a token, and a status with some words."""

_NONCE_BITS: Final = 64
"""As many as every authority takes; nobody guesses them."""

_KIND: Final = "tst_info"
_GRANTED: Final = frozenset({"granted", "granted_with_mods"})
_TIME: Final = re.compile(rb"[0-9]{14}(?:\.[0-9]{1,6})?Z")
"""A GeneralizedTime as RFC 3161 clause 2.4.2 has it, to the microsecond: UTC, with seconds."""


class _Response(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    """TimeStampResp; a refusal has no token, which asn1crypto's own does not know."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class TimestampRequest:
    """What an authority is asked: to stamp the SHA-256 of `stamped`, and to say the nonce back."""

    stamped: bytes
    nonce: int
    policy: str | None = None
    """The policy of the authority to stamp under, a dotted object identifier; its default where None."""

    @classmethod
    def over(cls, stamped: bytes, *, policy: str | None = None) -> Self:
        """Return a request over these octets with a nonce of its own."""
        return cls(stamped, 1 + secrets.randbits(_NONCE_BITS), policy)

    @property
    def der(self) -> bytes:
        """The TimeStampReq (RFC 3161 clause 2.4.1), with the authority's certificate asked for."""
        members = {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(self.stamped)},
            "nonce": self.nonce,
            "cert_req": True,
        }
        if self.policy is not None:
            members["req_policy"] = self.policy
        octets: bytes = tsp.TimeStampReq(members).dump()
        return octets


@dataclass(frozen=True, slots=True)
class StampedToken:
    """A token that was judged: the octets to keep, and what they prove."""

    token: bytes = field(repr=False)
    timestamp: Timestamp


def judge_answer(answer: bytes, request: TimestampRequest, *, trust: PathJudge, at: datetime) -> StampedToken | Failure:
    """Return the token an authority answered a request with, or why it is none; `at` is when it was asked, aware.

    1. The answer is one TimeStampResp of at most 68 KB, which grants the request and holds a token.
    2. The nonce is the one that was sent, the policy the one asked for.
    3. The imprint is by the very digest algorithm that was asked for.
    4. The token passes `judge_token`, and its time is no earlier than five minutes before `at`.
    """
    if len(answer) > ANSWER_BYTES_MAX:
        return Failure(FailureCode.TIMESTAMP_TOO_LARGE, f"{len(answer)} bytes")
    try:
        token = _granted(answer)
        info = _read(_opened(token, ()).content)
        _check_asked(info, request)
    except TokenRefused as refused:
        return refused.failure
    judged = judge_token(token, request.stamped, trust=trust, at=at)
    if isinstance(judged, Failure):
        return judged
    if at - judged.moment > TIMESTAMP_CLOCK_TOLERANCE:
        return Failure(FailureCode.TIMESTAMP_TIME_IMPOSSIBLE, judged.moment.isoformat())
    return StampedToken(token, judged)


def judge_token(
    token: bytes, stamped: bytes, *, trust: PathJudge, at: datetime, more: Iterable[Certificate] = ()
) -> Timestamp | Failure:
    """Return the time stamp over the octets `stamped`, judged at the aware moment `at`, or why it does not count.

    1. The token has at most 64 KB and is CMS SignedData by one signer, whose signature holds (`open_signed`).
    2. Its content is one TSTInfo of version 1 without critical extensions.
    3. The imprint is that of `stamped`, by SHA-256, SHA-384 or SHA-512.
    4. The time is UTC, not later than five minutes after `at`, and accurate to a minute where it says how far.
    5. The signer's certificate has a path to an anchor at that time and is for time stamps alone.
    6. The path holds at `at` as well: what a key signed after its certificate's end proves nothing, and when it did
       only another time stamp could tell (EN 319 102-1 clause 5.4).
    7. The authority's name, where it is stated, is the certificate's.

    `more` are further certificates that came along outside the token, trusted for nothing.
    """
    if at.tzinfo is None:
        raise ValueError("time stamps are judged at an aware moment")
    try:
        opened = _opened(token, tuple(more))
        info = _read(opened.content)
        _check_imprint(info, stamped, at=at)
        moment, accuracy = _moment(info, at=at), _accuracy(info)
        path = _path(opened, trust, moment=moment, at=at)
        _check_name(info, opened.signer)
        serial, policy = int(info["serial_number"].native), str(info["policy"].dotted)
    except TokenRefused as refused:
        return refused.failure
    return Timestamp(moment, accuracy, serial, policy, path, sha256(token))


def _granted(answer: bytes) -> bytes:
    """Return the token of an answer; the status is the authority's own word, the text beside it is not kept."""
    response = loaded(_Response, answer, name="TimeStampResp")
    try:
        status = response["status"]["status"].native
        if status not in _GRANTED:
            faults = response["status"]["fail_info"].native or ()
            raise TokenRefused(FailureCode.TIMESTAMP_REFUSED, " ".join([str(status), *sorted(map(str, faults))]))
        if not isinstance(response["time_stamp_token"], cms.ContentInfo):
            raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "no token")
        token: bytes = response["time_stamp_token"].dump()
    except UNREADABLE as error:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "TimeStampResp") from error
    return token


def _opened(token: bytes, more: tuple[Certificate, ...]) -> SignedContent:
    if len(token) > TIMESTAMP_BYTES_MAX:
        raise TokenRefused(FailureCode.TIMESTAMP_TOO_LARGE, f"{len(token)} bytes")
    opened = open_signed(token, _KIND, more=more)
    others = islice((one for one in (*opened.others, *more) if one != opened.signer), CERTIFICATES_MAX - 1)
    return SignedContent(opened.content, opened.signer, tuple(dict.fromkeys(others)))


def _read(content: bytes) -> Any:
    """Return the TSTInfo, every part of it read; one that an extension makes mean something else is refused."""
    info = loaded(tsp.TSTInfo, content, name="TSTInfo")
    try:
        _ = info.native
        is_plain = info["version"].native == "v1" and not any(one["critical"].native for one in info["extensions"])
    except UNREADABLE as error:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "TSTInfo") from error
    if not is_plain:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "TSTInfo")
    return info


def _check_asked(info: Any, request: TimestampRequest) -> None:
    if info["nonce"].native != request.nonce:
        raise TokenRefused(FailureCode.TIMESTAMP_OTHER_NONCE)
    if request.policy not in {None, info["policy"].dotted}:
        raise TokenRefused(FailureCode.TIMESTAMP_OTHER_POLICY, info["policy"].dotted)
    if info["message_imprint"]["hash_algorithm"]["algorithm"].native != "sha256":
        raise TokenRefused(FailureCode.TIMESTAMP_OTHER_IMPRINT)


def _check_imprint(info: Any, stamped: bytes, *, at: datetime) -> None:
    imprint = info["message_imprint"]
    name = str(imprint["hash_algorithm"]["algorithm"].native)
    algorithm = DigestAlgorithm[name.upper()] if name in HASHES else None
    if algorithm is None or not TIMESTAMP_POLICY.admits(Use.DIGEST, algorithm.value, at=at):
        raise TokenRefused(FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN, name)
    if imprint["hashed_message"].native != algorithm.digest(stamped):
        raise TokenRefused(FailureCode.TIMESTAMP_OTHER_IMPRINT)


def _moment(info: Any, *, at: datetime) -> datetime:
    if not _TIME.fullmatch(info["gen_time"].contents):
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "genTime")
    moment = info["gen_time"].native
    if not isinstance(moment, datetime):
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "genTime")
    if moment - at > TIMESTAMP_CLOCK_TOLERANCE:
        raise TokenRefused(FailureCode.TIMESTAMP_TIME_IMPOSSIBLE, moment.isoformat())
    return moment.astimezone(UTC)


def _accuracy(info: Any) -> timedelta | None:
    if not isinstance(info["accuracy"], tsp.Accuracy):
        return None
    parts = [info["accuracy"][name].native or 0 for name in ("seconds", "millis", "micros")]
    worst = TIMESTAMP_ACCURACY_MAX.total_seconds()
    if not (0 <= parts[0] <= worst and 0 <= parts[1] < 1000 and 0 <= parts[2] < 1000):
        raise TokenRefused(FailureCode.TIMESTAMP_TIME_IMPOSSIBLE, "accuracy")
    return timedelta(seconds=parts[0], milliseconds=parts[1], microseconds=parts[2])


def _path(opened: SignedContent, trust: PathJudge, *, moment: datetime, at: datetime) -> CertificatePath:
    """Return the signer's path at the moment of the stamp; one there has to be at `at` as well."""
    judged = trust.judge(opened.signer, opened.others, at=at, policy=TIMESTAMP_POLICY)
    if isinstance(judged, CertificatePath):
        judged = trust.judge(opened.signer, opened.others, at=moment, policy=TIMESTAMP_POLICY)
    if isinstance(judged, Failure):
        raise TokenRefused(FailureCode.TIMESTAMP_UNTRUSTED, judged.code.value)
    return judged


def _check_name(info: Any, signer: Certificate) -> None:
    """Refuse a stated name that is none of the certificate's (RFC 3161 clause 2.4.2)."""
    stated = info["tsa"]
    if not isinstance(stated, core.Choice):
        return
    try:
        certificate = readable(signer)
        alternatives = certificate.subject_alt_name_value or ()
        is_subject = stated.name == "directory_name" and stated.chosen == certificate.subject
        is_own = is_subject or any(stated == one for one in alternatives)
    except (CertificateUnreadable, *UNREADABLE) as error:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "tsa") from error
    if not is_own:
        raise TokenRefused(FailureCode.TIMESTAMP_CERTIFICATE_MISMATCH, "tsa")

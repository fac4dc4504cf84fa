"""What the client believes: answers come from a transport of the test's own, sealed by a key it holds."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest

from axis.clock import SystemClock
from axis.demo.authority import Credential
from axis.sdk import (
    AnswerUnreadable,
    Axis,
    AxisUnreachable,
    ContentDiffers,
    Credentials,
    Offer,
    ProblemReported,
    ReceiptRefused,
)
from axis.sdk.patience import WAITING_SECONDS_MAX, WAITS_MAX
from envelopes.acknowledgement import AcknowledgementUnreadable
from envelopes.digest import content_digest
from envelopes.evidence import SIGNATURE_PARENT
from envelopes.evidence_facts import Content, Digest
from envelopes.evidence_writer import write_evidence
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from envelopes.limits import PACKAGE_BYTES_MAX
from envelopes.model import Envelope
from envelopes.parser import parse
from envelopes.writer import write
from signing.assertions import AssertionKey
from signing.xml.sign import XmlSigner
from tests.envelopes import evidence_samples
from tests.envelopes.builders import NOW, envelope
from tests.signing import pki

URL = "https://truc.example.vn"
OTHER_ID = "01938f00-0000-7000-8000-0000000000ff"
LETTER = envelope()
REBUILT = replace(LETTER, trace=tuple(replace(hop, timestamp=NOW + timedelta(hours=1)) for hop in LETTER.trace))
OTHER = envelope(subject="V/v việc khác")


class _Clock(SystemClock):
    """A clock that stands still."""

    def now(self) -> datetime:
        return pki.MOMENT


@dataclass
class Stub:
    """An axis as the client sees it: what it answers to each path, and what it was asked."""

    answers: dict[str, list[httpx.Response]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: httpx.Headers = field(default_factory=httpx.Headers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.headers = request.headers
        if request.url.path == "/v1/token" and "/v1/token" not in self.answers:
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        self.asked.append(request.url.path)
        prepared = self.answers[request.url.path]
        return prepared.pop(0) if len(prepared) > 1 else prepared[0]

    def says(self, path: str, *answers: httpx.Response) -> None:
        self.answers[path] = list(answers)


@pytest.fixture
def stub() -> Stub:
    """What answers."""
    return Stub()


@pytest.fixture
def axis(stub: Stub) -> Iterator[Axis]:
    """A client that pins the tests' seal."""
    seals = (pki.certificate(seal()), pki.certificate(pki.hierarchy().root))
    http = httpx.Client(transport=httpx.MockTransport(stub), verify=False)  # noqa: S501 nothing leaves this process
    credentials = Credentials(SystemId("van-thu"), AssertionKey.generate())
    with Axis(URL, credentials, seal_certificates=seals, clock=_Clock(), http=http) as client:
        yield client


def seal() -> Credential:
    return pki.credential("con dấu")


def sealed(package: bytes, message: Envelope) -> bytes:
    """Return an acceptance of this package."""
    sample = evidence_samples.acceptance()
    raw, canonical = Digest.sha256(package), replace(Digest.sha256(b""), value=content_digest(message))
    fingerprint = replace(raw, value=bytes.fromhex(pki.certificate(seal()).fingerprint))
    issuer = replace(sample.issuer, seal_certificate=fingerprint)
    content = Content(raw=raw, size=len(package), canonical=canonical)
    evidence = replace(sample, issuer=issuer, content=content)
    return XmlSigner(parse, SIGNATURE_PARENT, pki.signer(seal())).sign(write_evidence(evidence), at=pki.MOMENT)


def receipt(octets: bytes, *, repeat: bool) -> httpx.Response:
    """Return the answer to a submission; its own envelope id is another than the evidence's."""
    encoded = base64.b64encode(octets).decode()
    return httpx.Response(200, json={"receipt": encoded, "repeat": repeat, "envelope_id": OTHER_ID})


# ── receipts ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("repeat", [False, True])
def test_the_receipt_of_these_very_octets_is_believed(axis: Axis, stub: Stub, *, repeat: bool) -> None:
    package = write(LETTER)
    stub.says("/v1/envelopes", receipt(sealed(package, LETTER), repeat=repeat))
    assert axis.send(package).is_repeat is repeat


@pytest.mark.parametrize("repeat", [False, True])
def test_the_receipt_of_another_message_is_refused(axis: Axis, stub: Stub, *, repeat: bool) -> None:
    stub.says("/v1/envelopes", receipt(sealed(write(OTHER), OTHER), repeat=repeat))
    with pytest.raises(ReceiptRefused):
        axis.send(write(LETTER))


def test_a_package_built_anew_gets_the_receipt_of_the_first(axis: Axis, stub: Stub) -> None:
    first = sealed(write(LETTER), LETTER)
    assert write(REBUILT) != write(LETTER)
    stub.says("/v1/envelopes", receipt(first, repeat=True))
    assert axis.send(write(REBUILT)).octets == first


def test_a_first_receipt_is_about_the_octets_and_nothing_less(axis: Axis, stub: Stub) -> None:
    stub.says("/v1/envelopes", receipt(sealed(write(LETTER), LETTER), repeat=False))
    with pytest.raises(ReceiptRefused):
        axis.send(write(REBUILT))


def test_octets_that_are_no_message_get_nobody_elses_receipt(axis: Axis, stub: Stub) -> None:
    stub.says("/v1/envelopes", receipt(sealed(write(LETTER), LETTER), repeat=True))
    with pytest.raises(ReceiptRefused):
        axis.send(b"no package")


def test_the_envelopes_id_is_the_evidences_own(axis: Axis, stub: Stub) -> None:
    package = write(LETTER)
    stub.says("/v1/envelopes", receipt(sealed(package, LETTER), repeat=False))
    assert axis.send(package).envelope_id == evidence_samples.acceptance().message.envelope_id
    assert axis.send(package).envelope_id != EnvelopeId(UUID(OTHER_ID))


# ── answers that are none ─────────────────────────────────────────────────────────────────────────────────────────

ENVELOPE = EnvelopeId(UUID(OTHER_ID))
DEEDS: dict[str, Callable[[Axis], object]] = {
    "/v1/envelopes": lambda axis: axis.send(write(LETTER)),
    "/v1/leases": lambda axis: axis.lease(),
    "/v1/token": lambda axis: axis.bearer(),
    f"/v1/envelopes/{OTHER_ID}/trace": lambda axis: axis.trace(ENVELOPE),
    f"/v1/envelopes/{OTHER_ID}/evidences": lambda axis: axis.evidences(ENVELOPE),
}


@pytest.mark.parametrize("path", DEEDS)
@pytest.mark.parametrize("body", [b"<html>Xin ch\xc3\xa0o</html>", b"[]", b"\xff", b"[" * 100_000, b""])
def test_what_is_no_answer_of_an_axis_is_told_so(axis: Axis, stub: Stub, path: str, body: bytes) -> None:
    stub.says(path, httpx.Response(200, content=body))
    with pytest.raises(AnswerUnreadable) as raised:
        DEEDS[path](axis)
    assert raised.value.status == 200


@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("/v1/envelopes", {}),
        ("/v1/envelopes", {"receipt": "%%%", "repeat": False}),
        ("/v1/envelopes", {"receipt": ["x"], "repeat": True}),
        ("/v1/leases", {}),
        ("/v1/leases", {"lease_id": "x", "leased_until": "mai", "deliveries": []}),
        ("/v1/leases", {"lease_id": "x", "leased_until": None, "deliveries": [{}]}),
        ("/v1/leases", {"lease_id": "x", "leased_until": None, "deliveries": None}),
        ("/v1/token", {"access_token": "t"}),
        ("/v1/token", {"access_token": "t", "expires_in": "mai"}),
        (f"/v1/envelopes/{OTHER_ID}/evidences", {}),
        (f"/v1/envelopes/{OTHER_ID}/evidences", {"items": [{"evidence_id": "../../v1/token"}]}),
    ],
)
def test_members_that_are_missing_or_misshapen_are_told_so(
    axis: Axis, stub: Stub, path: str, members: dict[str, object]
) -> None:
    stub.says(path, httpx.Response(200, json=members))
    with pytest.raises(AnswerUnreadable):
        DEEDS[path](axis)


def test_a_refusal_with_findings_and_evidence_that_are_none_is_still_told(axis: Axis, stub: Stub) -> None:
    problem = {"code": "recipient/none-left", "title": "No", "findings": ["x", {"code": "a"}]}
    stub.says("/v1/envelopes", httpx.Response(422, json=problem), httpx.Response(422, json={"evidence": "%%%"}))
    with pytest.raises(ProblemReported) as raised:
        axis.send(write(LETTER))
    assert raised.value.problem.findings == ({"code": "a"},)
    with pytest.raises(AnswerUnreadable):
        axis.send(write(LETTER))


def test_a_broken_compression_is_told_so(axis: Axis, stub: Stub) -> None:
    stub.says("/v1/leases", httpx.Response(200, stream=httpx.ByteStream(b"x"), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(AnswerUnreadable):
        axis.lease()


# ── downloads ─────────────────────────────────────────────────────────────────────────────────────────────────────

PACKAGE = b"<edXML>package</edXML>"
CONTENT = f"/v1/deliveries/{OTHER_ID}/content"


def offer(octets: bytes = PACKAGE, *, size: int | None = None) -> Offer:
    return Offer(
        delivery_id=DeliveryId(UUID(OTHER_ID)),
        envelope_id=ENVELOPE,
        recipient=OrganId("G22"),
        sender=OrganId("H51"),
        kind="edoc",
        document_id=None,
        subject=None,
        priority_rank=0,
        size=len(octets) if size is None else size,
        digest=hashlib.sha256(octets).hexdigest(),
    )


def arriving(octets: bytes) -> httpx.Response:
    """Return an answer of which nothing has been read yet, as one from the network."""
    return httpx.Response(200, stream=httpx.ByteStream(octets))


def test_a_download_is_the_announced_octets_and_is_asked_for_as_they_are(axis: Axis, stub: Stub) -> None:
    stub.says(CONTENT, arriving(PACKAGE))
    assert axis.fetch(offer()) == PACKAGE
    assert stub.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("octets", [b"", PACKAGE[:-1], PACKAGE[:-1] + b"!", PACKAGE + b" "])
def test_octets_that_were_not_announced_are_refused(axis: Axis, stub: Stub, octets: bytes) -> None:
    stub.says(CONTENT, arriving(octets))
    with pytest.raises(ContentDiffers):
        axis.fetch(offer())


def test_a_compression_nobody_asked_for_is_not_undone(axis: Axis, stub: Stub) -> None:
    """A few octets that swell to many never get the chance to."""
    swelling = arriving(gzip.compress(PACKAGE))
    swelling.headers["Content-Encoding"] = "gzip"
    stub.says(CONTENT, swelling)
    with pytest.raises(ContentDiffers):
        axis.fetch(offer())


@pytest.mark.parametrize("announced", [len(PACKAGE), 10**12])
def test_an_answer_that_does_not_end_is_read_no_further_than_a_package_reaches(
    axis: Axis, stub: Stub, announced: int
) -> None:
    chunk = bytes(1024 * 1024)
    most = min(announced, PACKAGE_BYTES_MAX) // len(chunk) + 1
    left = iter(range(most + 10))
    stub.says(CONTENT, httpx.Response(200, content=(chunk for _ in left)))
    with pytest.raises(ContentDiffers):
        axis.fetch(offer(size=announced))
    assert next(left, None) == most


def test_a_download_that_breaks_off_or_is_refused_is_told(axis: Axis, stub: Stub) -> None:
    def breaking() -> Iterator[bytes]:
        yield PACKAGE[:5]
        raise httpx.RemoteProtocolError("peer closed")

    stub.says(CONTENT, httpx.Response(200, content=breaking()), httpx.Response(409, json={"code": "lease/lost"}))
    with pytest.raises(AxisUnreachable):
        axis.fetch(offer())
    with pytest.raises(ProblemReported) as refused:
        axis.fetch(offer())
    assert refused.value.problem.code == "lease/lost"


# ── patience ──────────────────────────────────────────────────────────────────────────────────────────────────────

LIST = f"/v1/envelopes/{OTHER_ID}/evidences"


def busy(status: int = 429, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=json.dumps({"code": "request/too-many"}), headers=named)


@pytest.mark.parametrize("status", [429, 503])
def test_evidences_wait_as_long_as_the_axis_asks(axis: Axis, stub: Stub, status: int) -> None:
    slept: list[float] = []
    octets = sealed(write(LETTER), LETTER)
    stub.says(LIST, busy(status, Retry_After="2"), httpx.Response(200, json={"items": [{"evidence_id": OTHER_ID}]}))
    stub.says(f"/v1/evidences/{OTHER_ID}", busy(status, Retry_After="5"), httpx.Response(200, content=octets))
    ((_, kept),) = axis.evidences(ENVELOPE, sleep=slept.append)
    assert (kept, slept) == (octets, [2, 5])


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (busy(Retry_After="1"), WAITS_MAX),
        (busy(Retry_After="16"), 1),
        (busy(Retry_After="0"), WAITS_MAX),
        (busy(Retry_After=str(WAITING_SECONDS_MAX + 1)), 0),
        (busy(Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), 0),
        (busy(Retry_After="-1"), 0),
        (busy(), 0),
        (busy(404, Retry_After="1"), 0),
    ],
)
def test_patience_has_an_end(axis: Axis, stub: Stub, answer: httpx.Response, waits: int) -> None:
    slept: list[float] = []
    stub.says(LIST, answer)
    with pytest.raises(ProblemReported):
        axis.evidences(ENVELOPE, sleep=slept.append)
    assert (len(slept), len(stub.asked)) == (waits, waits + 1)
    assert sum(slept) <= WAITING_SECONDS_MAX


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_failure_without_a_reason_is_never_told_as_a_handover(axis: Axis, stub: Stub, reason: str) -> None:
    delivery = DeliveryId(UUID(OTHER_ID))
    envelope_id = EnvelopeId(UUID(OTHER_ID))
    offer = Offer(delivery, envelope_id, OrganId("H26"), OrganId("H51"), "edoc", None, None, 0, 1, "0" * 64)
    with pytest.raises(AcknowledgementUnreadable):
        axis.acknowledge(offer, pki.signer(pki.credential()), failure=reason)
    assert stub.asked == []

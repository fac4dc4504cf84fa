"""The client of one axis, for one connected system."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, Self
from uuid import UUID

import httpx

from axis.clock import Clock, SystemClock
from axis.sdk.answers import arrived, members_of, members_read, octets_of
from axis.sdk.errors import (
    ContentDiffers,
    Problem,
    ProblemReported,
    ReceiptFault,
    ReceiptRefused,
    read_problem,
)
from axis.sdk.packages import open_file
from axis.sdk.patience import Patience
from axis.sdk.receipts import ANYWHERE, Origin, ReceiptVerifier
from axis.sdk.results import Lease, Offer, Receipt
from axis.sdk.seals import PublishedSeal, believing, follow
from axis.sdk.transfers import DIRECT_MAX, Stubborn, fetch_in_ranges, send_in_chunks
from envelopes.acknowledgement import ACKNOWLEDGEMENT_TYPE, Acknowledgement, AckOutcome, write_acknowledgement
from envelopes.bundles import type_at
from envelopes.errors import UnreadableMessage
from envelopes.evidence import Evidence, EvidenceType
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from envelopes.limits import PACKAGE_BYTES_MAX
from envelopes.model import Envelope
from envelopes.reader import Reading, read, read_package
from envelopes.status import StatusReport
from signing.assertions import ASSERTION_SECONDS, ASSERTION_TYPE, AssertionKey
from signing.certificates import Certificate
from signing.jws import sign_jws
from signing.keys import Signer

TIMEOUT_SECONDS: Final = 60.0
"""For one answer: a 50 MB package over a slow line, or a long poll of 30 s with room to spare."""

_TOKEN_MARGIN: Final = timedelta(seconds=30)
"""A token is renewed this long before it ends, so that no request carries one that dies on the way."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the system is: its id in the directory and the private key registered there."""

    system_id: SystemId
    key: AssertionKey


IDLE_SECONDS: Final = 2.0
"""How long an idle connection is kept: less than the server keeps it, or a request now and then meets its end."""


class Axis:
    """A connection to an axis. Every receipt it returns has been verified against the pinned seal anchors.

    With `origin`, a receipt that comes from elsewhere (a test axis, another instance) is refused too. Safe for one
    thread; open one per thread.
    """

    def __init__(  # noqa: PLR0913  all but the first two are named, and most have defaults
        self,
        base_url: str,
        credentials: Credentials,
        *,
        seal_certificates: Sequence[Certificate],
        origin: Origin = ANYWHERE,
        clock: Clock | None = None,
        http: httpx.Client | None = None,
    ) -> None:
        self._url = base_url.rstrip("/")
        self._credentials = credentials
        self._pinned = tuple(seal_certificates)
        self._verifier = ReceiptVerifier.pinned(self._pinned, origin)
        self._clock = clock or SystemClock()
        self._http = http or httpx.Client(timeout=TIMEOUT_SECONDS, limits=httpx.Limits(keepalive_expiry=IDLE_SECONDS))
        self._token: tuple[str, datetime] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def send(self, package: bytes) -> Receipt:
        """Return the verified receipt for a signed package. Safe to repeat.

        The receipt is about exactly these octets; or, where the axis says that it knew the submission, about the
        message in them, which an earlier package may have carried. Raises `ProblemReported` when the axis refuses,
        `ReceiptRefused` when what it answers does not prove acceptance.
        """
        headers = {"Content-Type": type_at(BytesIO(package))}
        answer = self._json("POST", "/v1/envelopes", content=package, headers=headers)
        return self._receipt(answer, hashlib.sha256(package).digest(), message_in=lambda: read(package))

    def send_file(self, package: Path, *, sleep: Callable[[float], None] = time.sleep) -> Receipt:
        """Return the verified receipt for a signed package on the disk, however large; otherwise as `send`.

        A large one goes up in chunks. Where the line breaks it goes on after a pause; where it stays down this raises
        `AxisUnreachable`, and called again it goes on where it was. Raises `OSError` of the file, and
        `UnreadableMessage` for one that is no package.
        """
        with open_file(package) as opened:
            if opened.size <= DIRECT_MAX:
                with opened.whole() as octets:
                    return self.send(octets.read())
            answer = send_in_chunks(self, opened, stubborn=Stubborn(sleep))
            return self._receipt(answer, opened.digest, message_in=lambda: read_package(opened))

    def lease(self, recipients: Sequence[OrganId] = (), *, limit: int = 10, seconds: int = 300, wait: int = 0) -> Lease:
        """Return up to `limit` waiting deliveries, reserved for `seconds`, urgent ones first.

        Without `recipients`: for every agency the system acts for. `wait` (0 to 30 s) holds the call until something
        arrives.
        """
        body: dict[str, object] = {"limit": limit, "seconds": seconds, "wait": wait}
        if recipients:
            body["recipients"] = [str(one) for one in recipients]
        answer = self._json("POST", "/v1/leases", json=body)
        with members_read():
            until = answer["leased_until"]
            return Lease(
                lease_id=answer["lease_id"],
                until=datetime.fromisoformat(until) if until else None,
                offers=tuple(_offer(one) for one in answer["deliveries"]),
            )

    def fetch(self, offer: Offer) -> bytes:
        """Return the original octets of a delivery; raises `ContentDiffers` unless they are those that were announced.

        More than were announced, or than a package in one message may have, are not read: for larger ones there is
        `fetch_into`.
        """
        octets = self._download(f"/v1/deliveries/{offer.delivery_id}/content", min(offer.size, PACKAGE_BYTES_MAX))
        if hashlib.sha256(octets).hexdigest() != offer.digest:
            raise ContentDiffers(str(offer.delivery_id))
        return octets

    def fetch_into(self, offer: Offer, sink: BinaryIO, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Write the original octets of a delivery, however many, to `sink` as they come.

        Where the line breaks it asks for what is missing, after pauses. Raises `ContentDiffers` unless they are those
        that were announced: what was written then is none of the delivery.
        """
        fetch_in_ranges(self, offer, sink=sink, stubborn=Stubborn(sleep))

    def acknowledge(self, offer: Offer, signer: Signer, *, failure: str | None = None) -> Mapping[str, Any]:
        """Return the axis's answer to a signed acknowledgement: taken over, or not, with the reason `failure`.

        `signer` holds a key the directory knows as the recipient agency's. The evidence keeps this statement.
        """
        statement = Acknowledgement(
            delivery=offer.delivery_id,
            recipient=offer.recipient,
            digest=offer.digest,
            outcome=AckOutcome.DONE if failure is None else AckOutcome.FAIL,
            time=self._clock.now(),
            reason=None if failure is None else failure.strip(),
        )
        token = sign_jws(write_acknowledgement(statement), signer, kind=ACKNOWLEDGEMENT_TYPE)
        path = f"/v1/deliveries/{offer.delivery_id}/acknowledgement"
        return self._json("POST", path, content=token.encode(), headers={"Content-Type": "application/jose"})

    def release(self, lease: Lease) -> int:
        """Return how many deliveries of the lease went back for others to take."""
        if lease.lease_id is None:
            return 0
        answer = self._json("DELETE", f"/v1/leases/{lease.lease_id}")
        with members_read():
            return int(answer["released"])

    def trace(self, envelope_id: EnvelopeId) -> Mapping[str, Any]:
        """Return what happened to an envelope, per recipient."""
        return self._json("GET", f"/v1/envelopes/{envelope_id}/trace")

    def sent(self, *, document_id: str | None = None, after: str | None = None, limit: int = 50) -> Mapping[str, Any]:
        """Return a page of what the system's agencies sent, newest first; its `next` is `after` of the one after."""
        asked = {"direction": "sent", "document_id": document_id, "after": after, "limit": str(limit)}
        return self._json("GET", "/v1/envelopes", params={key: value for key, value in asked.items() if value})

    def evidences(
        self, envelope_id: EnvelopeId, *, sleep: Callable[[float], None] = time.sleep
    ) -> tuple[tuple[Evidence, bytes], ...]:
        """Return every evidence about an envelope that this system may see, verified, with the octets to keep.

        One call for the list and one for each: where the axis asks to come again later, this waits, three times and 30
        seconds in all at most.
        """
        patience = Patience(sleep)
        answer = members_of(self._patiently(f"/v1/envelopes/{envelope_id}/evidences", patience))
        with members_read():
            named = [UUID(one["evidence_id"]) for one in answer["items"]]
        octets = [self._patiently(f"/v1/evidences/{one}", patience).content for one in named]
        return tuple((self._verifier.verify(one, at=self._clock.now()), one) for one in octets)

    def follow_seals(self) -> tuple[Certificate, ...]:
        """Return the seals that the axis endorsed since, each by the one before it, from a pinned one on.

        They are believed from now on; keep them with the pinned ones, or ask again the next time. Raises `SealRefused`
        where an endorsement does not hold: then nothing changes.
        """
        answer = members_of(self._checked(self._send("GET", "/v1/seals")))
        with members_read():
            published = [PublishedSeal.of(one) for one in answer["items"]]
        found = follow(self._verifier, published, pinned=self._pinned, at=self._clock.now())
        self._verifier, self._pinned = believing(self._verifier, found), (*self._pinned, *found)
        return found

    def _receipt(self, answer: Mapping[str, Any], digest: bytes, *, message_in: Callable[[], Reading]) -> Receipt:
        """Return the verified receipt in an answer; a first one is about these octets, a repeated one their message."""
        octets, is_repeat = octets_of(answer, "receipt"), answer.get("repeat") is True
        at = self._clock.now()
        evidence = self._verifier.verify(octets, at=at)
        if evidence.type is not EvidenceType.SUBMISSION_ACCEPTANCE:
            raise ReceiptRefused(ReceiptFault.NO_ACCEPTANCE, type=evidence.type.value)
        try:
            evidence = self._verifier.verify_for_digest(octets, digest, at=at)
        except ReceiptRefused:
            if not is_repeat:
                raise
            evidence = self._verifier.verify_for_message(octets, _message(message_in), at=at)
        if evidence.message.envelope_id is None:
            raise ReceiptRefused(ReceiptFault.NO_ENVELOPE)
        return Receipt(evidence.message.envelope_id, octets, evidence, is_repeat, answer)

    def _patiently(self, path: str, patience: Patience) -> httpx.Response:
        while True:
            try:
                return self._call("GET", path)
            except ProblemReported as refusal:
                patience.wait(refusal)

    def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        return members_of(self._call(method, path, **request))

    def _download(self, path: str, octets_max: int) -> bytes:
        """Return the octets at an address as they come."""
        octets = bytearray()
        with self.stream(path, {}) as response:
            for chunk in response.iter_raw():
                octets += chunk
                if len(octets) > octets_max:
                    raise ContentDiffers(f"{path}: more than {octets_max} octets")
        return bytes(octets)

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Yield a good answer whose body is still to come; raises as every call does.

        Nothing is decompressed, which could make much of a little.
        """
        named = {**headers, "Authorization": f"Bearer {self.bearer()}", "Accept-Encoding": "identity"}
        with arrived("GET", path), self._http.stream("GET", self._url + path, headers=named) as response:
            if not response.is_success:
                response.read()
                self._checked(response)
            yield response

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Return the good answer to one call of the API, with an access token; raises as every call does."""
        return self._call(method, path, **request)

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {**request.pop("headers", {}), "Authorization": f"Bearer {self.bearer()}"}
        return self._checked(self._send(method, path, headers=headers, **request))

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        with arrived(method, path):
            return self._http.request(method, self._url + path, **request)

    def _checked(self, response: httpx.Response) -> httpx.Response:
        """Return a good answer; turn any other into `ProblemReported`, with the evidence of a refusal verified."""
        if response.is_success:
            return response
        problem = read_problem(response.status_code, response.content, retry_after=response.headers.get("Retry-After"))
        raise ProblemReported(problem, self._refusal_evidence(problem))

    def _refusal_evidence(self, problem: Problem) -> bytes | None:
        if not isinstance(problem.members.get("evidence"), str):
            return None
        octets = octets_of(problem.members, "evidence")
        evidence = self._verifier.verify(octets, at=self._clock.now())
        if evidence.type is not EvidenceType.SUBMISSION_REJECTION:
            raise ReceiptRefused(ReceiptFault.NO_REJECTION, type=evidence.type.value)
        return octets

    def bearer(self) -> str:
        """Return an access token, renewed shortly before it ends (RFC 6749 §4.4 with RFC 7523)."""
        now = self._clock.now()
        if self._token and now < self._token[1]:
            return self._token[0]
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(now),
        }
        answer = members_of(self._checked(self._send("POST", "/v1/token", data=form)))
        with members_read():
            token, lifetime = str(answer["access_token"]), timedelta(seconds=int(answer["expires_in"]))
            self._token = (token, now + lifetime - _TOKEN_MARGIN)
        return token

    def _assertion(self, now: datetime) -> str:
        issued, system_id = int(now.timestamp()), str(self._credentials.system_id)
        claims: dict[str, str | int] = {
            "iss": system_id,
            "sub": system_id,
            "aud": f"{self._url}/v1/token",
            "iat": issued,
            "exp": issued + ASSERTION_SECONDS,
            "jti": str(self._clock.mint()),
        }
        return self._credentials.key.sign(claims)


def _message(message_in: Callable[[], Reading]) -> Envelope | StatusReport:
    try:
        return message_in().message
    except UnreadableMessage as error:
        raise ReceiptRefused(ReceiptFault.NO_MESSAGE) from error


def _offer(members: Mapping[str, Any]) -> Offer:
    return Offer(
        delivery_id=DeliveryId(UUID(members["delivery_id"])),
        envelope_id=EnvelopeId(UUID(members["envelope_id"])),
        recipient=OrganId(members["recipient"]),
        sender=OrganId(members["sender"]),
        kind=members["kind"],
        document_id=members["document_id"],
        subject=members["subject"],
        priority_rank=int(members["priority"]),
        size=int(members["size"]),
        digest=members["digest"],
        business_type=members.get("business_type"),
        replaces=_linked(members, "replaces"),
        replaced_by=_linked(members, "replaced_by"),
        asked_as=OrganId(members["asked_as"]) if members.get("asked_as") else None,
    )


def _linked(members: Mapping[str, Any], name: str) -> tuple[EnvelopeId, ...]:
    """Return the documents at the other ends; an axis of an earlier version does not tell them."""
    return tuple(EnvelopeId(UUID(one["envelope_id"])) for one in members.get(name, ()))

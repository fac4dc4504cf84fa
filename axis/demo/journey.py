"""The main job, once: signed documents from one agency to others, over HTTP, with every receipt kept."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from axis.clock import Clock, SystemClock
from axis.demo.enrolling import enrol, enter_certificate, enter_webhook
from axis.demo.errors import JourneyFailed, JourneyFault
from axis.demo.keys import PARTICIPANTS, Issued, KeyRing, Participant
from axis.demo.letters import ALTERED, FIRST, REVOKED, URGENT, compose, report
from axis.demo.pki.authorities import Authorities
from axis.demo.pki.server import serving
from axis.demo.recalling import SLOW, recall
from axis.demo.receiver import FAILURES, receiving
from axis.demo.stage import PATIENCE_SECONDS, RECIPIENTS, SENDER, TOLD, Sent, Stage, Tell, send, take
from axis.embedded import EmbeddedAxis, Plan
from axis.exchange.watching import seen_on
from axis.sdk import Axis, ProblemReported, WebhookVerifier, sign_package
from axis.sdk.errors import Problem
from envelopes.codes import StatusCode
from envelopes.errors import Phrase
from envelopes.evidence import Evidence, EvidenceType
from envelopes.identifiers import EnvelopeId
from signing.certificates import Certificate
from signing.keys import Signer
from signing.trust import TrustStore
from signing.verdict import CertificatePath
from storage.database.revocations import watch

STATUSES: Final = (StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.COMPLETED)

_GLANCE_SECONDS: Final = 0.1

_OF_TAKEN: Final[Mapping[EvidenceType, int]] = {EvidenceType.CONTENT_HANDOVER: len(RECIPIENTS)}
_OF_RECALLED: Final[Mapping[EvidenceType, int]] = {
    EvidenceType.CONSIGNMENT_NOTIFICATION: 1,
    EvidenceType.CONTENT_HANDOVER: 1,
    EvidenceType.CONTENT_WITHDRAWAL: len(SLOW),
    EvidenceType.RECALL_AGREEMENT: 1,
}


@dataclass(frozen=True, slots=True)
class Journey:
    """What the demonstration did. `traces` are the API's own answers, by envelope."""

    agencies: int
    sent: tuple[Sent, ...]
    refused: tuple[Problem, ...]
    statuses: int
    traces: Mapping[EnvelopeId, Mapping[str, Any]]
    evidence: tuple[tuple[Evidence, bytes], ...]
    seconds: float


def run(out: Path, tell: Tell) -> Journey:
    """Return what happened, with receipts, packages and the seal's certificate left in `out`; nothing is left running.

    Raises `JourneyFailed` where the axis does not do what it promises, and whatever its parts raise.
    """
    clock = SystemClock()
    begun = time.monotonic()
    with _stage(clock, tell) as (stage, agencies, seal):
        letters = (send(stage, FIRST, signed=stage.signed), send(stage, URGENT))
        _be_told(stage, letters=letters)
        refused = (_send_altered(stage), _send_revoked(stage))
        for recipient in stage.recipients:
            _receive(stage, recipient, letters=letters)
        recalled = recall(stage)
        statuses = _collect_statuses(stage)
        evidence = tuple(one for letter in letters for one in _await_evidence(stage, letter, wanted=_OF_TAKEN))
        evidence += _await_evidence(stage, recalled, wanted=_OF_RECALLED)
        sent = (*letters, recalled)
        traces = {one.receipt.envelope_id: stage.clients[SENDER].trace(one.receipt.envelope_id) for one in sent}
    _keep(out, sent, evidence=evidence, refused=refused)
    (out / "seal.pem").write_bytes(seal)
    (out / "root.pem").write_bytes(Certificate.many_from_pem(seal)[-1].pem)
    problems = tuple(problem for problem, _ in refused)
    return Journey(agencies, sent, problems, statuses, traces, evidence, time.monotonic() - begun)


@contextmanager
def _stage(clock: Clock, tell: Tell) -> Iterator[tuple[Stage, int, bytes]]:
    """Start the authorities and an axis on a folder of its own, fill its directory, and connect everybody."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="axis-demo-")))
        authorities = stack.enter_context(serving(folder / "authorities", clock))
        tell(
            (
                f"Các tổ chức chứng thực chạy tại {authorities.url}: chứng thư số, CRL, OCSP và dấu thời gian.",
                f"The authorities are up at {authorities.url}: certificates, CRLs, OCSP and time stamps.",
            )
        )
        ring = KeyRing(folder / "keys", clock.now(), issued=issued_by(authorities))
        axis = stack.enter_context(EmbeddedAxis(folder, ring.files, clock=clock, plan=_plan(authorities)))
        people = ring.participants()
        agencies = enrol(axis.axis.registrar, tuple(people.values()))
        tell(
            (
                (
                    f"Trục chạy tại {axis.url}: PostgreSQL, kho đối tượng, API và tiến trình nền; đã đăng ký "
                    f"{agencies} cơ quan."
                ),
                f"Axis is up at {axis.url}: PostgreSQL, object store, API and worker; {agencies} agencies enrolled.",
            )
        )
        revoked, director = authorities["revoked-before"].signer, authorities["director"]
        asked = _ask_authorities(axis, people[SENDER], revoked=revoked, person=director.certificate)
        tell(
            (
                f"Đã hỏi các tổ chức chứng thực về {asked} chứng thư số: một đã bị thu hồi, còn lại không bị thu hồi.",
                f"The authorities were asked about {asked} certificates: one is revoked, the others are good.",
            )
        )
        signers = (director.credential, authorities[SENDER].credential)
        hook = stack.enter_context(receiving(lambda url: WebhookVerifier.pinned(url, ring.seal, clock=clock)))
        enter_webhook(axis.axis.registrar, people[TOLD], address=hook.url)
        clients = {
            organ_id: stack.enter_context(Axis(axis.url, one.credentials, seal_certificates=ring.seal, clock=clock))
            for organ_id, one in people.items()
        }
        yield (
            Stage(clock, people, clients, revoked, signers, TrustStore(ring.anchors), hook, tell),
            agencies,
            ring.seal_file.read_bytes(),
        )


def _plan(authorities: Authorities) -> Plan:
    """Return how the axis runs: it may ask the authorities that stand beside it, and call webhooks on this machine."""
    place, here = urlsplit(authorities.url).netloc, ["127.0.0.0/8"]
    return Plan(more={"authorities": {"hosts": [place], "networks": here}, "webhooks": {"networks": here}})


def _ask_authorities(axis: EmbeddedAxis, sender: Participant, *, revoked: Signer, person: Certificate) -> int:
    """Register the sender's revoked certificate beside its good one, and have the authorities asked about everybody's.

    Returns how many certificates were asked about. A worker does the same within a minute of its start, and about
    `person`, whom nobody registers, within a minute of the first document signed by them.
    """
    enter_certificate(axis.axis.registrar, sender.organ_id, certificate=revoked.certificate)
    court, premises = axis.axis.court, axis.axis.premises
    path = axis.axis.trust.path_of(person, (), at=premises.clock.now())
    if isinstance(path, CertificatePath):
        seen = tuple(seen_on(path, lambda _: True))
        premises.transactions.run(lambda session: watch(session, seen, now=premises.clock.now()))
    court.examiner.adopt()
    asked = 0
    while batch := court.examiner.examine_due():
        asked += batch
    court.standings.reload()
    return asked


def issued_by(authorities: Authorities) -> Issued:
    """Return what everybody has from the infrastructure."""
    (root,), (intermediate,) = authorities.anchors, authorities.intermediates
    agencies = {one: authorities[one].credential for one in PARTICIPANTS}
    return Issued(root.pem, intermediate.pem, authorities["seal"].credential, agencies)


def _be_told(stage: Stage, *, letters: Sequence[Sent]) -> None:
    """Wait until one recipient's system was told of all letters, at a webhook that was down for the first calls."""
    if not stage.hook.wait(len(letters), seconds=PATIENCE_SECONDS):
        raise JourneyFailed(JourneyFault.NOT_TOLD, organ_id=TOLD)
    told = {event.consigned.envelope_id for event in stage.hook.events if event.consigned}
    if told != {sent.receipt.envelope_id for sent in letters}:
        raise JourneyFailed(JourneyFault.NOT_TOLD, organ_id=TOLD)
    stage.tell(
        (
            (
                f"{TOLD} được báo về {len(told)} lượt chuyển phát tại địa chỉ nhận thông báo, dù {FAILURES} lần gọi "
                "đầu không thành công: chữ ký đã xác minh, mỗi thông báo nhận một lần."
            ),
            (
                f"{TOLD} was told of {len(told)} deliveries at its webhook, which was down for the first {FAILURES} "
                "calls: signatures verified, each event taken once."
            ),
        )
    )


def _send_altered(stage: Stage) -> tuple[Problem, bytes]:
    """Send a package that somebody changed after it was signed; it must be refused, with evidence."""
    now = stage.clock.now()
    envelope = compose(ALTERED, stage.sender, recipients=stage.recipients, at=now)
    package = sign_package(envelope, stage.sender.signer, at=now)
    altered = package.replace(b"<edXML:CodeNumber>125<", b"<edXML:CodeNumber>129<")
    told = (
        f"{SENDER} gửi {envelope.code} đã bị sửa sau khi ký",
        f"{SENDER} sent {envelope.code}, altered after signing",
    )
    return _refused(stage, altered, told=told, otherwise=JourneyFault.ALTERED_ACCEPTED)


def _send_revoked(stage: Stage) -> tuple[Problem, bytes]:
    """Send a package signed with a stolen key, whose certificate was revoked; it must be refused, with evidence."""
    now = stage.clock.now()
    envelope = compose(REVOKED, stage.sender, recipients=stage.recipients, at=now)
    package = sign_package(envelope, stage.revoked, at=now)
    told = (
        f"Có người gửi {envelope.code} ký bằng khóa bị lấy cắp của {SENDER}, chứng thư số đã bị thu hồi",
        f"Somebody sent {envelope.code} with a stolen key of {SENDER}, its certificate revoked",
    )
    return _refused(stage, package, told=told, otherwise=JourneyFault.REVOKED_ACCEPTED)


def _refused(stage: Stage, package: bytes, *, told: Phrase, otherwise: JourneyFault) -> tuple[Problem, bytes]:
    """Return the refusal of a package and its evidence, told in the axis's own words."""
    try:
        stage.clients[SENDER].send(package)
    except ProblemReported as reported:
        if reported.evidence is None:
            raise JourneyFailed(JourneyFault.NO_EVIDENCE) from reported
        problem = reported.problem
        refused = f"({problem.status} {problem.code})"
        stage.tell((f"{told[0]}: bị từ chối {refused}.", f"{told[1]}: refused {refused}."))
        stage.tell((f"    {problem.title_vi}", f"    {problem.title}"))
        return problem, reported.evidence
    raise JourneyFailed(otherwise)


def _receive(stage: Stage, recipient: Participant, *, letters: Sequence[Sent]) -> None:
    """Pull everything that waits for one agency, urgent first; verify, acknowledge, and report on it."""
    client = stage.clients[str(recipient.organ_id)]
    lease = client.lease([recipient.organ_id], wait=5)
    numbers = [take(stage, recipient, offer=offer) for offer in lease.offers]
    if len(numbers) != len(letters) or lease.offers[0].priority_rank == 0:
        raise JourneyFailed(JourneyFault.OTHER_OFFERS, organ_id=recipient.organ_id, numbers=numbers)
    for sent in letters:
        for code in STATUSES:
            status = report(sent.envelope, recipient, code=code, at=stage.clock.now())
            client.send(sign_package(status, recipient.signer, at=stage.clock.now()))
    pulled, reported = ", ".join(numbers), "/".join(code.value for code in STATUSES)
    stage.tell(
        (
            f"{recipient.organ_id} lấy về {pulled}: đã kiểm tra, đã ký xác nhận, đã báo trạng thái {reported}.",
            f"{recipient.organ_id} pulled {pulled}: verified, acknowledged, reported {reported}.",
        )
    )


def _collect_statuses(stage: Stage) -> int:
    """Return how many statuses the sender pulled and acknowledged, like any other message."""
    client, signer, collected = stage.clients[SENDER], stage.sender.signer, 0
    while (lease := client.lease(limit=100)).offers:
        for offer in lease.offers:
            client.fetch(offer)
            client.acknowledge(offer, signer)
        collected += len(lease.offers)
    stage.tell((f"{SENDER} lấy về {collected} thông báo trạng thái.", f"{SENDER} pulled {collected} statuses."))
    return collected


def _await_evidence(
    stage: Stage, sent: Sent, *, wanted: Mapping[EvidenceType, int]
) -> tuple[tuple[Evidence, bytes], ...]:
    """Return all evidence about an envelope once there is so much of each type that is sealed last."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patience:
        found = stage.clients[SENDER].evidences(sent.receipt.envelope_id)
        attested = Counter(one.type for one, _ in found)
        if all(attested[kind] == number for kind, number in wanted.items()):
            return found
        time.sleep(_GLANCE_SECONDS)
    raise JourneyFailed(JourneyFault.NOT_SEALED, seconds=f"{PATIENCE_SECONDS:.0f}")


def _keep(
    out: Path,
    letters: Sequence[Sent],
    *,
    evidence: Sequence[tuple[Evidence, bytes]],
    refused: Sequence[tuple[Problem, bytes]],
) -> None:
    """Leave packages and receipts of this run, and of no earlier one."""
    receipts, packages = out / "receipts", out / "packages"
    for folder in (receipts, packages):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for sent in letters:
        (packages / f"{sent.envelope.code.number}.edxml").write_bytes(sent.package)
    for number, (one, octets) in enumerate(evidence, start=1):
        recipient = one.recipients[0].party.organ_id if len(one.recipients) == 1 else "all"
        (receipts / f"{number:02}-{one.type.value}-{recipient}.xml").write_bytes(octets)
    for number, (_, rejection) in enumerate(refused, start=len(evidence) + 1):
        (receipts / f"{number:02}-{EvidenceType.SUBMISSION_REJECTION.value}.xml").write_bytes(rejection)

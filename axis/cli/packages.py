"""What is said about a package: the verdict on its signature, and every finding about what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from axis.cli.exits import ExitCode
from axis.cli.failures import InputRefused, Unable, finding_document, finding_lines
from axis.cli.output import Label, Output
from axis.cli.terms import BUSINESS_TYPES, MESSAGES, STATUSES, coded, term
from axis.cli.words import CliCode
from axis.exchange.explaining import explained, outcome_of, told
from axis.exchange.explaining_words import UNASKED_HERE
from axis.exchange.judgements import judgement_on
from axis.exchange.signature_words import SIGNATURE_WORDS, finding_for
from axis.sdk import CheckedPackage, Receipt
from envelopes.bundles import FilePart, bundled
from envelopes.detached import Detached
from envelopes.errors import Finding
from envelopes.findings import capped
from envelopes.fitness import unfit
from envelopes.media_types import ANY
from envelopes.model import Envelope
from envelopes.packages import Package, measured, open_package
from envelopes.parser import parse
from envelopes.reader import Reading, read, read_element
from envelopes.status import StatusReport
from envelopes.texts import VIETNAM
from envelopes.validation import is_refused, validate
from envelopes.writer import write
from signing.verdict import Additions, Indication, SignatureFacts, Timestamp
from signing.verdict import Failure as TimestampFailure


class PackageRefused(InputRefused):
    """A package that no axis would take; every reason is in `findings`."""


def accept(output: Output, reading: Reading, *, at: datetime) -> Envelope | StatusReport:
    """Return the message of an unsigned package that the axis's rules let pass; warnings go to standard error.

    Raises `PackageRefused` with every reason where they do not.
    """
    rules = validate(reading.message, today=at.astimezone(VIETNAM).date())
    findings = capped((*unfit(reading), *reading.findings, *rules))
    if is_refused(findings):
        raise PackageRefused(findings)
    output.remark(*(line for finding in findings for line in finding_lines(finding, output.language)))
    return reading.message


@contextmanager
def opened(file: Path) -> Iterator[Package]:
    """Yield a package on the disk, however large its files; raises `Unable`, and `UnreadableMessage`."""
    try:
        with file.open("rb") as stream:
            size, digest = measured(stream)
            package = open_package(stream, size=size, digest=digest)
            yield package
    except OSError as error:
        raise Unable(CliCode.FILE_UNREADABLE, str(file)) from error


def packed(message: Envelope | StatusReport) -> tuple[bytes, Reading]:
    """Return a message as it is written, unsigned and without files beside it, and as it is read together with them."""
    octets = write(message)
    if not isinstance(message, Envelope) or not message.is_bundled:
        return octets, read(octets)
    parts = tuple(
        FilePart(one.content_id, ANY, one.content) for one in message.attachments if isinstance(one.content, Detached)
    )
    return octets, read_element(parse(octets), parts)


def with_files(octets: bytes, message: Envelope | StatusReport) -> Iterable[bytes]:
    """Return a written message, signed or not, with the files that travel beside it: the octets of its package."""
    if isinstance(message, Envelope) and message.is_bundled:
        return bundled(octets, message.attachments)
    return (octets,)


def accepted_document(receipt: Receipt) -> dict[str, object]:
    """Return an acceptance as commands' JSON has it: the answer, with the envelope's id from the verified receipt."""
    answer = {name: value for name, value in receipt.answer.items() if name != "receipt"}
    return {**answer, "envelope_id": str(receipt.envelope_id)}


def show_check(output: Output, checked: CheckedPackage) -> ExitCode:
    """Return how a check ends, having told everything about the package."""
    verdict = checked.verdict
    findings = checked.findings if verdict.failure is None else (finding_for(verdict.failure),)
    document = {
        "indication": verdict.indication.value,
        "sub_indication": None if verdict.sub_indication is None else verdict.sub_indication.value,
        "judged_at": verdict.judged_at,
        "policy": verdict.policy,
        "revocation": verdict.revocation_word,
        "signer": None if verdict.facts is None else _signer(verdict.facts),
        "message": None if checked.message is None else _message(checked.message),
        "verdict": told(judgement_on(verdict)),
        "findings": [finding_document(finding) for finding in findings],
    }
    output.give(document, *_shown(output, checked, findings=findings))
    if verdict.indication is not Indication.TOTAL_PASSED:
        return ExitCode.NOT_PROVEN
    return ExitCode.INPUT if is_refused(findings) else ExitCode.DONE


def _shown(output: Output, checked: CheckedPackage, *, findings: tuple[Finding, ...]) -> list[Label | str]:
    verdict = checked.verdict
    sub = f" ({verdict.sub_indication})" if verdict.sub_indication else ""
    judgement = judgement_on(verdict)
    vi, en = outcome_of(judgement)
    shown: list[Label | str] = [
        (f"Chữ ký số {vi}: {verdict.indication}{sub}", f"The signature {en}: {verdict.indication}{sub}")
    ]
    if verdict.facts is not None:
        signer = verdict.facts.path.signer
        shown.append((f"Người ký: {signer.subject}", f"Signed by: {signer.subject}"))
        shown.append(f"SHA-256 {signer.fingerprint}")
        shown.extend(_timestamps_shown(verdict.facts.additions))
    shown.extend(explained(judgement))
    if verdict.failure is None:
        shown.append(_UNASKED)
    elif verdict.failure.detail:
        shown.append((f"Giá trị được nêu: {verdict.failure.detail}", f"What it names: {verdict.failure.detail}"))
    if checked.message is not None:
        shown.extend(_message_shown(checked.message))
    if verdict.failure is None:
        shown.extend(line for finding in findings for line in finding_lines(finding, output.language))
    return shown


_UNASKED = (
    f"{UNASKED_HERE[0]}. Người ký có phải là bên gửi hay không do danh mục quyết định.",
    f"{UNASKED_HERE[1]}. Whose signer it is the axis's directory can tell.",
)


def _signer(facts: SignatureFacts) -> dict[str, object]:
    signer, additions = facts.path.signer, facts.additions
    proof = additions.proof_of_existence
    return {
        "subject": signer.subject,
        "issuer": signer.issuer,
        "fingerprint": signer.fingerprint,
        "algorithm": facts.algorithm.value,
        "anchor": facts.path.anchor.fingerprint,
        "claimed_signing_time": facts.claimed_signing_time,
        "claimed_level": additions.claimed_level,
        "level": additions.verified_level,
        "proof_of_existence": None if proof is None else proof.moment,
        "timestamps": [_timestamp(one) for one in additions.timestamps],
    }


def _timestamp(judged: Timestamp | TimestampFailure) -> dict[str, object]:
    """Return what a time stamp is worth, as JSON."""
    if isinstance(judged, TimestampFailure):
        return {"counted": False, "code": judged.code.value, "detail": judged.detail or None}
    return {"counted": True, "time": judged.moment, "authority": judged.path.signer.subject}


def _timestamps_shown(additions: Additions) -> list[Label | str]:
    """Return what is said about the time stamps on a signature."""
    shown: list[Label | str] = []
    for one in additions.timestamps:
        if isinstance(one, TimestampFailure):
            words = SIGNATURE_WORDS[one.code]
            shown.append((f"Dấu thời gian không được tính: {words.vi}", f"Time stamp, not counted: {words.en}"))
        else:
            told = f"{one.moment.isoformat()}  {one.path.signer.subject}"
            shown.append((f"Dấu thời gian: {told}", f"Time stamp: {told}"))
    return shown


_FIELDS: Final[Mapping[str, Label]] = {
    "kind": ("Loại", "Kind"),
    "from": ("Bên gửi", "From"),
    "to": ("Bên nhận", "To"),
    "status": ("Trạng thái", "Status"),
    "document_id": ("Mã văn bản", "Document id"),
    "code": ("Số, ký hiệu", "Number"),
    "subject": ("Trích yếu", "Subject"),
    "business_type": ("Loại nghiệp vụ", "Business type"),
    "attachments": ("Tệp đính kèm", "Attachments"),
}


def _message_shown(message: Envelope | StatusReport) -> Iterator[Label]:
    """Yield what is told of a message, line by line; nothing of what it does not have."""
    for name, value in _message(message).items():
        if value:
            words = (str(value), str(value))
            match name:
                case "kind":
                    words = term(MESSAGES, str(value))
                case "status":
                    words = coded(STATUSES, str(value))
                case "business_type":
                    words = coded(BUSINESS_TYPES, str(value))
            yield f"{_FIELDS[name][0]}: {words[0]}", f"{_FIELDS[name][1]}: {words[1]}"


def _message(message: Envelope | StatusReport) -> dict[str, object]:
    """Return what tells one message from another; nothing of its content but the subject."""
    sender = message.sender.organ_id
    if isinstance(message, StatusReport):
        about = message.response_for.document_id
        return {
            "kind": "status",
            "from": sender and str(sender),
            "status": str(message.status),
            "document_id": about and str(about),
        }
    return {
        "kind": "edoc",
        "from": sender and str(sender),
        "to": ", ".join(str(one.organ_id) for one in message.recipients if one.organ_id),
        "document_id": message.document_id and str(message.document_id),
        "code": str(message.code),
        "subject": message.subject,
        "business_type": str(message.business.doc_type),
        "attachments": ", ".join(attachment.name for attachment in message.attachments),
    }

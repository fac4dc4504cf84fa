"""What becomes of an error: one table from what other floors raise to words and an exit code."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from axis.cli.advice import ADVICE, RECEIPT_ADVICE, STAMPING_ADVICE
from axis.cli.exits import ExitCode
from axis.cli.fault_words import carried_fault, fault_of, unanswered
from axis.cli.faults import Fault
from axis.cli.language import Language
from axis.cli.output import Output
from axis.cli.words import CliCode, filled
from axis.enrolment.agency_files import AgencyFileRefused
from axis.errors import AxisError, Busy, ClockAstray, NotFound, Refused
from axis.exchange.signature_words import finding_for
from axis.inquiry.complaints import ahead_of
from axis.sdk import (
    AnswerUnreadable,
    AxisUnreachable,
    ContentDiffers,
    ProblemReported,
    ReceiptRefused,
    SdkError,
    SealRefused,
)
from axis.sdk.errors import Problem, ReceiptFault
from axis.settings import SettingsRefused
from envelopes.errors import Finding, InvalidModel, Phrase, Severity, UnreadableMessage, Words
from routing.errors import InvalidDirectory
from signing.errors import CertificateUnreadable, KeyUnusable, NotSignable, SigningError, TrustUnusable
from signing.libraries import LibrariesDiffer
from signing.timestamping import Attempt, NoTimestamp, TransportFailed, TransportFault
from storage.errors import (
    BlobKeysUnusable,
    BlobStoreUnavailable,
    Contention,
    DatabaseUnavailable,
    EmbeddedUnavailable,
    LockTimeout,
    SchemaOutdated,
    StatementTooSlow,
    StorageError,
)


class InputRefused(Refused):
    """A file cannot be used; every reason is in `findings`."""


class SignatureRefused(InputRefused):
    """The sender's signature on a package did not pass."""


class Unable(Exception):
    """A command cannot do what was asked, for a reason of the command line itself; `place` is a file or an option."""

    def __init__(
        self, code: CliCode, place: str = "", *, exit_code: ExitCode = ExitCode.INPUT, **names: str | Phrase | Fault
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.place = place
        self.exit_code = exit_code
        fault = names.get("fault")
        self.fault = fault.code if isinstance(fault, Fault) else ""
        self.words = filled(code, {name: one.phrase if isinstance(one, Fault) else one for name, one in names.items()})


class Hindered(Exception):
    """An axis would not start; `failures` are all reasons, first the one that a start would end with."""

    def __init__(self, failures: tuple[Failure, ...]) -> None:
        super().__init__("; ".join(one.code for one in failures))
        self.failures = failures


@dataclass(frozen=True, slots=True)
class Failure:
    """How a command failed: its exit code, a stable code, words, and every finding there is."""

    exit_code: ExitCode
    code: str
    words: Words
    place: str = ""
    findings: tuple[Finding, ...] = ()
    correlation_id: str = ""
    fault: str = ""
    """Which of the known causes it was, as a stable code, where the words name one."""


FORESEEN: Final = (
    Unable,
    Hindered,
    AxisError,
    SdkError,
    SettingsRefused,
    StorageError,
    SigningError,
    UnreadableMessage,
    InvalidModel,
    InvalidDirectory,
)
"""What commands end with in words; anything else is a fault of the program."""

_SIMPLE: Final[Mapping[type[BaseException], tuple[CliCode, ExitCode]]] = {
    KeyboardInterrupt: (CliCode.INTERRUPTED, ExitCode.INTERRUPTED),
    Busy: (CliCode.DATABASE_BUSY, ExitCode.LATER),
    NotFound: (CliCode.NOTHING_THERE, ExitCode.NOTHING_THERE),
    AxisUnreachable: (CliCode.AXIS_UNREACHABLE, ExitCode.UNREACHABLE),
    ContentDiffers: (CliCode.CONTENT_DIFFERS, ExitCode.NOT_PROVEN),
    ReceiptRefused: (CliCode.RECEIPT_REFUSED, ExitCode.NOT_PROVEN),
    SealRefused: (CliCode.SEAL_REFUSED, ExitCode.NOT_PROVEN),
    KeyUnusable: (CliCode.KEY_UNUSABLE, ExitCode.INPUT),
    LibrariesDiffer: (CliCode.LIBRARIES_DIFFER, ExitCode.SETTINGS),
    CertificateUnreadable: (CliCode.CERTIFICATE_UNREADABLE, ExitCode.INPUT),
    TrustUnusable: (CliCode.TRUST_UNUSABLE, ExitCode.INPUT),
    NotSignable: (CliCode.NOT_SIGNABLE, ExitCode.INPUT),
    InvalidModel: (CliCode.CANNOT_BE_CARRIED, ExitCode.INPUT),
    DatabaseUnavailable: (CliCode.DATABASE_UNAVAILABLE, ExitCode.UNREACHABLE),
    ClockAstray: (CliCode.CLOCK_ASTRAY, ExitCode.REFUSED),
    Contention: (CliCode.DATABASE_BUSY, ExitCode.LATER),
    LockTimeout: (CliCode.DATABASE_BUSY, ExitCode.LATER),
    StatementTooSlow: (CliCode.DATABASE_BUSY, ExitCode.LATER),
    SchemaOutdated: (CliCode.SCHEMA_OUTDATED, ExitCode.SETTINGS),
    EmbeddedUnavailable: (CliCode.EMBEDDED_UNAVAILABLE, ExitCode.UNREACHABLE),
    BlobStoreUnavailable: (CliCode.BLOBS_UNAVAILABLE, ExitCode.UNREACHABLE),
    BlobKeysUnusable: (CliCode.BLOB_KEYS_UNUSABLE, ExitCode.INPUT),
    StorageError: (CliCode.STORAGE_FAILED, ExitCode.UNREACHABLE),
}
"""By the nearest class of an error."""

_ADDRESS_ERRORS: Final = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL})

_TRANSPORTS: Final[Mapping[TransportFault, CliCode]] = {
    TransportFault.BUSY: CliCode.TIMESTAMP_BUSY,
    TransportFault.NO_AUTHORITY: CliCode.TIMESTAMP_NOT_ANSWERED,
}

_IN_FILE: Final = re.compile(r"Attachment\[([0-9]{1,9})\]")
"""How places in a file of a message begin (`FILE_PATH` of the axis, which clients know by its answers alone)."""

_BY_STATUS: Final[Mapping[int, ExitCode]] = {
    404: ExitCode.NOTHING_THERE,
    429: ExitCode.LATER,
    503: ExitCode.LATER,
}


def failure_of(error: BaseException) -> Failure:
    """Return how a command fails with this error: the one place that knows."""
    match error:
        case Unable():
            return Failure(error.exit_code, error.code.value, error.words, error.place, fault=error.fault)
        case Hindered() | Refused():
            return _of_refused(error)
        case NoTimestamp():
            return _of_findings(ExitCode.UNREACHABLE, tuple(_of_attempt(one) for one in error.attempts))
        case UnreadableMessage():
            return _of_findings(ExitCode.INPUT, (error.finding,))
        case InvalidDirectory():
            words = filled(CliCode.DIRECTORY_INVALID, {})
            return Failure(ExitCode.REFUSED, CliCode.DIRECTORY_INVALID.value, words, findings=error.findings)
        case SettingsRefused():
            return _of_findings(ExitCode.SETTINGS, tuple(_of_refusals(error)))
        case ProblemReported():
            return _of_problem(error.problem)
        case AnswerUnreadable():
            return _of_stranger(error.status)
        case OSError() if error.errno in _ADDRESS_ERRORS:
            words, place = filled(CliCode.ADDRESS_TAKEN, {}), str(error.filename or "")
            return Failure(ExitCode.SETTINGS, CliCode.ADDRESS_TAKEN.value, words, place)
    return _simple(error)


def failure_findings(failure: Failure) -> tuple[Finding, ...]:
    """Return every finding of a failure; of one that has none, what it says itself."""
    return failure.findings or (Finding(failure.code, failure.place, Severity.ERROR, failure.words),)


def report(error: BaseException, output: Output) -> ExitCode:
    """Return the exit code of a failed command, having told about it: in words, or as `{"error": …}` in JSON."""
    failure = failure_of(error)
    if output.is_json:
        output.give({"error": failure_document(failure)})
    else:
        output.remark(*failure_lines(failure, output.language))
    return failure.exit_code


def remark_left(output: Output, left: Sequence[Path]) -> None:
    """Name the files that were not tried because the axis was out of reach."""
    if left:
        output.remark(output.pick(("Chưa thử:", "Not tried:")), *(f"  {file}" for file in left))


def finding_document(finding: Finding) -> dict[str, str | None]:
    """Return a finding as every command's JSON has it, the same as the API's."""
    words = finding.words
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "path": finding.path,
        "value": finding.value,
        "vi": words.vi,
        "en": words.en,
        "do_vi": words.do_vi,
        "do_en": words.do_en,
    }


def file_named(path: str, language: Language, *, files: Sequence[str] = ()) -> str:
    """Return which file of a message a place lies in, as the beginning of a sentence; empty where in none.

    `files` are the names of the message's attachments, where whoever asks has them.
    """
    found = _IN_FILE.match(path)
    if found is None:
        return ""
    number = int(found[1])
    name = f" ({files[number - 1]})" if 0 < number <= len(files) else ""
    return f"{'Tệp' if language is Language.VI else 'File'} {number}{name}: "


def finding_lines(finding: Finding, language: Language, *, files: Sequence[str] = ()) -> tuple[str, str]:
    """Return a finding for people: what is wrong, in which file and where, then what to do about it."""
    words, is_vi = finding.words, language is Language.VI
    grades = ("Cảnh báo", "Warning") if finding.severity is Severity.WARNING else ("Lỗi", "Error")
    place = " = ".join(text for text in (finding.path, finding.value) if text)
    file = file_named(finding.path, language, files=files)
    what = (
        f"{grades[not is_vi]}: {file}{words.vi if is_vi else words.en} [{finding.code}{'; ' + place if place else ''}]"
    )
    return what, f"  → {words.do_vi if is_vi else words.do_en}"


def _simple(error: BaseException) -> Failure:
    for kind in type(error).__mro__:
        if kind in _SIMPLE:
            code, exit_code = _SIMPLE[kind]
            fault = _fault_of(error)
            words = filled(code, {"fault": fault.phrase, "kind": type(error).__name__})
            if advice := _advice_for(error):
                words = replace(words, do_vi=advice[0], do_en=advice[1])
            place = error.place if isinstance(error, CertificateUnreadable) else ""
            return Failure(exit_code, code.value, words, place, fault=fault.code)
    words = filled(CliCode.UNEXPECTED, {"kind": type(error).__name__})
    return Failure(ExitCode.UNEXPECTED, CliCode.UNEXPECTED.value, words)


def _advice_for(error: BaseException) -> Phrase | None:
    """Return what to do about this very fault, where the advice of its kind does not fit."""
    match error:
        case ReceiptRefused(fault=ReceiptFault.SIGNATURE) if advice := _receipt_advice(error.names["code"]):
            return advice
        case KeyUnusable() | TrustUnusable() | ReceiptRefused():
            return ADVICE.get(error.fault)
    return None


def _receipt_advice(code: str) -> Phrase | None:
    return next((advice for known, advice in RECEIPT_ADVICE.items() if known == code), None)


def _fault_of(error: BaseException) -> Fault:
    match error:
        case KeyUnusable() | TrustUnusable() | ReceiptRefused() | SealRefused():
            return fault_of(error)
        case EmbeddedUnavailable() | BlobStoreUnavailable() | BlobKeysUnusable():
            return fault_of(error)
        case InvalidModel():
            return carried_fault(error)
        case ClockAstray():
            return Fault("behind" if error.ahead < timedelta() else "ahead", *ahead_of(error.ahead))
    return Fault("", "", "")


def _of_refused(error: Hindered | Refused) -> Failure:
    if isinstance(error, Hindered):
        return _of_several(error.failures)
    if isinstance(error, SignatureRefused):
        return _of_findings(ExitCode.NOT_PROVEN, error.findings)
    is_input = isinstance(error, AgencyFileRefused | InputRefused)
    return _of_findings(ExitCode.INPUT if is_input else ExitCode.REFUSED, error.findings)


def _of_several(failures: tuple[Failure, ...]) -> Failure:
    first, *others = failures
    if not others:
        return first
    return replace(first, findings=tuple(finding for one in failures for finding in failure_findings(one)))


def _of_findings(exit_code: ExitCode, findings: tuple[Finding, ...]) -> Failure:
    return Failure(exit_code, findings[0].code, findings[0].words, findings[0].path, findings)


def _of_refusals(error: SettingsRefused) -> list[Finding]:
    return [Finding(one.code, one.setting, Severity.ERROR, one.words) for one in error.refusals]


def _of_attempt(attempt: Attempt) -> Finding:
    """Return what one time-stamping authority said, at its address."""
    answer = attempt.answer
    if isinstance(answer, TransportFailed):
        code = _TRANSPORTS.get(answer.fault, CliCode.TIMESTAMP_UNREACHABLE)
        words = filled(code, {"fault": unanswered(answer)})
        value = answer.reason if code is not CliCode.TIMESTAMP_UNREACHABLE else None
        return Finding(code.value, attempt.address, Severity.ERROR, words, value)
    finding = replace(finding_for(answer), path=attempt.address)
    if advice := STAMPING_ADVICE.get(answer.code):
        return replace(finding, words=replace(finding.words, do_vi=advice[0], do_en=advice[1]))
    return finding


def _of_problem(problem: Problem) -> Failure:
    if problem.code == "unknown":
        return _of_stranger(problem.status)
    words = Words(
        vi=problem.detail_vi or problem.title_vi,
        en=problem.detail or problem.title,
        do_vi=str(problem.members.get("what_to_do_vi", "")),
        do_en=str(problem.members.get("what_to_do", "")),
    )
    exit_code = _BY_STATUS.get(problem.status, ExitCode.REFUSED if problem.status < 500 else ExitCode.UNREACHABLE)
    findings = tuple(_foreign_finding(one) for one in problem.findings)
    return Failure(exit_code, problem.code, words, "", findings, problem.correlation_id)


def _of_stranger(status: int) -> Failure:
    words = filled(CliCode.ANSWER_UNREADABLE, {"status": str(status)})
    return Failure(ExitCode.UNREACHABLE, CliCode.ANSWER_UNREADABLE.value, words)


def _foreign_finding(members: Mapping[str, object]) -> Finding:
    """Return a finding as an axis told it; what it left out is empty."""
    texts = {name: str(members.get(name) or "") for name in ("code", "path", "value", "vi", "en", "do_vi", "do_en")}
    words = Words(texts["vi"], texts["en"], texts["do_vi"], texts["do_en"])
    severity = Severity.WARNING if members.get("severity") == Severity.WARNING.value else Severity.ERROR
    return Finding(texts["code"], texts["path"], severity, words, texts["value"] or None)


def failure_document(failure: Failure) -> dict[str, object]:
    """Return a failure as every command's JSON has it."""
    words = failure.words
    return {
        "exit_code": int(failure.exit_code),
        "code": failure.code,
        "place": failure.place,
        "vi": words.vi,
        "en": words.en,
        "do_vi": words.do_vi,
        "do_en": words.do_en,
        "fault": failure.fault or None,
        "findings": [finding_document(finding) for finding in failure.findings],
        "correlation_id": failure.correlation_id or None,
    }


def failure_lines(failure: Failure, language: Language, *, files: Sequence[str] = ()) -> list[str]:
    """Return a failure for people, every finding with what to do about it; `files` as `file_named` takes them."""
    lines = [line for finding in failure_findings(failure) for line in finding_lines(finding, language, files=files)]
    if failure.correlation_id:
        names = ("Mã tra cứu", "Correlation id")
        lines.append(f"{names[language is not Language.VI]}: {failure.correlation_id}")
    return lines

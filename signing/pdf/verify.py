"""Judges every signature of a PDF. Whatever a hostile PDF does to the library means refusal: this is the one seam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final, TypeVar

from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult
from pyhanko.sign.general import byte_range_digest
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.pdf.engine import Engine, Opinion, Stamp
from signing.pdf.layout import refuse_repeated_keys, signature_octets
from signing.pdf.limits import NAME_MAX
from signing.pdf.opening import Opened, SignatureField, open_pdf, refuse_later_hybrids
from signing.pdf.revisions import Revisions, rank
from signing.pdf.shape import RFC3161, SUBFILTERS, Message, read_message
from signing.pdf.verdict import (
    Changes,
    Coverage,
    DocMdp,
    PdfFailure,
    PdfFailureCode,
    PdfRefused,
    PdfSignature,
    PdfVerdict,
    RevocationEvidence,
    SignatureKind,
    StampState,
    pdf_outcome_of,
    printable,
)
from signing.policy import DOCUMENT_POLICY, SIGNING_TIME_TOLERANCE, SignaturePolicy
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode, Indication

Result = TypeVar("Result")

_COVERAGES: Final = {
    SignatureCoverageLevel.ENTIRE_FILE: Coverage.WHOLE_FILE,
    SignatureCoverageLevel.ENTIRE_REVISION: Coverage.REVISION,
}
_TYPES: Final = {SignatureKind.SIGNATURE: "/Sig", SignatureKind.TIME_STAMP: "/DocTimeStamp"}
_HARMLESS: Final = frozenset({Changes.NONE, Changes.LTA_UPDATES})
"""What may follow the last signature: proof for it, and nothing that anybody reads."""

_PERMITTED: Final = {
    DocMdp.NO_CHANGES: Changes.LTA_UPDATES,
    DocMdp.FILL_FORMS: Changes.FORM_FILLING,
    DocMdp.ANNOTATE: Changes.ANNOTATIONS,
}
"""The gravest that may be done later (ISO 32000-2 table 257); proof may be added to whatever was signed."""

_NO_EVIDENCE: Final = RevocationEvidence()


@dataclass(frozen=True, slots=True)
class PdfVerifier:
    """Judges PDFs against one trust store under one policy; fetches nothing, executes nothing, asks nobody the time."""

    trust: TrustStore
    policy: SignaturePolicy = DOCUMENT_POLICY

    def verify(self, octets: bytes, *, at: datetime, evidence: RevocationEvidence = _NO_EVIDENCE) -> PdfVerdict:
        """Return the verdict on a PDF at the aware moment `at`: one for each of its signatures, in signing order.

        1. The document is opened strictly and within its limits (`signing/pdf/opening.py`).
        2. Each signature's encoding is one of three; its byte range is honest (`layout.py`); its message has the one
           shape there is (`shape.py`).
        3. Digest, signature value, key usages and path by the AdES engine, with its time stamps (`engine.py`); those on
           the whole document first, which prove the time of what was signed before them (EN 319 142-1 clause 5.4.3).
        4. It covers a whole revision of the file, down to that revision's own references.
        5. What was appended later is what the difference policy, its DocMDP level and its FieldMDP permit, and named as
           our own grammar names it (`revisions.py`).
        6. Our own trust store has a path for the same certificate at the time that is proved: the stricter wins.
        7. The time it claims is possible.
        8. After the last signature nothing is appended but proof for it, and after the first no hybrid references.
        """
        if at.tzinfo is None:
            raise ValueError("signatures are judged at an aware moment")
        opened = _refusing(lambda: open_pdf(octets))
        if isinstance(opened, PdfFailure):
            return PdfVerdict(at, self.policy.name, failure=opened)
        engine = Engine(self.trust, self.policy, at, evidence)
        revisions = Revisions(opened)
        cases = [_Case(opened, field, engine=engine, revisions=revisions) for field in opened.fields]
        stamps = [case.judge() if case.is_stamp else None for case in cases]
        proofs = [one for one in stamps if one is not None and one.failure is None]
        judged = [stamp or case.judge(proofs) for stamp, case in zip(stamps, cases, strict=True)]
        _refuse_changed_last(judged)
        return PdfVerdict(at, self.policy.name, signatures=tuple(judged))


def _refusing(step: Callable[[], Result]) -> Result | PdfFailure:
    """Return what a step returns, or the failure it ended in. Whatever the library raises for a PDF refuses it."""
    try:
        return step()
    except PdfRefused as refused:
        return refused.failure
    except RecursionError:
        return PdfFailure(PdfFailureCode.TOO_DEEP)
    except (MemoryError, PdfDecodeLimitError):
        return PdfFailure(PdfFailureCode.SWELLS)
    except Exception as error:  # noqa: BLE001 - hostile PDFs raise errors of any kind, and all mean the same
        return PdfFailure(PdfFailureCode.UNREADABLE, type(error).__name__)


class _Case:
    """One signature under judgement; `known` is what was found out so far, told whatever the outcome."""

    def __init__(self, opened: Opened, field: SignatureField, *, engine: Engine, revisions: Revisions) -> None:
        self._opened = opened
        self._field = field
        self._engine = engine
        self._revisions = revisions
        self._known: dict[str, Any] = {}

    @property
    def is_stamp(self) -> bool:
        """Whether this calls itself a time stamp on the whole document; what cannot be read does not."""
        return _refusing(self._calls_itself_stamp) is True

    def _calls_itself_stamp(self) -> bool:
        dictionary: Any = self._field.value.get_object()
        return bool(dictionary.get("/SubFilter") == RFC3161)

    def judge(self, stamps: Sequence[PdfSignature] = ()) -> PdfSignature:
        """Return the verdict, with all that was found out before it; `stamps` are those that passed."""
        failure = _refusing(lambda: self._judge(stamps))
        indication, sub_indication = pdf_outcome_of(failure.code) if failure else (Indication.TOTAL_PASSED, None)
        known = {"kind": SignatureKind.SIGNATURE, **self._known}
        name = printable(self._field.name, NAME_MAX)
        return PdfSignature(field=name, indication=indication, sub_indication=sub_indication, failure=failure, **known)

    def _judge(self, stamps: Sequence[PdfSignature]) -> None:
        octets, reader = self._opened.octets, self._opened.reader
        refuse_repeated_keys(octets, self._field.value, reader=reader)
        subfilter = self._subfilter()
        contents = signature_octets(octets, self._field.value, reader=reader)
        message = read_message(contents, subfilter)
        embedded = EmbeddedPdfSignature(reader, self._field.field, self._field.name)
        self._known |= {
            "algorithm": message.algorithm,
            "certificate": message.signer,
            "claimed_at": _aware(message.claimed_at or _written_time(embedded)),
            "revision": embedded.signed_revision,
        }
        self._known["coverage"] = _COVERAGES.get(embedded.evaluate_signature_coverage(), Coverage.UNCLEAR)
        if self._known["kind"] is SignatureKind.TIME_STAMP:
            self._check_stamp(embedded, message)
            self._check_changes(embedded)
        else:
            later = (one for one in stamps if one.revision > embedded.signed_revision)
            proofs = [Stamp(one.stamped_at, one.path) for one in later if one.stamped_at and one.path]
            opinion = self._opinion(embedded, message, proofs=proofs)
            self._learn_signer(message, opinion)
            self._check_changes(embedded)
            self._check_trust(message, opinion)

    def _subfilter(self) -> str:
        dictionary: Any = self._field.value.get_object()
        subfilter = str(dictionary.get("/SubFilter", ""))
        self._known["subfilter"] = printable(subfilter.removeprefix("/"), NAME_MAX)
        if subfilter not in SUBFILTERS:
            raise PdfRefused(PdfFailureCode.SUBFILTER_FORBIDDEN, subfilter.removeprefix("/"))
        kind = self._known["kind"] = SUBFILTERS[subfilter]
        if dictionary.get("/Type", "/Sig") != _TYPES[kind]:
            raise PdfRefused(PdfFailureCode.SUBFILTER_FORBIDDEN, f"{subfilter} {dictionary['/Type']}")
        return subfilter

    def _opinion(self, embedded: EmbeddedPdfSignature, message: Message, *, proofs: Sequence[Stamp]) -> Opinion:
        """Step 3; raises `PdfRefused` where the engine refuses."""
        stream = BytesIO(self._opened.octets)
        _, digest = byte_range_digest(stream, embedded.byte_range, embedded.md_algorithm)
        opinion = self._engine.judge(message, digest, proofs=proofs)
        stamped_at = opinion.best_time if opinion.stamp is StampState.TRUSTED else None
        self._known |= {"stamp": opinion.stamp, "stamped_at": stamped_at, "revocation": opinion.revocation}
        self._known |= {"stamp_path": opinion.stamp_path, "rests_on_stamp": opinion.is_mended}
        if opinion.code is FailureCode.PATH_INVALID:
            self._check_trust(message, opinion)  # says more precisely what is wrong with the path, where it finds so
        if opinion.code is not None:
            raise PdfRefused(opinion.code, opinion.detail)
        return opinion

    def _check_stamp(self, embedded: EmbeddedPdfSignature, message: Message) -> None:
        """Step 3, for a time stamp on the whole document (EN 319 142-1 clause 5.4.3)."""
        stamp = self._engine.judge_stamp(message, embedded.compute_digest)
        if stamp is None:
            raise PdfRefused(PdfFailureCode.TIME_STAMP)
        self._known |= {"stamp": StampState.TRUSTED, "stamped_at": stamp.at, "path": stamp.path}

    def _check_changes(self, embedded: EmbeddedPdfSignature) -> None:
        """Steps 4 and 5: a whole revision is covered, and what follows it is permitted."""
        if self._known["coverage"] is Coverage.UNCLEAR:
            raise PdfRefused(PdfFailureCode.NOT_COVERING)
        level = embedded.docmdp_level
        self._known["docmdp"] = permitted = DocMdp(level.name) if level is not None else None
        refuse_later_hybrids(self._opened.reader, embedded.signed_revision)
        changes = self._known["changes"] = self._changes(embedded)
        if changes is Changes.OTHER:
            raise PdfRefused(PdfFailureCode.CHANGED, changes.value)
        if permitted is not None and rank(changes) > rank(_PERMITTED[permitted]):
            raise PdfRefused(PdfFailureCode.CHANGES_FORBIDDEN, permitted.value)

    def _changes(self, embedded: EmbeddedPdfSignature) -> Changes:
        """Return what was done later, by the stricter of two judges: the library's policy, and our own grammar."""
        if self._known["coverage"] is Coverage.WHOLE_FILE:
            return Changes.NONE
        found = DEFAULT_DIFF_POLICY.review_file(
            self._opened.reader,
            embedded.signed_revision,
            field_mdp_spec=embedded.fieldmdp,
            doc_mdp=embedded.docmdp_level,
        )
        _, _, start, length = embedded.byte_range
        if not isinstance(found, DiffResult) or self._revisions.hides_objects(int(start) + int(length)):
            return Changes.OTHER
        theirs, ours = Changes(found.modification_level.name), self._revisions.since(embedded.signed_revision)
        is_disguised = theirs is Changes.LTA_UPDATES and ours is Changes.FORM_FILLING
        if is_disguised and embedded.fieldmdp is not None:
            return Changes.OTHER  # the library, which knows what is locked, did not see that anything was filled in
        is_signed = theirs is Changes.FORM_FILLING and ours is Changes.SIGNATURES
        return ours if is_signed else max(theirs, ours, key=rank)

    def _learn_signer(self, message: Message, opinion: Opinion) -> None:
        """Know whose signature it is before what was appended is looked at: a changed file has a signer too."""
        engine = self._engine
        judged = engine.trust.judge(message.signer, message.others, at=opinion.best_time, policy=engine.policy)
        self._known["path"] = judged if isinstance(judged, CertificatePath) else None

    def _check_trust(self, message: Message, opinion: Opinion) -> None:
        """Steps 6 and 7: our own lints, and a time that the signer can have had."""
        engine, signer = self._engine, message.signer
        judged = engine.trust.judge(signer, message.others, at=opinion.best_time, policy=engine.policy)
        if isinstance(judged, Failure):
            raise PdfRefused(judged.code, judged.detail)
        self._known["path"] = judged
        if opinion.stamp_path is not None:
            now = engine.trust.judge(signer, message.others, at=engine.at, policy=engine.policy)
            self._known["rests_on_stamp"] = opinion.is_mended or isinstance(now, Failure)
        claimed = self._known["claimed_at"]
        if claimed and max(signer.not_before - claimed, claimed - opinion.best_time) > SIGNING_TIME_TOLERANCE:
            raise PdfRefused(FailureCode.SIGNING_TIME_IMPOSSIBLE)


def _refuse_changed_last(judged: list[PdfSignature]) -> None:
    """Step 8: refuse the last signature where somebody filled in what nobody signed any more."""
    signatures = [number for number, one in enumerate(judged) if one.kind is SignatureKind.SIGNATURE]
    if not signatures:
        return
    last = judged[signatures[-1]]
    if last.failure is None and last.changes not in _HARMLESS:
        failure = PdfFailure(PdfFailureCode.CHANGED_UNSIGNED, str(last.changes))
        indication, sub_indication = pdf_outcome_of(failure.code)
        judged[signatures[-1]] = replace(last, indication=indication, sub_indication=sub_indication, failure=failure)


def _written_time(embedded: EmbeddedPdfSignature) -> datetime | None:
    """Return the time in the signature dictionary, `M` (ISO 32000-2 table 255); one that is no time claims nothing."""
    try:
        return embedded.self_reported_timestamp
    except (ValueError, TypeError):
        return None


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment

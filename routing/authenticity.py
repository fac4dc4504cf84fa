"""Whether a document replaces its paper original: signed by the competent person, and by the agency after them.

NĐ 30/2020/NĐ-CP Art. 5 and 32, QĐ 28/2018/QĐ-TTg Art. 4. What a signature proves is another floor's; whose it is, and
what follows, is this one's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signing.pdf.verdict import UNFINISHED, Changes, PdfSignature, PdfVerdict, SignatureKind
from signing.verdict import Indication

_WORD: Final = re.compile(r"\w+")


class DocumentVerdict(StrEnum):
    """What a document is worth by its own signatures. Only the first replaces paper."""

    PERSON_AND_AGENCY = "person_and_agency"
    AGENCY_ONLY = "agency_only"
    PERSON_ONLY = "person_only"
    UNSIGNED = "unsigned"
    """No signature that counts for the sender: none at all, another agency's alone, or no file that carries any."""
    BROKEN = "broken"
    """A signature is there that does not hold, or the file is none that signatures can be judged in."""
    NOT_JUDGED = "not_judged"
    """Signed in a way that is not judged here: an Office file, or nobody had the time."""


class DoubtCode(StrEnum):
    """What a clerk should look at, and why where it lowered a verdict. Stable."""

    AGENCY_BEFORE_PERSON = "authenticity/agency-before-person"
    CHANGED_AFTER_AGENCY = "authenticity/changed-after-agency"
    """It breaks the file: something was filled in that the sender's agency did not sign, whoever signed after it."""
    OTHER_AGENCY = "authenticity/other-agency"
    OWN_NOT_IN_FORCE = "authenticity/own-certificate-not-in-force"
    OTHER_NAME = "authenticity/other-name"
    TIME_STAMP_UNPROVED = "authenticity/time-stamp-unproved"
    FILE_UNSIGNED = "authenticity/file-unsigned"
    FILE_NOT_JUDGED = "authenticity/file-not-judged"
    ARCHIVE = "authenticity/archive-not-judged"
    FILE_TOO_LARGE = "authenticity/file-too-large"
    JUDGING_FAILED = "authenticity/judging-failed"
    """Of the message as a whole: the axis tried for a week, and failed each time."""
    WORTH_REFUSED = "authenticity/worth-refused"
    """Of the message as a whole: it is worth what is not accepted from its sender."""


BREAKING: Final = frozenset({DoubtCode.CHANGED_AFTER_AGENCY})
"""What breaks a file although each of its signatures holds."""

_FILLED_IN: Final = frozenset({Changes.FORM_FILLING, Changes.ANNOTATIONS, Changes.OTHER})
"""What changes a document that was signed; proof and further signatures do not."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a clerk should look at; `value` is the name on a certificate, or of a field or a file."""

    code: DoubtCode
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Authenticity:
    """A document's verdict and what accompanies it."""

    verdict: DocumentVerdict
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of a package by its name, and what its own signatures say."""

    name: str
    authenticity: Authenticity


def judge_file(
    judged: PdfVerdict, *, agencies: Mapping[str, bool], signer_name: str | None, lapsed: Collection[str] = ()
) -> Authenticity:
    """Return what one PDF's signatures say.

    `agencies` are the fingerprints of agencies' certificates, True for the sender's own; any other certificate is a
    person's. Those of the sender's own that were not in force when they signed are `lapsed` and False. `signer_name` is
    `SignerInfo/FullName`, where the message has one.

    1. A file whose judgement came to no end is not judged. One that cannot be judged, or any signature that did not
       pass, is broken. A time stamp that proves nothing is doubted only.
    2. Signatures of other agencies are told and do not count: a copy carries its original's. Nor does one by the
       sender's own certificate outside its window, which is nobody else's.
    3. What was filled in after the sender's agency signed last, that agency did not sign, and nobody else signs for it:
       the file is broken, as it is where nobody signed afterwards. Proof and further signatures fill in nothing.
    4. The sender's agency signs after the person (Art. 32 clause 2): later in the file, which the file itself proves.
       Its signature stands for the person's having been there. One made before any person's stands for no person's:
       the file is as good as signed by the agency alone, and doubted. Which of several persons was the competent one
       nobody here knows, so that the agency's last signature comes after all of theirs.
    5. The name on a person's certificate is like the signer's in the message.
    """
    if judged.failure is not None and judged.failure.code in UNFINISHED:
        return Authenticity(DocumentVerdict.NOT_JUDGED)
    signatures = [one for one in judged.signatures if one.kind is SignatureKind.SIGNATURE]
    stamps = [one for one in judged.signatures if one.kind is SignatureKind.TIME_STAMP]
    refused = [one for one in signatures if one.failure] + [
        one for one in stamps if one.indication is Indication.TOTAL_FAILED
    ]
    if judged.failure is not None or refused:
        return Authenticity(DocumentVerdict.BROKEN)
    persons = [one for one in signatures if _fingerprint(one) not in agencies]
    owns = [one for one in signatures if agencies.get(_fingerprint(one), False)]
    others = [one for one in signatures if agencies.get(_fingerprint(one)) is False]
    if changed := _changed(owns):
        return Authenticity(DocumentVerdict.BROKEN, (changed,))
    doubts = [
        *(
            Doubt(DoubtCode.OWN_NOT_IN_FORCE if _fingerprint(one) in lapsed else DoubtCode.OTHER_AGENCY, _name(one))
            for one in others
        ),
        *_order(persons, owns),
        *_names(persons, signer_name),
        *(Doubt(DoubtCode.TIME_STAMP_UNPROVED, one.field) for one in stamps if one.failure),
    ]
    return Authenticity(_verdict(_followed(persons, owns), owns), tuple(doubts))


def as_annex(file: NamedFile) -> Authenticity:
    """Return what a file says that is sent along with a document: one without judged signatures is doubted."""
    code = _DOUBTED.get(file.authenticity.verdict)
    if code is None:
        return file.authenticity
    return Authenticity(file.authenticity.verdict, (*file.authenticity.doubts, Doubt(code, file.name)))


def judge_document(files: Sequence[Authenticity]) -> Authenticity:
    """Return what a package's files say together: all of them in their order, those without signatures too.

    The first file is the document, the others its annexes (Annex I part II clause 8b: an annex in a file of its own has
    the agency's signature alone). What is sent along makes no document of a file that carries no judged signature: only
    the first one's worth counts. One broken file breaks the document; what is doubted of an annex, `as_annex` says.
    """
    if not files:
        return Authenticity(DocumentVerdict.UNSIGNED)
    doubts = tuple(dict.fromkeys(doubt for one in files for doubt in one.doubts))
    if any(one.verdict is DocumentVerdict.BROKEN for one in files):
        return Authenticity(DocumentVerdict.BROKEN, doubts)
    return Authenticity(files[0].verdict, doubts)


_DOUBTED: Final = {
    DocumentVerdict.UNSIGNED: DoubtCode.FILE_UNSIGNED,
    DocumentVerdict.NOT_JUDGED: DoubtCode.FILE_NOT_JUDGED,
}


def _verdict(persons: Sequence[PdfSignature], owns: Sequence[PdfSignature]) -> DocumentVerdict:
    match bool(persons), bool(owns):
        case True, True:
            return DocumentVerdict.PERSON_AND_AGENCY
        case False, True:
            return DocumentVerdict.AGENCY_ONLY
        case True, False:
            return DocumentVerdict.PERSON_ONLY
    return DocumentVerdict.UNSIGNED


def _followed(persons: Sequence[PdfSignature], owns: Sequence[PdfSignature]) -> Sequence[PdfSignature]:
    """Return the persons' signatures that count beside the agency's: none where it signed before one of them."""
    return () if _is_disordered(persons, owns) else persons


def _is_disordered(persons: Sequence[PdfSignature], owns: Sequence[PdfSignature]) -> bool:
    return bool(persons and owns) and max(one.revision for one in owns) < max(one.revision for one in persons)


def _changed(owns: Sequence[PdfSignature]) -> Doubt | None:
    last = max(owns, key=lambda one: one.revision, default=None)
    return Doubt(DoubtCode.CHANGED_AFTER_AGENCY, _name(last)) if last and last.changes in _FILLED_IN else None


def _order(persons: Sequence[PdfSignature], owns: Sequence[PdfSignature]) -> Iterator[Doubt]:
    if _is_disordered(persons, owns):
        yield Doubt(DoubtCode.AGENCY_BEFORE_PERSON, _name(owns[-1]))


def _names(persons: Sequence[PdfSignature], signer_name: str | None) -> Iterator[Doubt]:
    expected = _words(signer_name or "")
    if expected and persons and not any(_contains(_words(_name(one) or ""), expected) for one in persons):
        yield Doubt(DoubtCode.OTHER_NAME, _name(persons[-1]))


def _contains(words: Sequence[str], expected: Sequence[str]) -> bool:
    """Return whether the words hold the expected ones in a row: certificates put ranks and titles around a name."""
    width = len(expected)
    return any(words[start : start + width] == expected for start in range(len(words) - width + 1))


def _words(name: str) -> Sequence[str]:
    return _WORD.findall(unicodedata.normalize("NFC", name).casefold())


def _fingerprint(signature: PdfSignature) -> str:
    return signature.certificate.fingerprint if signature.certificate is not None else ""


def _name(signature: PdfSignature) -> str | None:
    return signature.certificate.common_name if signature.certificate is not None else None

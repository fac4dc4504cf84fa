"""Stamps in documents, and what is known of their authorities: the same rule as for packages (RFC 3161 §4)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from axis.confinement.records import verdict_in, verdict_out
from signing.pdf.book import unknown_paths, waiting_paths, with_book
from signing.pdf.verdict import PdfFailureCode, PdfSignature, PdfVerdict, Revocation, StampState
from signing.revocation.book import Statuses
from signing.statuses import Doubt, RevocationStatus
from signing.verdict import FailureCode, Indication, SubIndication
from tests.signing.pdf.test_verify import LATER, code_of, judged
from tests.signing.pdf_making import SIGNED_AT, Signing, blank, document_stamped, person_only, signed, stamper
from tests.signing.pki import MOMENT, credential, expired
from tests.signing.revocation.test_book import GOOD, revoked
from tests.vectors.attacks import pdf as attacks

GRAVE = ["key_compromise", "ca_compromise", "privilege_withdrawn"]


def stamped() -> PdfVerdict:
    return judged(signed(blank(), credential("A"), Signing(stamper=stamper(SIGNED_AT))))


def mended() -> PdfVerdict:
    """A document whose signer's certificate expired since it was stamped."""
    before = expired().certificate.not_valid_after_utc - timedelta(hours=1)
    return judged(signed(blank(), expired(), Signing(at=before, stamper=stamper(before))))


def by_book(verdict: PdfVerdict, tsa: RevocationStatus | None, signer: RevocationStatus = GOOD) -> PdfSignature:
    (signature,) = verdict.signatures
    assert signature.stamp_path is not None
    assert signature.path is not None
    known = {one.fingerprint: GOOD for one in (*signature.path.certificates, *signature.stamp_path.certificates)}
    known[signature.path.signer.fingerprint] = signer
    del known[signature.stamp_path.signer.fingerprint]
    if tsa is not None:
        known[signature.stamp_path.signer.fingerprint] = tsa
    return with_book(verdict, Statuses(known)).signatures[0]


def since(ago: timedelta, reason: str = "key_compromise") -> RevocationStatus:
    return replace(revoked(timedelta(0), reason), revoked_at=MOMENT - ago)


@pytest.mark.parametrize("reason", GRAVE)
def test_a_document_stamped_by_a_stolen_key_is_judged_without_the_stamp(reason: str) -> None:
    later = since(timedelta(minutes=30))
    assert code_of(by_book(stamped(), GOOD, later)) is None
    signature = by_book(stamped(), since(timedelta(minutes=1), reason), later)
    assert code_of(signature) == PdfFailureCode.CERTIFICATE_REVOKED
    assert (signature.stamp, signature.stamped_at) == (StampState.UNPROVED, None)


def test_a_stamp_from_before_its_authority_ended_in_order_still_counts_in_documents() -> None:
    later = since(timedelta(minutes=30))
    signature = by_book(stamped(), since(timedelta(minutes=1), "superseded"), later)
    assert (code_of(signature), signature.stamped_at) == (None, SIGNED_AT)
    before = by_book(stamped(), since(timedelta(hours=2), "superseded"), later)
    assert code_of(before) == PdfFailureCode.CERTIFICATE_REVOKED


def test_what_passed_by_a_void_stamp_alone_is_refused() -> None:
    assert code_of(by_book(mended(), GOOD)) is None
    assert code_of(by_book(mended(), since(timedelta(hours=1)))) == FailureCode.CERTIFICATE_EXPIRED
    # Its certificate is in force, but something else about its time was mended: an authority that was given up.
    verdict = stamped()
    dated = replace(verdict, signatures=(replace(verdict.signatures[0], rests_on_stamp=True),))
    assert code_of(by_book(dated, since(timedelta(hours=1)))) == PdfFailureCode.TIME_STAMP
    assert mended().signatures[0].rests_on_stamp
    assert not stamped().signatures[0].rests_on_stamp


def test_a_stamp_on_the_whole_document_by_a_stolen_key_is_refused() -> None:
    verdict = judged(document_stamped(person_only()))
    stamp = verdict.signatures[1]
    assert stamp.path is not None
    book = Statuses({stamp.path.signer.fingerprint: since(timedelta(0) - timedelta(hours=1))})
    assert code_of(with_book(verdict, book).signatures[1]) == PdfFailureCode.TIME_STAMP, "no signer's was revoked"


def test_the_authorities_of_stamps_are_asked_about_until_they_are_known() -> None:
    verdict = stamped()
    (signature,) = verdict.signatures
    assert list(waiting_paths(with_book(verdict, Statuses({})))) == [signature.path, signature.stamp_path]
    known = replace(verdict, signatures=(by_book(verdict, None),))
    assert list(waiting_paths(known)) == [signature.stamp_path]
    assert list(waiting_paths(replace(verdict, signatures=(by_book(verdict, GOOD),)))) == []
    assert by_book(verdict, GOOD).stamp_revocation is Revocation.GOOD


def test_the_path_of_a_stamp_comes_out_of_the_cell() -> None:
    for verdict in (stamped(), mended(), judged(person_only()), judged(person_only(), LATER)):
        assert verdict_in(json.loads(json.dumps(verdict_out(verdict)))) == verdict


def standing(verdict: PdfVerdict, **states: RevocationStatus) -> PdfVerdict:
    """The verdict by a book that has the signer and its authority in these states, both good unless said otherwise."""
    path = verdict.signatures[0].path
    assert path is not None
    known = dict(zip(("signer", "authority"), (one.fingerprint for one in path.certificates), strict=False))
    return with_book(verdict, Statuses({known[name]: states.get(name, GOOD) for name in known}))


@pytest.mark.parametrize("name", ["signer", "authority"])
@pytest.mark.parametrize("doubt", [Doubt.NO_EVIDENCE, Doubt.NO_SOURCE, Doubt.STALE])
def test_a_signature_of_unknown_revocation_is_marked_as_a_packages_is(name: str, doubt: Doubt) -> None:
    (signature,) = standing(judged(person_only()), **{name: RevocationStatus.unknown(doubt)}).signatures
    assert (signature.failure, signature.mark) == (None, FailureCode.REVOCATION_UNKNOWN)
    assert (signature.indication, signature.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    assert signature.code == FailureCode.REVOCATION_UNKNOWN


def test_a_signature_of_whom_all_is_known_has_passed_without_a_mark() -> None:
    (signature,) = standing(judged(person_only())).signatures
    assert (signature.indication, signature.mark, signature.code) == (Indication.TOTAL_PASSED, None, None)


def test_a_signature_that_failed_is_not_marked_beside_its_failure() -> None:
    verdict = judged(attacks.incremental_saving())
    assert [one.mark for one in with_book(verdict, Statuses({})).signatures] == [None for _ in verdict.signatures]


def test_a_signature_that_passes_only_by_a_stamp_of_unknown_authority_is_marked() -> None:
    assert by_book(mended(), None).mark is FailureCode.REVOCATION_UNKNOWN
    later = since(timedelta(minutes=30))
    assert by_book(stamped(), None, later).mark is FailureCode.REVOCATION_UNKNOWN
    assert by_book(stamped(), None).mark is None, "it would pass without the stamp"


def test_no_signature_is_made_that_passed_and_is_marked() -> None:
    (signature,) = judged(person_only()).signatures
    for changes in ({"mark": FailureCode.REVOCATION_UNKNOWN}, {"indication": Indication.INDETERMINATE}):
        with pytest.raises(ValueError, match="either passed"):
            replace(signature, **changes)


HELD = since(timedelta(hours=5), "certificate_hold")
STOLEN = since(timedelta(hours=5))


@pytest.mark.parametrize(
    ("states", "code", "outcome"),
    [
        ({"signer": STOLEN}, PdfFailureCode.CERTIFICATE_REVOKED, SubIndication.REVOKED_NO_POE),
        ({"signer": HELD}, PdfFailureCode.CERTIFICATE_ON_HOLD, SubIndication.TRY_LATER),
        ({"authority": STOLEN}, PdfFailureCode.AUTHORITY_REVOKED, SubIndication.REVOKED_CA_NO_POE),
        ({"authority": HELD}, PdfFailureCode.AUTHORITY_REVOKED, SubIndication.REVOKED_CA_NO_POE),
    ],
    ids=["signer revoked", "signer on hold", "authority revoked", "authority on hold"],
)
def test_whose_certificate_was_revoked_or_is_on_hold_is_told_apart(
    states: dict[str, RevocationStatus], code: PdfFailureCode, outcome: SubIndication
) -> None:
    (signature,) = standing(judged(person_only()), **states).signatures
    assert (code_of(signature), signature.indication, signature.sub_indication) == (
        code,
        Indication.INDETERMINATE,
        outcome,
    )


@pytest.mark.parametrize(
    ("states", "waits"),
    [
        ({"signer": HELD}, True),
        ({"authority": HELD}, True),
        ({"signer": HELD, "authority": STOLEN}, False),
        ({"signer": STOLEN}, False),
    ],
)
def test_a_certificate_on_hold_is_waited_for_and_one_that_was_revoked_is_not(
    states: dict[str, RevocationStatus], *, waits: bool
) -> None:
    verdict = standing(judged(person_only()), **states)
    assert list(waiting_paths(verdict)) == ([verdict.signatures[0].path] if waits else [])
    assert list(unknown_paths(verdict)) == []


def test_a_signature_that_failed_otherwise_is_not_waited_for_because_of_a_hold() -> None:
    verdict = standing(judged(attacks.incremental_saving()), signer=HELD)
    assert list(waiting_paths(verdict)) == []
    assert verdict.signatures[0].revocation is Revocation.REVOKED, "whose signature it is, is known all the same"

"""A certificate that signed a document is the sender's, another agency's, or a person's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from axis.demo.authority import Subject
from envelopes.identifiers import OrganId
from routing.agencies import RegisteredCertificate
from routing.directory import Directory
from routing.sealing import owners_of
from signing.certificates import Certificate
from signing.pdf.verdict import PdfSignature, PdfVerdict, SignatureKind
from signing.verdict import CertificatePath, Indication
from tests.routing.examples import CATALOGUE, NOW, organ
from tests.signing.pki import VALID, certificate, credential, hierarchy


def issued(subject: Subject) -> Certificate:
    return certificate(hierarchy().intermediate.issue(subject, VALID))


SEAL = certificate(credential("gửi"))
OTHER = certificate(credential("khác"))
STRANGER = certificate(credential("chưa đăng ký"))
NUMBERED = issued(Subject("Cơ quan", "Dấu cơ quan", "H99"))
PERSON = issued(Subject("Cơ quan gửi", "Nguyễn Văn A"))


def registered(holder: Certificate, organ_id: str, days: int = 100) -> RegisteredCertificate:
    window = (NOW - timedelta(days=100), NOW - timedelta(days=100) + timedelta(days=100 + days))
    return RegisteredCertificate(holder.fingerprint, organ(organ_id), *window)


def owners(*rows: RegisteredCertificate, sender: str | None = "000.00.00.H26") -> dict[Certificate, bool]:
    every = (SEAL, OTHER, STRANGER, NUMBERED, PERSON)
    signatures = tuple(
        PdfSignature(
            "f",
            SignatureKind.SIGNATURE,
            Indication.TOTAL_PASSED,
            None,
            certificate=one,
            path=CertificatePath((one,)),
        )
        for one in every
    )
    found = owners_of(
        Directory(1, CATALOGUE, rows, ()),
        None if sender is None else OrganId(sender),
        verdicts=[PdfVerdict(NOW, "test", signatures=signatures)],
        moment=NOW,
    )
    return {one: found[one.fingerprint] for one in every if one.fingerprint in found}


def test_only_a_certificate_in_force_for_the_sender_is_the_senders() -> None:
    judged = owners(registered(SEAL, "H26"), registered(OTHER, "G22"))
    assert judged == {SEAL: True, OTHER: False, STRANGER: False, NUMBERED: False}


def test_an_agency_that_is_not_registered_does_not_pass_for_a_person() -> None:
    assert STRANGER in owners()
    assert NUMBERED in owners()
    assert PERSON not in owners()


def test_a_registration_that_ended_is_not_the_senders_any_more() -> None:
    assert owners(registered(SEAL, "H26", days=-1))[SEAL] is False


@pytest.mark.parametrize("sender", [None, "H99"])
def test_a_sender_that_nobody_knows_has_no_certificate(sender: str | None) -> None:
    assert owners(registered(SEAL, "H26"), sender=sender)[SEAL] is False


def test_a_person_whom_the_directory_has_for_an_agency_signs_as_that_agency() -> None:
    assert owners(registered(PERSON, "H26"))[PERSON] is True

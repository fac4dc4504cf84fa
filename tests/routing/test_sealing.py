"""A certificate that signed a document is the sender's, another agency's, or a person's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from axis.demo.authority import Subject
from envelopes.identifiers import OrganId
from routing.agencies import RegisteredCertificate
from routing.directory import Directory
from routing.sealing import Owners, owners_of
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


def judged(
    *rows: RegisteredCertificate,
    sender: str | None = "000.00.00.H26",
    stamped_at: tuple[datetime | None, ...] = (None,),
) -> Owners:
    every = (SEAL, OTHER, STRANGER, NUMBERED, PERSON)
    signatures = tuple(
        PdfSignature(
            "f",
            SignatureKind.SIGNATURE,
            Indication.TOTAL_PASSED,
            None,
            certificate=one,
            path=CertificatePath((one,)),
            stamped_at=at,
        )
        for one in every
        for at in stamped_at
    )
    return owners_of(
        Directory(1, CATALOGUE, rows, ()),
        None if sender is None else OrganId(sender),
        verdicts=[PdfVerdict(NOW, "test", signatures=signatures)],
        moment=NOW,
    )


def owners(*rows: RegisteredCertificate, sender: str | None = "000.00.00.H26") -> dict[Certificate, bool]:
    found = judged(*rows, sender=sender).agencies
    every = (SEAL, OTHER, STRANGER, NUMBERED, PERSON)
    return {one: found[one.fingerprint] for one in every if one.fingerprint in found}


def test_only_a_certificate_in_force_for_the_sender_is_the_senders() -> None:
    judged = owners(registered(SEAL, "H26"), registered(OTHER, "G22"))
    assert judged == {SEAL: True, OTHER: False, STRANGER: False, NUMBERED: False}


def test_an_agency_that_is_not_registered_does_not_pass_for_a_person() -> None:
    assert STRANGER in owners()
    assert NUMBERED in owners()
    assert PERSON not in owners()


def test_the_senders_own_certificate_out_of_its_window_does_not_count_and_is_nobody_elses() -> None:
    found = judged(registered(SEAL, "H26", days=-1), registered(OTHER, "G22"))
    assert found.agencies[SEAL.fingerprint] is False
    assert found.lapsed == {SEAL.fingerprint}


def test_the_senders_own_certificate_that_was_suspended_is_nobody_elses_either() -> None:
    row = replace(registered(SEAL, "H26"), suspended_at=NOW - timedelta(days=1))
    assert judged(row).lapsed == {SEAL.fingerprint}


@pytest.mark.parametrize(
    ("stamped_at", "is_own"),
    [
        ((NOW - timedelta(days=2),), True),
        ((NOW - timedelta(hours=1),), False),
        ((None,), False),
        ((NOW - timedelta(days=2), None), False),
    ],
    ids=["within the window", "after it", "unproved", "within it, and again unproved"],
)
def test_a_seal_that_was_replaced_since_has_signed_where_a_stamp_proves_that_it_did_in_its_window(
    stamped_at: tuple[datetime | None, ...], *, is_own: bool
) -> None:
    found = judged(registered(SEAL, "H26", days=-1), stamped_at=stamped_at)
    assert found.agencies[SEAL.fingerprint] is is_own
    assert (SEAL.fingerprint in found.lapsed) is not is_own


def test_a_seal_that_signed_before_it_was_registered_is_the_senders_once_it_is() -> None:
    before = NOW - timedelta(days=101)
    assert judged(registered(SEAL, "H26"), stamped_at=(before,)).agencies[SEAL.fingerprint] is True


def named(*attributes: tuple[x509.ObjectIdentifier, str]) -> Certificate:
    """A certificate with these attributes as its subject."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])
    draft = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1).public_key(key.public_key())
    draft = draft.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    return certificate(draft.sign(key, hashes.SHA256()))


CN, ORG, ID = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATION_IDENTIFIER


@pytest.mark.parametrize(
    ("subject", "is_agency"),
    [
        (((ORG, "UBND tỉnh Mẫu"), (CN, "Sở Nội vụ")), True),
        (((ORG, "Chính phủ"), (CN, "UBND tỉnh Mẫu")), True),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "VĂN PHÒNG UBND TỈNH")), True),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "Nguyễn Văn A")), False),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "Vũ Thị Sở")), False),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "Nguyễn Văn A"), (ID, "H99")), True),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "Nguyễn Văn A"), (ID, "H99"), (NameOID.GIVEN_NAME, "A")), False),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "Nguyễn Văn A"), (ID, "H99"), (NameOID.SERIAL_NUMBER, "IDCVN-001")), False),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "Nguyễn Văn A"), (ID, "H99"), (NameOID.USER_ID, "CCCD:001")), False),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "UBND tỉnh Mẫu"), (NameOID.USER_ID, "MST:001")), True),
        (((ORG, "UBND tỉnh Mẫu"), (CN, "Phòng Văn A"), (NameOID.SURNAME, "Phòng")), False),
    ],
)
def test_an_agency_of_any_name_is_none_and_a_person_with_an_agencys_number_stays_one(
    subject: tuple[tuple[x509.ObjectIdentifier, str], ...], *, is_agency: bool
) -> None:
    signature = PdfSignature(
        "f",
        SignatureKind.SIGNATURE,
        Indication.TOTAL_PASSED,
        None,
        certificate=(holder := named(*subject)),
        path=CertificatePath((holder,)),
    )
    verdict = PdfVerdict(NOW, "test", signatures=(signature,))
    found = owners_of(Directory(1, CATALOGUE, (), ()), OrganId("H26"), verdicts=[verdict], moment=NOW)
    assert (holder.fingerprint in found.agencies) is is_agency


def test_nobody_elses_certificate_is_called_the_senders_own() -> None:
    assert judged(registered(OTHER, "G22", days=-1), registered(SEAL, "H26")).lapsed == set()


@pytest.mark.parametrize("sender", [None, "H99"])
def test_a_sender_that_nobody_knows_has_no_certificate(sender: str | None) -> None:
    assert owners(registered(SEAL, "H26"), sender=sender)[SEAL] is False


def test_a_person_whom_the_directory_has_for_an_agency_signs_as_that_agency() -> None:
    assert owners(registered(PERSON, "H26"))[PERSON] is True

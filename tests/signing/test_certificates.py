"""Certificates are read once, whole, and known by their octets."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from signing.certificates import KNOWN_BYTES_MAX, Certificate, known
from signing.errors import CertificateUnreadable
from tests.signing.forgery import Forgery, named
from tests.signing.pki import VALID, certificate, credential, hierarchy

LEAF = certificate(credential())


def test_a_certificate_is_known_by_its_octets() -> None:
    assert Certificate(LEAF.der) == LEAF
    assert certificate(credential("B")) != LEAF
    assert LEAF.fingerprint == hashlib.sha256(LEAF.der).hexdigest()
    assert base64.urlsafe_b64decode(LEAF.thumbprint + "=") == hashlib.sha256(LEAF.der).digest()


def test_a_certificate_says_what_it_says() -> None:
    assert LEAF.issuer == certificate(hierarchy().intermediate).subject
    assert LEAF.serial == credential().certificate.serial_number
    assert (LEAF.not_before, LEAF.not_after) == (VALID.not_before, VALID.not_after)
    assert "Cơ quan A" in LEAF.subject


def test_only_basic_constraints_make_an_authority() -> None:
    assert certificate(hierarchy().root).is_authority
    assert not LEAF.is_authority
    assert not Forgery(is_authority=None).under(None).certificate.is_authority


def test_pem_holds_one_certificate_after_another() -> None:
    pem = credential().certificates_pem
    assert Certificate.many_from_pem(pem) == (LEAF, certificate(hierarchy().intermediate))
    assert Certificate.from_pem(pem) == LEAF
    assert Certificate.from_pem(LEAF.pem) == LEAF


def test_the_octets_of_a_certificate_stay_out_of_its_repr() -> None:
    assert repr(LEAF) == f"Certificate(fingerprint={LEAF.fingerprint!r})"


@pytest.mark.parametrize(
    "pem", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_a_text_without_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(CertificateUnreadable):
        Certificate.many_from_pem(pem)


@pytest.mark.parametrize(
    "der",
    [b"", b"\x30\x00", LEAF.der[:-1], LEAF.der + b"\x00", LEAF.pem],
    ids=["nothing", "no fields", "cut off", "something behind", "PEM"],
)
def test_octets_that_are_no_certificate_are_refused(der: bytes) -> None:
    with pytest.raises(CertificateUnreadable):
        Certificate(der)


def with_extension(oid: str, value: bytes) -> bytes:
    extension = x509.UnrecognizedExtension(ObjectIdentifier(oid), value)
    return Forgery(extensions=((extension, False),)).under(None).certificate.der


def test_a_damaged_extension_is_found_when_the_certificate_is_read() -> None:
    usage = bytes.fromhex("0603551d0f0101ff04040302")  # the key usage with its header
    assert usage in LEAF.der
    with pytest.raises(CertificateUnreadable):
        Certificate(LEAF.der.replace(usage, usage[:-2] + bytes.fromhex("0403")))


def test_a_repeated_extension_is_refused() -> None:
    # One extension becomes another that is there already; the octets keep their length.
    der = Forgery().under(None).certificate.der
    key_id, authority_key_id = bytes.fromhex("0603551d0e"), bytes.fromhex("0603551d23")
    assert key_id in der
    with pytest.raises(CertificateUnreadable):
        Certificate(der.replace(key_id, authority_key_id))


def test_a_certificate_of_unknown_version_is_refused() -> None:
    version = bytes.fromhex("a003020102")
    assert LEAF.der.count(version) == 1
    with pytest.raises(CertificateUnreadable):
        Certificate(LEAF.der.replace(version, bytes.fromhex("a003020109")))


def test_a_name_of_a_kind_nobody_reads_is_refused() -> None:
    # otherName is [0]; x400Address is [3], which the library knows and does not read.
    with pytest.raises(CertificateUnreadable):
        Certificate(with_extension("2.5.29.17", bytes.fromhex("3004a3020500")))


def test_an_extension_nobody_knows_is_no_obstacle() -> None:
    assert Certificate(with_extension("1.2.3.4", b"\xff\xff")).subject == named("Cơ quan giả").rfc4514_string()


def test_an_ordinary_certificate_is_read_once_and_a_large_one_is_not_kept() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName(f"a{number}.example") for number in range(400)])
    large = Forgery(extensions=((names, False),)).under(None).certificate.der
    assert len(large) > KNOWN_BYTES_MAX > len(LEAF.der)
    assert known(LEAF.der) is known(bytes(bytearray(LEAF.der)))
    assert known(large) == known(large)
    assert known(large) is not known(large)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.data())
def test_damage_to_a_certificate_is_either_refused_or_seen_in_its_fingerprint(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(LEAF.der) - 1))
    octet = data.draw(st.integers(0, 255).filter(lambda one: one != LEAF.der[place]))
    damaged = LEAF.der[:place] + bytes([octet]) + LEAF.der[place + 1 :]
    try:
        read = Certificate(damaged)
    except CertificateUnreadable:
        return
    assert read.fingerprint != LEAF.fingerprint

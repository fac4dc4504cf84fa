"""OCSP answers: revocations of any date, answers without an end, unknown extensions, and responders named by a key."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from asn1crypto import algos, ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponderEncoding, OCSPResponseBuilder
from cryptography.x509.oid import NameOID

from axis.demo.pki.authorities import Authorities
from signing.certificates import Certificate
from signing.revocation.judge import revocation_of
from signing.statuses import CLOCK_TOLERANCE, UNDATED_FOR, Doubt, RevocationEvidence, RevocationState, Source
from signing.trust import TrustStore
from signing.verdict import CertificatePath
from tests.fixtures.postgres import MOMENT
from tests.signing.revocation.forged import DAY
from tests.signing.revocation.signed import extended_answer, revoked_answer, undated_answer
from tests.signing.revocation.test_judge import path_of


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(seconds=30), timedelta(hours=3)])
def test_a_revocation_counts_whatever_its_date(authorities: Authorities, ahead: timedelta) -> None:
    since = MOMENT + ahead
    answer = revoked_answer(authorities, "H51.15", since=since)
    status = revocation_of(path_of(authorities, "H51.15"), [answer], at=MOMENT)
    assert (status.state, status.revoked_at, status.reason) == (RevocationState.REVOKED, since, "key_compromise")
    assert status.seen_at(since).state is RevocationState.REVOKED
    assert status.seen_at(since - timedelta(seconds=1)).state is RevocationState.GOOD


@pytest.mark.parametrize("single", [True, False])
def test_an_answer_with_a_critical_extension_that_nobody_knows_is_not_believed(
    authorities: Authorities, *, single: bool
) -> None:
    status = revocation_of(path_of(authorities, "H51.15"), [extended_answer(authorities, single=single)], at=MOMENT)
    assert status.doubt is Doubt.UNVERIFIED


def test_an_answer_without_an_end_is_judged_as_long_as_it_is_relied_on(authorities: Authorities) -> None:
    path = path_of(authorities, "H51.15")
    last = UNDATED_FOR + CLOCK_TOLERANCE
    for age, state in ((last, RevocationState.GOOD), (last + timedelta(seconds=1), RevocationState.UNKNOWN)):
        answer = undated_answer(authorities, "H51.15", at=MOMENT - age)
        status = revocation_of(path, [answer], at=MOMENT)
        assert status.state is state
        made = undated_answer(authorities, "H51.15", at=MOMENT)
        assert revocation_of(path, [made], at=MOMENT).seen_at(MOMENT + age).state is state


@pytest.mark.parametrize("identified", ["by-hash", "by-identifier"])
def test_a_responder_that_is_named_by_its_key_signs_by_the_table(identified: str) -> None:
    """An authority's key identifier need not be the hash that OCSP names it by (RFC 7093)."""
    authority = _Rsa()
    kinds = ((hashes.SHA256(), "sha256_rsa"), (hashes.SHA1(), "sha1_rsa"))  # noqa: S303 - refused
    states = [
        revocation_of(authority.path, [authority.answer(digest, name, identified)], at=MOMENT).state
        for digest, name in kinds
    ]
    assert states == [RevocationState.GOOD, RevocationState.UNKNOWN]


def test_a_responder_that_nobody_knows_is_not_believed() -> None:
    authority = _Rsa()
    answer = authority.answer(hashes.SHA256(), "sha256_rsa", "by-nothing")
    assert revocation_of(authority.path, [answer], at=MOMENT).doubt is Doubt.UNVERIFIED


class _Rsa:
    """An authority with one holder, whose key identifier is one of RFC 7093."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.identifier = hashlib.sha256(b"RFC 7093").digest()[:20]
        self.certificate = self._issued("authority", is_authority=True)
        self.holder = self._issued("holder", is_authority=False)
        anchor, signer = (Certificate(one.public_bytes(Encoding.DER)) for one in (self.certificate, self.holder))
        path = TrustStore([anchor]).path_of(signer, (), at=MOMENT)
        assert isinstance(path, CertificatePath)
        self.path = path

    def _issued(self, name: str, *, is_authority: bool) -> x509.Certificate:
        own = x509.SubjectKeyIdentifier(self.identifier)
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
        )
        key = self.key if is_authority else rsa.generate_private_key(65537, 2048)
        draft = x509.CertificateBuilder().subject_name(_named(name)).issuer_name(_named("authority"))
        draft = draft.not_valid_before(MOMENT - DAY).not_valid_after(MOMENT + 90 * DAY)
        draft = draft.serial_number(7 if is_authority else 99).public_key(key.public_key())
        draft = draft.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        signs = {"digital_signature": not is_authority, "key_cert_sign": is_authority, "crl_sign": is_authority}
        draft = draft.add_extension(x509.KeyUsage(**usage, **signs, decipher_only=False), critical=True)
        if is_authority:
            draft = draft.add_extension(own, critical=False)
        else:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
            draft = draft.add_extension(issuer, critical=False)
        return draft.sign(self.key, hashes.SHA256())

    def answer(self, digest: hashes.HashAlgorithm, name: str, identified: str) -> RevocationEvidence:
        """A good answer that is signed over a digest, with the responder named by its key in one way."""
        algorithm = hashes.SHA1()  # noqa: S303 - a name, no proof
        said = (OCSPCertStatus.GOOD, MOMENT, MOMENT + DAY, None, None)
        draft = OCSPResponseBuilder().add_response(self.holder, self.certificate, algorithm, *said)
        draft = draft.responder_id(OCSPResponderEncoding.HASH, self.certificate)
        whole = ocsp.OCSPResponse.load(draft.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER))
        told = ocsp.ResponseData.load(whole["response_bytes"]["response"].parsed["tbs_response_data"].dump())
        named = {"by-identifier": self.identifier, "by-nothing": bytes(20)}.get(identified)
        if named is not None:
            told["responder_id"] = ocsp.ResponderId(name="by_key", value=named)
        body = told.dump(force=True)
        basic = ocsp.BasicOCSPResponse(
            {
                "tbs_response_data": ocsp.ResponseData.load(body),
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": name}),
                "signature": self.key.sign(body, padding.PKCS1v15(), digest),
            }
        )
        inner = {"response_type": "basic_ocsp_response", "response": basic}
        octets = ocsp.OCSPResponse({"response_status": "successful", "response_bytes": inner}).dump()
        return RevocationEvidence(Source.OCSP, octets)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

"""What the infrastructure's authorities answer at a moment, with and without HTTP; `openssl` judges it."""

from __future__ import annotations

import hashlib
import socket
import threading
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.x509 import ocsp

from axis.clock import SettableClock
from axis.demo.pki.authorities import Authorities, timestamp_request
from axis.demo.pki.server import MOMENT_HEADER, REQUEST_BYTES_MAX, serving
from tests.axis.demo.openssl import OpenSsl, needs_openssl
from tests.fixtures.postgres import MOMENT

DAY = timedelta(days=1)
GOOD = ("H51.15", "H41.21", "H26.18", "G22", "other-agency", "director", "clerk", "seal")
DIGEST = hashlib.sha256(b"stamped").digest()

FAULTS = {
    "expired": "certificate has expired",
    "not-yet-valid": "certificate is not yet valid",
    "wrong-key-usage": "unsuitable certificate purpose",
    "wrong-extended-usage": "unsuitable certificate purpose",
    "weak-key": "EE certificate key too weak",
    "rogue": "unable to get local issuer certificate",
    "missing-intermediate": "unable to get local issuer certificate",
}

BY_CRL = [
    ("revoked-before", MOMENT, "certificate revoked"),
    ("on-hold", MOMENT, "certificate revoked"),
    ("revoked-person", MOMENT, "certificate revoked"),
    ("revoked-after", MOMENT, ": OK"),
    ("revoked-after", MOMENT + DAY, "certificate revoked"),
    ("stale-crl", MOMENT, "CRL has expired"),
    ("stale-crl", MOMENT - 30 * DAY, ": OK"),
    ("revoked-issuer", MOMENT, "certificate revoked"),
    ("revoked-issuer", MOMENT - 31 * DAY, ": OK"),
    ("no-status", MOMENT, "different CRL scope"),
]

BY_OCSP = [
    ("H51.15", MOMENT, ("good", "Response verify OK")),
    ("director", MOMENT, ("good", "Response verify OK")),
    ("revoked-before", MOMENT, ("revoked", "Reason: keyCompromise", "Response verify OK")),
    ("on-hold", MOMENT, ("revoked", "Reason: certificateHold", "Response verify OK")),
    ("revoked-after", MOMENT, ("good", "Response verify OK")),
    ("revoked-after", MOMENT + DAY, ("revoked", "Reason: superseded", "Response verify OK")),
    ("rogue", MOMENT, ("Responder Error: unauthorized",)),
    ("checked-responder", MOMENT, ("good", "Response verify OK")),
    ("direct-responder", MOMENT, ("good", "Response verify OK")),
    ("unfit-responder", MOMENT, ("missing ocspsigning usage", "Response Verify Failure")),
]

STAMPS = {
    "tsa": "Verification: OK",
    "tsa-wrong-usage": "unsuitable certificate purpose",
    "tsa-untrusted": "unable to get local issuer certificate",
    "tsa-expired": "certificate has expired",
}


@pytest.fixture
def openssl(authorities: Authorities, tmp_path: Path) -> OpenSsl:
    return OpenSsl(authorities, tmp_path)


@needs_openssl
@pytest.mark.parametrize("name", FAULTS)
def test_openssl_refuses_each_bad_certificate_for_its_fault(openssl: OpenSsl, name: str) -> None:
    assert FAULTS[name] in openssl.verify(name, "-purpose", "smimesign", "-auth_level", "2", at=MOMENT)


@needs_openssl
@pytest.mark.parametrize("name", GOOD)
def test_openssl_finds_nothing_wrong_with_the_good_ones(openssl: OpenSsl, authorities: Authorities, name: str) -> None:
    crls = [authorities.crl(one, at=MOMENT) for one in ("root", "issuing")]
    told = openssl.verify(name, "-purpose", "smimesign", "-auth_level", "2", at=MOMENT, crls=crls)
    assert told.endswith(": OK\n")


@needs_openssl
@pytest.mark.parametrize(("name", "at", "words"), BY_CRL)
def test_openssl_learns_from_the_crl_who_is_revoked(
    openssl: OpenSsl, authorities: Authorities, name: str, at: datetime, words: str
) -> None:
    crls = [authorities.crl(one, at=at) for one in ("root", authorities[name].issuer)]
    told = openssl.verify(name, at=at, crls=crls)
    assert words in told


@needs_openssl
@pytest.mark.parametrize(("name", "at", "words"), BY_OCSP)
def test_openssl_learns_from_the_responder_who_is_revoked(
    openssl: OpenSsl, name: str, at: datetime, words: tuple[str, ...]
) -> None:
    told = openssl.ask_status(name, at=at)
    assert [one for one in words if one not in told] == [], told


@needs_openssl
def test_openssl_reads_the_served_crl(openssl: OpenSsl, authorities: Authorities) -> None:
    served = httpx.get(authorities.crl_url()).content
    told = openssl.verify_crl(served, "issuing")
    assert "verify OK" in told
    assert "Certificate Hold" in told
    assert "verify failure" in openssl.verify_crl(authorities.crl("rogue-issuing", at=MOMENT), "issuing")


@needs_openssl
@pytest.mark.parametrize("tsa", STAMPS)
def test_openssl_judges_the_stamps_of_each_authority(openssl: OpenSsl, authorities: Authorities, tsa: str) -> None:
    request = openssl.ask_stamp(DIGEST)
    response = httpx.post(authorities.tsa_url(tsa), content=request).content
    assert STAMPS[tsa] in openssl.verify_stamp(request, response, at=MOMENT)
    other = openssl.ask_stamp(hashlib.sha256(b"other").digest())
    assert "Verification: FAILED" in openssl.verify_stamp(other, response, at=MOMENT)


@pytest.mark.parametrize("at", [MOMENT, MOMENT + 3 * DAY, MOMENT - 100 * DAY])
def test_answers_follow_the_moment_that_is_asked_for(authorities: Authorities, at: datetime) -> None:
    header = {MOMENT_HEADER: at.isoformat()}
    crl = x509.load_der_x509_crl(httpx.get(authorities.crl_url(), headers=header).content)
    assert crl.last_update_utc <= at < (crl.next_update_utc or at)
    asked = authorities.ocsp_request("H51.15")
    answer = ocsp.load_der_ocsp_response(httpx.post(authorities.ocsp_url(), content=asked, headers=header).content)
    assert (answer.this_update_utc, answer.produced_at_utc) == (at, at)
    stamp = httpx.post(authorities.tsa_url(), content=timestamp_request(DIGEST), headers=header).content
    assert _stamped_at(tsp.TimeStampResp.load(stamp)["time_stamp_token"]) == at


def test_the_same_is_said_without_http(authorities: Authorities) -> None:
    at = MOMENT + timedelta(hours=5, microseconds=7)
    served = x509.load_der_x509_crl(httpx.get(authorities.crl_url(), headers={MOMENT_HEADER: at.isoformat()}).content)
    assert x509.load_der_x509_crl(authorities.crl(at=at)).tbs_certlist_bytes == served.tbs_certlist_bytes
    answer = ocsp.load_der_ocsp_response(authorities.ocsp("on-hold", at=at, nonce=b"a nonce of sixteen"))
    assert answer.this_update_utc == at.replace(microsecond=0)
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_reason is x509.ReasonFlags.certificate_hold
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"a nonce of sixteen"
    assert _stamped_at(tsp.ContentInfo.load(authorities.timestamp(DIGEST, at=at))) == at.replace(microsecond=0)


def test_the_intermediate_has_a_status_too(authorities: Authorities) -> None:
    told = {name: ocsp.load_der_ocsp_response(authorities.ocsp(name, at=MOMENT)) for name in ("issuing", "dismissed")}
    assert {name: one.certificate_status for name, one in told.items()} == {
        "issuing": ocsp.OCSPCertStatus.GOOD,
        "dismissed": ocsp.OCSPCertStatus.REVOKED,
    }


def test_the_crl_of_the_stopped_authority_stays_as_it_was(authorities: Authorities) -> None:
    crls = [x509.load_der_x509_crl(authorities.crl("lapsed", at=MOMENT + day * DAY)) for day in (-60, -30, 0, 30)]
    assert [one.last_update_utc - MOMENT for one in crls] == [-60 * DAY, -30 * DAY, -30 * DAY, -30 * DAY]
    assert crls[-1].next_update_utc == MOMENT - 29 * DAY


def test_the_certificate_of_an_issuer_is_served_where_its_holders_say(authorities: Authorities) -> None:
    access = authorities["H51.15"].certificate.x509.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    url = access.value[1].access_location.value
    assert httpx.get(url).content == authorities.certificate("issuing").der


@pytest.mark.parametrize(
    ("path", "octets", "status"),
    [
        ("/pki/ocsp/issuing", b"no request", 400),
        ("/pki/tsa/tsa", b"no request", 400),
        ("/pki/ocsp/issuing", bytes(REQUEST_BYTES_MAX + 1), 413),
        ("/pki/ocsp/nobody", None, 404),
        ("/pki/tsa/nobody", None, 404),
        ("/other/ocsp/issuing", None, 404),
        ("/", None, 404),
    ],
)
def test_what_is_asked_wrongly_is_refused(
    authorities: Authorities, path: str, octets: bytes | None, status: int
) -> None:
    request = timestamp_request(DIGEST) if "tsa" in path else authorities.ocsp_request("H51.15")
    assert httpx.post(authorities.url + path, content=octets or request).status_code == status


def test_a_moment_that_is_none_is_refused(authorities: Authorities) -> None:
    assert httpx.get(authorities.crl_url(), headers={MOMENT_HEADER: "huh"}).status_code == httpx.codes.BAD_REQUEST


def test_nothing_of_a_server_is_left_when_it_ends(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with serving(tmp_path, SettableClock(MOMENT)) as authorities:
        url = httpx.URL(authorities.url)
        assert httpx.get(authorities.crl_url()).status_code == httpx.codes.OK
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError), socket.create_connection((url.host, url.port or 0)):
        pass


def test_without_the_header_the_clock_is_asked(tmp_path: Path) -> None:
    clock = SettableClock(MOMENT)
    with serving(tmp_path, clock) as authorities:
        clock.set(MOMENT + DAY)
        crl = x509.load_der_x509_crl(httpx.get(authorities.crl_url()).content)
    assert crl.last_update_utc == MOMENT + DAY


def _stamped_at(token: tsp.ContentInfo) -> datetime:
    info: tsp.TSTInfo = token["content"]["encap_content_info"]["content"].parsed
    moment: datetime = info["gen_time"].native
    return moment

"""CRLs and OCSP answers of real authorities, judged at any moment: good, revoked, or unknown and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from asn1crypto import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from axis.demo.pki.authorities import Authorities
from signing.revocation.judge import CRL_BYTES_MAX, OCSP_BYTES_MAX, answers_nonce, revocation_of
from signing.revocation.requests import ocsp_request, sources_of
from signing.statuses import HOLD, UNDATED_FOR, Doubt, RevocationEvidence, RevocationState, RevocationStatus, Source
from signing.trust import TrustStore
from signing.verdict import CertificatePath
from tests.fixtures.postgres import MOMENT

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def path_of(authorities: Authorities, name: str, at: datetime = MOMENT) -> CertificatePath:
    store = TrustStore(authorities.anchors, authorities.intermediates)
    holder = authorities[name]
    path = store.path_of(holder.certificate, holder.chain, at=at)
    assert isinstance(path, CertificatePath)
    return path


def by_ocsp(
    authorities: Authorities, name: str, at: datetime = MOMENT, responder: str | None = None
) -> RevocationStatus:
    answer = RevocationEvidence(Source.OCSP, authorities.ocsp(name, at=at, responder=responder))
    return revocation_of(path_of(authorities, name), [answer], at=at)


def by_crl(authorities: Authorities, name: str, authority: str = "issuing", at: datetime = MOMENT) -> RevocationStatus:
    listed = RevocationEvidence(Source.CRL, authorities.crl(authority, at=at))
    return revocation_of(path_of(authorities, name), [listed], at=at)


@pytest.mark.parametrize("judged", [by_ocsp, by_crl])
@pytest.mark.parametrize("name", ["H51.15", "H41.21", "H26.18", "G22", "director"])
def test_a_certificate_that_nobody_revoked_is_good(
    authorities: Authorities, judged: Callable[..., RevocationStatus], name: str
) -> None:
    status = judged(authorities, name)
    assert status.state is RevocationState.GOOD
    assert status.this_update is not None
    assert status.this_update <= MOMENT + timedelta(minutes=1)
    assert status.evidence is not None


@pytest.mark.parametrize("judged", [by_ocsp, by_crl])
def test_a_revoked_certificate_is_revoked_since_a_moment_for_a_reason(
    authorities: Authorities, judged: Callable[..., RevocationStatus]
) -> None:
    status = judged(authorities, "revoked-before")
    assert (status.state, status.reason) == (RevocationState.REVOKED, "key_compromise")
    assert status.revoked_at == authorities["revoked-before"].revoked_at
    assert status.is_final


@pytest.mark.parametrize("judged", [by_ocsp, by_crl])
def test_a_suspended_certificate_is_on_hold(authorities: Authorities, judged: Callable[..., RevocationStatus]) -> None:
    status = judged(authorities, "on-hold")
    assert (status.state, status.reason, status.is_final) == (RevocationState.REVOKED, HOLD, False)
    assert status.is_hold


@pytest.mark.parametrize("judged", [by_ocsp, by_crl])
def test_a_later_revocation_is_seen_later_and_leaves_earlier_signatures_alone(
    authorities: Authorities, judged: Callable[..., RevocationStatus]
) -> None:
    assert judged(authorities, "revoked-after").state is RevocationState.GOOD
    later = judged(authorities, "revoked-after", at=MOMENT + 2 * DAY)
    assert later.state is RevocationState.REVOKED
    assert later.seen_at(MOMENT).state is RevocationState.GOOD
    assert later.seen_at(MOMENT).evidence == later.evidence
    assert later.seen_at(MOMENT + 2 * DAY).state is RevocationState.REVOKED


def test_the_responder_may_be_the_issuer_itself_or_one_it_delegated(authorities: Authorities) -> None:
    for responder in ("issuing", "direct"):
        assert by_ocsp(authorities, "H51.15", responder=responder).state is RevocationState.GOOD


@pytest.mark.parametrize("responder", ["checked", "revoked", "unfit"])
def test_a_responder_without_nocheck_or_without_the_right_is_not_believed(
    authorities: Authorities, responder: str
) -> None:
    status = by_ocsp(authorities, "H51.15", responder=responder)
    assert (status.state, status.doubt) == (RevocationState.UNKNOWN, Doubt.UNVERIFIED)


def test_an_answer_about_another_certificate_says_nothing(authorities: Authorities) -> None:
    other = RevocationEvidence(Source.OCSP, authorities.ocsp("G22", at=MOMENT))
    status = revocation_of(path_of(authorities, "H51.15"), [other], at=MOMENT)
    assert status.doubt is Doubt.NOT_ABOUT_IT


@pytest.mark.parametrize("authority", ["root", "lapsed", "dismissed", "rogue-issuing"])
def test_a_list_of_another_authority_says_nothing(authorities: Authorities, authority: str) -> None:
    status = by_crl(authorities, "H51.15", authority)
    assert status.state is RevocationState.UNKNOWN
    assert status.doubt in {Doubt.NOT_ABOUT_IT, Doubt.UNVERIFIED, Doubt.STALE}


def test_an_old_answer_that_is_played_again_is_out_of_date(authorities: Authorities) -> None:
    old = RevocationEvidence(Source.OCSP, authorities.ocsp("H51.15", at=MOMENT))
    status = revocation_of(path_of(authorities, "H51.15"), [old], at=MOMENT + DAY)
    assert status.doubt is Doubt.STALE


def test_a_list_that_was_not_renewed_is_out_of_date(authorities: Authorities) -> None:
    status = by_crl(authorities, "stale-crl", "lapsed")
    assert status.doubt is Doubt.STALE


def test_an_answer_of_the_future_is_not_believed(authorities: Authorities) -> None:
    coming = RevocationEvidence(Source.OCSP, authorities.ocsp("H51.15", at=MOMENT + DAY))
    assert revocation_of(path_of(authorities, "H51.15"), [coming], at=MOMENT).state is RevocationState.UNKNOWN


def test_an_answer_that_was_changed_is_not_believed(authorities: Authorities) -> None:
    octets = bytearray(authorities.ocsp("revoked-before", at=MOMENT))
    octets[-1] ^= 1
    status = revocation_of(
        path_of(authorities, "revoked-before"), [RevocationEvidence(Source.OCSP, bytes(octets))], at=MOMENT
    )
    assert status.doubt is Doubt.UNVERIFIED


@pytest.mark.parametrize("status", ["malformed_request", "internal_error", "try_later", "unauthorized"])
def test_a_responder_that_refuses_says_nothing(authorities: Authorities, status: str) -> None:
    refusal = ocsp.OCSPResponse({"response_status": status}).dump()
    judged = revocation_of(path_of(authorities, "H51.15"), [RevocationEvidence(Source.OCSP, refusal)], at=MOMENT)
    assert judged.doubt is Doubt.NO_EVIDENCE


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize(
    "octets", [b"", b"<html>Not found</html>", b"0\x80", bytes(max(OCSP_BYTES_MAX, CRL_BYTES_MAX) + 1)]
)
def test_what_is_no_evidence_says_nothing(authorities: Authorities, source: Source, octets: bytes) -> None:
    status = revocation_of(path_of(authorities, "H51.15"), [RevocationEvidence(source, octets)], at=MOMENT)
    assert status.doubt is Doubt.UNVERIFIED


# A changed octet may make a serial number negative, which the library warns of before it refuses the certificate.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=150, deadline=None)
@given(
    source=st.sampled_from(Source), position=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.integers(0, 3)
)
def test_a_damaged_answer_never_makes_a_revoked_certificate_good(
    authorities: Authorities, source: Source, position: int, value: int, cut: int
) -> None:
    whole = (
        authorities.ocsp("revoked-before", at=MOMENT)
        if source is Source.OCSP
        else authorities.crl("issuing", at=MOMENT)
    )
    octets = bytearray(whole)
    octets[position % len(octets)] = value
    evidence = RevocationEvidence(source, bytes(octets[: len(octets) - (position % 50 if cut == 0 else 0)]))
    status = revocation_of(path_of(authorities, "revoked-before"), [evidence], at=MOMENT)
    assert status.state is not RevocationState.GOOD


def test_without_evidence_nothing_is_known(authorities: Authorities) -> None:
    assert revocation_of(path_of(authorities, "H51.15"), [], at=MOMENT).doubt is Doubt.NO_EVIDENCE


def test_a_revocation_in_a_list_outweighs_a_newer_answer(authorities: Authorities) -> None:
    path = path_of(authorities, "revoked-after")
    listed = RevocationEvidence(Source.CRL, authorities.crl("issuing", at=MOMENT + 2 * DAY))
    answer = RevocationEvidence(Source.OCSP, authorities.ocsp("revoked-after", at=MOMENT))
    status = revocation_of(path, [answer, listed], at=MOMENT + 2 * DAY)
    assert (status.state, status.source) == (RevocationState.REVOKED, Source.CRL)


def test_evidence_is_judged_at_an_aware_moment(authorities: Authorities) -> None:
    with pytest.raises(ValueError):
        revocation_of(path_of(authorities, "H51.15"), [], at=MOMENT.replace(tzinfo=None))


def test_an_answer_counts_for_its_own_question_alone(authorities: Authorities) -> None:
    path = path_of(authorities, "H51.15")
    request = ocsp_request(path.signer, path.certificates[1])
    answer = authorities.answer_ocsp(request.octets, at=MOMENT, responder="issuing")
    assert answers_nonce(answer, request.nonce)
    assert not answers_nonce(answer, bytes(32))
    assert answers_nonce(authorities.ocsp("H51.15", at=MOMENT), request.nonce)
    assert not answers_nonce(b"<html>", request.nonce)


def test_a_certificate_says_where_to_ask(authorities: Authorities) -> None:
    sources = sources_of(authorities["H51.15"].certificate)
    assert sources.ocsp == (authorities.ocsp_url("issuing"),)
    assert sources.crl == (authorities.crl_url("issuing"),)
    assert not sources_of(authorities["no-status"].certificate)


@pytest.mark.parametrize(
    "made",
    [
        {"state": RevocationState.UNKNOWN},
        {"state": RevocationState.GOOD},
        {"state": RevocationState.GOOD, "doubt": Doubt.STALE},
        {"state": RevocationState.REVOKED, "this_update": MOMENT, "evidence": bytes(32)},
    ],
)
def test_a_state_has_what_belongs_to_it(made: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        RevocationStatus(**made)  # type: ignore[arg-type]


def test_what_was_good_becomes_unknown_when_its_evidence_is_out_of_date() -> None:
    good = RevocationStatus(RevocationState.GOOD, Source.OCSP, MOMENT, MOMENT + HOUR, bytes(32))
    assert good.seen_at(MOMENT + HOUR).state is RevocationState.GOOD
    late = good.seen_at(MOMENT + 2 * HOUR)
    assert (late.state, late.doubt, late.this_update) == (RevocationState.UNKNOWN, Doubt.STALE, MOMENT)


def test_an_answer_without_an_end_is_relied_on_for_a_while() -> None:
    good = RevocationStatus(RevocationState.GOOD, Source.OCSP, MOMENT, None, bytes(32))
    assert good.seen_at(MOMENT + UNDATED_FOR).state is RevocationState.GOOD
    assert good.seen_at(MOMENT + 2 * UNDATED_FOR).state is RevocationState.UNKNOWN

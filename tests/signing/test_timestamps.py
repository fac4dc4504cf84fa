"""Time-stamp tokens: what counts as proof of a time, and everything that does not (threats 32 and 40)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from axis.demo.authority import Usage, Validity
from signing.policy import CERTIFICATES_MAX, TIMESTAMP_BYTES_MAX
from signing.timestamps import judge_token
from signing.verdict import Failure, FailureCode, Timestamp, outcome_of
from tests.signing.forgery import AUTHORITY, LEAF, Forgery, as_credential, under_intermediate
from tests.signing.pki import MOMENT, VALID, certificate, chain, credential, hierarchy, stranger, trust
from tests.signing.stamping import POLICY, STAMPED, Stamp, assert_not_counted, authority, usage

MALFORMED, UNTRUSTED = FailureCode.TIMESTAMP_MALFORMED, FailureCode.TIMESTAMP_UNTRUSTED
MISMATCH, FORBIDDEN = FailureCode.TIMESTAMP_CERTIFICATE_MISMATCH, FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN
IMPRINT, TIME = FailureCode.TIMESTAMP_OTHER_IMPRINT, FailureCode.TIMESTAMP_TIME_IMPOSSIBLE
INVALID, TOO_LARGE = FailureCode.TIMESTAMP_INVALID, FailureCode.TIMESTAMP_TOO_LARGE
PAST = Validity(datetime(2024, 1, 1, tzinfo=UTC), MOMENT - timedelta(days=1))


def judge(token: bytes, *, at: datetime = MOMENT, stamped: bytes = STAMPED) -> Timestamp | Failure:
    return judge_token(token, stamped, trust=trust(), at=at)


def counted(token: bytes, *, at: datetime = MOMENT) -> Timestamp:
    judged = judge(token, at=at)
    assert isinstance(judged, Timestamp), judged
    return judged


def test_what_a_good_token_proves() -> None:
    stamp = Stamp(accuracy={"seconds": 1, "millis": 500, "micros": 3}, moment=MOMENT.replace(microsecond=250_000))
    judged = counted(stamp.der)
    assert judged.moment == MOMENT.replace(microsecond=250_000)
    assert judged.moment.tzinfo is UTC
    assert judged.accuracy == timedelta(seconds=1, milliseconds=500, microseconds=3)
    assert (judged.serial, judged.policy) == (7, POLICY)
    assert judged.path.signer == certificate(authority())
    assert judged.path.anchor == certificate(hierarchy().root)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("bits", [0, 2048], ids=["ecdsa", "rsa"])
def test_every_listed_algorithm(digest: str, bits: int) -> None:
    assert counted(Stamp(by=authority(bits=bits), digest=digest).der).accuracy is None


@pytest.mark.parametrize("essential", ["v1", "v2", "both"])
def test_either_version_of_the_certificate_id(essential: str) -> None:
    assert counted(Stamp(essential=essential).der).serial == 7


def test_a_signature_algorithm_that_leaves_the_digest_to_the_digest_algorithm() -> None:
    def change(signer: Any) -> None:
        signer["signature_algorithm"] = {"algorithm": "rsassa_pkcs1v15"}

    assert counted(Stamp(by=authority(bits=2048), signer=change).der).serial == 7


def test_a_signer_named_by_its_key_identifier() -> None:
    own = asn1_x509.Certificate.load(certificate(authority()).der).key_identifier

    def change(signer: Any) -> None:
        signer["sid"] = cms.SignerIdentifier({"subject_key_identifier": core.OctetString(own)})

    assert counted(Stamp(signer=change).der).path.signer == certificate(authority())


def test_a_certificate_that_came_beside_the_token() -> None:
    bare = Stamp(certificates=()).der
    assert_not_counted(judge(bare), FailureCode.TIMESTAMP_CERTIFICATE_MISSING)
    beside = (certificate(authority()), *chain(authority()))
    assert isinstance(judge_token(bare, STAMPED, trust=trust(), at=MOMENT, more=beside), Timestamp)


# ── what was stamped ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_over_other_octets() -> None:
    assert_not_counted(judge(Stamp(stamped=b"others").der), IMPRINT)


def test_a_weak_imprint() -> None:
    def change(info: Any) -> None:
        info["message_imprint"] = {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}

    assert_not_counted(judge(Stamp(info=change).der), FORBIDDEN)


@pytest.mark.parametrize("name", ["content", "time", "imprint"])
def test_content_changed_after_it_was_signed(name: str) -> None:
    def change(signed: Any) -> None:
        info = tsp.TSTInfo.load(bytes(signed["encap_content_info"]["content"]))
        info["gen_time" if name == "time" else "serial_number"] = MOMENT - timedelta(days=1) if name == "time" else 8
        signed["encap_content_info"]["content"] = core.ParsableOctetString(info.dump())

    assert_not_counted(judge(Stamp(signed=change).der), INVALID)


def test_attributes_changed_after_they_were_signed() -> None:
    def change(signer: Any) -> None:
        signer["signed_attrs"].append({"type": "signing_time", "values": [cms.Time({"utc_time": MOMENT})]})

    assert_not_counted(judge(Stamp(signer=change).der), INVALID)


# ── shape ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def twice(signed: Any) -> None:
    signed["signer_infos"] = [signed["signer_infos"][0], signed["signer_infos"][0]]


def nobody(signed: Any) -> None:
    signed["signer_infos"] = []


def other_kind(signed: Any) -> None:
    signed["encap_content_info"] = {"content_type": "data", "content": core.ParsableOctetString(b"x")}


def detached(signed: Any) -> None:
    signed["encap_content_info"] = {"content_type": "tst_info"}


def no_attributes(signer: Any) -> None:
    del signer["signed_attrs"]


@pytest.mark.parametrize("change", [twice, nobody, other_kind, detached], ids=lambda one: one.__name__)
def test_signed_data_of_another_shape(change: Any) -> None:
    assert_not_counted(judge(Stamp(signed=change).der), MALFORMED)


def test_no_signed_attributes() -> None:
    assert_not_counted(judge(Stamp(signer=no_attributes).der), MALFORMED)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_missing_or_repeated_attribute(position: int) -> None:
    def removed(listed: list[dict[str, Any]]) -> None:
        del listed[position]

    assert_not_counted(judge(Stamp(attributes=removed).der), MISMATCH if position == 2 else MALFORMED)
    again = Stamp(attributes=lambda listed: listed.append(listed[position])).der
    assert_not_counted(judge(again), MALFORMED)


def test_another_content_type_in_the_attributes() -> None:
    def change(listed: list[dict[str, Any]]) -> None:
        listed[0] = {"type": "content_type", "values": ["data"]}

    assert_not_counted(judge(Stamp(attributes=change).der), MALFORMED)


def other_version(info: Any) -> None:
    info["version"] = "v2"


def critical(info: Any) -> None:
    info["extensions"] = [{"extn_id": "1.2.3.4", "critical": True, "extn_value": b"\x05\x00"}]


def local_time(info: Any) -> None:
    info["gen_time"] = core.GeneralizedTime("20261121153000+0700")


def minutes_only(info: Any) -> None:
    info["gen_time"] = core.GeneralizedTime("202611210830Z")


@pytest.mark.parametrize("change", [other_version, critical, local_time, minutes_only], ids=lambda one: one.__name__)
def test_content_of_another_shape(change: Any) -> None:
    assert_not_counted(judge(Stamp(info=change).der), MALFORMED)


def test_an_extension_that_is_not_critical_is_none_of_ours() -> None:
    def change(info: Any) -> None:
        info["extensions"] = [{"extn_id": "1.2.3.4", "extn_value": b"\x05\x00"}]

    assert counted(Stamp(info=change).der).serial == 7


@pytest.mark.parametrize("token", [b"", b"\x00", b"\x30\x80", b"no token", b"\x30\x84\xff\xff\xff\xff", bytes(500)])
def test_octets_that_are_no_token(token: bytes) -> None:
    assert_not_counted(judge(token), MALFORMED)


def test_octets_behind_the_token() -> None:
    assert_not_counted(judge(Stamp().der + b"\x00"), MALFORMED)


def test_more_octets_than_a_token_has() -> None:
    assert_not_counted(judge(bytes(TIMESTAMP_BYTES_MAX + 1)), TOO_LARGE)


def test_more_certificates_than_a_token_has() -> None:
    many = tuple(certificate(credential(f"C{number}")) for number in range(CERTIFICATES_MAX - 2))
    own = (certificate(authority()), *chain(authority()))
    assert counted(Stamp(certificates=(*own, *many)).der).serial == 7
    assert_not_counted(judge(Stamp(certificates=(*own, *many, certificate(credential("C9")))).der), TOO_LARGE)


# A changed octet may make a serial number negative, which the library warns of before it refuses the certificate.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=300, deadline=None)
@given(position=st.integers(min_value=0), value=st.integers(0, 255))
def test_any_octet_changed_is_a_judgement(position: int, value: int) -> None:
    octets = bytearray(Stamp().der)
    octets[position % len(octets)] = value
    assert isinstance(judge(bytes(octets)), Timestamp | Failure)


@settings(max_examples=100, deadline=None)
@given(length=st.integers(0, 2000))
def test_a_token_cut_short_is_never_counted(length: int) -> None:
    whole = Stamp().der
    assert isinstance(judge(whole[: min(length, len(whole) - 1)]), Failure)


# ── who stamped ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_id_of_another_certificate() -> None:
    assert_not_counted(judge(Stamp(names=certificate(credential("B"))).der), MISMATCH)


def test_an_old_id_of_another_certificate_beside_the_right_one() -> None:
    other = tsp.ESSCertID({"cert_hash": bytes(20)})
    listed_first = {"type": "signing_certificate", "values": [tsp.SigningCertificate({"certs": [other]})]}
    assert_not_counted(judge(Stamp(attributes=lambda listed: listed.append(listed_first)).der), MISMATCH)


def test_an_id_whose_issuer_and_serial_are_anothers() -> None:
    own = certificate(authority())
    issuer = asn1_x509.Certificate.load(own.der).issuer

    def naming(serial: int) -> Any:
        stated = {"issuer": [asn1_x509.GeneralName({"directory_name": issuer})], "serial_number": serial}
        named = tsp.ESSCertIDv2({"cert_hash": bytes.fromhex(own.fingerprint), "issuer_serial": stated})
        value = tsp.SigningCertificateV2({"certs": [named]})

        def change(listed: list[dict[str, Any]]) -> None:
            listed[2] = {"type": "signing_certificate_v2", "values": [value]}

        return change

    assert counted(Stamp(attributes=naming(own.serial)).der).serial == 7
    assert_not_counted(judge(Stamp(attributes=naming(own.serial + 1)).der), MISMATCH)


def test_a_signature_by_another_key() -> None:
    twin = under_intermediate(Forgery("TSA", extensions=usage()))
    token = Stamp(by=twin, certificates=(certificate(authority()), *chain(authority())), names=certificate(authority()))

    def change(signer: Any) -> None:
        serial = certificate(authority()).serial
        signer["sid"] = {
            "issuer_and_serial_number": {"issuer": signer["sid"].chosen["issuer"], "serial_number": serial}
        }

    assert_not_counted(judge(token.der), FailureCode.TIMESTAMP_CERTIFICATE_MISSING)
    taken = Stamp(by=twin, certificates=token.certificates, names=token.names, signer=change)
    assert_not_counted(judge(taken.der), INVALID)


UNFIT: dict[str, Forgery] = {
    "no extended usage": Forgery("TSA"),
    "not critical": Forgery("TSA", extensions=usage(critical=False)),
    "another usage": Forgery("TSA", extensions=usage(ExtendedKeyUsageOID.SERVER_AUTH)),
    "any usage": Forgery("TSA", extensions=usage(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)),
    "one usage more": Forgery(
        "TSA", extensions=usage(ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
    ),
    "for encryption too": Forgery("TSA", usage=(*LEAF, "key_encipherment"), extensions=usage()),
    "for agreement too": Forgery("TSA", usage=(*LEAF, "key_agreement"), extensions=usage()),
    "no signatures": Forgery("TSA", usage=("key_encipherment",), extensions=usage()),
    "no key usage": Forgery("TSA", usage=None, extensions=usage()),
    "an authority": Forgery("TSA", is_authority=True, usage=(*LEAF, *AUTHORITY), extensions=usage()),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_certificate_that_is_not_for_time_stamps_alone(name: str) -> None:
    judged = judge(Stamp(by=under_intermediate(UNFIT[name])).der)
    assert judged == Failure(UNTRUSTED, FailureCode.USAGE_FORBIDDEN.value)


@pytest.mark.parametrize("usages", [("digital_signature",), ("content_commitment",)])
def test_either_bit_for_signatures_is_enough(usages: tuple[str, ...]) -> None:
    assert counted(Stamp(by=authority(keys=usages)).der).serial == 7


def test_an_agency_stamps_nothing() -> None:
    assert_not_counted(judge(Stamp(by=credential()).der), UNTRUSTED)
    assert_not_counted(judge(Stamp(by=credential(usage=Usage.TLS)).der), UNTRUSTED)


def test_an_authority_nobody_trusts() -> None:
    rogue = Forgery("TSA", extensions=usage()).under(None)
    judged = judge(Stamp(by=as_credential(rogue)).der)
    assert judged == Failure(UNTRUSTED, FailureCode.UNTRUSTED.value)
    assert_not_counted(judge(Stamp(by=stranger()).der), UNTRUSTED)


def test_an_authority_that_had_expired_when_it_stamped() -> None:
    judged = judge(Stamp(by=authority("cũ", validity=PAST)).der)
    assert judged == Failure(UNTRUSTED, FailureCode.CERTIFICATE_EXPIRED.value)


def test_an_authority_that_has_expired_since_may_have_stamped_today() -> None:
    token = Stamp(by=authority("cũ", validity=PAST), moment=PAST.not_after - timedelta(days=5)).der
    assert counted(token, at=PAST.not_after).moment == PAST.not_after - timedelta(days=5)
    assert judge(token) == Failure(UNTRUSTED, FailureCode.CERTIFICATE_EXPIRED.value)


def test_an_authority_before_its_certificate() -> None:
    judged = judge(Stamp(moment=VALID.not_before - timedelta(seconds=1)).der)
    assert judged == Failure(UNTRUSTED, FailureCode.CERTIFICATE_NOT_YET_VALID.value)


def test_a_key_that_is_too_weak() -> None:
    assert_not_counted(judge(Stamp(by=authority("RSA-1024", bits=1024)).der), FORBIDDEN)


def weak(signer: Any) -> None:
    signer["digest_algorithm"] = {"algorithm": "sha1"}


def unlike(signer: Any) -> None:
    signer["signature_algorithm"] = {"algorithm": "sha384_ecdsa"}


def for_another_key(signer: Any) -> None:
    signer["signature_algorithm"] = {"algorithm": "sha256_rsa"}


@pytest.mark.parametrize("change", [weak, unlike, for_another_key], ids=lambda one: one.__name__)
def test_algorithms_that_are_not_listed(change: Any) -> None:
    assert_not_counted(judge(Stamp(signer=change).der), FORBIDDEN)


def named(name: asn1_x509.Name) -> Any:
    def change(info: Any) -> None:
        info["tsa"] = asn1_x509.GeneralName({"directory_name": name})

    return change


def test_a_name_that_is_the_certificates_or_another() -> None:
    own = asn1_x509.Certificate.load(certificate(authority()).der)
    assert counted(Stamp(info=named(own.subject)).der).serial == 7
    assert_not_counted(judge(Stamp(info=named(own.issuer)).der), MISMATCH)


# ── when ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=5)])
def test_a_clock_a_little_ahead(ahead: timedelta) -> None:
    assert counted(Stamp(moment=MOMENT + ahead).der).moment == MOMENT + ahead


def test_a_time_to_come() -> None:
    assert_not_counted(judge(Stamp(moment=MOMENT + timedelta(minutes=5, seconds=1)).der), TIME)
    assert_not_counted(judge(Stamp(moment=MOMENT + timedelta(days=365)).der), TIME)


@pytest.mark.parametrize("accuracy", [{"seconds": 61}, {"seconds": -1}, {"millis": 1000}, {"micros": 1000}])
def test_an_accuracy_that_makes_it_no_time(accuracy: dict[str, int]) -> None:
    assert_not_counted(judge(Stamp(accuracy=accuracy).der), TIME)


def test_judging_needs_an_aware_moment() -> None:
    with pytest.raises(ValueError, match="aware"):
        judge(Stamp().der, at=datetime(2026, 11, 21))  # noqa: DTZ001


def test_a_stamp_that_does_not_count_is_a_constraint_not_met() -> None:
    codes = [one for one in FailureCode if one.value.startswith("timestamp/")]
    assert {outcome_of(one)[1].value for one in codes} == {"SIG_CONSTRAINTS_FAILURE"}

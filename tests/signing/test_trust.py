"""A path to an anchor is found, or refused for its own reason, and what a hostile chain costs is bounded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

import signing.trust
from axis.demo.authority import Authority, Credential, Hierarchy, KeyKind, Subject, Usage, Validity
from signing.allowances import TABLE, Use
from signing.certificates import Certificate
from signing.errors import TrustUnusable
from signing.policy import PACKAGE_POLICY, SEAL_POLICY, SignaturePolicy
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode
from tests.signing.forgery import AUTHORITY, Forged, Forgery, altered, named, rsa_key, with_algorithm
from tests.signing.pki import MOMENT, certificate, chain, credential, expired, future, hierarchy, stranger, trust

PAST = Validity(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
ROOT, INTERMEDIATE = hierarchy().root, hierarchy().intermediate
DAY = timedelta(days=1)


def judge(
    leaf: Credential | Forged, others: Iterable[Certificate] | None = None, store: TrustStore | None = None
) -> CertificatePath | Failure:
    """The verdict on a leaf at MOMENT; with the trusted intermediate unless others are given."""
    one = leaf.certificate if isinstance(leaf, Forged) else certificate(leaf)
    others = [certificate(INTERMEDIATE)] if others is None else others
    return (store or trust()).judge(one, others, at=MOMENT, policy=PACKAGE_POLICY)


def code_of(judged: CertificatePath | Failure) -> FailureCode | None:
    return judged.code if isinstance(judged, Failure) else None


def path_of(judged: CertificatePath | Failure) -> CertificatePath:
    assert isinstance(judged, CertificatePath), judged
    return judged


# ── what is trusted ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KeyKind)
def test_a_path_leads_from_the_signer_to_the_anchor(kind: KeyKind) -> None:
    leaf = credential(kind=kind)
    path = path_of(judge(leaf))
    assert path.certificates == (certificate(leaf), certificate(INTERMEDIATE), certificate(ROOT))
    assert (path.signer, path.anchor) == (certificate(leaf), certificate(ROOT))


def test_an_intermediate_the_store_knows_need_not_travel_along() -> None:
    store = TrustStore([certificate(ROOT)], [certificate(INTERMEDIATE)])
    assert path_of(judge(credential(), [], store)).anchor == certificate(ROOT)
    assert code_of(judge(credential(), [])) is FailureCode.UNTRUSTED


def test_an_intermediate_may_be_the_anchor_itself() -> None:
    store = TrustStore([certificate(INTERMEDIATE)])
    assert path_of(judge(credential(), [], store)).anchor == certificate(INTERMEDIATE)


def test_certificates_that_have_nothing_to_do_with_it_change_nothing() -> None:
    others = [certificate(stranger()), certificate(INTERMEDIATE), certificate(expired()), certificate(credential("B"))]
    assert path_of(judge(credential(), others)).signer == certificate(credential())
    assert path_of(judge(credential(), reversed(others))).signer == certificate(credential())


@pytest.mark.parametrize("usage", [("digital_signature",), ("content_commitment",)])
def test_either_usage_for_signing_is_enough(usage: tuple[str, ...]) -> None:
    assert code_of(judge(Forgery(usage=usage).under(INTERMEDIATE))) is None


@pytest.mark.parametrize(
    "extended",
    [
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH),
        (ObjectIdentifier("1.3.6.1.5.5.7.3.36"),),
        (ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),),
    ],
    ids=str,
)
def test_an_extended_usage_for_documents_is_enough(extended: tuple[ObjectIdentifier, ...]) -> None:
    assert code_of(judge(Forgery(extended=extended).under(INTERMEDIATE))) is None


# ── what is not ───────────────────────────────────────────────────────────────────────────────────────────────────────


def under_expired_authority() -> Forged:
    return Forgery(is_authority=True, usage=AUTHORITY, validity=PAST).under(ROOT)


def test_time_out_of_a_certificates_validity() -> None:
    assert judge(expired()) == Failure(FailureCode.CERTIFICATE_EXPIRED, "signer")
    assert judge(future()) == Failure(FailureCode.CERTIFICATE_NOT_YET_VALID, "signer")
    authority = under_expired_authority()
    leaf = Forgery().under(authority)
    assert judge(leaf, [authority.certificate]) == Failure(FailureCode.CERTIFICATE_EXPIRED, "authority")


def test_an_anchor_that_expired_is_no_anchor_any_more() -> None:
    root = Forgery(is_authority=True, usage=AUTHORITY, validity=PAST).under(None)
    judged = judge(Forgery().under(root), [], TrustStore([root.certificate]))
    assert judged == Failure(FailureCode.CERTIFICATE_EXPIRED, "authority")


@pytest.mark.parametrize("order", [1, -1])
def test_an_anchor_renewed_with_its_key_goes_on_where_the_old_one_ends(order: int) -> None:
    old = Forgery(subject="gốc", is_authority=True, usage=AUTHORITY, validity=PAST).under(None)
    renewed = Forgery(subject="gốc", is_authority=True, usage=AUTHORITY).under(None, old.key)
    store = TrustStore([old.certificate, renewed.certificate][::order])
    leaf = Forgery().under(renewed)
    assert path_of(judge(leaf, [], store)).anchor == renewed.certificate
    earlier = Forgery(validity=PAST).under(old).certificate
    path = path_of(store.judge(earlier, [], at=PAST.not_before + DAY, policy=PACKAGE_POLICY))
    assert path.anchor == old.certificate


def test_another_root_of_the_same_name() -> None:
    rogue = Hierarchy.found(MOMENT)
    assert certificate(rogue.root).subject == certificate(ROOT).subject
    leaf = rogue.intermediate.issue(Subject("Cơ quan A"), Validity.around(MOMENT))
    others = [certificate(rogue.intermediate), certificate(rogue.root)]
    assert code_of(judge(leaf, others)) is FailureCode.UNTRUSTED
    assert code_of(judge(leaf, chain(leaf))) is FailureCode.UNTRUSTED


def test_another_root_of_the_same_name_without_key_identifiers() -> None:
    root = Forgery.authority("gốc").under(None)
    rogue = Forgery(subject="gốc", is_authority=True, usage=AUTHORITY, has_key_ids=False).under(None)
    leaf = Forgery(has_key_ids=False).under(rogue)
    store = TrustStore([root.certificate])
    assert code_of(judge(leaf, [], store)) is FailureCode.PATH_INVALID
    assert code_of(judge(leaf, [rogue.certificate], store)) is FailureCode.PATH_INVALID


def test_a_certificate_that_signed_itself() -> None:
    assert code_of(judge(Forgery().under(None), [])) is FailureCode.UNTRUSTED


@pytest.mark.parametrize("holder", [INTERMEDIATE, ROOT], ids=["intermediate", "anchor"])
def test_an_authoritys_certificate_signs_no_documents(holder: Authority) -> None:
    judged = judge(holder.credential, [certificate(INTERMEDIATE)])
    assert judged == Failure(FailureCode.USAGE_FORBIDDEN, "certificate of an authority")


@pytest.mark.parametrize("usage", [Usage.TLS, Usage.ENCIPHERMENT, Usage.UNSTATED])
def test_a_certificate_made_for_something_else(usage: Usage) -> None:
    assert code_of(judge(credential(usage=usage))) is FailureCode.USAGE_FORBIDDEN


def test_a_leaf_that_issues_certificates() -> None:
    leaf = Forgery(subject="lá", is_authority=False).under(INTERMEDIATE)
    below = Forgery().under(leaf)
    assert code_of(judge(below, [leaf.certificate, certificate(INTERMEDIATE)])) is FailureCode.PATH_INVALID


def test_an_authority_that_may_not_sign_certificates() -> None:
    authority = Forgery(subject="CA", is_authority=True, usage=("crl_sign",)).under(ROOT)
    assert code_of(judge(Forgery().under(authority), [authority.certificate])) is FailureCode.PATH_INVALID


def test_a_path_longer_than_an_authority_allows() -> None:
    below = INTERMEDIATE.subordinate(Subject("dưới"), Validity.around(MOMENT))
    leaf = below.issue(Subject("Cơ quan A"), Validity.around(MOMENT))
    assert code_of(judge(leaf, chain(leaf))) is FailureCode.PATH_INVALID


def test_a_path_longer_than_the_anchor_allows() -> None:
    root = Forgery.authority("gốc", path_length=0).under(None)
    authority = Forgery.authority("CA").under(root)
    store = TrustStore([root.certificate])
    assert code_of(judge(Forgery().under(authority), [authority.certificate], store)) is FailureCode.PATH_INVALID
    assert code_of(judge(Forgery().under(root), [], store)) is None


def test_a_name_outside_of_what_the_anchor_is_for() -> None:
    constraints = x509.NameConstraints([x509.DirectoryName(named("Cơ quan A"))], None)
    forgery = Forgery(subject="gốc", is_authority=True, usage=AUTHORITY, extensions=((constraints, True),))
    root = forgery.under(None)
    store = TrustStore([root.certificate])
    assert code_of(judge(Forgery(subject="Cơ quan B").under(root), [], store)) is FailureCode.PATH_INVALID
    assert code_of(judge(Forgery(subject="Cơ quan A").under(root), [], store)) is None


def test_an_anchors_policies_bind_nobody() -> None:
    policies = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.2.3.4"), None)])
    forgery = Forgery(subject="gốc", is_authority=True, usage=AUTHORITY, extensions=((policies, False),))
    root = forgery.under(None)
    assert code_of(judge(Forgery().under(root), [], TrustStore([root.certificate]))) is None


def test_a_critical_extension_nobody_knows() -> None:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert code_of(judge(Forgery(extensions=((unknown, True),)).under(INTERMEDIATE))) is FailureCode.PATH_INVALID
    assert code_of(judge(Forgery(extensions=((unknown, False),)).under(INTERMEDIATE))) is None


def test_keys_that_are_too_weak() -> None:
    short = Forgery().under(INTERMEDIATE, rsa_key(1024))
    assert judge(short) == Failure(FailureCode.KEY_FORBIDDEN, "key of the signer")
    curve = Forgery().under(INTERMEDIATE, ec.generate_private_key(ec.SECP192R1()))
    assert code_of(judge(curve)) is FailureCode.KEY_FORBIDDEN
    authority = Forgery.authority("CA").under(ROOT, ec.generate_private_key(ec.SECP224R1()))
    below = Forgery().under(authority)
    assert judge(below, [authority.certificate]) == Failure(FailureCode.KEY_FORBIDDEN, "key of an authority")


@pytest.mark.parametrize("algorithm", ["sha1_rsa", "md5_rsa", "sha224_rsa"])
def test_an_intermediate_signed_with_a_weak_digest(algorithm: str) -> None:
    root = Forgery.authority("gốc").under(None, rsa_key(2048))
    authority = altered(Forgery.authority("CA").under(root), with_algorithm(algorithm), root)
    judged = judge(Forgery().under(authority), [authority.certificate], TrustStore([root.certificate]))
    assert code_of(judged) is FailureCode.ALGORITHM_FORBIDDEN


def test_a_signer_certified_with_a_weak_digest() -> None:
    root = Forgery.authority("gốc").under(None, rsa_key(2048))
    leaf = altered(Forgery().under(root), with_algorithm("sha1_rsa"), root)
    assert code_of(judge(leaf, [], TrustStore([root.certificate]))) is FailureCode.ALGORITHM_FORBIDDEN


@pytest.mark.parametrize("key", [rsa_key(2048), ec.generate_private_key(ec.SECP256R1())], ids=["RSA", "ECDSA"])
@pytest.mark.parametrize("algorithm", ["sha256_rsa", "sha256_ecdsa", "ed25519", "ed448", "sha256_dsa", "1.2.3.4"])
def test_an_algorithm_that_is_not_the_issuers(algorithm: str, key: ec.EllipticCurvePrivateKey) -> None:
    root = Forgery.authority("gốc").under(None, key)
    leaf = altered(Forgery().under(root), with_algorithm(algorithm))
    judged = judge(leaf, [], TrustStore([root.certificate]))
    assert code_of(judged) in {FailureCode.ALGORITHM_FORBIDDEN, FailureCode.PATH_INVALID}


def test_a_signature_by_somebody_else_under_the_issuers_name() -> None:
    leaf = altered(Forgery().under(INTERMEDIATE), with_algorithm("sha256_ecdsa"))
    assert code_of(judge(leaf)) is FailureCode.PATH_INVALID


# ── what came along is trusted for nothing, and costs little ──────────────────────────────────────────────────────────

BROKEN = (
    x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.9"), b"\xff\xff"),  # subjectDirectoryAttributes
    x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), b"\xff\xff"),  # policyMappings
)


@pytest.mark.parametrize("extension", BROKEN, ids=lambda one: one.oid.dotted_string)
def test_a_certificate_the_path_library_cannot_read_is_as_if_it_were_not_there(
    extension: x509.UnrecognizedExtension,
) -> None:
    broken = Forgery(extensions=((extension, False),))
    others = [broken.under(None).certificate, certificate(INTERMEDIATE)]
    assert code_of(judge(credential(), others)) is None
    assert code_of(judge(broken.under(INTERMEDIATE))) is FailureCode.PATH_INVALID


def test_a_name_in_letters_the_path_library_does_not_know() -> None:
    others = [Forgery(subject="🏛️").under(None).certificate, certificate(INTERMEDIATE)]
    assert code_of(judge(credential(), others)) is None


def test_a_configured_authority_nobody_can_read_is_refused_at_once() -> None:
    broken = Forgery(subject="gốc", is_authority=True, usage=AUTHORITY, extensions=((BROKEN[0], False),)).under(None)
    with pytest.raises(TrustUnusable):
        TrustStore([broken.certificate])


def test_more_than_six_certificates_are_refused_before_anything_is_built() -> None:
    others = [certificate(INTERMEDIATE)] * 99
    started = time.perf_counter()
    assert judge(credential(), others) == Failure(FailureCode.TOO_MANY_CERTIFICATES, "100")
    assert time.perf_counter() - started < 1


def look_alikes(count: int) -> list[Forged]:
    """Authorities of one name, without key identifiers, each certified by the next: every order of them is a path."""
    forgery = Forgery(subject="vòng", is_authority=True, usage=AUTHORITY, has_key_ids=False)
    holders = [forgery.under(None) for _ in range(count)]
    return [forgery.under(holders[index - 1], holder.key) for index, holder in enumerate(holders)]


def test_six_certificates_that_look_alike_cost_less_than_a_second() -> None:
    authorities = look_alikes(5)
    leaf = Forgery(has_key_ids=False).under(authorities[0])
    started = time.thread_time()
    assert code_of(judge(leaf, [one.certificate for one in authorities])) is FailureCode.UNTRUSTED
    assert time.thread_time() - started < 1


def test_look_alikes_of_the_anchor_cost_less_than_a_second() -> None:
    root = Forgery(subject="vòng", is_authority=True, usage=AUTHORITY).under(None)
    authorities = look_alikes(5)
    leaf = Forgery(has_key_ids=False).under(authorities[0])
    started = time.thread_time()
    judged = judge(leaf, [one.certificate for one in authorities], TrustStore([root.certificate]))
    assert code_of(judged) is FailureCode.PATH_INVALID
    assert time.thread_time() - started < 1


# ── the store itself ──────────────────────────────────────────────────────────────────────────────────────────────────

UNUSABLE = {
    "leaf": Forgery(),
    "no basic constraints": Forgery(is_authority=None, usage=AUTHORITY),
    "no key usage": Forgery(is_authority=True, usage=None),
    "may not sign certificates": Forgery(is_authority=True, usage=("crl_sign",)),
    "no key identifier": Forgery(is_authority=True, usage=AUTHORITY, has_key_ids=False),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_is_no_authority_is_no_anchor_and_no_intermediate(name: str) -> None:
    one = UNUSABLE[name].under(None).certificate
    with pytest.raises(TrustUnusable):
        TrustStore([one])
    with pytest.raises(TrustUnusable):
        TrustStore([certificate(ROOT)], [one])


def test_a_store_that_trusts_nobody_is_refused() -> None:
    with pytest.raises(TrustUnusable):
        TrustStore([])


def test_a_moment_without_time_zone_is_a_mistake_of_the_caller() -> None:
    naive = MOMENT.replace(tzinfo=None)
    for _ in range(2):  # judged, then remembered
        with pytest.raises(ValueError, match="aware"):
            trust().judge(certificate(credential()), chain(credential()), at=naive, policy=PACKAGE_POLICY)
        judge(credential())


def test_paths_are_also_built_inside_somebody_elses_event_loop() -> None:
    async def inside() -> CertificatePath | Failure:
        return judge(credential(), store=TrustStore([certificate(ROOT)]))

    assert code_of(asyncio.run(inside())) is None


def at(store: TrustStore, moment: datetime) -> FailureCode | None:
    one = certificate(credential())
    return code_of(store.judge(one, [certificate(INTERMEDIATE)], at=moment, policy=PACKAGE_POLICY))


def test_a_remembered_path_is_not_believed_outside_of_its_validity() -> None:
    leaf, fresh, used = certificate(credential()), TrustStore([certificate(ROOT)]), TrustStore([certificate(ROOT)])
    assert at(used, MOMENT) is None
    for moment, expected in (
        (leaf.not_before, None),
        (leaf.not_after, None),
        (leaf.not_before - timedelta(microseconds=1), FailureCode.CERTIFICATE_NOT_YET_VALID),
        (leaf.not_after + timedelta(microseconds=1), FailureCode.CERTIFICATE_EXPIRED),
        (leaf.not_after + DAY, FailureCode.CERTIFICATE_EXPIRED),
        (MOMENT + 3650 * DAY, FailureCode.CERTIFICATE_EXPIRED),
    ):
        assert at(used, moment) is expected
        assert at(TrustStore([certificate(ROOT)]), moment) is expected
        assert at(fresh, moment) is expected


def test_a_remembered_path_is_remembered_for_its_policy_alone() -> None:
    store = TrustStore([certificate(ROOT)])
    leaf, others = certificate(credential(kind=KeyKind.RSA_2048)), [certificate(INTERMEDIATE)]
    strict = SignaturePolicy(name=PACKAGE_POLICY.name, table=tuple(one for one in TABLE if one.use is not Use.KEY))
    assert code_of(store.judge(leaf, others, at=MOMENT, policy=PACKAGE_POLICY)) is None
    assert code_of(store.judge(leaf, others, at=MOMENT, policy=strict)) is FailureCode.KEY_FORBIDDEN
    assert code_of(store.judge(leaf, others, at=MOMENT, policy=SEAL_POLICY)) is None


def test_refusals_are_not_remembered() -> None:
    store = TrustStore([certificate(ROOT)])
    assert code_of(judge(credential(), [], store)) is FailureCode.UNTRUSTED
    assert code_of(judge(credential(), None, store)) is None
    assert code_of(judge(credential(), [], store)) is FailureCode.UNTRUSTED


def test_memory_for_paths_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing.trust, "CACHED_PATHS_MAX", 3)
    store = TrustStore([certificate(ROOT)])
    leaves = [INTERMEDIATE.issue(Subject(f"Cơ quan {number}"), Validity.around(MOMENT)) for number in range(5)]
    assert not any(code_of(judge(leaf, None, store)) for leaf in (*leaves, leaves[0]))
    assert [key[1][0] for key in store._cache] == [certificate(leaf) for leaf in (leaves[3], leaves[4], leaves[0])]

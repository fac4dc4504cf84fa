"""How pyHanko's AdES engine is made to judge: what it may use, what it must ask for, and what its answers mean here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from asn1crypto import algos, crl, keys, ocsp, x509
from cryptography.x509.oid import ObjectIdentifier
from pyhanko.sign.ades.report import AdESIndeterminate, AdESPassed, AdESSubIndic
from pyhanko.sign.validation.ades import ades_basic_validation, ades_timestamp_validation
from pyhanko.sign.validation.generic_cms import message_imprint_checker
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    CMSAlgorithmUsagePolicy,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.fetchers import FetcherBackend, Fetchers
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    AlgorithmUsageConstraint,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signing.allowances import Allowance
from signing.nesting import UNREADABLE_ASN1, refuse_nested
from signing.paths import LinkAlgorithms, completed, constrained_anchor, readable_ones
from signing.pdf.limits import EVIDENCE_MAX
from signing.pdf.shape import Message, Token
from signing.pdf.verdict import PdfFailureCode, Revocation, RevocationEvidence, StampState
from signing.policy import TIMESTAMP_POLICY, SignaturePolicy
from signing.purposes import Purpose
from signing.trust import TrustStore
from signing.verdict import CertificatePath, FailureCode

_USAGES: Final = frozenset({"digital_signature", "non_repudiation"})
_USAGES_OF_AUTHORITIES: Final = frozenset({"key_cert_sign", "crl_sign"})
_BARE_RSA: Final = "rsassa_pkcs1v15"
_REVOKED: Final = "REVOKED"
_REVOCATIONS: Final = frozenset({AdESIndeterminate.REVOKED_NO_POE, AdESIndeterminate.REVOKED_CA_NO_POE})
_MENDABLE: Final = _REVOCATIONS | {
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE,
}
"""What proof that the signature is older may mend (EN 319 102-1 clause 5.5.4)."""
_UNREADABLE_TIME: Final = (KeyError, TypeError, ValueError)

CODES: Final[dict[str, FailureCode | PdfFailureCode]] = {
    "FORMAT_FAILURE": FailureCode.MALFORMED,
    "HASH_FAILURE": FailureCode.ALTERED,
    "SIG_CRYPTO_FAILURE": FailureCode.INVALID,
    "SIG_CONSTRAINTS_FAILURE": PdfFailureCode.ATTRIBUTES,
    "CHAIN_CONSTRAINTS_FAILURE": FailureCode.USAGE_FORBIDDEN,
    "CRYPTO_CONSTRAINTS_FAILURE": FailureCode.ALGORITHM_FORBIDDEN,
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": FailureCode.ALGORITHM_FORBIDDEN,
    "NO_SIGNING_CERTIFICATE_FOUND": FailureCode.CERTIFICATE_MISMATCH,
    "NO_CERTIFICATE_CHAIN_FOUND": FailureCode.UNTRUSTED,
    "NOT_YET_VALID": FailureCode.CERTIFICATE_NOT_YET_VALID,
    "EXPIRED": FailureCode.CERTIFICATE_EXPIRED,
    "OUT_OF_BOUNDS_NO_POE": FailureCode.CERTIFICATE_EXPIRED,
    "REVOKED": PdfFailureCode.CERTIFICATE_REVOKED,
    "REVOKED_NO_POE": PdfFailureCode.CERTIFICATE_REVOKED,
    "REVOKED_CA_NO_POE": PdfFailureCode.AUTHORITY_REVOKED,
    "TIMESTAMP_ORDER_FAILURE": PdfFailureCode.TIME_STAMP,
}
"""What the engine's sub-indications are called here; any other is a path that does not hold."""


class DocumentAlgorithms(CMSAlgorithmUsagePolicy):
    """The algorithms of paths, and for messages `rsaEncryption` too, which leaves the digest to the signer's own field.

    That a digest named twice is the same one is the base's rule (RFC 8933).
    """

    def __init__(self, table: tuple[Allowance, ...]) -> None:
        self._links = LinkAlgorithms(table)

    def digest_algorithm_allowed(
        self, algo: algos.DigestAlgorithm, moment: datetime | None
    ) -> AlgorithmUsageConstraint:
        """Return whether a digest may be used."""
        return self._links.digest_algorithm_allowed(algo, moment)

    def signature_algorithm_allowed(
        self, algo: algos.SignedDigestAlgorithm, moment: datetime | None, public_key: keys.PublicKeyInfo | None
    ) -> AlgorithmUsageConstraint:
        """Return whether the signer's key may have signed with this algorithm."""
        if algo["algorithm"].native == _BARE_RSA:
            return AlgorithmUsageConstraint(allowed=public_key is not None and public_key.algorithm == "rsa")
        return self._links.signature_algorithm_allowed(algo, moment, public_key)


class _Nobody(FetcherBackend):
    """Whom the engine may ask."""

    def get_fetchers(self) -> Fetchers:
        """Refuse: the engine was told to fetch nothing, and this is what it would have to fetch with."""
        raise RuntimeError("a judgement wanted to fetch something")

    async def close(self) -> None:
        """Release nothing."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A proved time, and the path of the authority that proved it."""

    at: datetime
    path: CertificatePath


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the engine made of one message; `code` is absent where it passed, `detail` is its own sub-indication.

    `best_time` is when the signature surely existed, `stamp_path` the path of whoever proved it. `is_mended` is True
    where it passed by that proof alone.
    """

    code: FailureCode | PdfFailureCode | None
    detail: str
    best_time: datetime
    stamp: StampState
    revocation: Revocation
    stamp_path: CertificatePath | None = None
    is_mended: bool = False


@dataclass(slots=True)
class Engine:
    """Judges messages against the anchors of one trust store, with the evidence given, at one moment."""

    trust: TrustStore
    policy: SignaturePolicy
    at: datetime
    evidence: RevocationEvidence = field(default_factory=RevocationEvidence)

    def judge(self, message: Message, digest: bytes, *, proofs: Sequence[Stamp] = ()) -> Opinion:
        """Return the engine's opinion of a signature over octets with this digest.

        `proofs` are time stamps on the whole document with the signature in it.

        1. Time stamps on the signature value (EN 319 102-1 clause 5.4), of which the first that holds counts, and those
           on the whole document; the earliest is its time.
        2. Basic validation (clause 5.3) with key usages asked for and revocation left out; what only time can mend is
           judged once more at that time (clause 5.5), by the algorithms that were allowed then.
        3. The same with revocation asked for: what then fails for want of evidence is unknown, and no refusal.
        """
        imprint = message_imprint_checker(message.signer_info)
        own = next(filter(None, (self._stamp(one, imprint) for one in message.stamps)), None)
        stamped = min(filter(None, (own, *proofs)), key=lambda one: one.at, default=None)
        found, is_mended = self._indication(message, digest, stamped=stamped, rule=RevocationCheckingRule.NO_CHECK)
        revocation = Revocation.UNKNOWN
        if found is AdESPassed.OK and (self.evidence.crls or self.evidence.ocsps):
            rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
            strictly, by_stamp = self._indication(message, digest, stamped=stamped, rule=rule)
            is_mended = is_mended or by_stamp
            if strictly is AdESPassed.OK:
                revocation = Revocation.GOOD
            elif strictly.standard_name.startswith(_REVOKED):
                revocation, found = Revocation.REVOKED, strictly
        return Opinion(
            None if found is AdESPassed.OK else CODES.get(found.standard_name, FailureCode.PATH_INVALID),
            found.standard_name,
            stamped.at if stamped else self.at,
            _state(message, stamped),
            revocation,
            stamped.path if stamped else None,
            is_mended,
        )

    def judge_stamp(self, message: Message, imprint: Callable[[str], bytes]) -> Stamp | None:
        """Return a time stamp on the whole document, or None where it proves nothing; `imprint` digests its cover."""
        return self._stamp(message, imprint)

    def _indication(
        self, message: Message, digest: bytes, *, stamped: Stamp | None, rule: RevocationCheckingRule
    ) -> tuple[AdESSubIndic, bool]:
        """Return what the engine found, and whether it was asked once more by the time of the stamp."""
        found = self._basic(message, digest, rule=rule, policy=self.policy)
        is_mendable = stamped is not None and found.ades_subindic in _MENDABLE
        if stamped is None or not is_mendable:
            return found.ades_subindic, False
        then = self._basic(message, digest, rule=rule, policy=self.policy.as_of(stamped.at))
        return _at_time(then, stamped.at), True

    def _basic(self, message: Message, digest: bytes, *, rule: RevocationCheckingRule, policy: SignaturePolicy) -> Any:
        spec, timing = self._spec(rule, policy), self._timing()
        return completed(ades_basic_validation(message.signed_data, spec, timing_info=timing, raw_digest=digest))

    def _stamp(self, token: Token | Message, imprint: Callable[[str], bytes]) -> Stamp | None:
        """Return a proved stamp, or None. The stricter judge wins.

        Its algorithms are those that were allowed at its own time. One after the moment of judgement proves nothing,
        nor one of an authority whose certificate expired or that was given up by then.
        """
        stated = _stated_time(token)
        if stated is None or stated > self.at:
            return None
        policy = replace(TIMESTAMP_POLICY, table=self.policy.table).as_of(stated)
        spec = self._spec(RevocationCheckingRule.NO_CHECK, policy)
        found = completed(ades_timestamp_validation(token.signed_data, spec, imprint, timing_info=self._timing()))
        if found.ades_subindic is not AdESPassed.OK or found.api_status is None:
            return None
        moment: datetime = found.api_status.timestamp
        now = self.trust.judge(token.signer, token.others, at=self.at, policy=policy)
        path = self.trust.judge(token.signer, token.others, at=moment, policy=policy)
        is_trusted = isinstance(now, CertificatePath) and moment == stated
        return Stamp(moment, path) if isinstance(path, CertificatePath) and is_trusted else None

    def _timing(self) -> ValidationTimingInfo:
        return ValidationTimingInfo(self.at, self.at, point_in_time_validation=True)

    def _spec(self, rule: RevocationCheckingRule, policy: SignaturePolicy) -> SignatureValidationSpec:
        algorithms = DocumentAlgorithms(policy.table)
        paths = CertValidationPolicySpec(
            trust_manager=self._trusting(self.policy.purpose),
            revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule)),
            time_tolerance=timedelta(0),
            algorithm_usage_policy=LinkAlgorithms(policy.table),
        )
        return SignatureValidationSpec(
            cert_validation_policy=paths,
            ts_cert_validation_policy=CertValidationPolicySpec(
                trust_manager=self._trusting(TIMESTAMP_POLICY.purpose),
                revinfo_policy=paths.revinfo_policy,
                time_tolerance=paths.time_tolerance,
                algorithm_usage_policy=algorithms,
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                RevinfoOnlineFetchingRule.LOCAL_ONLY, _Nobody(), CertificateFetchingRule.NEVER_FETCH
            ),
            local_knowledge=self._knowledge(),
            key_usage_settings=_usages(self.policy),
            signature_algorithm_policy=algorithms,
        )

    def _trusting(self, purpose: Purpose) -> SimpleTrustManager:
        """Return who is trusted for a purpose at any time: whether at this one, our own trust store says."""
        return SimpleTrustManager.build([constrained_anchor(one) for one in self.trust.anchors_for(purpose)])

    def _knowledge(self) -> LocalKnowledge:
        return LocalKnowledge(
            known_crls=list(_crls(self.evidence)),
            known_ocsps=list(_ocsps(self.evidence)),
            known_certs=list(readable_ones(self.trust.intermediates)),
        )


def _state(message: Message, stamped: Stamp | None) -> StampState:
    if stamped is not None:
        return StampState.TRUSTED
    return StampState.UNPROVED if message.stamps else StampState.ABSENT


def _at_time(found: Any, moment: datetime) -> AdESSubIndic:
    """Return what was found, by the moment at which the signature existed (EN 319 102-1 clause 5.5.4 steps 4 and 5).

    That the path held then, our own trust store is asked afterwards.
    """
    indication: AdESSubIndic = found.ades_subindic
    status = found.api_status
    if indication in _REVOCATIONS:
        revoked = getattr(status, "revocation_details", None)
        return AdESPassed.OK if revoked is not None and moment < revoked.revocation_date else indication
    if indication is AdESIndeterminate.OUT_OF_BOUNDS_NO_POE:
        is_early = moment < status.signing_cert.not_valid_before
        return AdESIndeterminate.NOT_YET_VALID if is_early else AdESPassed.OK
    return indication


def _stated_time(token: Token | Message) -> datetime | None:
    """Return the time that a token states, before anybody checked its signature; None where it states none."""
    try:
        stated = token.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    except _UNREADABLE_TIME:
        return None
    return stated if isinstance(stated, datetime) and stated.tzinfo is not None else None


def _usages(policy: SignaturePolicy) -> KeyUsageConstraints:
    return KeyUsageConstraints(
        key_usage=_USAGES,
        key_usage_forbidden=_USAGES_OF_AUTHORITIES,
        extd_key_usage=frozenset(_extended_names(policy.extended_usages)),
        explicit_extd_key_usage_required=False,
    )


def _extended_names(usages: frozenset[ObjectIdentifier]) -> Iterator[str]:
    """Yield the names asn1crypto has for extended usages; one it does not know keeps its number."""
    for usage in usages:
        yield x509.KeyPurposeId(usage.dotted_string).native


def _crls(evidence: RevocationEvidence) -> Iterator[CRLContainer]:
    for octets in evidence.crls[:EVIDENCE_MAX]:
        if (parsed := _parsed(crl.CertificateList, octets)) is not None:
            yield CRLContainer(parsed)


def _ocsps(evidence: RevocationEvidence) -> Iterator[OCSPContainer]:
    for octets in evidence.ocsps[:EVIDENCE_MAX]:
        if (parsed := _parsed(ocsp.OCSPResponse, octets)) is not None:
            yield from OCSPContainer.load_multi(parsed)


def _parsed(kind: Any, octets: bytes) -> Any:
    """Return the evidence, or None for octets that are none: they say nothing about anybody."""
    try:
        refuse_nested(octets)
        parsed = kind.load(octets, strict=True)
        _ = parsed.native
    except UNREADABLE_ASN1:
        return None
    return parsed

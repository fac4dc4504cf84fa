"""Judges the one enveloped signature of an XML document and hands out the octets it covers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lxml import etree

from signing.certificates import Certificate
from signing.policy import CERTIFICATES_MAX, SIGNING_TIME_TOLERANCE, SignaturePolicy
from signing.trust import PathJudge
from signing.verdict import (
    Additions,
    CertificatePath,
    Failure,
    FailureCode,
    Indication,
    SignatureFacts,
    Verdict,
    outcome_of,
)
from signing.xml.additions import Moment, certificates_of, read_additions
from signing.xml.canonical import Parse, canonical_cover, remove_keeping_tail
from signing.xml.core import core_validates
from signing.xml.keyinfo import check_bare_keys
from signing.xml.profile import examine
from signing.xml.properties import SignedProperties, read_properties
from signing.xml.structure import Listed, Structure, StructureRefused, refuse_swelling

_OF_ALGORITHMS: Final = frozenset({FailureCode.ALGORITHM_FORBIDDEN, FailureCode.TRANSFORM_FORBIDDEN})
"""Refusals of algorithms that may have been allowed at another moment."""

_OF_TIME: Final = frozenset(
    {
        FailureCode.CERTIFICATE_EXPIRED,
        FailureCode.AUTHORITY_GIVEN_UP,
        FailureCode.ALGORITHM_FORBIDDEN,
        FailureCode.KEY_FORBIDDEN,
    }
)
"""Refusals of a path that may have held at the moment of the proof."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A signature under judgement; `proved_at` is the proven moment, where it is judged by that one's rules."""

    structure: Structure
    properties: SignedProperties | None
    additions: Additions
    proved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class XmlVerifier:
    """Judges signatures under one policy, against one trust store.

    `parse` is the door's hardened parser; `parent` are the expanded names from the root to the signature's parent.
    """

    parse: Parse
    parent: tuple[str, ...]
    trust: PathJudge
    policy: SignaturePolicy

    def verify(self, octets: bytes, *, at: datetime) -> Verdict:
        """Return the verdict on the document's signature at the aware moment `at`; what `parse` refuses, it raises.

        1. The document is parsed by the hardened parser.
        2. The structure follows the profile: one signature, in its place, over the whole root; nothing swells. Its
           algorithms are allowed at `at`, or, where they were retired since, at the moment of its proof of existence.
        3. XAdES properties that are there are signed and name a certificate that is there (EN 319 132-1 clause 5.2.2).
        4. Time stamps on the signature are judged; the earliest that counts is its proof of existence.
        5. The signer's certificate has a path to an anchor and may sign documents: at `at`, or, where only time speaks
           against it, at the moment of that proof (EN 319 102-1 clause 5.5.4, best-signature-time): the certificate has
           expired, its authority was given up, its algorithms or keys were retired.
        6. The cryptography holds for that certificate's key, digests first, then the signature value.
        7. A bare key beside the certificate is the certificate's, and the claimed time is possible.
        8. The octets that were digested are produced once more and must have the very digest that was signed.
        9. Where the policy requires a time stamp, one counts.
        """
        root = self.parse(octets)
        try:
            refuse_swelling(octets)
            case = self._opened(root, at=at)
            path, case = self._path(case, at=at)
            check_bare_keys(case.structure.key_info, path.signer)
            _check_claim(case.properties, path.signer, at=at)
            covered = self._covered(case.structure)
            _check_timestamp(case.additions, self.policy)
        except StructureRefused as refused:
            return self._refuse(refused.failure, at)
        references = tuple(one.digest for one in case.structure.references)
        claimed = case.properties.claimed_time if case.properties else None
        algorithm, additions, proved_at = case.structure.algorithm, case.additions, case.proved_at
        required = self.policy.requires_timestamp
        facts = SignatureFacts(algorithm, references, path, claimed, additions, proved_at, required)
        return Verdict(
            Indication.TOTAL_PASSED, None, judged_at=at, policy=self.policy.name, covered=covered, facts=facts
        )

    def _opened(self, root: etree._Element, *, at: datetime) -> _Case:
        """Return the signature with what belongs to it (steps 2 to 4)."""
        try:
            return self._read(root, at, at=at)
        except StructureRefused as refused:
            if refused.failure.code not in _OF_ALGORITHMS:
                raise
            proof = self._proof(root, at=at)
            if proof is None:
                raise
        return replace(self._read(root, proof, at=at), proved_at=proof)

    def _proof(self, root: etree._Element, *, at: datetime) -> datetime | None:
        """Return since when a signature existed whose algorithms are allowed at some moment, or None."""
        try:
            proof = self._read(root, None, at=at).additions.proof_of_existence
        except StructureRefused:
            return None
        return None if proof is None else proof.moment

    def _read(self, root: etree._Element, listed_at: datetime | None, *, at: datetime) -> _Case:
        """Return the signature as by the algorithms of one moment, its time stamps judged at `at`."""
        structure = examine(root, self.parent, policy=self.policy, at=listed_at)
        properties = read_properties(structure, Listed(self.policy, listed_at))
        additions = Additions()
        if properties is not None:
            additions = read_additions(structure, properties, moment=Moment(self.trust, self.policy, at))
        return _Case(structure, properties, additions)

    def _path(self, case: _Case, *, at: datetime) -> tuple[CertificatePath, _Case]:
        """Return the signer's path at `at`, or at the proven time of a signature that only time speaks against.

        Certificates that came among the values for later help to find it. Raises `StructureRefused`.
        """
        structure, properties = case.structure, case.properties
        embedded = certificates_of(case.additions.embedded)[: CERTIFICATES_MAX - len(structure.certificates)]
        if embedded:
            together = dict.fromkeys((*structure.certificates, *embedded))
            structure = replace(structure, certificates=tuple(together))
        try:
            return self._path_of_signer(structure, properties, at=at), case
        except StructureRefused as refused:
            proof = case.additions.proof_of_existence
            if proof is None or refused.failure.code not in _OF_TIME:
                raise
            return self._path_of_signer(structure, properties, at=proof.moment), replace(case, proved_at=proof.moment)

    def _path_of_signer(
        self, structure: Structure, properties: SignedProperties | None, *, at: datetime
    ) -> CertificatePath:
        """Return the path of the certificate whose key made the signature; the order in KeyInfo means nothing.

        Raises `StructureRefused`; where several certificates might be meant, for the reason that holds for the signer.
        """
        candidates = (properties.certificate,) if properties else _leaves(structure)
        refused: list[tuple[Certificate, Failure]] = []
        for candidate in candidates:
            others = (one for one in structure.certificates if one != candidate)
            judged = self.trust.judge(candidate, others, at=at, policy=self.policy)
            if isinstance(judged, Failure):
                refused.append((candidate, judged))
            elif core_validates(structure, candidate):
                return judged
        for candidate, failure in refused:
            if len(candidates) == 1 or core_validates(structure, candidate):
                raise StructureRefused(failure.code, failure.detail)
        self._covered(structure)
        raise StructureRefused(FailureCode.INVALID)

    def _covered(self, structure: Structure) -> bytes:
        """Return the digested octets, or raise ALTERED where SignedInfo has another digest. Removes the signature."""
        remove_keeping_tail(structure.signature)
        octets = canonical_cover(structure.covering, self.parse)
        digest = structure.covering.digest
        if digest.algorithm.digest(octets) != digest.value:
            raise StructureRefused(FailureCode.ALTERED)
        return octets

    def _refuse(self, failure: Failure, at: datetime) -> Verdict:
        indication, sub_indication = outcome_of(failure.code)
        return Verdict(indication, sub_indication, judged_at=at, policy=self.policy.name, failure=failure)


def _leaves(structure: Structure) -> tuple[Certificate, ...]:
    leaves = tuple(one for one in structure.certificates if not one.is_authority)
    if not leaves:
        raise StructureRefused(FailureCode.USAGE_FORBIDDEN, "certificate of an authority")
    return leaves


def _check_claim(properties: SignedProperties | None, signer: Certificate, *, at: datetime) -> None:
    """Refuse a claimed time after the judgement or before the certificate."""
    claimed = properties.claimed_moment if properties else None
    if claimed is not None and max(signer.not_before - claimed, claimed - at) > SIGNING_TIME_TOLERANCE:
        raise StructureRefused(FailureCode.SIGNING_TIME_IMPOSSIBLE)


def _check_timestamp(additions: Additions, policy: SignaturePolicy) -> None:
    """Refuse a signature without a proof of existence where the policy requires one, for what its first stamp lacks."""
    if not policy.requires_timestamp or additions.proof_of_existence is not None:
        return
    failures = (one for one in additions.timestamps if isinstance(one, Failure))
    failure = next(failures, Failure(FailureCode.TIMESTAMP_MISSING))
    raise StructureRefused(failure.code, failure.detail)

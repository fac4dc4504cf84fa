"""Judges the one enveloped signature of an XML document and hands out the octets it covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from signing.certificates import Certificate
from signing.policy import SIGNING_TIME_TOLERANCE, SignaturePolicy
from signing.trust import TrustStore
from signing.verdict import (
    CertificatePath,
    Failure,
    FailureCode,
    Indication,
    SignatureFacts,
    Verdict,
    outcome_of,
)
from signing.xml.canonical import Parse, canonical_cover, remove_keeping_tail
from signing.xml.core import core_validates
from signing.xml.keyinfo import check_bare_keys
from signing.xml.profile import examine
from signing.xml.properties import SignedProperties, read_properties
from signing.xml.structure import Structure, StructureRefused, refuse_swelling


@dataclass(frozen=True, slots=True)
class XmlVerifier:
    """Judges signatures under one policy, against one trust store.

    `parse` is the door's hardened parser; `parent` are the expanded names from the root to the signature's parent.
    """

    parse: Parse
    parent: tuple[str, ...]
    trust: TrustStore
    policy: SignaturePolicy

    def verify(self, octets: bytes, *, at: datetime) -> Verdict:
        """Return the verdict on the document's signature at the aware moment `at`; what `parse` refuses, it raises.

        1. The document is parsed by the hardened parser.
        2. The structure follows the profile: one signature, in its place, over the whole root; nothing swells.
        3. XAdES properties that are there are signed and name a certificate that is there (EN 319 132-1 clause 5.2.2).
        4. The signer's certificate has a path to an anchor at `at` and may sign documents.
        5. The cryptography holds for that certificate's key, digests first, then the signature value.
        6. A bare key beside the certificate is the certificate's, and the claimed time is possible.
        7. The octets that were digested are produced once more and must have the very digest that was signed.
        """
        root = self.parse(octets)
        try:
            refuse_swelling(octets)
            structure = examine(root, self.parent, policy=self.policy)
            properties = read_properties(structure)
            path = self._path_of_signer(structure, properties, at=at)
            check_bare_keys(structure.key_info, path.signer)
            _check_claim(properties, path.signer, at=at)
            covered = self._covered(structure)
        except StructureRefused as refused:
            return self._refuse(refused.failure, at)
        references = tuple(one.digest for one in structure.references)
        claimed = properties.claimed_time if properties else None
        facts = SignatureFacts(structure.algorithm, references, path, claimed)
        return Verdict(
            Indication.TOTAL_PASSED, None, judged_at=at, policy=self.policy.name, covered=covered, facts=facts
        )

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
    """Refuse a claimed time after the judgement or before the certificate; one that is no time claims nothing."""
    try:
        claimed = datetime.fromisoformat((properties and properties.claimed_time) or "")
    except ValueError:
        return
    if claimed.tzinfo is None:
        claimed = claimed.replace(tzinfo=UTC)
    if max(signer.not_before - claimed, claimed - at) > SIGNING_TIME_TOLERANCE:
        raise StructureRefused(FailureCode.SIGNING_TIME_IMPOSSIBLE)

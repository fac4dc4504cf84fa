"""XML signatures that the authors of libxmlsec judged, driven through the core below the rules of place and cover.

The vectors are enveloping, or sign parts of documents that are no packages: those rules refuse all of them, rightly. So
the core is driven: structure, algorithms, references, keys and mathematics. Of what must be accepted, the mathematics
are judged; the path is not, since the vectors' root is no well-formed anchor (it states no key usage).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from envelopes.errors import UnreadableMessage
from envelopes.parser import parse
from signing.algorithms import ds
from signing.allowances import REVIEWED
from signing.certificates import Certificate
from signing.errors import TrustUnusable
from signing.policy import PACKAGE_POLICY
from signing.trust import TrustStore
from signing.verdict import CertificatePath, FailureCode
from signing.xml.core import core_validates
from signing.xml.keyinfo import certificates_in
from signing.xml.structure import (
    Listed,
    Structure,
    StructureRefused,
    identifiers,
    references_of,
    signature_algorithm,
    signature_parts,
)
from tests.conformance.folder import FOLDER, has
from tests.conformance.outcomes import Outcome, Why

NAME: Final = "xmldsig"
Case = dict[str, Any]
_FOLDER: Final = FOLDER / NAME
_LATEST: Final = datetime(2026, 11, 21, tzinfo=UTC)

PSS: Final = frozenset(f"aleksey-xmldsig-01/enveloping-rsa-pss-sha{bits}.xml" for bits in (256, 384, 512))
"""RSA-PSS is not in our policy: nobody in this traffic writes it, and python-xmlsec cannot name it."""

REASONS: Final[dict[str, tuple[Why, frozenset[str]]]] = {
    # The first word of `why` in the vectors, what it is here, and the codes that say so.
    "sigalg": (Why.SIGNATURE_ALGORITHM, frozenset({FailureCode.ALGORITHM_FORBIDDEN})),
    "digest": (Why.DIGEST_ALGORITHM, frozenset({FailureCode.ALGORITHM_FORBIDDEN})),
    "c14n": (Why.CANONICAL_FORM, frozenset({FailureCode.TRANSFORM_FORBIDDEN})),
    # Some sign with RSA-PSS besides, which is seen first.
    "transform": (Why.TRANSFORM, frozenset({FailureCode.TRANSFORM_FORBIDDEN, FailureCode.ALGORITHM_FORBIDDEN})),
    # `http:` and `cid:` addresses, with a transform for office documents.
    "uri": (Why.EXTERNAL_REFERENCE, frozenset({FailureCode.REFERENCE_FORBIDDEN})),
    "doctype": (Why.DOCTYPE, frozenset({"package/doctype"})),
    "RetrievalMethod": (Why.FETCHED_KEY, frozenset({FailureCode.REFERENCE_FORBIDDEN})),
    # Two of those without certificate say where to fetch a key instead.
    "no": (Why.NO_CERTIFICATE, frozenset({FailureCode.CERTIFICATE_MISSING, FailureCode.REFERENCE_FORBIDDEN})),
    # Switches of the authors' command; the files behind them use SHA-1 or RetrievalMethod.
    "test": (Why.SWITCHED_OFF, frozenset({FailureCode.ALGORITHM_FORBIDDEN, FailureCode.REFERENCE_FORBIDDEN})),
}


@dataclass(frozen=True, slots=True)
class Core:
    """What the core says: why it refuses, or whether the mathematics hold and for whom there is a path."""

    refused: str | None = None
    holds_for: tuple[Certificate, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    @property
    def is_mathematical(self) -> bool:
        """True where the signature is right for some certificate that came with it."""
        return bool(self.holds_for)


def cases(must: str | None = None) -> list[Case]:
    """Return the cases, or those that must be judged so; none where there are no vectors."""
    if not has(f"{NAME}/cases.jsonl"):
        return []
    read_ = [json.loads(line) for line in (_FOLDER / "cases.jsonl").read_text("utf-8").splitlines()]
    return [case for case in read_ if must in {None, case["must"]}]


def file_of(case: Case) -> str:
    """Return the file of a case by its authors' name."""
    return str(case["id"]).split(":", 2)[2]


def core_of(case: Case) -> Core:
    """Return the core's word on one file."""
    try:
        root = parse((_FOLDER / case["file"]).read_bytes())
    except UnreadableMessage as error:
        return Core(error.finding.code)
    signature = next(root.iter(ds("Signature")))
    try:
        signed_info, value, key_info = signature_parts(signature)
        listed = Listed(PACKAGE_POLICY, REVIEWED)
        algorithm = signature_algorithm(signed_info, listed)
        references = tuple(references_of(signed_info, root, ids=identifiers(root), listed=listed))
        if key_info is None:
            return Core(FailureCode.CERTIFICATE_MISSING)
        certificates = certificates_in(key_info)
    except StructureRefused as refused:
        return Core(refused.failure.code)
    structure = Structure(signature, algorithm, value, key_info, references, references[0], certificates)
    return Core(None, tuple(one for one in certificates if core_validates(structure, one)), certificates)


def trusted(case: Case, core: Core) -> tuple[CertificatePath, ...]:
    """Return the paths of those whose key made the signature."""
    moment = datetime.fromisoformat(case["at"]) if case["at"] else _LATEST
    try:
        store = TrustStore(_read(case["trust"]), _read(case["intermediates"]))
    except TrustUnusable:
        return ()
    judged = [store.judge(one, core.certificates[1:], at=moment, policy=PACKAGE_POLICY) for one in core.holds_for]
    return tuple(one for one in judged if isinstance(one, CertificatePath))


def judged(case: Case) -> Outcome:
    """Return how our verdict on a case compares with its authors'."""
    name, core = file_of(case), core_of(case)
    if case["must"] == "reject":
        refused = core.refused is not None or not core.is_mathematical or trusted(case, core) == ()
        return Outcome.agrees(name) if refused else Outcome.disagrees(name)
    if case["must"] == "info":
        why, codes = REASONS[str(case["why"]).split()[0]]
        return Outcome.not_applicable(name, why) if core.refused in codes else Outcome.disagrees(name)
    if name in PSS and core.refused == FailureCode.ALGORITHM_FORBIDDEN:
        return Outcome.not_applicable(name, Why.SIGNATURE_ALGORITHM)
    holds = core.refused is None and core.holds_for == core.certificates[:1]
    return Outcome.agrees(name) if holds else Outcome.disagrees(name)


def outcomes() -> Iterator[Outcome]:
    """Yield what became of every case."""
    return (judged(case) for case in cases())


def _read(names: list[str]) -> list[Certificate]:
    return [Certificate((_FOLDER / name).read_bytes()) for name in names]

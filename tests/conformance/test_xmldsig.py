"""XML signatures that the authors of libxmlsec judged: what must be refused is, and for the reason they name.

The vectors are enveloping, or sign parts of documents that are no packages: the rules about place and cover refuse all
of them, rightly. So the core below those rules is driven here: structure, algorithms, references, keys and mathematics.
Of what must be accepted, the mathematics are judged; the path is not, since the vectors' root is no well-formed anchor
(it states no key usage).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

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

_FOLDER: Final = Path(os.environ.get("AXIS_CONFORMANCE", "../shared/conformance")) / "xmldsig"
if not (_FOLDER / "cases.jsonl").is_file():
    pytest.skip(f"no vectors in {_FOLDER} (AXIS_CONFORMANCE)", allow_module_level=True)

Case = dict[str, Any]
_CASES: Final[list[Case]] = [json.loads(line) for line in (_FOLDER / "cases.jsonl").read_text().splitlines()]

NOT_APPLICABLE: Final = {
    # RSA-PSS is not in our policy: nobody in this traffic writes it, and python-xmlsec cannot name it. It is refused.
    f"aleksey-xmldsig-01/enveloping-rsa-pss-sha{bits}.xml"
    for bits in (256, 384, 512)
}

REASONS: Final[dict[str, set[str]]] = {
    # The first word of `why`, and the reasons that say the same here.
    "sigalg": {FailureCode.ALGORITHM_FORBIDDEN},
    "digest": {FailureCode.ALGORITHM_FORBIDDEN},
    "c14n": {FailureCode.TRANSFORM_FORBIDDEN},
    # Some sign with RSA-PSS besides, which is seen first.
    "transform": {FailureCode.TRANSFORM_FORBIDDEN, FailureCode.ALGORITHM_FORBIDDEN},
    # `http:` and `cid:` addresses, with a transform for office documents.
    "uri": {FailureCode.REFERENCE_FORBIDDEN},
    "doctype": {"package/doctype"},
    "RetrievalMethod": {FailureCode.REFERENCE_FORBIDDEN},
    # Two of those without certificate say where to fetch a key instead.
    "no": {FailureCode.CERTIFICATE_MISSING, FailureCode.REFERENCE_FORBIDDEN},
    # Switches of the authors' command; the files behind them use SHA-1 or RetrievalMethod.
    "test": {FailureCode.ALGORITHM_FORBIDDEN, FailureCode.REFERENCE_FORBIDDEN},
}


@dataclass(frozen=True, slots=True)
class Core:
    """What the core says: why it refuses, or whether the mathematics hold and for whom there is a path."""

    refused: str | None = None
    holds_for: tuple[Certificate, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    @property
    def is_mathematical(self) -> bool:
        return bool(self.holds_for)


def core_of(case: Case) -> Core:
    """The core's word on one file."""
    try:
        root = parse((_FOLDER / case["file"]).read_bytes())
    except UnreadableMessage as error:
        return Core(error.finding.code)
    signature = next(root.iter(ds("Signature")))
    listed = Listed(PACKAGE_POLICY, REVIEWED)
    try:
        signed_info, value, key_info = signature_parts(signature)
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
    """The paths of those whose key made the signature."""
    moment = datetime.fromisoformat(case["at"]) if case["at"] else datetime(2026, 11, 21, tzinfo=UTC)
    try:
        store = TrustStore(read(case["trust"]), read(case["intermediates"]))
    except TrustUnusable:
        return ()
    judged = [store.judge(one, core.certificates[1:], at=moment, policy=PACKAGE_POLICY) for one in core.holds_for]
    return tuple(one for one in judged if isinstance(one, CertificatePath))


def read(names: list[str]) -> list[Certificate]:
    return [Certificate((_FOLDER / name).read_bytes()) for name in names]


def named(case: Case) -> str:
    return str(case["id"]).removeprefix("xmlsec:")


def chosen(must: str) -> list[Any]:
    return [pytest.param(case, id=named(case)) for case in _CASES if case["must"] == must]


def file_of(case: Case) -> str:
    return str(case["id"]).split(":", 2)[2]


@pytest.mark.parametrize("case", chosen("accept"))
def test_what_must_be_accepted_is_mathematically_right(case: Case) -> None:
    core = core_of(case)
    if file_of(case) in NOT_APPLICABLE:
        assert core.refused == FailureCode.ALGORITHM_FORBIDDEN
        return
    assert core.refused is None
    assert core.holds_for == core.certificates[:1]


@pytest.mark.parametrize("case", chosen("reject"))
def test_what_must_be_refused_is(case: Case) -> None:
    core = core_of(case)
    assert core.refused is not None or not core.is_mathematical or trusted(case, core) == ()


@pytest.mark.parametrize("case", chosen("info"))
def test_what_our_policy_forbids_is_refused_for_that_reason(case: Case) -> None:
    assert core_of(case).refused in REASONS[str(case["why"]).split()[0]]


def test_the_vectors_are_all_there() -> None:
    assert {case["must"] for case in _CASES} == {"accept", "reject", "info"}
    assert len(_CASES) >= 223
    assert {file_of(case) for case in _CASES} >= NOT_APPLICABLE

"""Evidence says under which policy it is issued, and nobody can put another text under that name afterwards."""

from __future__ import annotations

import hashlib

from axis.exchange.policy import POLICY, issuer_policy, policy_text
from envelopes.evidence_reader import read_evidence
from tests.fixtures.exchange import Exchange

DIGEST = "03e434eb78c2dc89145fa2d22178f727ba4519a86dc453cdc2d7aa08b00e312b"
"""Of the text as it was published. Another text is another policy and gets another identifier."""


def test_every_evidence_names_its_policy_by_the_digest_of_the_text(exchange: Exchange) -> None:
    policy = read_evidence(exchange.accept(exchange.letter()).receipt).policy
    assert policy == issuer_policy()
    assert policy.identifier == POLICY
    assert policy.digest is not None
    assert policy.digest.value == hashlib.sha256(policy_text()).digest()


def test_a_published_policy_keeps_its_text() -> None:
    assert hashlib.sha256(policy_text()).hexdigest() == DIGEST
    assert f"`{POLICY}`" in policy_text().decode()

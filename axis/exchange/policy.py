"""The policy that evidence is issued under: its identifier, its text, and both as evidence names them."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from envelopes.evidence_facts import Digest, IssuerPolicy

POLICY: Final = "urn:axis:policy:evidence:1"
"""Stands for one text, for ever: another text gets another number."""


def policy_text() -> bytes:
    """Return the policy, Markdown in UTF-8, octet for octet as its digest stands in evidence."""
    return files("axis.exchange").joinpath("policy.md").read_bytes()


def issuer_policy() -> IssuerPolicy:
    """Return the policy by its identifier and the SHA-256 of its text."""
    return IssuerPolicy(POLICY, Digest.sha256(policy_text()))

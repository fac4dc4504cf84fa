"""Proofs of a Merkle log (RFC 6962, RFC 9162), for which there is no verifier until there is a log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.conformance.folder import FOLDER
from tests.conformance.outcomes import Outcome, Why

NAME: Final = "merkle"


def outcomes() -> Iterator[Outcome]:
    """Yield every proof as one that cannot be judged yet."""
    folder = FOLDER / NAME
    paths = sorted(folder.rglob("*.json"))
    return (Outcome.not_applicable(str(path.relative_to(folder)), Why.NO_LOG) for path in paths)

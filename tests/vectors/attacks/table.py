"""Every attack on packages, by family."""

from __future__ import annotations

from typing import Final

from tests.vectors.attacks import identifiers, keys, namespaces, objects, texts, transforms, wrapping
from tests.vectors.attacks.making import Attack

ATTACKS: Final[tuple[Attack, ...]] = tuple(
    attack
    for family in (wrapping, identifiers, transforms, objects, texts, namespaces, keys)
    for attack in family.ATTACKS
)

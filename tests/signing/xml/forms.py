"""Honest signatures in every canonical form, and what each of them hands out."""

from __future__ import annotations

from typing import Final

from signing.algorithms import Canonicalization
from tests.signing.xml.packages import covered_by, judge, signed
from tests.signing.xml.workshop import ENVELOPED, Draft, made, reference

FORMS: Final = {
    form.name: made(Draft(references=(reference("", (ENVELOPED, form.value)),))) for form in Canonicalization
}
FORMS["ours"] = signed()
FORMS["by identifier"] = made(Draft(references=(reference("#goi-tin"),)))

COVERED: Final = {name: covered_by(judge(octets)) for name, octets in FORMS.items()}


def canonicalization_of(name: str) -> Canonicalization:
    """The canonical form that a name stands for."""
    return Canonicalization[name] if name in Canonicalization.__members__ else Canonicalization.EXCLUSIVE_1_0

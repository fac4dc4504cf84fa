"""Whatever octets come, the verifier returns a verdict, and a damaged cover never passes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from signing.pdf.verdict import PdfVerdict
from signing.pdf.verify import PdfVerifier
from tests.signing.pdf_making import document_stamped, person_and_agency
from tests.signing.pki import MOMENT, trust

_SEALED = document_stamped(person_and_agency())
_GAPS = [(one.start(), one.end()) for one in re.finditer(rb"<[0-9A-Fa-f]{1000,}>", _SEALED)]
"""Where the signatures themselves stand: what is in them no digest covers, and most of it means nothing."""


def judged(octets: bytes) -> PdfVerdict:
    return PdfVerifier(trust()).verify(octets, at=MOMENT)


@given(st.binary(max_size=400), st.integers(0, len(_SEALED)), st.integers(0, 400))
def test_any_damage_gets_a_verdict(put: bytes, place: int, taken: int) -> None:
    assert isinstance(judged(_SEALED[:place] + put + _SEALED[place + taken :]), PdfVerdict)


@given(st.integers(0, len(_SEALED) - 1), st.integers(1, 255))
def test_any_other_octet_outside_the_signatures_is_refused_or_takes_signatures_away(
    place: int, difference: int
) -> None:
    octets = bytearray(_SEALED)
    octets[place] ^= difference
    verdict = judged(bytes(octets))
    if not any(start < place < end for start, end in _GAPS):
        assert verdict.failure or len(verdict.signatures) < 3 or any(one.failure for one in verdict.signatures)


@given(st.binary(max_size=2_000))
def test_noise_gets_a_verdict(noise: bytes) -> None:
    assert judged(b"%PDF-1.7\n" + noise + b"\n%%EOF").signatures == ()

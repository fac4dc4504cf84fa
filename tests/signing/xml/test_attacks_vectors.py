"""The attacks are real: a verifier that asks the mathematics alone believes those that say so. Ours believes none."""

from __future__ import annotations

import pytest

from axis.exchange.gate import Gate
from envelopes.errors import UnreadableMessage
from envelopes.packages import package_of
from signing.policy import PACKAGE_POLICY
from signing.revocation.book import Statuses
from tests.signing.pki import MOMENT, trust
from tests.vectors.attacks.gullible import believes
from tests.vectors.attacks.making import Attack, Original
from tests.vectors.attacks.samples import original
from tests.vectors.attacks.table import ATTACKS

AT_THE_DIRECTORY = ("sender/", "recipient/")
"""What only the directory refuses: the signature is right, whoever made it."""


def reason_at_the_gate(octets: bytes) -> str | None:
    gate = Gate(trust, PACKAGE_POLICY, book=Statuses({}))
    try:
        errors = gate.inspect(package_of(octets), at=MOMENT).errors
    except UnreadableMessage as unreadable:
        return unreadable.finding.code
    return errors[0].code if errors else None


@pytest.fixture(scope="module")
def honest() -> Original:
    return original()


def test_an_honest_package_is_believed_by_both(honest: Original) -> None:
    for message in (honest.letter, honest.report):
        signed = honest.sign(message)
        assert believes(signed)
        assert reason_at_the_gate(signed) in {None, "M.ResponseFor.OrganId"}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_fools_who_asks_the_mathematics_alone_if_it_says_so(attack: Attack, honest: Original) -> None:
    octets = attack.make(honest)
    assert believes(octets) is attack.fools
    refused = reason_at_the_gate(octets)
    assert refused == (None if attack.code.startswith(AT_THE_DIRECTORY) else attack.code)


def test_every_attack_says_what_it_tries_and_has_a_name_of_its_own() -> None:
    assert [attack.name for attack in ATTACKS if not attack.tries or "\n" in attack.tries] == []
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)

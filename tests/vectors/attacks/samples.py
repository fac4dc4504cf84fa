"""What attacks are made from where no axis runs: an honest letter and status between agencies of the test PKI."""

from __future__ import annotations

from functools import cache

from axis.demo.keys import Participant
from axis.demo.letters import FIRST, compose, report
from axis.sdk import Credentials
from envelopes.codes import StatusCode
from envelopes.identifiers import OrganId, SystemId
from envelopes.writer import write
from signing.assertions import AssertionKey
from tests.signing.pki import MOMENT, credential, signer
from tests.vectors.attacks.making import Lure, Original


def participant(number: int, name: str) -> Participant:
    """An agency whose key is `credential(name)`."""
    system = Credentials(SystemId(f"qlvb.k07.{number}"), AssertionKey.generate())
    return Participant(OrganId(f"K07.{number}"), f"Cơ quan {name}", signer(credential(name)), system)


@cache
def original() -> Original:
    """The letter of agency A to agency B, and A's status about it; an attacker would have it go to K07.3."""
    sender, recipient = participant(1, "A"), participant(2, "B")
    letter = compose(FIRST, sender, recipients=[recipient], at=MOMENT)
    status = write(report(letter, sender, code=StatusCode.ARRIVED, at=MOMENT))
    return Original(write(letter), status, credential("A"), credential("B"), "K07.3", MOMENT, Lure())

"""What the demonstration ends with where the axis does not do what it promises."""

from __future__ import annotations

from enum import StrEnum


class JourneyFault(StrEnum):
    """What did not go as it must, in English."""

    NO_EVIDENCE = "the refusal came without evidence"
    ALTERED_ACCEPTED = "a package that was altered after signing was accepted"
    REVOKED_ACCEPTED = "a package that was signed with a revoked certificate was accepted"
    NOT_TOLD = "{organ_id} was not told at its webhook of what waits for it"
    OTHER_OFFERS = "{organ_id} was offered {numbers}"
    NOT_VERIFIED = "{organ_id} got a package that does not verify"
    NOT_WITHDRAWN = "what {organ_id} had not fetched was not withdrawn by the recall"
    STILL_GIVEN_OUT = "{organ_id} agreed to the recall and can still download what was recalled"
    NOT_SEALED = "evidence of handover was not sealed within {seconds} s"


class JourneyFailed(Exception):
    """Something in the demonstration did not go as it must."""

    def __init__(self, fault: JourneyFault, **names: object) -> None:
        self.names = {name: str(one) for name, one in names.items()}
        super().__init__(fault.value.format_map(self.names))
        self.fault = fault

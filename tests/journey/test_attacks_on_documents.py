"""Attacks on PDFs, sent through the running axis: each is told by its own name in the answer, and travels all the same.

The message is its sender's and arrives as it was signed; what its documents are worth stands in the receipt.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from axis.clock import SettableClock
from axis.embedded import Plan
from axis.sdk import ReceiptVerifier
from envelopes.evidence_signatures import DocumentWorth
from envelopes.model import Attachment
from tests.fixtures.running import RunningAxis, Station, started
from tests.signing.pki import MOMENT, hierarchy
from tests.vectors.attacks import pdf
from tests.vectors.attacks.pdf_reasons import ON_READERS, ON_SIGNATURES, Attack

SECONDS: Final = 15
"""What one PDF may take; the answer may not take longer. The attacks take a second, and a new cell two more."""

CARRIED: Final = [*ON_SIGNATURES, *(one for one in ON_READERS if one[0].__module__ == pdf.__name__)]
"""All but those that are no PDF by their first octets, or larger than a package may be."""


@pytest.fixture(scope="module")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis that judges documents before it answers, and trusts whoever signed these ones."""
    documents = {"mode": "wait", "cells": 1, "seconds": SECONDS}
    plan = Plan(is_throwaway=True, more={"documents": documents})
    folder = tmp_path_factory.mktemp("judging")
    with started(folder, clock=SettableClock(MOMENT), plan=plan, others=[hierarchy()]) as running:
        yield running


@pytest.fixture(scope="module")
def pair(judging: RunningAxis) -> tuple[Station, Station]:
    sender, recipient = judging.agencies(2)
    return sender, recipient


@pytest.mark.parametrize(("attack", "code"), CARRIED, ids=[f"{code}:{one.__name__}" for one, code in CARRIED])
def test_an_attack_is_told_by_its_name_and_the_package_delivered(
    judging: RunningAxis, pair: tuple[Station, Station], attack: Attack, code: str
) -> None:
    sender, recipient = pair
    attachment = Attachment("file-1", "quyet-dinh.pdf", attack(), media_type="application/pdf")
    package = judging.signed(replace(judging.letter(sender, [recipient]), attachments=(attachment,)), sender)
    begun = time.monotonic()
    answer = sender.post(package)
    assert time.monotonic() - begun < SECONDS
    assert answer.status_code == 201, answer.text
    told = {one["code"] for one in answer.json()["warnings"] if one["path"] == "Attachment[1]"}
    assert code in told
    octets = base64.b64decode(answer.json()["receipt"], validate=True)
    receipt = ReceiptVerifier.pinned(judging.ring.seal).verify_for_package(octets, package, at=judging.clock.now())
    assert receipt.documents is not None
    (file,) = receipt.documents.files
    assert (receipt.documents.worth, file.worth) == (DocumentWorth.BROKEN, DocumentWorth.BROKEN)
    assert code in {file.verdict, *(one.verdict for one in file.signatures)}
    (offer,) = recipient.sdk.lease().offers
    assert recipient.sdk.fetch(offer) == package
    assert recipient.sdk.acknowledge(offer, recipient.signer)["state"] == "handed_over"

"""Attacks on PDFs, sent through the running axis: each is refused by its own name.

An axis that is told to refuse none carries them: the message is its sender's and arrives as it was signed, and what its
documents are worth stands in the receipt.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from axis.clock import SettableClock
from axis.embedded import Plan
from axis.exchange.inside_words import code_inside
from axis.sdk import ReceiptVerifier
from envelopes.evidence_signatures import DocumentWorth
from envelopes.model import Attachment
from routing.authenticity import DoubtCode
from signing.pdf.verdict import PdfFailureCode
from signing.verdict import FailureCode
from tests.fixtures.running import RunningAxis, Station, started
from tests.journey.refusing import Gatekeeper
from tests.signing.pdf_making import Signing, appended, blank, fill_in_amount, signed, with_amount
from tests.signing.pki import MOMENT, credential, hierarchy
from tests.vectors.attacks import pdf
from tests.vectors.attacks.pdf_reasons import ON_READERS, ON_SIGNATURES, Attack

SECONDS: Final = 15
"""What one PDF may take; the answer may not take longer. The attacks take a second, and a new cell two more."""

CARRIED: Final = [*ON_SIGNATURES, *(one for one in ON_READERS if one[0].__module__ == pdf.__name__)]
"""All but those that are no PDF by their first octets, or larger than a package may be."""

TOLD: Final = [(pdf.incremental_saving, "pdf/changed")]
"""Of those one is enough to show how they travel where none is refused."""


def _judging(folder: Path, **more: object) -> AbstractContextManager[RunningAxis]:
    documents = {"mode": "wait", "cells": 1, "seconds": SECONDS, **more}
    plan = Plan(is_throwaway=True, more={"documents": documents})
    return started(folder, clock=SettableClock(MOMENT), plan=plan, others=[hierarchy()])


@pytest.fixture(scope="module")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis that judges documents before it answers, and trusts whoever signed these ones."""
    with _judging(tmp_path_factory.mktemp("judging")) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(judging: RunningAxis, tmp_path_factory: pytest.TempPathFactory) -> Gatekeeper:
    sender, recipient = judging.agencies(2)
    return Gatekeeper(judging, sender, recipient, tmp_path_factory.mktemp("spool"))


@pytest.mark.parametrize(("attack", "code"), CARRIED, ids=[f"{code}:{one.__name__}" for one, code in CARRIED])
def test_an_attack_is_refused_by_its_name_and_leaves_the_refusal_alone(
    guarded: Gatekeeper, attack: Attack, code: FailureCode | PdfFailureCode
) -> None:
    begun = time.monotonic()
    package = _package(guarded.running, guarded.sender, guarded.recipient, attack=attack)
    problem, _ = guarded.refuses(package, code_inside(code))
    if isinstance(code, FailureCode):
        assert "PDF" in problem["title"], "nobody takes it for the package"
    assert time.monotonic() - begun < SECONDS
    places = {one["path"] for one in problem["findings"] if one["severity"] == "error"}
    assert {place.split("/")[0] for place in places} == {"Attachment[1]"}
    if (attack, code) in ON_SIGNATURES:
        assert any(place.startswith("Attachment[1]/Signature[") for place in places)
    assert guarded.recipient.sdk.lease().offers == ()


def test_what_another_agency_signed_after_filling_it_in_is_not_the_senders_word(
    judging: RunningAxis, tmp_path: Path
) -> None:
    own, third = credential("B"), credential("C")
    sender, recipient = judging.agency(credential=own), judging.agency(credential=third)
    sealed = signed(signed(blank(with_amount), credential("Nguyễn Văn A")), own, Signing("agency"))
    guarded = Gatekeeper(judging, sender, recipient, tmp_path)
    filled = signed(appended(sealed, fill_in_amount), third, Signing("third"))
    guarded.refuses(_package(judging, sender, recipient, attack=lambda: filled), DoubtCode.CHANGED_AFTER_AGENCY.value)
    countersigned = signed(sealed, third, Signing("third"))
    answer = sender.post(_package(judging, sender, recipient, attack=lambda: countersigned))
    assert answer.status_code == 201, answer.text


def _package(axis: RunningAxis, sender: Station, recipient: Station, *, attack: Attack) -> bytes:
    attachment = Attachment("file-1", "quyet-dinh.pdf", attack(), media_type="application/pdf")
    return axis.signed(replace(axis.letter(sender, [recipient]), attachments=(attachment,)), sender)


@pytest.mark.parametrize(("attack", "code"), TOLD)
def test_where_none_is_refused_it_is_told_by_its_name_and_delivered(
    tmp_path_factory: pytest.TempPathFactory, attack: Attack, code: str
) -> None:
    with _judging(tmp_path_factory.mktemp("telling"), refuse=[]) as judging:
        _is_told_and_delivered(judging, attack, code)


def _is_told_and_delivered(judging: RunningAxis, attack: Attack, code: str) -> None:
    sender, recipient = judging.agencies(2)
    package = _package(judging, sender, recipient, attack=attack)
    begun = time.monotonic()
    answer = sender.post(package)
    assert time.monotonic() - begun < SECONDS
    assert answer.status_code == 201, answer.text
    told = {one["code"] for one in answer.json()["warnings"] if one["path"].startswith("Attachment[1]")}
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

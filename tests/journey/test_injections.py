"""What looks like a command is a text like any other: kept and handed out as written, and obeyed nowhere."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final
from urllib.parse import quote

import pytest

from axis.demo.letters import report
from axis.web.problems import PROBLEM_MEDIA_TYPE
from envelopes.codes import StatusCode
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import Reason
from envelopes.identifiers import DocumentId, EnvelopeId
from envelopes.model import Code
from storage.database.tables import Base
from tests.axis.web.running import Logged
from tests.fixtures.running import RunningAxis, Station, eventually

WORDS: Final = {
    "SQL": "'); DROP TABLE envelopes; --",
    "SQL that is always true": "x' OR '1'='1",
    "a cast": "1::regclass",
    "a parameter": "%(sender)s %s :digest",
    "a template": "{{ 7 * 7 }} ${7*7} {0.__class__} <%= 7 %>",
    "a look-up": "${jndi:ldap://127.0.0.1/x}",
    "a formula": '=HYPERLINK("http://127.0.0.1","x")',
    "a script": "<script>alert(1)</script>&amp;",
    "a path": "../../../../etc/passwd",
    "a query of XML": "' or //edXML or '",
    "a log line": '{"event": "token_issued", "level": "info"}',
}


def exchanged(running: RunningAxis, words: str) -> tuple[Station, Station, bytes]:
    """Return a sender and a recipient of a letter all of whose texts are these words, and its package."""
    sender, recipient = running.agencies(2)
    letter = running.letter(sender, [recipient])
    files = (replace(letter.attachments[0], description=words), *letter.attachments[1:])
    letter = replace(letter, subject=words, code=Code("7", words[:20]), attachments=files)
    package = running.signed(letter, sender)
    sender.sdk.send(package)
    refused = report(letter, recipient.participant, code=StatusCode.REFUSED, at=running.clock.now())
    said = replace(refused, description=words)
    recipient.sdk.send(running.signed(said, recipient))
    return sender, recipient, package


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_words_are_kept_and_handed_out_as_they_were_written(running: RunningAxis, logged: Logged, words: str) -> None:
    before = running.rows()
    sender, recipient, package = exchanged(running, words)
    (sent,) = sender.sdk.sent()["items"]
    (offer,) = recipient.sdk.lease().offers
    assert (sent["subject"], sent["notation"], offer.subject) == (words, words[:20], words)
    assert recipient.sdk.fetch(offer) == package
    recipient.sdk.acknowledge(offer, recipient.signer, failure=words)
    (traced,) = sender.sdk.trace(offer.envelope_id)["deliveries"]
    assert [one["description"] for one in traced["statuses"]] == [words]
    reasons = eventually(lambda: reasons_of(sender, offer.envelope_id))
    assert [(reason.vi, reason.en) for reason in reasons] == [(words, words)]
    grown = {name: number - before[name] for name, number in running.rows().items()}
    assert (grown["envelopes"], grown["deliveries"], grown["submission_keys"]) == (2, 2, 2)
    assert grown.keys() == Base.metadata.tables.keys() - {"certificate_statuses", "revocation_evidences"}
    assert words not in json.dumps(logged(), ensure_ascii=False)
    assert words not in sender.http.get("/metrics").text


def reasons_of(sender: Station, envelope_id: EnvelopeId) -> tuple[Reason, ...] | None:
    found = [one for one, _ in sender.sdk.evidences(envelope_id)]
    failures = [one.reasons for one in found if one.type is EvidenceType.CONTENT_HANDOVER_FAILURE]
    return failures[0] if failures else None


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_a_document_id_finds_its_own_document_and_no_other(running: RunningAxis, words: str) -> None:
    sender, recipient = running.agencies(2)
    plain, odd = (running.letter(sender, [recipient]) for _ in range(2))
    odd = replace(odd, document_id=DocumentId(words))
    for letter in (plain, odd):
        sender.sdk.send(running.signed(letter, sender))
    (found,) = sender.sdk.sent(document_id=words)["items"]
    assert found["document_id"] == words
    assert sender.sdk.sent(document_id=f"{words}x")["items"] == []
    assert recipient.sdk.sent(document_id=words)["items"] == []


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_where_an_id_belongs_words_are_refused_by_name(running: RunningAxis, words: str) -> None:
    station, before = running.agency(), running.rows()
    for address in ("/v1/envelopes/{}", "/v1/envelopes/{}/trace", "/v1/evidences/{}", "/v1/deliveries/{}/content"):
        answer = station.http.get(address.format(quote(words, safe="")))
        assert (answer.status_code, answer.json()["code"]) in {(422, "request/invalid"), (404, "request/unknown-path")}
    for body in ({"recipients": [words]}, {"limit": words}, {words: 1}):
        answer = station.http.post("/v1/leases", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "request/invalid")
        assert answer.headers["Content-Type"] == PROBLEM_MEDIA_TYPE
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer = station.http.get("/v1/envelopes", headers={"Correlation-Id": words.encode().decode("latin-1")})
    assert answer.headers["Correlation-Id"] != words
    grown = {name for name, number in running.rows().items() if number != before[name]}
    assert grown <= {"used_assertions"}

"""Evidence read back: all that was written, and nothing that was not."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree

from envelopes.errors import UnreadableMessage
from envelopes.evidence import ERDS_NAMESPACE, Evidence
from envelopes.evidence_facts import (
    Decision,
    Digest,
    KeptAcknowledgement,
    Party,
    Recipient,
    RecipientDecision,
)
from envelopes.evidence_reader import read_evidence
from envelopes.evidence_signatures import CertificateStatus, RevocationState, SignatureTimestamp
from envelopes.evidence_writer import write_evidence
from envelopes.identifiers import DeliveryId, OrganId
from tests.envelopes.evidence_samples import acceptance, handover
from tests.envelopes.evidence_strategies import evidences

_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


def _code(octets: bytes) -> str:
    with pytest.raises(UnreadableMessage) as caught:
        read_evidence(octets)
    return caught.value.finding.code


@given(evidences())
def test_what_was_written_is_read_again(evidence: Evidence) -> None:
    assert read_evidence(write_evidence(evidence)) == evidence


@pytest.mark.parametrize("evidence", [acceptance(), handover()], ids=["acceptance", "handover"])
def test_the_seal_is_no_part_of_what_is_read(evidence: Evidence) -> None:
    root = etree.fromstring(write_evidence(evidence))
    etree.SubElement(root, _SIGNATURE)
    assert read_evidence(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) == evidence


def test_a_place_in_the_log_is_no_part_of_what_is_read() -> None:
    root = etree.fromstring(write_evidence(handover()))
    root.insert(len(root) - 1, etree.Element(f"{{{ERDS_NAMESPACE}}}TransactionLogInformation"))
    assert read_evidence(etree.tostring(root)) == handover()


@given(st.integers(0, 10_000), st.sampled_from([b"", b" ", b"x", b"<", b"&amp;", b"\xff"]))
def test_octets_changed_anywhere_are_refused_or_read_as_something_else(place: int, change: bytes) -> None:
    octets = write_evidence(acceptance())
    place %= len(octets)
    changed = octets[:place] + change + octets[place + 1 :]
    assume(changed != octets)
    try:
        evidence = read_evidence(changed)
    except UnreadableMessage:
        return
    assert evidence != acceptance()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"erd:Evidence", b"erd:Proof", id="another root"),
        pytest.param(b'version="EN319522v1.2.1"', b'version="2"', id="another version"),
        pytest.param(b"/Event/SubmissionAcceptance", b"/Event/Submission", id="an event nobody knows"),
        pytest.param(b"<axis:IssueTime>2026-11-20T01:02:03.085Z</axis:IssueTime>", b"", id="no issue time"),
        pytest.param(b"01:02:03.084Z", b"08:02:03.084+07:00", id="the same time in another offset"),
        pytest.param(b"01:02:03.084Z", b"01:02:03.0840Z", id="the same time in more digits"),
        pytest.param(b'isCritical="false"', b'isCritical="false" more="1"', id="an attribute more"),
        pytest.param(b'kind="edoc"', b"", id="an attribute less"),
        pytest.param(b"</axis:Facts>", b"<axis:More></axis:More></axis:Facts>", id="an element more"),
        pytest.param(b"<axis:Sender>", b"<!-- note --><axis:Sender>", id="a comment between elements"),
        pytest.param(b"<axis:Sender>", b"<?note?><axis:Sender>", id="an instruction between elements"),
        pytest.param(b"<axis:Sender>", b"\n<axis:Sender>", id="blanks between elements"),
        pytest.param(b'xml:lang="en"', b'xml:lang="vi"', id="two texts of one language"),
        pytest.param(b'size="19"', b'size="019"', id="a number in another spelling"),
        pytest.param(b'outcome="refused"', b'outcome="accepted"', id="an acceptance without delivery"),
        pytest.param(b"cid:tep-1", b"tep-1", id="an attachment without cid"),
        pytest.param(b"<Identifier>package<", b"<Identifier>parcel<", id="another first part"),
        pytest.param(b"<ComposingParts>3<", b"<ComposingParts>2<", id="another number of parts"),
        pytest.param(b"<Identifier>G09</Identifier>", b"", id="a recipient without id"),
        pytest.param(b'retryable="false"', b'retryable="no"', id="a truth that is none"),
    ],
)
def test_evidence_the_writer_would_not_write_is_refused(old: bytes, new: bytes) -> None:
    octets = write_evidence(acceptance())
    assert old in octets
    assert _code(octets.replace(old, new)) == "evidence/unreadable"


@pytest.mark.parametrize("octets", [b"", b"{}", b"<a>", b"<!DOCTYPE a><a/>"])
def test_what_is_no_xml_is_refused_by_the_one_parser(octets: bytes) -> None:
    assert _code(octets).startswith("package/")


def test_another_document_is_refused() -> None:
    assert _code(b"<edXML/>") == "evidence/unreadable"


def test_a_time_at_the_end_of_the_calendar_is_refused_and_does_not_break_the_reader() -> None:
    octets = write_evidence(acceptance()).replace(b"2026-11-20T01:02:03.084Z", b"9999-12-31T23:59:59.999-07:00")
    assert _code(octets) == "evidence/unreadable"


_SEALED_BEFORE = (
    b"<axis:Policy>urn:axis:policy:package:1</axis:Policy><axis:Revocation>good</axis:Revocation>"
    b'<axis:CertificateStatus source="ocsp" state="good" thisUpdate="2026-11-20T01:02:03.004Z">'
    b'<axis:CertificateDigest method="http://www.w3.org/2001/04/xmlenc#sha256">'
    b"A9Zt0Ig1wco/EozOrNHzGslBYwlrIPRFroQoW8CDLXI=</axis:CertificateDigest></axis:CertificateStatus></axis:Validation>"
)
"""What evidence said of a certificate before it told of time stamps, and of answers that came with the signature."""


def test_evidence_that_was_sealed_before_there_were_more_words_is_read_as_it_was() -> None:
    head, _, tail = write_evidence(acceptance()).partition(b"<axis:Policy>")
    octets = head + _SEALED_BEFORE + tail.partition(b"</axis:Validation>")[2]
    evidence = read_evidence(octets)
    assert evidence.validation is not None
    (status,) = evidence.validation.statuses
    assert (status.state, status.is_supplied, evidence.validation.timestamps) == (RevocationState.GOOD, False, ())
    assert write_evidence(evidence) == octets


def test_each_time_stamp_keeps_its_place_and_the_states_of_its_own_authority() -> None:
    good, doubt = (CertificateStatus(Digest.sha256(name), RevocationState.GOOD) for name in (b"tsa", b"issuer"))
    doubt = replace(doubt, state=RevocationState.UNKNOWN, reason="no-evidence")
    first = SignatureTimestamp(acceptance().event_time, Digest.sha256(b"1"), (good, doubt), is_relied_on=True)
    second = SignatureTimestamp(acceptance().event_time, Digest.sha256(b"2"), (replace(good, is_supplied=True),))
    made = acceptance()
    assert made.validation is not None
    told = replace(made, validation=replace(made.validation, statuses=(doubt,), timestamps=(first, second)))
    assert read_evidence(write_evidence(told)) == told


def test_an_unsigned_acknowledgement_stays_marked() -> None:
    evidence = replace(handover(), acknowledgement=KeptAcknowledgement(None))
    octets = write_evidence(evidence)
    assert b'signed="false"' in octets
    assert read_evidence(octets) == evidence
    assert _code(octets.replace(b'signed="false"', b'signed="true"')) == "evidence/unreadable"


def test_an_acceptance_for_every_agency_of_the_country_is_written_and_read() -> None:
    decision = RecipientDecision(Decision.ACCEPTED, DeliveryId(UUID(int=1)))
    recipients = tuple(Recipient(Party(OrganId(f"H{number}")), decision) for number in range(20_000))
    evidence = replace(acceptance(), recipients=recipients)
    assert read_evidence(write_evidence(evidence)) == evidence

"""The octets of evidence, judged by our own schema."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from importlib import resources

import pytest
from hypothesis import given
from lxml import etree

from envelopes.evidence import AXIS_NAMESPACE, ERDS_NAMESPACE, SIGNATURE_PARENT, Evidence, EvidenceType
from envelopes.evidence_facts import (
    Decision,
    DigestMethod,
    EnvironmentKind,
    MessageKind,
)
from envelopes.evidence_signatures import (
    DocumentWorth,
    FileSignatureKind,
    RevocationSource,
    RevocationState,
    SignatureIndication,
    UnknownRule,
)
from envelopes.evidence_writer import write_evidence
from tests.envelopes.evidence_samples import acceptance, handover
from tests.envelopes.evidence_strategies import evidences

_NAMES = {"erd": ERDS_NAMESPACE, "axis": AXIS_NAMESPACE, "ds": "http://www.w3.org/2000/09/xmldsig#"}


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    with resources.as_file(resources.files("envelopes") / "schemas") as folder:
        return etree.XMLSchema(file=str(folder / "evidence.xsd"))


@given(evidence=evidences())
def test_all_written_evidence_follows_our_schema(schema: etree.XMLSchema, evidence: Evidence) -> None:
    schema.assertValid(etree.fromstring(write_evidence(evidence)))


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("evidence.xsd", {kind.uri for kind in EvidenceType}),
        (
            "evidence-axis.xsd",
            {"true", "false", *EnvironmentKind, *MessageKind, *Decision, *SignatureIndication, *DigestMethod}
            | {*RevocationState, *RevocationSource, *DocumentWorth, *UnknownRule, *FileSignatureKind},
        ),
    ],
)
def test_the_schema_lists_every_value_of_the_model_and_no_other(file: str, values: set[str]) -> None:
    root = etree.fromstring((resources.files("envelopes") / "schemas" / file).read_bytes())
    listed = {element.get("value") for element in root.iter("{http://www.w3.org/2001/XMLSchema}enumeration")}
    assert listed == values


def _damages() -> list[tuple[str, bytes, bytes]]:
    return [
        ("another root", b"erd:Evidence", b"erd:Proof"),
        ("another version", b'version="EN319522v1.2.1"', b'version="2"'),
        ("no event", b"<erd:ERDSEventId>http://uri.etsi.org/19522/Event/SubmissionAcceptance</erd:ERDSEventId>", b""),
        ("an event nobody knows", b"/Event/SubmissionAcceptance", b"/Event/SubmissionAcceptanc"),
        ("an identifier of another version", b"01938f00-0000-7000", b"01938f00-0000-4000"),
        ("a time with an offset", b"01:02:03.084Z", b"01:02:03.084+07:00"),
        ("a qualified local element", b"EventTime>", b"erd:EventTime>"),
        ("an unqualified global element", b"erd:SubmissionTime>", b"SubmissionTime>"),
        ("a recipient that is no agency id", b"<Identifier>G09<", b"<Identifier>G 09<"),
        ("a digest that is too short", b"</ds:DigestValue>", b"=</ds:DigestValue>"),
        ("a digest by SHA-1", b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1"),
        ("a language nobody reads", b'xml:lang="vi"', b'xml:lang="fr"'),
        ("an outcome nobody knows", b'outcome="accepted"', b'outcome="perhaps"'),
        ("a truth that is no truth", b'retryable="false"', b'retryable="0"'),
        ("an empty text", b">0.1.0<", b"><"),
        ("a text with blanks around", b">0.1.0<", b"> 0.1.0<"),
        ("a size below nothing", b'size="19"', b'size="-19"'),
        ("an element too many", b"<EventTime>", b"<EventTime>2026-01-01T00:00:00.000Z</EventTime><EventTime>"),
        ("an attribute too many", b'kind="edoc"', b'kind="edoc" more="1"'),
        ("additions that call themselves critical", b'isCritical="false"', b'isCritical="true"'),
        ("an indication of another standard", b'indication="TOTAL-PASSED"', b'indication="VALID"'),
    ]


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in _damages()], ids=[row[0] for row in _damages()])
def test_damaged_evidence_does_not_follow_our_schema(schema: etree.XMLSchema, old: bytes, new: bytes) -> None:
    octets = write_evidence(acceptance())
    assert old in octets
    assert not schema.validate(etree.fromstring(octets.replace(old, new)))


def test_the_schema_has_room_for_the_seal_and_for_the_log(schema: etree.XMLSchema) -> None:
    root = etree.fromstring(write_evidence(acceptance()))
    log = etree.Element(f"{{{ERDS_NAMESPACE}}}TransactionLogInformation")
    root.insert(len(root) - 1, log)
    seal = etree.SubElement(root, f"{{{_NAMES['ds']}}}Signature")
    etree.SubElement(seal, f"{{{_NAMES['ds']}}}SignedInfo")
    schema.assertValid(root)


def test_the_root_is_where_the_seal_goes() -> None:
    assert etree.fromstring(write_evidence(handover())).tag == SIGNATURE_PARENT[-1]


def test_names_and_qualification_are_those_of_the_standard() -> None:
    root = etree.fromstring(write_evidence(acceptance()))
    assert root.findtext("EventTime") == "2026-11-20T01:02:03.084Z"
    assert root.findtext("erd:SubmissionTime", namespaces=_NAMES) == "2026-11-20T01:02:03.004Z"
    assert root.findtext("erd:SenderDetails/Identifier", namespaces=_NAMES) == "H51.15"
    assert root.findtext("erd:EvidenceIssuerPolicyID/PolicyID", namespaces=_NAMES) == "urn:axis:policy:evidence:1"
    assert root.findtext("erd:UserContentInfo/ComposingParts", namespaces=_NAMES) == "3"
    parts = root.findall("erd:UserContentInfo/erd:PartsInfo/erd:PartInfo", _NAMES)
    assert [part.findtext("Identifier") for part in parts] == ["package", "cid:tep-1", "cid:tep-2"]


def test_an_acceptance_lists_all_recipients_in_the_order_of_the_message() -> None:
    root = etree.fromstring(write_evidence(acceptance()))
    named = [element.text for element in root.findall("erd:RecipientDetails/Identifier", _NAMES)]
    outcomes = [element.get("outcome") for element in root.findall(".//axis:Decision", _NAMES)]
    assert named == ["G09", "H99"]
    assert outcomes == ["accepted", "refused"]


def test_everything_of_ours_stands_in_extensions() -> None:
    root = etree.fromstring(write_evidence(acceptance()))
    inside = set(root.iterfind("erd:Extensions//*", _NAMES))
    ours = list(root.iter(f"{{{AXIS_NAMESPACE}}}*"))
    assert ours
    assert inside.issuperset(ours)


def test_no_attribute_can_be_taken_for_an_id_by_a_signature() -> None:
    root = etree.fromstring(write_evidence(acceptance()))
    names = {etree.QName(name).localname.lower() for element in root.iter() for name in element.attrib}
    assert "id" not in names


def test_the_same_evidence_in_another_offset_is_the_same_octets() -> None:
    evidence = acceptance()
    vietnam = timezone(timedelta(hours=7))
    local = replace(evidence, event_time=evidence.event_time.astimezone(vietnam))
    assert write_evidence(local) == write_evidence(evidence)


def test_the_octets_are_canonical_already() -> None:
    octets = write_evidence(handover())
    assert etree.tostring(etree.fromstring(octets), method="c14n", exclusive=True) == octets


def test_the_acknowledgement_is_kept_as_it_was_signed() -> None:
    evidence = handover()
    root = etree.fromstring(write_evidence(evidence))
    assert evidence.acknowledgement is not None
    assert root.findtext(".//axis:Acknowledgement", namespaces=_NAMES) == evidence.acknowledgement.jws

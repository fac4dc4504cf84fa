"""What cannot be one message for everybody is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from envelopes.errors import UnreadableMessage
from envelopes.parser import NAMESPACE
from envelopes.reader import read
from tests.vectors import changed, document, size, status, vector
from tests.vectors.variations import signature

_FOREIGN = ' xmlns:f="urn:foreign"'


def _refusal(octets: bytes) -> tuple[str, str]:
    with pytest.raises(UnreadableMessage) as caught:
        read(octets)
    return caught.value.finding.code, caught.value.finding.path


def _twice(element: str) -> bytes:
    """Return the document with an empty second element of this name behind the first."""
    return document((f"</{element}>", f'</{element}><{element} xmlns:edXML="{NAMESPACE}"/>'))


@pytest.mark.parametrize(
    ("element", "path"),
    [
        ("edXML:edXMLEnvelope", "edXMLEnvelope"),
        ("edXML:edXMLHeader", "edXMLHeader"),
        ("edXML:MessageHeader", "MessageHeader"),
        ("edXML:TraceHeaderList", "TraceHeaderList"),
        ("edXML:edXMLBody", "edXMLBody"),
        ("edXML:edXMLManifest", "Body.Manifest"),
        ("AttachmentEncoded", "AttachmentEncoded"),
        ("edXML:From", "MessageHeader.From"),
        ("edXML:Code", "MessageHeader.Code"),
        ("edXML:CodeNumber", "MessageHeader.Code.CodeNumber"),
        ("edXML:PromulgationInfo", "MessageHeader.PromulgationInfo"),
        ("edXML:PromulgationDate", "MessageHeader.PromulgationInfo.PromulgationDate"),
        ("edXML:Subject", "MessageHeader.Subject"),
        ("edXML:SteeringType", "MessageHeader.SteeringType"),
        ("edXML:OrganName", "MessageHeader.From.OrganName"),
        ("edXML:Bussiness", "TraceHeaderList.Bussiness"),
        ("edXML:BussinessDocType", "TraceHeaderList.Bussiness.BussinessDocType"),
        ("edXML:ToPlaces", "MessageHeader.ToPlaces"),
        ("ContentId", "AttachmentEncoded.Attachment[1].ContentId"),
        ("AttachmentName", "AttachmentEncoded.Attachment[1].AttachmentName"),
        ("edXML:ContentTransferEncoded", "AttachmentEncoded.Attachment[1].ContentTransferEncoded"),
        ("edXML:AttachmentName", "Body.Manifest.Reference[1].AttachmentName"),
    ],
    ids=size,
)
def test_what_may_stand_once_and_stands_twice_is_refused(element: str, path: str) -> None:
    assert _refusal(_twice(element)) == ("package/repeated-element", path)


def test_another_spelling_is_the_same_element() -> None:
    octets = document(("</edXML:Position>", "</edXML:Position><edXML:Function>Khác</edXML:Function>"))
    assert _refusal(octets) == ("package/repeated-element", "MessageHeader.SignerInfo.Position")


def test_a_second_answer_in_a_status_is_refused() -> None:
    octets = status(("</edXML:ResponseFor>", "</edXML:ResponseFor><edXML:ResponseFor/>"))
    assert _refusal(octets) == ("package/repeated-element", "MessageHeader.ResponseFor")


@pytest.mark.parametrize(
    "octets",
    [
        document(("</edXML:edXMLHeader>", f"{signature()}{signature('ds')}</edXML:edXMLHeader>")),
        document(("</edXML:edXMLHeader>", f"{signature()}{signature('', NAMESPACE)}</edXML:edXMLHeader>")),
        document(("</edXML:edXMLHeader>", f"{signature()}<edXML:DigitalSignature/></edXML:edXMLHeader>")),
        document(("</edXML:edXMLHeader>", f"{signature()}</edXML:edXMLHeader>{signature('ds')}")),
        document(("</edXML:edXMLHeader>", f"{signature()}</edXML:edXMLHeader><la>{signature('ds')}</la>")),
    ],
    ids=size,
)
def test_two_signatures_are_refused(octets: bytes) -> None:
    assert _refusal(octets) == ("package/repeated-element", "Header.Signature")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("</edXML:Subject>", f"</edXML:Subject><f:Subject{_FOREIGN}>Khác</f:Subject>", "MessageHeader.Subject"),
        ("<edXML:Code>\n", f"<f:To{_FOREIGN}/><edXML:Code>\n", "MessageHeader.To"),
        ("<AttachmentEncoded>", f"<AttachmentEncoded><f:Attachment{_FOREIGN}/>", "AttachmentEncoded.Attachment"),
        ("<edXML:edXMLBody>", f"<f:edXMLHeader{_FOREIGN}/><edXML:edXMLBody>", "edXMLHeader"),
        ("<AttachmentEncoded>", f"<f:edXMLEnvelope{_FOREIGN}/><AttachmentEncoded>", "edXMLEnvelope"),
    ],
    ids=size,
)
def test_a_name_of_the_format_in_a_foreign_namespace_is_refused(old: str, new: str, path: str) -> None:
    assert _refusal(document((old, new))) == ("package/foreign-namespace", path)


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"<Foo/>", "package/wrong-root"),
        (b'<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2017"/>', "package/wrong-root"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "package/wrong-root"),
        (document(("<edXML xmlns", "<Foo xmlns"), ("</edXML>", "</Foo>")), "package/wrong-root"),
        (f'<edXML xmlns="{NAMESPACE}"/>'.encode(), "package/no-message-header"),
        (f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope/></edXML>'.encode(), "package/no-message-header"),
        (
            f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope><edXMLHeader/></edXMLEnvelope></edXML>'.encode(),
            "package/no-message-header",
        ),
        (document(("<edXML:Reference>", '<edXML:Reference xlink:href="">')), "package/undeclared-prefix"),
        (document(("V/v lấy", "V/v <!-- x -->lấy")), "package/comment-in-text"),
        (document(("H90.01</edXML:OrganId>", "H9<!---->0.01</edXML:OrganId>")), "package/comment-in-text"),
        (b"x" * 65 + document(), "package/junk-before-prolog"),
        (b"<1212" + document(), "package/junk-before-prolog"),
        (document()[:-10], "package/truncated"),
        (document().decode().encode("utf-16"), "package/not-utf8"),
        (document(('encoding="UTF-8"', 'encoding="ISO-8859-1"')), "package/not-utf8"),
        (document(("<edXML xmlns", '<!DOCTYPE a [<!ENTITY b "c">]><edXML xmlns')), "package/doctype"),
        (vector("security-monitoring.xml"), "package/security-monitoring"),
    ],
    ids=size,
)
def test_what_is_no_message_is_refused(octets: bytes, code: str) -> None:
    assert _refusal(octets)[0] == code


@pytest.mark.parametrize("namespace", ["http://edxml.gov.vn/schema", "urn:other", "http://www.e-doc.vn/Schema/"])
def test_security_monitoring_is_recognised_in_any_namespace(namespace: str) -> None:
    octets = changed(vector("security-monitoring.xml"), ("http://edxml.gov.vn/schema", namespace))
    assert _refusal(octets)[0] == "package/security-monitoring"


def test_a_message_header_inside_and_outside_the_header_is_refused() -> None:
    octets = document(("<edXML:edXMLBody>", "<edXML:MessageHeader/><edXML:edXMLBody>"))
    assert _refusal(octets) == ("package/repeated-element", "MessageHeader")


def test_a_message_header_beside_a_status_is_refused() -> None:
    octets = status(("</edXML:MessageHeader>", "</edXML:MessageHeader><edXML:Status/>"))
    assert _refusal(octets)[0] == "package/repeated-element"


def test_soap_with_two_bodies_is_refused() -> None:
    octets = changed(vector("edoc.xml"), ("</SOAP-ENV:Body>", "</SOAP-ENV:Body><SOAP-ENV:Body/>"))
    assert _refusal(octets) == ("package/repeated-element", "Body")


def test_soap_without_a_header_is_refused() -> None:
    octets = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>'
    assert _refusal(octets)[0] == "package/no-message-header"


def test_nothing_outside_the_octets_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("bi-mat")
    entity = f'<!DOCTYPE a [<!ENTITY b SYSTEM "{secret.as_uri()}">]><edXML xmlns'
    assert _refusal(document(("<edXML xmlns", entity), ("V/v lấy", "&b;")))[0] == "package/doctype"


def test_an_older_form_whose_prefixes_would_collide_when_it_is_written_anew_is_refused() -> None:
    octets = vector("edoc.xml")
    strange = b'<u:x xmlns:u="urn:strange"><edoc:OrganId xmlns:ns0="urn:other" ns0:Id="1">H90.01</edoc:OrganId></u:x>'
    end = octets.index(b"</edoc:TraceHeaderList>")
    code, _ = _refusal(octets[:end] + strange + octets[end:])
    assert code == "package/foreign-namespace"

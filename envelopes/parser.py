"""The one hardened XML parser, the namespaces, and the spellings of the wire that reader and writer share."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from lxml import etree

from envelopes.limits import PACKAGE_BYTES_MAX
from envelopes.obstacles import Obstacle, unreadable
from envelopes.prescan import checked

NAMESPACE: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
"""The namespace of packages in traffic; the amendment of 2022 kept it."""

PREFIX: Final = "edXML"
"""The prefix existing .NET receivers insist on; it is bound to the same address as the default namespace."""

XMLDSIG_NAMESPACE: Final = "http://www.w3.org/2000/09/xmldsig#"


class Tag(StrEnum):
    """Local names of the elements, as the standard spells (and misspells) them."""

    ROOT = "edXML"
    ENVELOPE = "edXMLEnvelope"
    HEADER = "edXMLHeader"
    BODY = "edXMLBody"
    MESSAGE_HEADER = "MessageHeader"
    STATUS = "Status"

    FROM = "From"
    TO = "To"
    ORGAN_ID = "OrganId"
    IN_CHARGE = "OrganizationInCharge"
    ORGAN_NAME = "OrganName"
    ORGAN_ADDRESS = "OrganAdd"
    EMAIL = "Email"
    TELEPHONE = "Telephone"
    FAX = "Fax"
    WEBSITE = "Website"

    DOCUMENT_ID = "DocumentId"
    CODE = "Code"
    CODE_NUMBER = "CodeNumber"
    CODE_NOTATION = "CodeNotation"
    PROMULGATION_INFO = "PromulgationInfo"
    PLACE = "Place"
    PROMULGATION_DATE = "PromulgationDate"
    DOCUMENT_TYPE = "DocumentType"
    TYPE = "Type"
    TYPE_DETAIL = "TypeDetail"
    TYPE_NAME = "TypeName"
    SUBJECT = "Subject"
    CONTENT = "Content"
    SIGNER_INFO = "SignerInfo"
    COMPETENCE = "Competence"
    POSITION = "Position"
    FULL_NAME = "FullName"
    DUE_DATE = "DueDate"

    OTHER_INFO = "OtherInfo"
    PRIORITY = "Priority"
    SPHERE = "SphereOfPromulgation"
    TYPIST = "TyperNotation"
    COPIES = "PromulgationAmount"
    PAGES = "PageAmount"
    REPLY_FORS = "ReplyFors"
    DIRECTION = "Direction"
    REFERENCE_CODES = "ReferenceCodes"
    APPENDIXES = "Appendixes"
    APPENDIX = "Appendix"

    RESPONSE_FOR = "ResponseFor"
    STEERING_TYPE = "SteeringType"
    RESPONSE_FOR_TASK = "ResponseForTask"
    TASK_CODE = "TaskCode"
    APPLICATION_TYPE = "ApplicationType"
    TO_PLACES = "ToPlaces"

    STATUS_CODE = "StatusCode"
    DESCRIPTION = "Description"
    TIMESTAMP = "Timestamp"

    TRACE_HEADER_LIST = "TraceHeaderList"
    TRACE_HEADER = "TraceHeader"
    BUSINESS = "Bussiness"
    BUSINESS_DOC_TYPE = "BussinessDocType"
    BUSINESS_DOC_REASON = "BussinessDocReason"
    PAPER = "Paper"
    BUSINESS_DOCUMENT_INFO = "BussinessDocumentInfo"
    DOCUMENT_INFO = "DocumentInfo"
    DOCUMENT_RECEIVER = "DocumentReceiver"
    RECEIVER_LIST = "ReceiverList"
    RECEIVER = "Receiver"
    RECEIVER_TYPE = "ReceiverType"
    REPLACEMENT_INFO_LIST = "ReplacementInfoList"
    REPLACEMENT_INFO = "ReplacementInfo"
    ORGAN_ID_LIST = "OrganIdList"
    STAFF_INFO = "StaffInfo"
    DEPARTMENT = "Department"
    DEPARTMENT_ID = "DepartmentId"
    STAFF = "Staff"
    STAFF_ID = "StaffId"
    MOBILE = "Mobile"

    SIGNATURE = "Signature"
    DIGITAL_SIGNATURE = "DigitalSignature"

    MANIFEST = "edXMLManifest"
    REFERENCE = "Reference"
    CONTENT_ID = "ContentId"
    CONTENT_TYPE = "ContentType"
    ATTACHMENT_NAME = "AttachmentName"
    ATTACHMENTS = "AttachmentEncoded"
    ATTACHMENT = "Attachment"
    FIELD_NAME = "FieldName"
    MIME_TYPE = "MimeType"
    FORMAT = "Format"
    ENCODED = "ContentTransferEncoded"

    SIZE = "Size"
    DIGEST_METHOD = "DigestMethod"
    DIGEST_VALUE = "DigestValue"


SIGNATURE_PARENT: Final = tuple(f"{{{NAMESPACE}}}{tag}" for tag in (Tag.ROOT, Tag.ENVELOPE, Tag.HEADER))
"""The elements from the root down to the one that holds `ds:Signature`, in Clark notation."""


def parse(octets: bytes) -> etree._Element:
    """Return the root element of an XML document that is within every limit.

    Raises `UnreadableMessage` with a `package/…` code for everything else: what `prescan` refuses, and comments or
    processing instructions beside text, which programs read differently. Nothing is fetched, expanded or repaired.
    """
    return _parsed(checked(octets))


def parse_canonical(octets: bytes) -> etree._Element:
    """Return the root element of canonical octets that were made from a tree that `parse` returned.

    What `prescan` counts was counted then, and canonicalising adds no element, level or attribute; it can swell texts,
    so the size is looked at again. Raises `UnreadableMessage`.
    """
    if len(octets) > PACKAGE_BYTES_MAX:
        raise unreadable(Obstacle.TOO_LARGE)
    return _parsed(octets)


def _parsed(octets: bytes) -> etree._Element:
    try:
        root = etree.fromstring(octets, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise unreadable(Obstacle.NOT_XML, f"{line}:{column}") from error
    _refuse_comments_in_text(root)
    return root


def _parser() -> etree.XMLParser:
    # huge_tree lifts the parser's own limit of 10 MB for one text, which attachments exceed; prescan has the limits.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        attribute_defaults=False,
        recover=False,
        collect_ids=False,
        huge_tree=True,
        remove_blank_text=False,
    )


def _refuse_comments_in_text(root: etree._Element) -> None:
    interrupted = {node.getparent() for node in root.iter(etree.Comment, etree.ProcessingInstruction)}
    for element in interrupted:
        if element is not None and any(text and text.strip() for text in (element.text, *(n.tail for n in element))):
            raise unreadable(Obstacle.COMMENT_IN_TEXT, etree.QName(element).localname)

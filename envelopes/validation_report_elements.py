"""The elements that validation reports are put together from, with the names of ETSI TS 119 102-2."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from lxml import etree

from envelopes.evidence_facts import Digest, Issuer
from envelopes.evidence_signatures import CertificateStatus, SignatureIndication
from envelopes.parser import XMLDSIG_NAMESPACE

REPORT_NAMESPACE: Final = "http://uri.etsi.org/19102/v1.2.1#"
"""The namespace of TS 119 102-2 edition 1.2.1."""

OWN_NAMESPACE: Final = "urn:axis:validation-report:1"
"""Of what the standard leaves to its users."""

_XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
_TRUST: Final = "http://uri.etsi.org/02231/v2#"
_URN: Final = "urn:etsi:019102:"

PREFIXES: Final = {"vr": REPORT_NAMESPACE, "ds": XMLDSIG_NAMESPACE, "axis": OWN_NAMESPACE}
"""The prefixes that a report is written with."""


class ObjectKind(StrEnum):
    """The kind of a validation object (TS 119 102-2 clause 4.4.4)."""

    CERTIFICATE = "certificate"
    CRL = "CRL"
    OCSP = "OCSPResponse"
    TIMESTAMP = "timestamp"
    OTHER = "other"

    @property
    def uri(self) -> str:
        """The kind's identifier, `ObjectType`."""
        return f"{_URN}validationObject:{self.value}"


Objects = Mapping[tuple[ObjectKind, Digest], str]
"""The name of each object within the report."""

_REASONS: Final[Mapping[str | None, str]] = {
    "key_compromise": "keyCompromise",
    "ca_compromise": "cACompromise",
    "aa_compromise": "aACompromise",
    "affiliation_changed": "affiliationChanged",
    "superseded": "superseded",
    "cessation_of_operation": "cessationOfOperation",
    "certificate_hold": "certificateHold",
    "remove_from_crl": "removeFromCRL",
    "privilege_withdrawn": "privilegeWithdrawn",
}
"""Names of RFC 5280 §5.3.1; any other reason is `unspecified`."""


@dataclass(frozen=True, slots=True)
class Known:
    """The outcome of one signature; `code` is the rule that was not met."""

    indication: SignatureIndication
    sub_indication: str | None
    code: str | None


def report(name: str) -> str:
    """Return a name of the standard in Clark notation."""
    return f"{{{REPORT_NAMESPACE}}}{name}"


def add(parent: etree._Element, name: str, *, text: str | None = None) -> etree._Element:
    """Return a new last child with a name of the standard."""
    element = etree.SubElement(parent, report(name))
    element.text = text
    return element


def written(moment: datetime) -> str:
    """Return a moment as reports write it: UTC, three decimals, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def refer(element: etree._Element, name: str) -> None:
    """Let an element refer to the object of this name."""
    element.set("VOReference", name)


def add_digest(parent: etree._Element, digest: Digest, *, bare: bool = False) -> None:
    """Add a digest and how it was made; without an element of their own where `bare`."""
    holder = parent if bare else add(parent, "DigestAlgAndValue")
    etree.SubElement(holder, f"{{{XMLDSIG_NAMESPACE}}}DigestMethod").set("Algorithm", digest.method.value)
    value = etree.SubElement(holder, f"{{{XMLDSIG_NAMESPACE}}}DigestValue")
    value.text = base64.b64encode(digest.value).decode("ascii")


def add_constraints(parent: etree._Element, known: Known, *, policy: str | None) -> None:
    """Add the policy that a signature was judged by, where it is known, and the rule that was not met, by its code.

    What was met is not listed; nothing is added where neither is to be told.
    """
    if policy is None and known.code is None:
        return
    constraints = add(parent, "ValidationConstraintsEvaluationReport")
    if policy is not None:
        holder = add(constraints, "SignatureValidationPolicy")
        etree.SubElement(
            add(holder, "SignaturePolicyIdentifier"), f"{{{_XADES}}}SignaturePolicyImplied", nsmap={"xades": _XADES}
        )
        add(holder, "PolicyName", text=policy)
    if known.code is not None:
        constraint = add(constraints, "ValidationConstraint")
        add(constraint, "ValidationConstraintIdentifier", text=f"urn:axis:rule:{known.code}")
        add(add(constraint, "ConstraintStatus"), "Status", text=f"{_URN}constraintStatus:applied")
        status = add(constraint, "ValidationStatus")
        is_failed = known.indication is SignatureIndication.TOTAL_FAILED
        add(status, "MainIndication", text=f"{_URN}mainindication:{'failed' if is_failed else 'indeterminate'}")
        _add_sub_indication(status, known)


def add_time_info(parent: etree._Element, at: datetime, *, best: datetime) -> None:
    """Add when a signature was judged, and the earliest moment at which it is proved to have existed."""
    times = add(parent, "ValidationTimeInfo")
    add(times, "ValidationTime", text=written(at))
    proof = add(times, "BestSignatureTime")
    add(proof, "POETime", text=written(best))
    add(proof, "TypeOfProof", text=f"{_URN}poetype:validation")


def add_status(parent: etree._Element, known: Known) -> etree._Element:
    """Add the outcome and return the element that says what it rests on."""
    status = add(parent, "SignatureValidationStatus")
    add(status, "MainIndication", text=f"{_URN}mainindication:{known.indication.value.lower()}")
    _add_sub_indication(status, known)
    return add(status, "AssociatedValidationReportData")


def _add_sub_indication(status: etree._Element, known: Known) -> None:
    if known.sub_indication is not None:
        add(status, "SubIndication", text=f"{_URN}subindication:{known.sub_indication}")


def add_revocation(
    details: etree._Element, status: CertificateStatus, *, certificate: str, rests_on: str | None
) -> None:
    """Add that the certificate of this name was revoked, when and why."""
    if status.revoked_at is None:
        raise ValueError("a revoked certificate was revoked at a moment")
    element = add(details, "RevocationStatusInformation")
    refer(add(element, "ValidationObjectId"), certificate)
    add(element, "RevocationTime", text=written(status.revoked_at))
    add(element, "RevocationReason", text=f"{_URN}revocationReason:{_REASONS.get(status.reason, 'unspecified')}")
    if rests_on is not None:
        refer(add(element, "RevocationObject"), rests_on)


def add_report_data(
    details: etree._Element, name: str, *, value: str, attributes: Mapping[str, str] | None = None
) -> None:
    """Add something that the standard has no place for, as a value of our own beside its others."""
    holder = details.find(report("AdditionalValidationReportData"))
    entry = add(add(details, "AdditionalValidationReportData") if holder is None else holder, "ReportData")
    add(entry, "Type", text=f"urn:axis:report:{name}")
    fact = etree.SubElement(add(entry, "Value"), f"{{{OWN_NAMESPACE}}}Fact", dict(attributes or {}))
    fact.text = value


def add_object(holder: etree._Element, kind: ObjectKind, *, digest: Digest, name: str) -> None:
    """Add an object by its digest: reports hold nothing of what they rest on."""
    element = add(holder, "ValidationObject")
    element.set("id", name)
    add(element, "ObjectType", text=kind.uri)
    add_digest(add(element, "ValidationObjectRepresentation"), digest)


def add_issuer(root: etree._Element, issuer: Issuer) -> None:
    """Add who judged: the axis by its identifier and the digest of the certificate of its seal."""
    digital = add(add(root, "SignatureValidator"), "DigitalId")
    element = etree.SubElement(
        etree.SubElement(digital, f"{{{_TRUST}}}Other", nsmap={"tsl": _TRUST}), f"{{{OWN_NAMESPACE}}}Issuer"
    )
    element.text = issuer.identifier
    if issuer.seal_certificate is not None:
        element.set("sealCertificate", str(issuer.seal_certificate))

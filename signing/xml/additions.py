"""What stands beside a XAdES signature unsigned: time stamps, judged, and values for later, read (EN 319 132-1)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from lxml import etree

from signing.algorithms import EXCLUSIVE, XADES_1_4, Canonicalization, ds, xades
from signing.certificates import Certificate, known
from signing.errors import CertificateUnreadable
from signing.policy import (
    CERTIFICATE_BYTES_MAX,
    CERTIFICATES_MAX,
    EMBEDDED_BYTES_MAX,
    EMBEDDED_MAX,
    SIGNING_TIME_TOLERANCE,
    TIMESTAMP_BYTES_MAX,
    TIMESTAMP_DELAY_MAX,
    TIMESTAMPS_MAX,
    SignaturePolicy,
)
from signing.timestamping import Stamper
from signing.timestamps import judge_token
from signing.trust import PathJudge
from signing.verdict import Additions, EmbeddedValues, Failure, FailureCode, SignatureLevel, Timestamp
from signing.xml.canonical import canonical_leaf
from signing.xml.properties import SignedProperties
from signing.xml.structure import (
    Listed,
    Structure,
    StructureRefused,
    Transform,
    canonicalization,
    elements,
    leaf_octets,
)

DER_ENCODING: Final = "http://uri.etsi.org/01903/v1.2.2#DER"

_PLACE: Final = f"{xades('UnsignedProperties')}/{xades('UnsignedSignatureProperties')}"
_VALIDATION: Final = f"{{{XADES_1_4}}}TimeStampValidationData"
_ARCHIVE: Final = frozenset({f"{{{XADES_1_4}}}ArchiveTimeStamp", xades("ArchiveTimeStamp")})
_CERTIFICATES: Final = (xades("CertificateValues"), xades("EncapsulatedX509Certificate"))
_CRLS: Final = (xades("RevocationValues"), xades("CRLValues"), xades("EncapsulatedCRLValue"))
_OCSP: Final = (xades("RevocationValues"), xades("OCSPValues"), xades("EncapsulatedOCSPValue"))
_STAMP: Final = xades("SignatureTimeStamp")
_TOKEN: Final = xades("EncapsulatedTimeStamp")
_READ: Final = frozenset({_STAMP, _CERTIFICATES[0], _CRLS[0], _VALIDATION})
_BASE64_PER_OCTET: Final = 2
"""Characters per octet above which a text is too long whatever it holds: base64 takes 1.4 with its line breaks."""
_NAMES_MAX: Final = 16
"""Names of unread properties that are kept: the standard has a dozen."""
_NAME_MAX: Final = 64
"""Characters of such a name that are kept."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Who judges time stamps, against what, and when (aware)."""

    trust: PathJudge
    policy: SignaturePolicy
    at: datetime


def read_additions(structure: Structure, properties: SignedProperties, *, moment: Moment) -> Additions:
    """Return what stands beside a XAdES signature, its time stamps judged. Reads the signature where it stands.

    1. Only the properties that qualify this signature are looked at: those beside the signed ones.
    2. Certificates, CRLs and OCSP answers are taken as octets, 32 and four million bytes together at most.
    3. Each SignatureTimeStamp is judged over the canonical SignatureValue (clause 5.3); one that fails is not counted.
    4. A stamp counts where it is not before the claimed signing nor the certificate, and a week after it at most.
    5. All other properties are named and not read, archive time stamps among them.
    """
    found = [child for one in properties.qualifying.iterfind(_PLACE) for child in elements(one)]
    if not found:
        return Additions(SignatureLevel.B_B)
    embedded = _embedded(found)
    stamped = _Stamped(structure.value_element, properties, moment, certificates_of(embedded))
    stamps = tuple(stamped.judged([one for one in found if one.tag == _STAMP]))
    unread = (etree.QName(one).localname[:_NAME_MAX] for one in found if one.tag not in _READ)
    return Additions(_claimed(found), stamps, embedded, tuple(islice(dict.fromkeys(unread), _NAMES_MAX)))


def certificates_of(embedded: EmbeddedValues) -> tuple[Certificate, ...]:
    """Return the embedded certificates that can be read, as many as one path takes; they are trusted for nothing."""
    return tuple(islice(_readable(embedded.certificates), CERTIFICATES_MAX - 1))


def _readable(certificates: tuple[bytes, ...]) -> Iterator[Certificate]:
    for der in certificates:
        try:
            if len(der) <= CERTIFICATE_BYTES_MAX:
                yield known(der)
        except CertificateUnreadable:
            continue


def _claimed(found: list[etree._Element]) -> SignatureLevel:
    """Return the level whose properties are there (clause 6.3); values without a stamp make no level."""
    tags = {one.tag for one in found}
    if _STAMP not in tags:
        return SignatureLevel.B_B
    if tags & _ARCHIVE:
        return SignatureLevel.B_LTA
    return SignatureLevel.B_LT if tags & {_CERTIFICATES[0], _CRLS[0]} else SignatureLevel.B_T


def append_timestamp(signature: etree._Element, stamper: Stamper) -> None:
    """Put a SignatureTimeStamp over the signature's value among its unsigned properties (clause 5.3)."""
    value, qualifying = signature.find(ds("SignatureValue")), signature.find(f"{ds('Object')}/*")
    if value is None or qualifying is None:
        raise ValueError("a signature without value or properties is not stamped")
    token = stamper(canonical_leaf(value))
    holder = etree.SubElement(qualifying, xades("UnsignedProperties"))
    stamp = etree.SubElement(etree.SubElement(holder, xades("UnsignedSignatureProperties")), _STAMP)
    etree.SubElement(stamp, ds("CanonicalizationMethod"), Algorithm=EXCLUSIVE)
    etree.SubElement(stamp, _TOKEN).text = base64.b64encode(token).decode("ascii")


# ── time stamps ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Stamped:
    """A signature that time stamps are judged for; `more` are certificates that came along with it."""

    value: etree._Element
    properties: SignedProperties
    moment: Moment
    more: tuple[Certificate, ...]

    def judged(self, holders: list[etree._Element]) -> Iterator[Timestamp | Failure]:
        """Yield what each token is worth; a token that occurs twice, twice. Too many are not looked at."""
        count = sum(max(1, len(holder.findall(_TOKEN))) for holder in holders)
        if count > TIMESTAMPS_MAX:
            yield Failure(FailureCode.TIMESTAMP_TOO_LARGE, f"{count} time stamps")
            return
        for holder in holders:
            try:
                transform, tokens = _parts(holder, Listed(self.moment.policy, self.moment.at))
                stamped = canonical_leaf(self.value, transform)
            except StructureRefused as refused:
                yield _of_structure(refused.failure)
            else:
                yield from (self._one(token, stamped) for token in tokens)

    def _one(self, token: etree._Element, stamped: bytes) -> Timestamp | Failure:
        try:
            octets = _token_octets(token)
        except StructureRefused as refused:
            return _of_structure(refused.failure)
        judged = judge_token(octets, stamped, trust=self.moment.trust, at=self.moment.at, more=self.more)
        if isinstance(judged, Timestamp) and not self._is_in_time(judged.moment):
            return Failure(FailureCode.TIMESTAMP_TIME_IMPOSSIBLE, judged.moment.isoformat())
        return judged

    def _is_in_time(self, stamped: datetime) -> bool:
        """Return whether a stamp's time can be that of this signature."""
        claimed = self.properties.claimed_moment
        if stamped < self.properties.certificate.not_before:
            return False
        return claimed is None or -SIGNING_TIME_TOLERANCE <= stamped - claimed <= TIMESTAMP_DELAY_MAX


def _parts(holder: etree._Element, listed: Listed) -> tuple[Transform, list[etree._Element]]:
    """Return how the signature value is canonicalised, and the tokens; without a word, by inclusive C14N 1.0."""
    children = elements(holder)
    transform = Transform(Canonicalization.INCLUSIVE_1_0)
    if children and children[0].tag == ds("CanonicalizationMethod"):
        transform, children = canonicalization(children[0], listed), children[1:]
    other = next((one for one in children if one.tag != _TOKEN), None)
    if not children or other is not None:
        raise StructureRefused(FailureCode.MALFORMED, "SignatureTimeStamp" if other is None else str(other.tag))
    return transform, children


def _token_octets(token: etree._Element) -> bytes:
    if token.get("Encoding", DER_ENCODING) != DER_ENCODING:
        raise StructureRefused(FailureCode.MALFORMED, token.get("Encoding", ""))
    if len(token.text or "") > _BASE64_PER_OCTET * TIMESTAMP_BYTES_MAX:
        raise StructureRefused(FailureCode.TIMESTAMP_TOO_LARGE, f"{len(token.text or '')} characters")
    return leaf_octets(token, "EncapsulatedTimeStamp")


def _of_structure(failure: Failure) -> Failure:
    """Return the failure of a stamp's element as the stamp's: it does not refuse the signature."""
    codes = {
        FailureCode.TRANSFORM_FORBIDDEN: FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN,
        FailureCode.MALFORMED: FailureCode.TIMESTAMP_MALFORMED,
    }
    return Failure(codes.get(failure.code, failure.code), failure.detail)


# ── values for later ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Budget:
    """What may still be taken of one signature's values."""

    count: int = EMBEDDED_MAX
    octets: int = EMBEDDED_BYTES_MAX
    left_out: int = 0

    def take(self, values: Iterator[etree._Element]) -> tuple[bytes, ...]:
        """Return the octets of the values that are base64 and within the limits."""
        return tuple(octets for one in values if (octets := self._octets(one)))

    def _octets(self, value: etree._Element) -> bytes | None:
        octets = None
        if self.count and len(value.text or "") <= _BASE64_PER_OCTET * self.octets:
            octets = _optional(value)
        if not octets or len(octets) > self.octets:
            self.left_out += 1
            return None
        self.count -= 1
        self.octets -= len(octets)
        return octets


def _optional(value: etree._Element) -> bytes | None:
    try:
        return leaf_octets(value, "value")
    except StructureRefused:
        return None


def _embedded(found: list[etree._Element]) -> EmbeddedValues:
    """Return the values of the signature and of its stamps (`TimeStampValidationData`)."""
    holders = [child for one in found for child in (elements(one) if one.tag == _VALIDATION else [one])]
    budget = _Budget()
    certificates, crls, answers = (budget.take(_values(holders, path)) for path in (_CERTIFICATES, _CRLS, _OCSP))
    return EmbeddedValues(certificates, crls, answers, budget.left_out)


def _values(holders: list[etree._Element], path: tuple[str, ...]) -> Iterator[etree._Element]:
    inside = "/".join(path[1:])
    return (value for holder in holders if holder.tag == path[0] for value in holder.iterfind(inside))

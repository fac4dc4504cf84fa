"""Small PDFs, signed as VGCA's tools and Adobe's sign them: made with pyHanko, dated as the tests need it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any, Final

from asn1crypto import algos, crl, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import (
    PdfSignatureMetadata,
    PdfSigner,
    PdfSigningSession,
    PdfTimeStamper,
)
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from axis.demo import authority
from axis.demo.authority import Credential, KeyKind, Subject, Validity
from tests.signing.pki import MOMENT, credential, hierarchy

PADES: Final = SigSeedSubFilter.PADES
PKCS7: Final = SigSeedSubFilter.ADOBE_PKCS7_DETACHED
SIGNED_AT: Final = MOMENT - timedelta(hours=1)
"""When documents here say they were signed."""

Draft = Callable[[PdfFileWriter], None]


@dataclass(frozen=True, slots=True)
class Signing:
    """How a signature is made: into which field, in which encoding, when, and with what else."""

    field: str = "person"
    subfilter: SigSeedSubFilter = PADES
    at: datetime = SIGNED_AT
    stamper: DummyTimeStamper | None = None
    permits: MDPPerm | None = None
    locks: bool = False
    box: tuple[int, int, int, int] | None = None
    mechanism: str | None = None
    digest: str = "sha256"
    waits: bool = False
    """The field is there already."""


class _DatedSigner(PdfSigner):
    """Signs at a given moment instead of now, and whatever earlier signatures permit."""

    moment: datetime

    def _enforce_certification_constraints(self, reader: object) -> None:
        """Sign where an earlier signature forbids it, too."""

    def init_signing_session(self, pdf_out: Any, existing_fields_only: Any = False) -> PdfSigningSession:  # noqa: FBT002 - pyHanko's
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.moment
        return session


def blank(draft: Draft | None = None, *, stream_xrefs: bool = False) -> bytes:
    """An unsigned document of one page; `draft` adds to it before it is written."""
    writer = PdfFileWriter(stream_xrefs=stream_xrefs)
    text = writer.add_object(generic.StreamObject(stream_data=b"BT (Quyet dinh) Tj ET"))
    writer.insert_page(PageObject(contents=text, media_box=_box(0, 0, 595, 842)))
    if draft is not None:
        draft(writer)
    return written(writer)


def hybrid() -> bytes:
    """An unsigned document as office programs write it: a table of references, and a stream with some more."""
    parts = [b"%PDF-1.5\n"]
    places = []
    for number, body in enumerate(
        (
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents 4 0 R>>",
            b"<</Length 5>>stream\nBT ET\nendstream",
        ),
        start=1,
    ):
        places.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    stream = sum(map(len, parts))
    entry = b"\x01" + places[3].to_bytes(2) + b"\x00"
    parts.append(
        b"5 0 obj\n<</Type/XRef/Size 6/Index[4 1]/W[1 2 1]/Root 1 0 R/Length 4>>stream\n%s\nendstream\nendobj\n" % entry
    )
    table = sum(map(len, parts))
    rows = b"".join(b"%010d 00000 n \n" % place for place in places[:3])
    parts.append(b"xref\n0 4\n0000000000 65535 f \n%s5 1\n%010d 00000 n \n" % (rows, stream))
    parts.append(b"trailer\n<</Size 6/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n" % (stream, table))
    return b"".join(parts)


def signed(octets: bytes, holder: Credential, signing: Signing = Signing()) -> bytes:
    """The document with one more signature, appended."""
    metadata = PdfSignatureMetadata(
        field_name=signing.field,
        subfilter=signing.subfilter,
        md_algorithm=signing.digest,
        certify=signing.permits is not None,
        docmdp_permissions=signing.permits or MDPPerm.FILL_FORMS,
    )
    lock = FieldMDPSpec(FieldMDPAction.ALL) if signing.locks else None
    field = SigFieldSpec(signing.field, box=signing.box, field_mdp_spec=lock)
    signer = _DatedSigner(
        metadata,
        signer_of(holder, signing.mechanism),
        timestamper=signing.stamper,
        new_field_spec=None if signing.waits else field,
    )
    signer.moment = signing.at
    result: BytesIO = signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(octets), strict=False))
    return result.getvalue()


@cache
def person_only() -> bytes:
    """A document that one person signed, in PAdES."""
    return signed(blank(), credential("Nguyễn Văn A"))


@cache
def person_and_agency() -> bytes:
    """The same, sealed by an agency in the older encoding."""
    return signed(person_only(), credential("B"), Signing("agency", PKCS7))


def document_stamped(
    octets: bytes,
    at: datetime = MOMENT,
    *,
    by: DummyTimeStamper | None = None,
    field: str = "stamp",
    draft: Callable[[IncrementalPdfFileWriter], None] | None = None,
) -> bytes:
    """The document with a time stamp on all of it, appended; `draft` adds to the same revision."""
    stamping = PdfTimeStamper(by or stamper(at), field_name=field)
    writer = IncrementalPdfFileWriter(BytesIO(octets))
    if draft is not None:
        draft(writer)
    result: BytesIO = stamping.timestamp_pdf(writer, "sha256")
    return result.getvalue()


def with_proof(octets: bytes, field: str, *holders: Credential) -> bytes:
    """The document with a DSS, appended as pyHanko appends it: certificates and the VRI of one signature."""
    target = BytesIO(octets)
    signature = next(one for one in PdfFileReader(BytesIO(octets)).embedded_signatures if one.field_name == field)
    DocumentSecurityStore.add_dss(
        target,
        signature.pkcs7_content.hex().encode("ascii"),
        certs=[parsed(one) for holder in holders for one in holder.chain],
        crls=[crl.CertificateList.load(_empty_list())],
    )
    return target.getvalue()


def stamper(at: datetime, holder: Credential | None = None) -> DummyTimeStamper:
    """A time-stamping authority whose clock stands still."""
    holder = holder or stamping_authority()
    store = SimpleCertificateStore.from_certs([parsed(one) for one in holder.chain])
    return DummyTimeStamper(parsed(holder.certificate), _key(holder), certs_to_embed=store, fixed_dt=at)


class WrongStamper(DummyTimeStamper):
    """A trusted authority's stamp on something else than the signature it stands at."""

    def __init__(self, at: datetime) -> None:
        right = stamper(at)
        super().__init__(right.tsa_cert, right.tsa_key, fixed_dt=at)
        self.certs_to_embed = right.certs_to_embed

    def request_tsa_response(self, req: Any) -> Any:
        """Answer with a stamp on zeros."""
        req["message_imprint"]["hashed_message"] = bytes(32)
        return super().request_tsa_response(req)


def with_amount(writer: PdfFileWriter) -> None:
    """Add a text field with an amount to a draft."""
    field = dictionary(
        FT=pdf_name("/Tx"),
        T=generic.TextStringObject("amount"),
        V=generic.TextStringObject("9.000"),
        Type=pdf_name("/Annot"),
        Subtype=pdf_name("/Widget"),
        Rect=_box(0, 0, 100, 20),
    )
    reference = writer.add_object(field)
    writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject([reference]))
    writer.root["/Pages"]["/Kids"][0]["/Annots"] = generic.ArrayObject([reference])


def fill_in_amount(writer: IncrementalPdfFileWriter) -> None:
    """Write another amount into the text field."""
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/V"] = generic.TextStringObject("900.000.000")
    writer.update_container(field)


@cache
def stamping_authority() -> Credential:
    """A leaf of the trusted intermediate for time stamps and nothing else; pyHanko's dummy needs RSA."""
    key = KeyKind.RSA_2048.make()
    draft = authority._draft(Subject("Cơ quan cấp dấu thời gian"), Validity.around(MOMENT), key=key)
    draft = draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    draft = draft.add_extension(authority._key_usage(digital_signature=True), critical=True)
    draft = draft.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return hierarchy().intermediate._certify(draft, key)


def appended(octets: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The document with one more revision, as whoever makes `change` appends it."""
    writer = IncrementalPdfFileWriter(BytesIO(octets))
    change(writer)
    return written(writer)


def written(writer: PdfFileWriter | IncrementalPdfFileWriter) -> bytes:
    """What a writer writes."""
    target = BytesIO()
    writer.write(target)  # type: ignore[no-untyped-call]
    return target.getvalue()


def signer_of(holder: Credential, mechanism: str | None = None) -> SimpleSigner:
    """The holder's key as pyHanko signs with it."""
    store = SimpleCertificateStore.from_certs([parsed(one) for one in holder.chain])
    named = algos.SignedDigestAlgorithm({"algorithm": mechanism}) if mechanism else None
    return SimpleSigner(parsed(holder.certificate), _key(holder), store, signature_mechanism=named)


def parsed(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """A certificate as pyHanko reads it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def dictionary(**entries: generic.PdfObject) -> generic.DictionaryObject:
    """A dictionary whose keys are the names given."""
    return generic.DictionaryObject({pdf_name(f"/{name}"): value for name, value in entries.items()})


def _empty_list() -> bytes:
    issuer = hierarchy().intermediate.credential
    draft = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    draft = draft.last_update(SIGNED_AT).next_update(MOMENT + timedelta(days=6))
    return draft.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _key(holder: Credential) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def _box(*corners: int) -> generic.ArrayObject:
    return generic.ArrayObject(generic.NumberObject(one) for one in corners)

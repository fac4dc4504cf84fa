"""Signatures inside PDF files (PAdES B-B), as the tools of persons and agencies make them before a letter is sent."""

from __future__ import annotations

from io import BytesIO

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from axis.demo.authority import Credential


def sign_pdf(octets: bytes, *holders: Credential) -> bytes:
    """Return the PDF signed by each of the holders in their order, each in a field of its own, appended."""
    for number, holder in enumerate(holders, start=1):
        octets = _signed(octets, holder, field=f"Signature{number}")
    return octets


def _signed(octets: bytes, holder: Credential, *, field: str) -> bytes:
    metadata = PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    signer = PdfSigner(metadata, _signer_of(holder), new_field_spec=SigFieldSpec(field))
    result: BytesIO = signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(octets)))
    return result.getvalue()


def _signer_of(holder: Credential) -> SimpleSigner:
    key = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    store = SimpleCertificateStore.from_certs([_parsed(one) for one in holder.chain])
    return SimpleSigner(_parsed(holder.certificate), keys.PrivateKeyInfo.load(key), store)


def _parsed(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))

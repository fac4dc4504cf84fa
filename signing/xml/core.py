"""Core validation (XML Signature §3.2): digests and signature value, by libxmlsec with everything else switched off."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import xmlsec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from signing.algorithms import Canonicalization, SignatureAlgorithm
from signing.certificates import KNOWN_MAX, Certificate
from signing.digests import DigestAlgorithm
from signing.xml.structure import Structure

# libxmlsec reads files and network addresses through these callbacks: none of the references admitted here needs one.
xmlsec.cleanup_callbacks()

_DIGESTS: Final = {
    DigestAlgorithm.SHA256: xmlsec.constants.TransformSha256,
    DigestAlgorithm.SHA384: xmlsec.constants.TransformSha384,
    DigestAlgorithm.SHA512: xmlsec.constants.TransformSha512,
    DigestAlgorithm.SHA1: xmlsec.constants.TransformSha1,
}
_CANONICAL: Final = {
    Canonicalization.EXCLUSIVE_1_0: xmlsec.constants.TransformExclC14N,
    Canonicalization.INCLUSIVE_1_0: xmlsec.constants.TransformInclC14N,
    Canonicalization.INCLUSIVE_1_1: xmlsec.constants.TransformInclC14N11,
}
_SIGNATURES: Final = {
    SignatureAlgorithm.RSA_SHA256: xmlsec.constants.TransformRsaSha256,
    SignatureAlgorithm.RSA_SHA384: xmlsec.constants.TransformRsaSha384,
    SignatureAlgorithm.RSA_SHA512: xmlsec.constants.TransformRsaSha512,
    SignatureAlgorithm.ECDSA_SHA256: xmlsec.constants.TransformEcdsaSha256,
    SignatureAlgorithm.ECDSA_SHA384: xmlsec.constants.TransformEcdsaSha384,
    SignatureAlgorithm.ECDSA_SHA512: xmlsec.constants.TransformEcdsaSha512,
    SignatureAlgorithm.RSA_SHA1: xmlsec.constants.TransformRsaSha1,
}


def core_validates(structure: Structure, certificate: Certificate) -> bool:
    """Return whether all digests and the signature value verify under the certificate's key.

    One step of a verdict, and never more: of whose key it is and what was signed it says nothing.
    """
    key = certificate.x509.public_key()
    if not _has_shape(structure, key):
        return False
    context = xmlsec.SignatureContext()
    try:
        context.key = _key_of(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        _allow(context, structure)
        for reference in structure.references:
            if reference.target.attribute is not None:
                name = etree.QName(reference.target.attribute)
                context.register_id(reference.target.element, name.localname, name.namespace)
        context.verify(structure.signature)
    except xmlsec.Error:
        return False
    return True


@lru_cache(maxsize=KNOWN_MAX)
def _key_of(pem: bytes) -> xmlsec.Key:
    """Return a public key as libxmlsec takes it, read once; each verification works on a copy of its own."""
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)


def _has_shape(structure: Structure, key: object) -> bool:
    """Return whether the value is of the one length the key gives it: as long as the modulus, or r‖s (RFC 9231).

    Versions of libxmlsec differ in whether they take padded values, or DER for ECDSA.
    """
    if isinstance(key, rsa.RSAPublicKey):
        return not structure.algorithm.is_ecdsa and len(structure.value) == (key.key_size + 7) // 8
    if isinstance(key, ec.EllipticCurvePublicKey):
        return structure.algorithm.is_ecdsa and len(structure.value) == 2 * ((key.key_size + 7) // 8)
    return False


def _allow(context: xmlsec.SignatureContext, structure: Structure) -> None:
    """Enable exactly the listed transforms: libxmlsec's own defaults include XPath and XSLT."""
    for canonical in _CANONICAL.values():
        context.enable_signature_transform(canonical)
        context.enable_reference_transform(canonical)
    context.enable_signature_transform(_SIGNATURES[structure.algorithm])
    context.enable_reference_transform(xmlsec.constants.TransformEnveloped)
    for digest in {reference.digest.algorithm for reference in structure.references}:
        context.enable_reference_transform(_DIGESTS[digest])

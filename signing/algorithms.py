"""The identifiers of XML Signature that are allowed here; whatever is not listed is refused by its name."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
DS11: Final = "http://www.w3.org/2009/xmldsig11#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
XADES_1_4: Final = "http://uri.etsi.org/01903/v1.4.1#"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
XML: Final = "http://www.w3.org/XML/1998/namespace"

ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SIGNED_PROPERTIES_TYPE: Final = "http://uri.etsi.org/01903#SignedProperties"


class Canonicalization(StrEnum):
    """Canonical XML without comments; the value is the identifier."""

    EXCLUSIVE_1_0 = EXCLUSIVE
    INCLUSIVE_1_0 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    INCLUSIVE_1_1 = "http://www.w3.org/2006/12/xml-c14n11"


class SignatureAlgorithm(StrEnum):
    """A signature algorithm with its digest (RFC 9231); which are allowed, and when, `signing/allowances.py` says."""

    RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    RSA_SHA384 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
    RSA_SHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
    ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    ECDSA_SHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
    ECDSA_SHA512 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
    RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"

    @property
    def is_ecdsa(self) -> bool:
        """True for elliptic curve signatures."""
        return self.name.startswith("ECDSA")


def ds(name: str) -> str:
    """Return the expanded name of an element of XML Signature."""
    return f"{{{DS}}}{name}"


def ds11(name: str) -> str:
    """Return the expanded name of an element that XML Signature 1.1 added."""
    return f"{{{DS11}}}{name}"


def xades(name: str) -> str:
    """Return the expanded name of an element of XAdES (EN 319 132-1)."""
    return f"{{{XADES}}}{name}"

"""Digests by the names the standards give them."""

from __future__ import annotations

import hashlib
from enum import StrEnum


class DigestAlgorithm(StrEnum):
    """A digest of signatures; the value is its XML Signature identifier (RFC 9231).

    Which are allowed, and when, `signing/allowances.py` says.
    """

    SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
    SHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
    SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
    SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"

    def digest(self, octets: bytes) -> bytes:
        """Return the digest of `octets`."""
        return hashlib.new(self.name.lower(), octets).digest()


def sha256(octets: bytes) -> bytes:
    """Return the SHA-256 digest, 32 bytes."""
    return hashlib.sha256(octets).digest()

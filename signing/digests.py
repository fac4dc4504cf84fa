"""Digests by the names the standards give them."""

from __future__ import annotations

import hashlib
from enum import StrEnum


class DigestAlgorithm(StrEnum):
    """A digest allowed in signatures; the value is its XML Signature identifier (RFC 9231)."""

    SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
    SHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
    SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"

    def digest(self, octets: bytes) -> bytes:
        """Return the digest of `octets`."""
        return hashlib.new(self.name.lower(), octets).digest()


def sha256(octets: bytes) -> bytes:
    """Return the SHA-256 digest, 32 bytes."""
    return hashlib.sha256(octets).digest()

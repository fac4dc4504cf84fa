"""Errors of setting up keys and trust. What is wrong with a signature is a verdict, never an exception."""

from __future__ import annotations


class SigningError(Exception):
    """Base of this floor's errors."""


class CertificateUnreadable(SigningError):
    """The octets are no X.509 certificate."""


class KeyUnusable(SigningError):
    """A private key is missing, locked, of a forbidden kind, or does not belong to its certificate."""


class TrustUnusable(SigningError):
    """A trust anchor or an intermediate certificate cannot serve as one."""


class NotSignable(SigningError):
    """The document has no place for a signature, or carries one already."""

"""Errors of setting up keys and trust. What is wrong with a signature is a verdict, never an exception."""

from __future__ import annotations

from enum import StrEnum


class KeyFault(StrEnum):
    """Why a private key cannot be used, in English; `{setting}` is the setting that names none."""

    NOT_SET = "{setting} is not set"
    NO_FILE = "the file that {setting} names cannot be read"
    UNREADABLE = "no private key, or a wrong password"
    CONTAINER_UNREADABLE = "no PKCS#12 container, or a wrong password"
    CONTAINER_INCOMPLETE = "the container lacks the key or its certificate"
    NO_CERTIFICATE = "no certificate for the key"
    OTHER_CERTIFICATE = "the certificate belongs to another key"
    FORBIDDEN = "RSA of at least 2048 bits, ECDSA P-256 or P-384"
    NOT_OF_A_SYSTEM = "no private key in JWK or PEM form"
    URI = "no PKCS#11 URI like pkcs11:token=…;object=…?module-path=… (RFC 7512)"
    PIN_IN_URI = "a PIN does not stand in a PKCS#11 URI, where others can read it"
    NO_MODULE = 'the PKCS#11 module "{module}" cannot be used'
    NO_DEVICE = 'there is no token "{token}"'
    SEVERAL_DEVICES = 'there are several tokens "{token}"; name one by its serial number'
    DEVICE_BUSY = 'the token "{token}" did not answer within {seconds} seconds'
    DEVICE_FAILED = 'the token "{token}" failed ({code})'
    NO_KEY = 'the token "{token}" holds no such private key'
    SEVERAL_KEYS = 'the token "{token}" holds several such private keys; name one by its id'
    PIN_MISSING = 'the token "{token}" asks for a PIN'
    PIN_WRONG = 'the token "{token}" refused the PIN'
    PIN_LOCKED = 'the PIN of the token "{token}" is locked or has expired'


class TrustFault(StrEnum):
    """Why certificates cannot serve as anchors, in English; `{subject}` is whose certificate it is."""

    NOT_SET = "{setting} is not set"
    NO_ANCHOR = "a trust store without anchors refuses everybody"
    NO_ANCHOR_FOR = 'no anchor is trusted for the purpose "{purpose}"'
    NO_SEAL = "no certificate of a seal: an authority alone would vouch for every key it certified"
    UNREADABLE = "not a certificate that paths are built from"
    NO_USAGE = "{subject}: no key usage or subject key identifier"
    NO_AUTHORITY = "{subject}: not a certification authority"


class SigningError(Exception):
    """Base of this floor's errors."""


class CertificateUnreadable(SigningError):
    """The octets are no X.509 certificate. `place` says where they are, where whoever read them knows."""

    def __init__(self, words: str = "", *, place: str = "") -> None:
        super().__init__(words)
        self.place = place


class KeyUnusable(SigningError):
    """A private key is missing, locked, of a forbidden kind, or does not belong to its certificate."""

    def __init__(self, fault: KeyFault, **names: str) -> None:
        super().__init__(fault.value.format_map(names))
        self.fault = fault
        self.names = names


class TrustUnusable(SigningError):
    """A trust anchor or an intermediate certificate cannot serve as one."""

    def __init__(self, fault: TrustFault, **names: str) -> None:
        super().__init__(fault.value.format_map(names))
        self.fault = fault
        self.names = names


class NotSignable(SigningError):
    """The document has no place for a signature, or carries one already."""

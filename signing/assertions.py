"""Keys with which connected systems prove who they are (`private_key_jwt`, RFC 7523)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from signing.errors import KeyFault, KeyUnusable
from signing.policy import PACKAGE_POLICY

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""`client_assertion_type` (RFC 7523 §2.2)."""

ASSERTION_SECONDS: Final = 120
"""How long an assertion made here is valid: enough for clocks a minute apart, too short to be worth stealing."""


@dataclass(frozen=True, slots=True, repr=False)
class AssertionKey:
    """A private key of a connected system. `kid` is its JWK thumbprint (RFC 7638), so that nobody has to choose one."""

    key: ECKey | RSAKey

    def __post_init__(self) -> None:
        if not self.key.is_private or not PACKAGE_POLICY.admits_key(self.key.public_key):
            raise KeyUnusable(KeyFault.FORBIDDEN)

    def __repr__(self) -> str:
        return f"AssertionKey({self.kid})"

    @classmethod
    def generate(cls) -> Self:
        """Return a new P-256 key."""
        return cls(ECKey.import_key(_pem(ec.generate_private_key(ec.SECP256R1()))))

    @classmethod
    def from_text(cls, text: bytes) -> Self:
        """Return the key in a JWK or PEM text; raises `KeyUnusable`."""
        try:
            value: object = json.loads(text) if text.lstrip().startswith(b"{") else text
            kind = RSAKey if isinstance(value, dict) and value.get("kty") == "RSA" else ECKey
            if isinstance(value, dict):
                return cls(kind.import_key(value))
            return cls(_from_pem(text))
        except (JoseError, ValueError, TypeError) as error:
            raise KeyUnusable(KeyFault.NOT_OF_A_SYSTEM) from error

    @property
    def kid(self) -> str:
        """The key's thumbprint."""
        return self.key.thumbprint()

    @property
    def algorithm(self) -> str:
        """The JWS algorithm this key signs with."""
        if isinstance(self.key, RSAKey):
            return "RS256"
        return "ES384" if self.key.curve_name == "P-384" else "ES256"

    def public_jwk(self) -> str:
        """Return the public half as JSON text, with its `kid`: what the directory registers."""
        members = {**self.key.as_dict(private=False), "kid": self.kid, "alg": self.algorithm, "use": "sig"}
        return json.dumps(members, separators=(",", ":"), sort_keys=True)

    def private_jwk(self) -> str:
        """Return the private key as JSON text, to be kept in a file that only its owner reads."""
        return json.dumps({**self.key.as_dict(private=True), "kid": self.kid}, separators=(",", ":"), sort_keys=True)

    def sign(self, claims: Mapping[str, str | int]) -> str:
        """Return a JWT with these claims; the header names the key."""
        header = {"alg": self.algorithm, "kid": self.kid}
        return jwt.encode(header, dict(claims), self.key, algorithms=[self.algorithm])


def _from_pem(text: bytes) -> ECKey | RSAKey:
    private = load_pem_private_key(text, None)
    if isinstance(private, rsa.RSAPrivateKey):
        return RSAKey.import_key(_pem(private))
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return ECKey.import_key(_pem(private))
    raise KeyUnusable(KeyFault.FORBIDDEN)


def _pem(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

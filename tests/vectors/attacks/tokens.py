"""Attacks on signed JSON: what is sent to the acknowledgement door instead of a recipient's own word."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from envelopes.acknowledgement import ACKNOWLEDGEMENT_TYPE
from signing.jws import sign_jws
from signing.keys import Signer


@dataclass(frozen=True, slots=True)
class Word:
    """What an honest recipient would say of a delivery, its key, and the key of another registered agency."""

    payload: bytes
    recipient: Signer
    other: Signer

    @property
    def parts(self) -> tuple[str, str, str]:
        """Header, payload and value of the honest token."""
        header, payload, value = sign_jws(self.payload, self.recipient, kind=ACKNOWLEDGEMENT_TYPE).split(".")
        return header, payload, value

    def said(self, **changes: object) -> bytes:
        """The payload with other members."""
        return json.dumps({**json.loads(self.payload), **changes}).encode()

    def headed(self, **members: object) -> str:
        """The honest token under a header with other members, its value kept: nobody signed it so."""
        return ".".join((self.header(**members), *self.parts[1:]))

    def header(self, **members: object) -> str:
        """The honest header with other members, encoded."""
        honest = {
            "alg": "ES256",
            "typ": ACKNOWLEDGEMENT_TYPE,
            "x5t#S256": self.recipient.certificate.thumbprint,
        }
        return encoded(json.dumps(honest | members).encode())

    def signed(self, header: str, by: Signer) -> str:
        """The payload under this header, signed by that key."""
        head = f"{header}.{self.parts[1]}"
        return f"{head}.{encoded(by.sign(head.encode()))}"


Make = Callable[[Word], str]


def encoded(octets: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def unsigned(word: Word) -> str:
    """Says that there is no algorithm, and leaves the value empty (`alg: none`)."""
    return f"{word.header(alg='none')}.{word.parts[1]}."


def unsigned_with_a_value(word: Word) -> str:
    """Says that there is no algorithm, and keeps the value so that the token has its shape."""
    return word.headed(alg="none")


def unsigned_in_other_case(word: Word) -> str:
    """Says so in letters that a list of forbidden names may lack."""
    return word.headed(alg="nOnE")


def hmac_with_the_public_key(word: Word) -> str:
    """Signs by an HMAC whose secret is the recipient's public key, in PEM."""
    key = word.recipient.certificate.x509.public_key()
    return _hmac(word, key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def hmac_with_the_certificate(word: Word) -> str:
    """Signs by an HMAC whose secret is the recipient's certificate."""
    return _hmac(word, word.recipient.certificate.der)


def _hmac(word: Word, secret: bytes) -> str:
    head = f"{word.header(alg='HS256')}.{word.parts[1]}"
    return f"{head}.{encoded(hmac.new(secret, head.encode(), hashlib.sha256).digest())}"


def other_algorithm(word: Word) -> str:
    """Names another listed algorithm than the key's."""
    return word.headed(alg="RS256")


def named_after_another(word: Word) -> str:
    """Names another registered agency's certificate under the recipient's value."""
    return word.headed(**{"x5t#S256": word.other.certificate.thumbprint})


def signed_by_another(word: Word) -> str:
    """Another registered agency signs, in its own name, what only the recipient may say."""
    return sign_jws(word.payload, word.other, kind=ACKNOWLEDGEMENT_TYPE)


def signed_by_another_in_the_recipients_name(word: Word) -> str:
    """Another agency signs and names the recipient's certificate."""
    return word.signed(word.header(), word.other)


def key_in_the_header(word: Word) -> str:
    """Brings its own key along (`jwk`), for libraries that take it from there."""
    key = word.other.certificate.x509.public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk: dict[str, Any] = dict(ECKey.import_key(pem).as_dict(private=False))
    return word.signed(word.header(jwk=jwk), word.other)


def certificate_in_the_header(word: Word) -> str:
    """Brings its own certificate along (`x5c`), for libraries that take it from there."""
    chain = [base64.b64encode(word.other.certificate.der).decode("ascii")]
    return word.signed(word.header(x5c=chain), word.other)


def key_elsewhere(word: Word) -> str:
    """Says where its key is to be fetched from (`jku`, `x5u`)."""
    address = "http://127.0.0.1:9/keys"
    return word.signed(word.header(jku=address, x5u=address), word.other)


def key_by_another_name(word: Word) -> str:
    """Names another agency's key by `kid`, beside the recipient's certificate."""
    return word.signed(word.header(kid=word.other.certificate.thumbprint), word.other)


def critical_extension(word: Word) -> str:
    """Demands an extension that the verifier must understand, and may overlook."""
    return word.headed(crit=["b64"], b64=False)


def another_kind(word: Word) -> str:
    """Shows a token that the recipient signed for something else."""
    return sign_jws(word.payload, word.recipient, kind="JWT")


def another_payload(word: Word) -> str:
    """Exchanges what was said under a value that is right for something else."""
    header, _, value = word.parts
    return f"{header}.{encoded(word.said(outcome='done', reason=None))}.{value}"


def zero_value(word: Word) -> str:
    """States zeros, which libraries without a check of the range believed under every key (CVE-2022-21449)."""
    header, payload, _ = word.parts
    return f"{header}.{payload}.{encoded(bytes(64))}"


def another_recipient(word: Word) -> str:
    """The recipient signs in the name of somebody else."""
    return sign_jws(word.said(recipient="K07.khac"), word.recipient, kind=ACKNOWLEDGEMENT_TYPE)


def another_digest(word: Word) -> str:
    """The recipient signs that it got other octets."""
    return sign_jws(word.said(digest="0" * 64), word.recipient, kind=ACKNOWLEDGEMENT_TYPE)


_INVALID: Final = "acknowledgement/invalid-signature"

ATTACKS: Final[dict[Make, str]] = {
    unsigned: _INVALID,
    unsigned_with_a_value: _INVALID,
    unsigned_in_other_case: _INVALID,
    hmac_with_the_public_key: _INVALID,
    hmac_with_the_certificate: _INVALID,
    other_algorithm: _INVALID,
    named_after_another: _INVALID,
    signed_by_another: "acknowledgement/not-recipient",
    signed_by_another_in_the_recipients_name: _INVALID,
    key_in_the_header: _INVALID,
    certificate_in_the_header: _INVALID,
    key_elsewhere: _INVALID,
    key_by_another_name: _INVALID,
    critical_extension: _INVALID,
    another_kind: _INVALID,
    another_payload: _INVALID,
    zero_value: _INVALID,
    another_recipient: "acknowledgement/not-recipient",
    another_digest: "acknowledgement/wrong-digest",
}
"""Each attack, and the stable code it is refused with."""

"""Signatures on HTTP messages (RFC 9421) and digests of their bodies (RFC 9530), made and judged offline."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from signing.algorithms import SignatureAlgorithm
from signing.certificates import Certificate
from signing.keys import Signer

FIELD_CHARACTERS_MAX: Final = 4_096
"""Characters of a `Signature-Input` or `Signature` field: eight components and an RSA-8192 value take under 2,000."""

_LABEL: Final = r"[a-z*][a-z0-9_.*-]*"
_STRING: Final = r'"[ !#-\[\]-~]*"'
_COMPONENT: Final = re.compile(r'"(@?[a-z][a-z0-9-]*)"')
_INPUT: Final = re.compile(rf"(?P<label>{_LABEL})=(?P<params>\((?P<components>[^()]*)\)(?P<rest>(?:;[^,]*)?))")
_PARAMETER: Final = re.compile(rf";(?P<name>[a-z][a-z0-9_-]*)=(?:(?P<number>[0-9]{{1,15}})|(?P<text>{_STRING}))")
_DIGEST: Final = re.compile(r"sha-256=:(?P<value>[A-Za-z0-9+/]{43}=):")
_VALUE: Final = re.compile(rf"(?P<label>{_LABEL})=:(?P<value>[A-Za-z0-9+/]+={{0,2}}):")

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
"""Keys that signatures here are judged with; there are no shared secrets."""


class HttpAlgorithm(StrEnum):
    """A signature algorithm under its name of RFC 9421 §3.3; HMAC, whose key both sides know, is not among them."""

    RSA_PSS_SHA512 = "rsa-pss-sha512"
    RSA_V1_5_SHA256 = "rsa-v1_5-sha256"
    ECDSA_P256_SHA256 = "ecdsa-p256-sha256"
    ECDSA_P384_SHA384 = "ecdsa-p384-sha384"
    ED25519 = "ed25519"


_OF_SIGNERS: Final[Mapping[SignatureAlgorithm, HttpAlgorithm]] = MappingProxyType(
    {
        SignatureAlgorithm.RSA_SHA256: HttpAlgorithm.RSA_V1_5_SHA256,
        SignatureAlgorithm.ECDSA_SHA256: HttpAlgorithm.ECDSA_P256_SHA256,
        SignatureAlgorithm.ECDSA_SHA384: HttpAlgorithm.ECDSA_P384_SHA384,
    }
)
"""What a `Signer` signs with, in the words of RFC 9421: the values are the same octets."""


class HttpSignatureFailure(StrEnum):
    """Why a message proves nothing."""

    ABSENT = "absent"
    MALFORMED = "malformed"
    COMPONENTS = "components"
    """It covers something else than what must be covered."""
    ALGORITHM = "algorithm"
    KEY_UNKNOWN = "key-unknown"
    TIME = "time"
    DIGEST = "digest"
    INVALID = "invalid"


class HttpSignatureRefused(Exception):
    """A signature that does not count; `failure` says why."""

    def __init__(self, failure: HttpSignatureFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """A message as signatures see it. `fields` are by name in small letters; a response has a `status`, no request has.

    `target` is the whole address a request was sent to, as its sender wrote it.
    """

    fields: Mapping[str, str]
    method: str = ""
    target: str = ""
    status: int | None = None

    def component(self, name: str) -> str:
        """Return the value of a component (RFC 9421 §2.1, §2.2); raises `HttpSignatureRefused` where it has none."""
        derive = _DERIVED.get(name)
        value = self.fields.get(name) if derive is None else derive(self)
        if value is None:
            raise HttpSignatureRefused(HttpSignatureFailure.COMPONENTS)
        return " ".join(line.strip() for line in value.splitlines())


@dataclass(frozen=True, slots=True)
class SignatureParams:
    """What a signature covers, in which order, and what it says of itself; `written` is that as it stood in the field.

    `created` is in seconds of the Unix epoch. Parameters nobody here reads are covered all the same.
    """

    components: tuple[str, ...]
    written: str
    created: int | None = None
    key_id: str | None = None
    algorithm: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class HttpSignature:
    """One signature of a message, unverified."""

    params: SignatureParams
    value: bytes


@dataclass(frozen=True, slots=True)
class Covering:
    """What is asked of a signature: which components it covers in which order, for what, and made about when.

    `moment` and `window` are seconds.
    """

    components: tuple[str, ...]
    label: str
    tag: str
    moment: int = 0
    window: int = 0


def public_key_of(certificate: Certificate) -> PublicKey | None:
    """Return the key that a certificate's holder signs messages with; None for one of a kind that signs none here."""
    key = certificate.x509.public_key()
    return key if isinstance(key, PublicKey) else None


def content_digest(body: bytes) -> str:
    """Return the value of `Content-Digest` for a body, by SHA-256 (RFC 9530 §2)."""
    return digest_field(hashlib.sha256(body).digest())


def digest_field(digest: bytes) -> str:
    """Return a SHA-256 as the fields of RFC 9530 write it."""
    return f"sha-256=:{base64.b64encode(digest).decode('ascii')}:"


def read_digest_field(value: str) -> bytes | None:
    """Return the SHA-256 in a field written like those of RFC 9530, None where it has none; others do no harm."""
    if len(value) > FIELD_CHARACTERS_MAX:
        return None
    found = [match for one in value.split(",") if (match := _DIGEST.fullmatch(one.strip())) is not None]
    try:
        return base64.b64decode(found[0]["value"], validate=True) if len(found) == 1 else None
    except ValueError:
        return None


def signature_base(message: HttpMessage, params: SignatureParams) -> bytes:
    """Return the octets that are signed (RFC 9421 §2.5); raises `HttpSignatureRefused` where a component is missing.

    Likewise for a component that is no ASCII, which no signature can cover.
    """
    lines = [f'"{name}": {message.component(name)}' for name in params.components]
    try:
        return "\n".join([*lines, f'"@signature-params": {params.written}']).encode("ascii")
    except UnicodeEncodeError as error:
        raise HttpSignatureRefused(HttpSignatureFailure.MALFORMED) from error


def sign_message(message: HttpMessage, signer: Signer, *, covering: Covering, key_id: str) -> dict[str, str]:
    """Return the fields `Signature-Input` and `Signature` of a message, made at `covering.moment` (RFC 9421 §3.1)."""
    listed = " ".join(f'"{name}"' for name in covering.components)
    algorithm = _OF_SIGNERS[signer.algorithm]
    written = f'({listed});created={covering.moment};keyid="{key_id}";alg="{algorithm}";tag="{covering.tag}"'
    value = signer.sign(signature_base(message, SignatureParams(covering.components, written)))
    return {
        "signature-input": f"{covering.label}={written}",
        "signature": f"{covering.label}=:{base64.b64encode(value).decode('ascii')}:",
    }


def read_signature(fields: Mapping[str, str]) -> tuple[str, HttpSignature]:
    """Return the label and the one signature in a message's fields, unverified; raises `HttpSignatureRefused`.

    Read is what RFC 9421 §4 writes for one signature over components without parameters; several are refused, because
    of two signatures somebody would believe the wrong one.
    """
    given, value = fields.get("signature-input"), fields.get("signature")
    if not given or not value:
        raise HttpSignatureRefused(HttpSignatureFailure.ABSENT)
    if max(len(given), len(value)) > FIELD_CHARACTERS_MAX:
        raise HttpSignatureRefused(HttpSignatureFailure.MALFORMED)
    inputs, values = _INPUT.fullmatch(given.strip()), _VALUE.fullmatch(value.strip())
    if inputs is None or values is None or inputs["label"] != values["label"]:
        raise HttpSignatureRefused(HttpSignatureFailure.MALFORMED)
    listed = inputs["components"].split(" ") if inputs["components"] else []
    found = [_COMPONENT.fullmatch(one) for one in listed]
    components = tuple(one[1] for one in found if one is not None)
    if len(components) != len(listed) or len(set(components)) != len(components):
        raise HttpSignatureRefused(HttpSignatureFailure.MALFORMED)
    return inputs["label"], HttpSignature(_params(components, inputs), _decoded(values["value"]))


def verify_message(
    message: HttpMessage, body: bytes, *, covering: Covering, find: Callable[[str], PublicKey | None]
) -> SignatureParams:
    """Return what a signature says of itself, once it proves that the message and its body are the signer's.

    As `verify_digested`, for a body at hand.
    """
    return verify_digested(message, hashlib.sha256(body).digest(), covering=covering, find=find)


def verify_digested(
    message: HttpMessage, digest: bytes, *, covering: Covering, find: Callable[[str], PublicKey | None]
) -> SignatureParams:
    """Return what a signature says of itself, once it proves that a message, its body of this SHA-256, is the signer's.

    1. The message carries one signature, under the label and with the tag that are expected.
    2. It covers exactly the expected components.
    3. It was made within `covering.window` seconds of `covering.moment`, before or after.
    4. `find` knows its key, and its algorithm is the key's.
    5. The signature verifies over these components.
    6. `Content-Digest`, which it covers, is the body's.

    Raises `HttpSignatureRefused`. That a message came before is not seen here: whoever takes it remembers its id.
    """
    label, signature = read_signature(message.fields)
    params = signature.params
    if label != covering.label or params.tag != covering.tag or params.key_id is None:
        raise HttpSignatureRefused(HttpSignatureFailure.ABSENT)
    if params.components != covering.components:
        raise HttpSignatureRefused(HttpSignatureFailure.COMPONENTS)
    if params.created is None or abs(params.created - covering.moment) > covering.window:
        raise HttpSignatureRefused(HttpSignatureFailure.TIME)
    key = find(params.key_id)
    if key is None:
        raise HttpSignatureRefused(HttpSignatureFailure.KEY_UNKNOWN)
    verify_value(signature_base(message, params), signature.value, algorithm=_named(params), key=key)
    if not hmac.compare_digest(message.component("content-digest"), digest_field(digest)):
        raise HttpSignatureRefused(HttpSignatureFailure.DIGEST)
    return params


def verify_value(base: bytes, value: bytes, *, algorithm: HttpAlgorithm, key: PublicKey) -> None:
    """Return where a value signs these octets (RFC 9421 §3.3); raises `HttpSignatureRefused`."""
    try:
        _check_value(base, value, algorithm=algorithm, key=key)
    except InvalidSignature as error:
        raise HttpSignatureRefused(HttpSignatureFailure.INVALID) from error


def _check_value(base: bytes, value: bytes, *, algorithm: HttpAlgorithm, key: PublicKey) -> None:
    match algorithm, key:
        case HttpAlgorithm.ED25519, ed25519.Ed25519PublicKey():
            key.verify(value, base)
        case HttpAlgorithm.ECDSA_P256_SHA256, ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            key.verify(_as_der(value, 32), base, ec.ECDSA(hashes.SHA256()))
        case HttpAlgorithm.ECDSA_P384_SHA384, ec.EllipticCurvePublicKey(curve=ec.SECP384R1()):
            key.verify(_as_der(value, 48), base, ec.ECDSA(hashes.SHA384()))
        case HttpAlgorithm.RSA_V1_5_SHA256, rsa.RSAPublicKey():
            key.verify(value, base, padding.PKCS1v15(), hashes.SHA256())
        case HttpAlgorithm.RSA_PSS_SHA512, rsa.RSAPublicKey():
            scheme = padding.PSS(padding.MGF1(hashes.SHA512()), salt_length=64)
            key.verify(value, base, scheme, hashes.SHA512())
        case _:
            raise HttpSignatureRefused(HttpSignatureFailure.ALGORITHM)


def _as_der(value: bytes, width: int) -> bytes:
    """Return r‖s, as HTTP writes an ECDSA signature, as the library reads it."""
    if len(value) != 2 * width:
        raise HttpSignatureRefused(HttpSignatureFailure.INVALID)
    return encode_dss_signature(int.from_bytes(value[:width], "big"), int.from_bytes(value[width:], "big"))


def _named(params: SignatureParams) -> HttpAlgorithm:
    try:
        return HttpAlgorithm(params.algorithm or "")
    except ValueError as error:
        raise HttpSignatureRefused(HttpSignatureFailure.ALGORITHM) from error


def _params(components: tuple[str, ...], inputs: re.Match[str]) -> SignatureParams:
    rest = inputs["rest"]
    parts = list(_PARAMETER.finditer(rest))
    members = {one["name"]: one for one in parts}
    if "".join(one[0] for one in parts) != rest or len(members) != len(parts):
        raise HttpSignatureRefused(HttpSignatureFailure.MALFORMED)
    created = members["created"]["number"] if "created" in members else None
    return SignatureParams(
        components,
        inputs["params"],
        created=int(created) if created else None,
        key_id=_text(members, "keyid"),
        algorithm=_text(members, "alg"),
        tag=_text(members, "tag"),
    )


def _text(members: Mapping[str, re.Match[str]], name: str) -> str | None:
    found = members[name]["text"] if name in members else None
    return None if found is None else found[1:-1]


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise HttpSignatureRefused(HttpSignatureFailure.MALFORMED) from error


def _authority(message: HttpMessage) -> str | None:
    """Return the host in small letters, with its port unless it is the scheme's own (RFC 9421 §2.2.3)."""
    parts = urlsplit(message.target)
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in {None, usual} else f"{host}:{parts.port}"


_DERIVED: Final[Mapping[str, Callable[[HttpMessage], str | None]]] = MappingProxyType(
    {
        "@method": lambda message: message.method or None,
        "@target-uri": lambda message: message.target or None,
        "@authority": _authority,
        "@path": lambda message: (urlsplit(message.target).path or "/") if message.target else None,
        "@query": lambda message: f"?{urlsplit(message.target).query}" if message.target else None,
        "@status": lambda message: None if message.status is None else str(message.status),
    }
)
"""Derived components (RFC 9421 §2.2) that are understood, without parameters."""

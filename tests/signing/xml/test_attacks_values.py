"""Signature values that are nearly right (threat 24)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from axis.demo.authority import KeyKind
from signing.verdict import FailureCode
from signing.xml.canonical import canonical
from tests.signing.pki import credential
from tests.signing.xml.packages import assert_refused, changed, judge, one, signed, signed_with

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ZERO = bytes(32)


def with_value(octets: bytes, value: bytes) -> bytes:
    """The signed package with another signature value."""

    def change(root: etree._Element) -> None:
        one(root, "//ds:SignatureValue").text = base64.b64encode(value).decode()

    return changed(octets, change)


def value_of(octets: bytes) -> bytes:
    return base64.b64decode(one(etree.fromstring(octets), "//ds:SignatureValue").text or "")


def halves(value: bytes) -> tuple[bytes, bytes]:
    return value[: len(value) // 2], value[len(value) // 2 :]


def ecdsa_values(r: bytes, s: bytes) -> dict[str, bytes]:
    """Values that are nearly r‖s."""
    order = P256_ORDER.to_bytes(32, "big")
    return {
        "DER": encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big")),
        "halves swapped": s + r,
        "r zero": ZERO + s,
        "s zero": r + ZERO,
        "both zero": ZERO + ZERO,
        "r is the order": order + s,
        "both are the order": order * 2,
        "both one": (1).to_bytes(32, "big") * 2,
        "padded before": b"\0" + r + b"\0" + s,
        "padded to the width of P-384": bytes(16) + r + bytes(16) + s,
        "padded behind": r + s + b"\0\0",
        "cut": r + s[:-1],
        "cut in both halves": r[:-1] + s[:-1],
        "r plus the order": (int.from_bytes(r, "big") + P256_ORDER).to_bytes(33, "big") + b"\0" + s,
        "one half": r,
        "one byte": b"\0",
        "very long": (r + s) * 10_000,
    }


@pytest.mark.parametrize("name", ecdsa_values(ZERO, ZERO))
def test_ecdsa_values(name: str) -> None:
    values = ecdsa_values(*halves(value_of(signed())))
    assert_refused(judge(with_value(signed(), values[name])), FailureCode.INVALID)


def test_the_other_value_that_ecdsa_has_for_the_same_octets_covers_the_same() -> None:
    # (r, n - s) verifies wherever (r, s) does: so nothing may be identified by its signature value.
    r, s = halves(value_of(signed()))
    other = r + (P256_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    assert other != r + s
    assert judge(with_value(signed(), other)).covered == judge(signed()).covered


RSA_KIND = KeyKind.RSA_2048
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
SHA256_WITHOUT_NULL = bytes.fromhex("302f300b06096086480165030402010420")


def encoded(prefix: bytes, digest: bytes, *, kind: int = 1, padding: int | None = None, behind: bytes = b"") -> bytes:
    """An encoded message (RFC 8017 §9.2), with as much padding as the modulus needs unless a length is given."""
    digest_info = prefix + digest
    length = 256 - 3 - len(digest_info) - len(behind) if padding is None else padding
    message = b"\0" + bytes([kind]) + b"\xff" * length + b"\0" + digest_info + behind
    return message + bytes(256 - len(message))


LAX: dict[str, Callable[[bytes], bytes]] = {
    "as it should be": lambda digest: encoded(SHA256_PREFIX, digest),
    "block type 2": lambda digest: encoded(SHA256_PREFIX, digest, kind=2),
    "block type 0": lambda digest: encoded(SHA256_PREFIX, digest, kind=0),
    "little padding and garbage behind": lambda digest: encoded(SHA256_PREFIX, digest, padding=8, behind=b"\x17" * 100),
    "something behind the digest": lambda digest: encoded(SHA256_PREFIX, digest, behind=b"\0"),
    "no parameters": lambda digest: encoded(SHA256_WITHOUT_NULL, digest),
    "the digest alone": lambda digest: encoded(b"", digest),
    "a long form of the length": lambda digest: encoded(b"\x30\x81" + SHA256_PREFIX[1:], digest),
    "SHA-1's name": lambda digest: encoded(bytes.fromhex("3021300906052b0e03021a05000414"), digest[:20]),
    "another digest": lambda digest: encoded(SHA256_PREFIX, hashlib.sha256(digest).digest()),
}


@pytest.mark.parametrize("name", LAX)
def test_rsa_padding(name: str) -> None:
    octets = signed_with(RSA_KIND)
    key = credential(kind=RSA_KIND).key
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    digest = hashlib.sha256(canonical(one(etree.fromstring(octets), "//ds:SignedInfo"))).digest()
    message = int.from_bytes(LAX[name](digest), "big")
    verdict = judge(with_value(octets, pow(message, numbers.d, numbers.public_numbers.n).to_bytes(256, "big")))
    if name == "as it should be":
        assert verdict.failure is None
    else:
        assert_refused(verdict, FailureCode.INVALID)


def test_rsa_values() -> None:
    octets = signed_with(RSA_KIND)
    value = value_of(octets)
    modulus = credential(kind=RSA_KIND).key.public_key().public_numbers()
    assert isinstance(modulus, rsa.RSAPublicNumbers)
    beyond = int.from_bytes(value, "big") + modulus.n
    wrong = [b"\0" + value, value + b"\0", value[1:], value[:-1], b"\0", bytes(256), b"\0" * 255 + b"\1"]
    if beyond < 1 << 2048:
        wrong.append(beyond.to_bytes(256, "big"))
    for one_of in wrong:
        assert_refused(judge(with_value(octets, one_of)), FailureCode.INVALID)


@pytest.mark.parametrize("kind", [KeyKind.RSA_2048, KeyKind.ECDSA_P256, KeyKind.ECDSA_P384])
@given(st.data())
def test_any_other_bit_of_a_value(kind: KeyKind, data: st.DataObject) -> None:
    octets = signed_with(kind)
    value = bytearray(value_of(octets))
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert_refused(judge(with_value(octets, bytes(value))), FailureCode.INVALID)


def test_a_key_of_the_other_curve() -> None:
    assert isinstance(credential(kind=KeyKind.ECDSA_P384).key, ec.EllipticCurvePrivateKey)
    value = value_of(signed_with(KeyKind.ECDSA_P384))
    assert_refused(judge(with_value(signed(), value)), FailureCode.INVALID)

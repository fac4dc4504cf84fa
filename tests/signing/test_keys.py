"""Keys are loaded once, are strong enough, belong to their certificate, and are never shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from axis.demo.authority import Credential, KeyKind
from signing.algorithms import SignatureAlgorithm
from signing.errors import KeyUnusable
from signing.keys import load_pem, load_pkcs12
from tests.signing.forgery import Forgery, rsa_key
from tests.signing.pki import certificate, chain, credential, hierarchy, signer

PASSWORD = "mật khẩu".encode()
KINDS = {
    KeyKind.RSA_2048: SignatureAlgorithm.RSA_SHA256,
    KeyKind.RSA_3072: SignatureAlgorithm.RSA_SHA256,
    KeyKind.ECDSA_P256: SignatureAlgorithm.ECDSA_SHA256,
    KeyKind.ECDSA_P384: SignatureAlgorithm.ECDSA_SHA384,
}


def verify(holder: Credential, signature: bytes, octets: bytes) -> None:
    """Checks a signature with nothing of ours; raises InvalidSignature."""
    key = holder.certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, octets, padding.PKCS1v15(), hashes.SHA256())
        return
    assert isinstance(key, ec.EllipticCurvePublicKey)
    half = len(signature) // 2
    assert half == key.key_size // 8
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(hashes.SHA384() if half > 32 else hashes.SHA256()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_signs_with_the_algorithm_it_states(kind: KeyKind) -> None:
    holder = credential(kind=kind)
    loaded = signer(holder)
    assert loaded.algorithm is KINDS[kind]
    verify(holder, loaded.sign(b"octets"), b"octets")


def test_ecdsa_values_keep_their_width_when_a_half_is_short() -> None:
    loaded = signer(credential())
    lengths = {len(loaded.sign(str(number).encode())) for number in range(600)}  # one in 256 halves begins with zero
    assert lengths == {64}


def test_pem_brings_the_chain_along_and_leaves_roots_behind() -> None:
    holder = credential()
    certificates = holder.certificates_pem + hierarchy().root.certificate_pem
    loaded = load_pem(holder.key_pem(), certificates)
    assert loaded.certificate == certificate(holder)
    assert loaded.chain == chain(holder)


def test_an_encrypted_key_needs_its_password() -> None:
    holder = credential()
    key = holder.key_pem(PASSWORD)
    assert load_pem(key, holder.certificates_pem, password=PASSWORD).certificate == certificate(holder)
    for wrong in (None, b"", b"another"):
        with pytest.raises(KeyUnusable):
            load_pem(key, holder.certificates_pem, password=wrong)


def test_a_password_for_a_key_that_has_none_is_refused() -> None:
    with pytest.raises(KeyUnusable):
        load_pem(credential().key_pem(), credential().certificates_pem, password=PASSWORD)


@pytest.mark.parametrize("kind", KINDS)
def test_pkcs12_gives_key_certificate_and_chain(kind: KeyKind) -> None:
    holder = credential(kind=kind)
    loaded = load_pkcs12(holder.pkcs12(PASSWORD), password=PASSWORD)
    assert (loaded.certificate, loaded.chain) == (certificate(holder), chain(holder))
    verify(holder, loaded.sign(b"octets"), b"octets")


@pytest.mark.parametrize("password", [None, b"", b"another"])
def test_a_pkcs12_container_needs_its_password(password: bytes | None) -> None:
    with pytest.raises(KeyUnusable):
        load_pkcs12(credential().pkcs12(PASSWORD), password=password)


@pytest.mark.parametrize("container", [b"", b"\x30\x00", credential().key_pem()], ids=["empty", "ASN.1", "PEM"])
def test_what_is_no_pkcs12_container_is_refused(container: bytes) -> None:
    with pytest.raises(KeyUnusable):
        load_pkcs12(container, password=PASSWORD)


def test_a_pkcs12_container_without_key_is_refused() -> None:
    one = credential().certificate
    container = pkcs12.serialize_key_and_certificates(None, None, None, [one], NoEncryption())
    with pytest.raises(KeyUnusable):
        load_pkcs12(container, password=None)


def test_a_key_with_another_keys_certificate_is_refused() -> None:
    with pytest.raises(KeyUnusable, match="another key"):
        load_pem(credential("A").key_pem(), credential("B").certificates_pem)
    with pytest.raises(KeyUnusable, match="another key"):
        load_pem(credential("A").key_pem(), credential(kind=KeyKind.RSA_2048).certificates_pem)


@pytest.mark.parametrize("text", [b"", b"no key", credential().certificates_pem], ids=["empty", "text", "certificate"])
def test_a_text_without_key_is_refused(text: bytes) -> None:
    with pytest.raises(KeyUnusable):
        load_pem(text, credential().certificates_pem)


def test_a_key_without_certificate_is_refused() -> None:
    with pytest.raises(KeyUnusable):
        load_pem(credential().key_pem(), b"")


WEAK: dict[str, Callable[[], CertificateIssuerPrivateKeyTypes]] = {
    "RSA-1024": lambda: rsa_key(1024),
    "RSA-2047": lambda: rsa_key(2047),
    "RSA with exponent 3 is short": lambda: rsa.generate_private_key(3, 1024),  # noqa: S505
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "P-192": lambda: ec.generate_private_key(ec.SECP192R1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "DSA": lambda: dsa.generate_private_key(2048),
}


@pytest.mark.parametrize("name", WEAK)
def test_keys_the_policy_forbids_are_never_loaded(name: str) -> None:
    key = WEAK[name]()
    forged = Forgery().under(hierarchy().intermediate, key)
    with pytest.raises(KeyUnusable, match="RSA of at least 2048 bits, ECDSA P-256 or P-384"):
        load_pem(forged.key_pem, forged.certificate.pem)


@pytest.mark.parametrize("kind", [KeyKind.RSA_2048, KeyKind.ECDSA_P256])
def test_a_key_is_never_shown(kind: KeyKind) -> None:
    loaded = signer(credential(kind=kind))
    assert f"{loaded!r} {loaded}" == " ".join([f"SoftwareSigner({loaded.certificate.fingerprint})"] * 2)


def test_an_error_never_shows_a_password_or_key() -> None:
    with pytest.raises(KeyUnusable) as raised:
        load_pem(credential().key_pem(PASSWORD), credential().certificates_pem, password=b"canary-4711")
    assert "canary" not in str(raised.value)
    assert "BEGIN" not in str(raised.value)

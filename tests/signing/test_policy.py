"""What is acceptable at all: listed algorithms, strong keys, certificates made for signing documents."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.policy import PACKAGE_POLICY, SEAL_POLICY, SignaturePolicy
from tests.signing.forgery import rsa_key
from tests.signing.pki import MOMENT


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_of_ordinary_length_is_admitted(bits: int) -> None:
    assert PACKAGE_POLICY.admits_key(rsa_key(bits).public_key())


@pytest.mark.parametrize("bits", [1024, 2047])
def test_short_rsa_is_not_admitted(bits: int) -> None:
    assert not PACKAGE_POLICY.admits_key(rsa_key(bits).public_key())


def test_rsa_too_long_to_verify_at_leisure_is_not_admitted() -> None:
    modulus = (1 << 8200) + 1
    assert not PACKAGE_POLICY.admits_key(rsa.RSAPublicNumbers(65537, modulus).public_key())


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda curve: curve.name)
def test_two_curves_are_admitted(curve: ec.EllipticCurve) -> None:
    assert PACKAGE_POLICY.admits_key(ec.generate_private_key(curve).public_key())


@pytest.mark.parametrize(
    "curve", [ec.SECP192R1(), ec.SECP224R1(), ec.SECP256K1(), ec.SECP521R1()], ids=lambda curve: curve.name
)
def test_other_curves_are_not_admitted(curve: ec.EllipticCurve) -> None:
    assert not PACKAGE_POLICY.admits_key(ec.generate_private_key(curve).public_key())


@pytest.mark.parametrize("thing", [None, "key", ed25519.Ed25519PrivateKey.generate().public_key(), rsa_key(2048)])
def test_what_is_no_public_key_of_a_listed_kind_is_not_admitted(thing: object) -> None:
    assert not PACKAGE_POLICY.admits_key(thing)


WEAK_WORDS = ("sha1", "md5", "ripemd", "hmac", "dsa-sha1", "#WithComments", "xpath", "xslt", "base64")


@pytest.mark.parametrize("policy", [PACKAGE_POLICY, SEAL_POLICY], ids=lambda policy: policy.name)
def test_no_policy_lists_anything_weak(policy: SignaturePolicy) -> None:
    listed = [one.name for one in policy.table if one.admits(MOMENT)]
    assert not [one for one in listed for word in WEAK_WORDS if word in one]
    assert policy.extended_usages.isdisjoint({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.TIME_STAMPING})


def test_policies_are_told_apart_by_name() -> None:
    assert PACKAGE_POLICY.name != SEAL_POLICY.name

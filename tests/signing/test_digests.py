"""Digests are known by the names that XML Signature gives them."""

from __future__ import annotations

import hashlib

import pytest

from signing.digests import DigestAlgorithm, sha256

ABC = {
    DigestAlgorithm.SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    DigestAlgorithm.SHA384: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
    "8086072ba1e7cc2358baeca134c825a7",
    DigestAlgorithm.SHA512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    DigestAlgorithm.SHA1: "a9993e364706816aba3e25717850c26c9cd0d89d",
}


@pytest.mark.parametrize("algorithm", DigestAlgorithm, ids=lambda one: one.name)
def test_the_digest_of_abc_is_the_one_of_fips_180(algorithm: DigestAlgorithm) -> None:
    assert algorithm.digest(b"abc").hex() == ABC[algorithm]


def test_a_fingerprint_is_a_sha256() -> None:
    assert sha256(b"abc") == hashlib.sha256(b"abc").digest() == DigestAlgorithm.SHA256.digest(b"abc")


@pytest.mark.parametrize("name", ["http://www.w3.org/2001/04/xmldsig-more#md5", "sha256", "SHA256", ""])
def test_no_other_name_is_a_digest(name: str) -> None:
    with pytest.raises(ValueError):
        DigestAlgorithm(name)

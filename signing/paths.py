"""How the library that builds certificate paths is made to judge as strictly as the rest of this floor."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from asn1crypto import algos, keys, x509
from pyhanko_certvalidator.authority import CertTrustAnchor, derive_quals_from_cert
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, AlgorithmUsagePolicy
from pyhanko_certvalidator.validate import SUPPORTED_EXTENSIONS

from signing.allowances import REVIEWED, TABLE, Allowance, Use, rows_for
from signing.certificates import Certificate
from signing.digests import DigestAlgorithm
from signing.errors import CertificateUnreadable
from signing.nesting import UNREADABLE_ASN1, refuse_nested

_DIGESTS: Final = {one.name.lower(): one for one in DigestAlgorithm}
_SIGNATURES: Final = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa", "ecdsa": "ec"}
"""Signature algorithms of certificates, by the kind of key they need."""

Result = TypeVar("Result")


class LinkAlgorithms(AlgorithmUsagePolicy):
    """Which algorithms may join two certificates of a path: those of the table at the moment, with a key of their kind.

    The library's own policy lists what is forbidden and asserts that key and algorithm fit, so a forged certificate
    that names another algorithm than its alleged issuer's would stop it with an AssertionError.
    """

    def __init__(self, table: tuple[Allowance, ...] = TABLE) -> None:
        self._table = table

    def digest_algorithm_allowed(
        self, algo: algos.DigestAlgorithm, moment: datetime | None
    ) -> AlgorithmUsageConstraint:
        """Return whether a digest may be used."""
        return AlgorithmUsageConstraint(allowed=self._admits(algo["algorithm"].native, moment))

    def signature_algorithm_allowed(
        self, algo: algos.SignedDigestAlgorithm, moment: datetime | None, public_key: keys.PublicKeyInfo | None
    ) -> AlgorithmUsageConstraint:
        """Return whether the issuer's key may have signed a certificate with this algorithm."""
        try:
            signature, digest = algo.signature_algo, algo.hash_algo
        except ValueError:
            return AlgorithmUsageConstraint(allowed=False)
        fits = public_key is not None and public_key.algorithm == _SIGNATURES.get(signature)
        return AlgorithmUsageConstraint(allowed=fits and self._admits(digest, moment))

    def _admits(self, digest: str, moment: datetime | None) -> bool:
        named = _DIGESTS.get(digest)
        rows = () if named is None else rows_for(self._table, Use.DIGEST, name=named.value)
        return any(one.admits(moment or REVIEWED) for one in rows)


def constrained_anchor(certificate: Certificate) -> CertTrustAnchor:
    """Return a trust anchor that keeps its own validity, path length and name constraints (RFC 5937).

    RFC 5280 leaves an anchor's certificate unread but for name and key. Its policies stay unread here too: requiring
    them would refuse every certificate below a root that merely names its own.
    """
    parsed = readable(certificate)
    qualifiers = derive_quals_from_cert(parsed)
    parameters = qualifiers.standard_parameters
    if parameters is not None:
        anything = frozenset({"any_policy"})
        parameters = replace(parameters, user_initial_policy_set=anything, initial_explicit_policy=False)
    # The library counts down the second length, for attribute authorities, wherever the first one is set.
    length = qualifiers.max_path_length
    return CertTrustAnchor(parsed, replace(qualifiers, standard_parameters=parameters, max_aa_path_length=length))


def readable(certificate: Certificate) -> x509.Certificate:
    """Return the certificate as the path library reads it, all it looks at parsed; raises `CertificateUnreadable`.

    It parses lazily: a field it cannot read would stop it halfway, with an error of any kind.
    """
    try:
        refuse_nested(certificate.der)
        parsed = x509.Certificate.load(certificate.der, strict=True)
        body = parsed["tbs_certificate"]
        _ = (parsed.critical_extensions, parsed.subject.hashable, parsed.issuer.hashable, parsed.self_signed)
        _ = (parsed["signature_algorithm"].native, body["validity"].native, body["subject_public_key_info"].native)
        for extension in body["extensions"]:
            if extension["extn_id"].native in SUPPORTED_EXTENSIONS:
                _ = extension["extn_value"].parsed.native
    except UNREADABLE_ASN1 as error:
        raise CertificateUnreadable("not a certificate that paths are built from") from error
    return parsed


def readable_ones(certificates: Iterable[Certificate]) -> Iterator[x509.Certificate]:
    """Yield the certificates that can be read: what came along with a signature is trusted for nothing."""
    for one in certificates:
        try:
            yield readable(one)
        except CertificateUnreadable:
            continue


def completed(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of a coroutine that never waits.

    Path validation is written for fetching; here nothing is fetched, so it needs no event loop, and so it also works
    for a caller who happens to run inside one.
    """
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: Result = finished.value
        return result
    coroutine.close()
    raise RuntimeError("path validation waited for something")

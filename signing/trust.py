"""Certificate paths to configured anchors, judged at a given moment (RFC 5280, EN 319 102-1 clause 5.2.6)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    ValidationError,
)

from signing.certificates import Certificate
from signing.errors import CertificateUnreadable, TrustFault, TrustUnusable
from signing.paths import LinkAlgorithms, completed, constrained_anchor, readable, readable_ones
from signing.policy import CERTIFICATES_MAX, SignaturePolicy
from signing.verdict import CertificatePath, Failure, FailureCode

CACHED_PATHS_MAX: Final = 4096
"""Validated paths remembered per process: more signers than are active within an hour, at about 10 kB each."""
_Key = tuple[SignaturePolicy, tuple[Certificate, ...]]


@dataclass(frozen=True, slots=True)
class _CachedPath:
    """A path that validated; it keeps validating while every certificate in it is within its validity."""

    path: CertificatePath
    not_before: datetime
    not_after: datetime


class TrustStore:
    """The anchors this installation trusts, and the intermediates it knows.

    A path depends on its certificates and, as long as revocation is not judged, on the moment only through their
    validity: so a validated path is remembered and the hot path pays for it once per certificate.
    """

    def __init__(self, anchors: Iterable[Certificate], intermediates: Iterable[Certificate] = ()) -> None:
        self.anchors: Final = tuple(anchors)
        self.intermediates: Final = tuple(intermediates)
        if not self.anchors:
            raise TrustUnusable(TrustFault.NO_ANCHOR)
        for authority in (*self.anchors, *self.intermediates):
            _check_authority(authority)
        try:
            self._anchors = [constrained_anchor(one) for one in self.anchors]
            self._intermediates = [readable(one) for one in self.intermediates]
        except CertificateUnreadable as error:
            raise TrustUnusable(TrustFault.UNREADABLE) from error
        self._cache: OrderedDict[_Key, _CachedPath] = OrderedDict()
        self._lock = threading.Lock()
        # The path library parses as it reads, and the authorities' certificates are shared: one path at a time.
        self._building = threading.Lock()

    def judge(
        self, signer: Certificate, others: Iterable[Certificate], *, at: datetime, policy: SignaturePolicy
    ) -> CertificatePath | Failure:
        """Return the path from `signer` to an anchor, or why there is none at that moment.

        1. The signer's certificate is for signing documents (own lints: what RFC 5280 leaves to the application).
        2. A path that validated before is taken while all its certificates are valid.
        3. Otherwise RFC 5280 path validation at `at`, with the anchor's own validity and constraints; nothing is
           fetched.
        4. Every key in the path is of an allowed kind.

        `others` are the further certificates that came with the signature: at most five, trusted for nothing. `at` is
        aware.
        """
        if at.tzinfo is None:
            raise ValueError("certificates are judged at an aware moment")
        chain = tuple(others)
        if 1 + len(chain) > CERTIFICATES_MAX:
            return Failure(FailureCode.TOO_MANY_CERTIFICATES, str(1 + len(chain)))
        if failure := _lint_signer(signer, policy):
            return failure
        key = (policy, (signer, *chain))
        if cached := self._recall(key, at):
            return cached
        with self._building:
            judged = self._recall(key, at) or self._validate(signer, chain, at=at)
        if isinstance(judged, CertificatePath):
            if failure := _lint_keys(judged, policy):
                return failure
            self._remember(key, judged)
        return judged

    def path_of(
        self, certificate: Certificate, others: Iterable[Certificate], *, at: datetime
    ) -> CertificatePath | Failure:
        """Return the path of any certificate, an authority's too, by RFC 5280 alone: its use is not asked for.

        `others` are as in `judge`, and so is their number.
        """
        chain = tuple(others)
        if 1 + len(chain) > CERTIFICATES_MAX:
            return Failure(FailureCode.TOO_MANY_CERTIFICATES, str(1 + len(chain)))
        with self._building:
            return self._validate(certificate, chain, at=at)

    def _validate(
        self, signer: Certificate, chain: tuple[Certificate, ...], *, at: datetime
    ) -> CertificatePath | Failure:
        try:
            leaf = readable(signer)
        except CertificateUnreadable:
            return Failure(FailureCode.PATH_INVALID, "unreadable certificate")
        context = ValidationContext(
            trust_roots=self._anchors_at(at),
            other_certs=[*self._intermediates, *readable_ones(chain)],
            moment=at,
            allow_fetching=False,
            revocation_mode="soft-fail",
            algorithm_usage_policy=LinkAlgorithms(),
            time_tolerance=timedelta(0),
        )
        validator = CertificateValidator(leaf, validation_context=context)
        try:
            path = completed(validator.async_validate_path())
        except ExpiredError as error:
            return Failure(FailureCode.CERTIFICATE_EXPIRED, _whose(error))
        except NotYetValidError as error:
            return Failure(FailureCode.CERTIFICATE_NOT_YET_VALID, _whose(error))
        except DisallowedAlgorithmError:
            return Failure(FailureCode.ALGORITHM_FORBIDDEN, "algorithm of a certificate's signature")
        except (PathBuildingError, InvalidCertificateError):
            return Failure(FailureCode.UNTRUSTED, signer.issuer)
        except (ValidationError, ValueError, NotImplementedError) as error:
            return Failure(FailureCode.PATH_INVALID, type(error).__name__)
        certificates = tuple(Certificate(one.dump()) for one in path.iter_certs(include_root=True))
        return CertificatePath(tuple(reversed(certificates)))

    def _anchors_at(self, at: datetime) -> list[CertTrustAnchor]:
        """Return the anchors, those in force first: of several with one name and key the library takes the first."""
        pairs = zip(self.anchors, self._anchors, strict=True)
        return [anchor for _, anchor in sorted(pairs, key=lambda pair: not pair[0].is_in_force(at))]

    def _recall(self, key: _Key, at: datetime) -> CertificatePath | None:
        with self._lock:
            cached = self._cache.get(key)
            if cached is None or not cached.not_before <= at <= cached.not_after:
                return None
            self._cache.move_to_end(key)
            return cached.path

    def _remember(self, key: _Key, path: CertificatePath) -> None:
        not_before = max(one.not_before for one in path.certificates)
        not_after = min(one.not_after for one in path.certificates)
        with self._lock:
            self._cache[key] = _CachedPath(path, not_before, not_after)
            while len(self._cache) > CACHED_PATHS_MAX:
                self._cache.popitem(last=False)


def _whose(error: ExpiredError | NotYetValidError) -> str:
    return "signer" if error.is_ee_cert else "authority"


def _check_authority(certificate: Certificate) -> None:
    """Raise `TrustUnusable` unless the certificate is a well-formed authority: the library leaves anchors unchecked."""
    extensions = certificate.x509.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound as error:
        raise TrustUnusable(TrustFault.NO_USAGE, subject=certificate.subject) from error
    if not certificate.is_authority or not usage.key_cert_sign:
        raise TrustUnusable(TrustFault.NO_AUTHORITY, subject=certificate.subject)


def _lint_signer(signer: Certificate, policy: SignaturePolicy) -> Failure | None:
    """Return why the certificate may not sign documents whoever issued it, or None."""
    if signer.is_authority:
        return Failure(FailureCode.USAGE_FORBIDDEN, "certificate of an authority")
    if not policy.admits_key(signer.x509.public_key()):
        return Failure(FailureCode.KEY_FORBIDDEN, "key of the signer")
    extensions = signer.x509.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return Failure(FailureCode.USAGE_FORBIDDEN, "no key usage")
    if not (usage.digital_signature or usage.content_commitment) or (policy.is_dedicated and _does_more(usage)):
        return Failure(FailureCode.USAGE_FORBIDDEN, "key usage")
    try:
        extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return Failure(FailureCode.USAGE_FORBIDDEN, "no extended key usage") if policy.is_dedicated else None
    if policy.extended_usages.isdisjoint(extended.value):
        return Failure(FailureCode.USAGE_FORBIDDEN, "extended key usage")
    if policy.is_dedicated and not (extended.critical and len(extended.value) == 1):
        return Failure(FailureCode.USAGE_FORBIDDEN, "extended key usage not sole and critical")
    return None


def _does_more(usage: x509.KeyUsage) -> bool:
    """Return whether a key usage names more than signatures."""
    return (
        usage.key_encipherment
        or usage.data_encipherment
        or usage.key_agreement
        or usage.key_cert_sign
        or usage.crl_sign
    )


def _lint_keys(path: CertificatePath, policy: SignaturePolicy) -> Failure | None:
    """Return a failure where an authority of the path holds a key the policy forbids."""
    for certificate in path.certificates:
        if not policy.admits_key(certificate.x509.public_key()):
            return Failure(FailureCode.KEY_FORBIDDEN, "key of an authority")
    return None

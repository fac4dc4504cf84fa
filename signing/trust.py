"""Certificate paths to configured anchors, judged at a given moment (RFC 5280, EN 319 102-1 clause 5.2.6)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
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

from signing.allowances import TABLE, Use
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable, TrustFault, TrustUnusable
from signing.lints import failed_lints
from signing.paths import LinkAlgorithms, completed, constrained_anchor, readable, readable_ones
from signing.policy import CERTIFICATES_MAX, SignaturePolicy
from signing.purposes import Purpose, TrustedAuthority
from signing.verdict import CertificatePath, Failure, FailureCode

CACHED_PATHS_MAX: Final = 4096
"""Validated paths remembered per process: more signers than are active within an hour, at about 10 kB each."""
_Key = tuple[SignaturePolicy, tuple[Certificate, ...]]
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)


class PathJudge(Protocol):
    """Who says whether a signer has a path to an anchor: a `TrustStore`, or who asks one on a verifier's behalf."""

    def judge(
        self, signer: Certificate, others: Iterable[Certificate], *, at: datetime, policy: SignaturePolicy
    ) -> CertificatePath | Failure:
        """Return what `TrustStore.judge` returns."""
        ...


@dataclass(frozen=True, slots=True)
class _CachedPath:
    """A path that validated; at what moments it goes on validating."""

    path: CertificatePath
    span: Span


class TrustStore:
    """The authorities this installation trusts, and the intermediates it knows, each for its purposes and time.

    A path depends on its certificates and, as long as revocation is not judged, on the moment only through their
    validity, through the windows of its authorities and through the dates of its algorithms: so a validated path is
    remembered, and the hot path pays for it once per certificate.
    """

    def __init__(
        self,
        anchors: Iterable[Certificate] = (),
        intermediates: Iterable[Certificate] = (),
        *,
        authorities: Iterable[TrustedAuthority] = (),
    ) -> None:
        self.authorities: Final = (
            *(TrustedAuthority(one) for one in anchors),
            *(TrustedAuthority(one, is_anchor=False) for one in intermediates),
            *authorities,
        )
        self.anchors: Final = tuple(one.certificate for one in self.authorities if one.is_anchor)
        self.intermediates: Final = tuple(one.certificate for one in self.authorities if not one.is_anchor)
        if not self.anchors:
            raise TrustUnusable(TrustFault.NO_ANCHOR)
        for authority in self.authorities:
            check_authority(authority.certificate)
        try:
            self._anchors = {one: constrained_anchor(one) for one in self.anchors}
            self._intermediates = {one: readable(one) for one in self.intermediates}
        except CertificateUnreadable as error:
            raise TrustUnusable(TrustFault.UNREADABLE) from error
        self._named = {one.certificate: one for one in self.authorities}
        self._cache: OrderedDict[_Key, _CachedPath] = OrderedDict()
        self._lock = threading.Lock()
        # The path library parses as it reads, and the authorities' certificates are shared: one path at a time.
        self._building = threading.Lock()

    def require(self, *purposes: Purpose) -> None:
        """Raise `TrustUnusable` for the first of the purposes that no anchor serves."""
        for purpose in purposes:
            if not any(one.is_anchor and one.serves(purpose) for one in self.authorities):
                raise TrustUnusable(TrustFault.NO_ANCHOR_FOR, purpose=purpose.value)

    def anchors_for(self, purpose: Purpose) -> tuple[Certificate, ...]:
        """Return the anchors that serve a purpose, whatever their windows."""
        return tuple(one.certificate for one in self.authorities if one.is_anchor and one.serves(purpose))

    def names(self, certificate: Certificate) -> bool:
        """Return whether the certificate is one of the configured authorities."""
        return certificate in self._named

    def judge(
        self, signer: Certificate, others: Iterable[Certificate], *, at: datetime, policy: SignaturePolicy
    ) -> CertificatePath | Failure:
        """Return the path from `signer` to an anchor, or why there is none at that moment.

        1. The signer's certificate is for signing documents (own lints: what RFC 5280 leaves to the application).
        2. A path that validated before is taken while all its certificates are valid, its authorities trusted and its
           algorithms allowed.
        3. Otherwise RFC 5280 path validation at `at`, to an anchor that is trusted for the policy's purpose then, with
           the anchor's own validity and constraints; nothing is fetched.
        4. Every certificate below the anchor meets RFC 5280's demands (`signing/lints.py`).
        5. Every key in the path is of an allowed kind, and no authority's extended usages exclude the signer's use.

        `others` are the further certificates that came with the signature: at most five, trusted for nothing. `at` is
        aware.
        """
        chain = tuple(others)
        if failure := self.refusal(signer, chain, at=at, policy=policy):
            return failure
        if cached := self.recall(signer, chain, at=at, policy=policy):
            return cached
        with self._building:
            judged = self.recall(signer, chain, at=at, policy=policy) or self._found(
                signer, chain, at=at, policy=policy
            )
        if isinstance(judged, CertificatePath):
            if failure := lint_path(judged, policy, at=at):
                return failure
            self.remember(judged, chain, at=at, policy=policy)
        return judged

    def refusal(
        self, signer: Certificate, others: Sequence[Certificate], *, at: datetime, policy: SignaturePolicy
    ) -> Failure | None:
        """Return why no path has to be looked for, or None (step 1); `at` is aware."""
        if at.tzinfo is None:
            raise ValueError("certificates are judged at an aware moment")
        if 1 + len(others) > CERTIFICATES_MAX:
            return Failure(FailureCode.TOO_MANY_CERTIFICATES, str(1 + len(others)))
        return lint_signer(signer, policy, at=at)

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
            return self._found(certificate, chain, at=at, policy=None)

    def recall(
        self, signer: Certificate, others: Iterable[Certificate], *, at: datetime, policy: SignaturePolicy
    ) -> CertificatePath | None:
        """Return the path that was found for these certificates before and that holds at `at` too, or None."""
        key = (policy, (signer, *others))
        with self._lock:
            cached = self._cache.get(key)
            if cached is None or not cached.span.holds(at):
                return None
            self._cache.move_to_end(key)
            return cached.path

    def remember(
        self, path: CertificatePath, others: Iterable[Certificate], *, at: datetime, policy: SignaturePolicy
    ) -> None:
        """Keep a path that `judge` found at `at`, here or in another process, for as long as it holds."""
        span = self._span(path, policy, at=at)
        with self._lock:
            self._cache[(policy, (path.signer, *others))] = _CachedPath(path, span)
            while len(self._cache) > CACHED_PATHS_MAX:
                self._cache.popitem(last=False)

    def _found(
        self, signer: Certificate, chain: tuple[Certificate, ...], *, at: datetime, policy: SignaturePolicy | None
    ) -> CertificatePath | Failure:
        """Return the path through authorities that are trusted at `at`, or why there is none.

        Where one goes through an authority that was given up before, that is the reason told, or what else is wrong
        with it: who has a proof that a signature is older asks again about its time.
        """
        purpose = policy.purpose if policy else None
        serving = [one for one in self.authorities if one.serves(purpose)]
        judged = self._validate(
            signer, chain, at=at, policy=policy, among=[one for one in serving if one.is_trusted(at)]
        )
        if isinstance(judged, CertificatePath):
            return judged
        once = [one for one in serving if one.is_trusted(at) or one.is_given_up(at)]
        if any(one.is_given_up(at) for one in once):
            before = self._validate(signer, chain, at=at, policy=policy, among=once)
            if isinstance(before, CertificatePath):
                return Failure(FailureCode.AUTHORITY_GIVEN_UP, before.anchor.subject)
            return before if judged.code is FailureCode.UNTRUSTED else judged
        return judged

    def _validate(
        self,
        signer: Certificate,
        chain: tuple[Certificate, ...],
        *,
        at: datetime,
        policy: SignaturePolicy | None = None,
        among: Sequence[TrustedAuthority] | None = None,
    ) -> CertificatePath | Failure:
        """Steps 3 and 4, by the authorities `among`: the others count for nothing, even where they come along."""
        among = self.authorities if among is None else among
        trusted = {one.certificate for one in among}
        anchors = [one for one in self.anchors if one in trusted]
        if not anchors:
            return Failure(FailureCode.UNTRUSTED, signer.issuer)
        chain = tuple(one for one in chain if one in trusted or one not in self._named)
        known = [parsed for one, parsed in self._intermediates.items() if one in trusted]
        try:
            leaf = readable(signer)
        except CertificateUnreadable:
            return Failure(FailureCode.PATH_INVALID, "unreadable certificate")
        context = ValidationContext(
            trust_roots=self._in_force_first(anchors, at=at),
            other_certs=[*known, *readable_ones(chain)],
            moment=at,
            allow_fetching=False,
            revocation_mode="soft-fail",
            algorithm_usage_policy=LinkAlgorithms(policy.table if policy else TABLE),
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
        found = CertificatePath(tuple(reversed(certificates)))
        return self._linted(found) or found

    def _linted(self, path: CertificatePath) -> Failure | None:
        """Return the first demand of RFC 5280 that a certificate below the anchor fails and nobody tolerates."""
        tolerated = {code for one in path.certificates if one in self._named for code in self._named[one].tolerates}
        for certificate in path.certificates[:-1]:
            for lint in failed_lints(readable(certificate)):
                if lint.code not in tolerated:
                    return Failure(FailureCode.PATH_INVALID, f"{lint.code} (RFC 5280 clause {lint.clause})")
        return None

    def _in_force_first(self, anchors: Iterable[Certificate], *, at: datetime) -> list[CertTrustAnchor]:
        """Return the anchors, those in force first: of several with one name and key the library takes the first."""
        return [self._anchors[one] for one in sorted(anchors, key=lambda one: not one.is_in_force(at))]

    def _span(self, path: CertificatePath, policy: SignaturePolicy, *, at: datetime) -> Span:
        """Return when the path holds: around `at`, as far as nothing that it rests on changes."""
        named = [self._named[one] for one in path.certificates if one in self._named]
        first = [one.not_before for one in path.certificates] + [one.trusted_from or _EARLIEST for one in named]
        last = [one.not_after for one in path.certificates]
        # Windows end, and algorithms begin and end, before or after `at`: it holds up to the nearest such moment.
        ends = [moment for one in named if (moment := one.trusted_until)] + list(_changes(path, policy))
        return Span(
            max([*first, *(one for one in ends if one <= at)]),
            min(last),
            min((one for one in ends if one > at), default=_LATEST),
        )


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both included, and before `end`; all aware."""

    first: datetime
    last: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Return whether the aware moment is within."""
        return self.first <= at <= self.last and at < self.end


def _changes(path: CertificatePath, policy: SignaturePolicy) -> Iterator[datetime]:
    """Yield the moments at which the policy's answer about a key or algorithm of the path may change."""
    for one in path.certificates:
        yield from policy.changes_for_key(one.x509.public_key())
    for row in policy.table:
        if row.use is Use.DIGEST:
            yield row.since
            if row.until is not None:
                yield row.until


CurrentTrust = Callable[[], TrustStore]
"""Hands out the trust store in effect at this moment; it changes while processes run."""


def _whose(error: ExpiredError | NotYetValidError) -> str:
    return "signer" if error.is_ee_cert else "authority"


def check_authority(certificate: Certificate) -> None:
    """Raise `TrustUnusable` unless the certificate is a well-formed authority: the library leaves anchors unchecked."""
    extensions = certificate.x509.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound as error:
        raise TrustUnusable(TrustFault.NO_USAGE, subject=certificate.subject) from error
    if not certificate.is_authority or not usage.key_cert_sign:
        raise TrustUnusable(TrustFault.NO_AUTHORITY, subject=certificate.subject)


def lint_signer(signer: Certificate, policy: SignaturePolicy, *, at: datetime) -> Failure | None:
    """Return why the certificate may not sign documents at `at` whoever issued it, or None."""
    if signer.is_authority:
        return Failure(FailureCode.USAGE_FORBIDDEN, "certificate of an authority")
    if not policy.admits_key(signer.x509.public_key(), at=at):
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


def lint_path(path: CertificatePath, policy: SignaturePolicy, *, at: datetime) -> Failure | None:
    """Return why authorities of a path may not stand above this signer, or None.

    Each holds a key that the policy allows at `at`. An authority whose certificate lists extended usages issues for
    those alone (RFC 5280 clause 4.2.1.12): one of them must be a use that the policy takes.
    """
    for certificate in path.certificates:
        if not policy.admits_key(certificate.x509.public_key(), at=at):
            return Failure(FailureCode.KEY_FORBIDDEN, "key of an authority")
    usages = policy.extended_usages | {ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    for certificate in path.certificates[1:]:
        try:
            extended = certificate.x509.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        if usages.isdisjoint(extended):
            return Failure(FailureCode.USAGE_FORBIDDEN, "extended key usage of an authority")
    return None

"""The certificate in question as the path library sees it, and the context in which evidence about it is judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from asn1crypto import crl, ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo, ValidationTimingParams
from pyhanko_certvalidator.path import ValidationPath

from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.paths import LinkAlgorithms, readable, readable_ones
from signing.statuses import CLOCK_TOLERANCE
from signing.verdict import CertificatePath


@dataclass(frozen=True, slots=True)
class Case:
    """A certificate, its path, further certificates that may have signed evidence, and the moment it is judged at."""

    path: ValidationPath
    leaf: asn1_x509.Certificate
    others: tuple[asn1_x509.Certificate, ...]
    at: datetime

    @classmethod
    def of(cls, path: CertificatePath, others: Iterable[Certificate], *, at: datetime) -> Self:
        """Return the case of `path.signer`; raises `CertificateUnreadable`, also for an anchor, which has none."""
        leaf, *authorities = (readable(one) for one in path.certificates)
        if not authorities:
            raise CertificateUnreadable("an anchor is trusted without evidence")
        anchor = CertTrustAnchor(authorities[-1])
        along = ValidationPath(anchor, list(reversed(authorities[:-1])), leaf)
        return cls(along, leaf, tuple(readable_ones(others)), at)

    @property
    def certificates(self) -> tuple[asn1_x509.Certificate, ...]:
        """Everybody who may have signed evidence: the path's certificates, and the others."""
        return (*self.path.iter_certs(include_root=True), *self.others)

    def context(
        self, crls: Sequence[crl.CertificateList] = (), ocsps: Sequence[ocsp.OCSPResponse] = ()
    ) -> ValidationContext:
        """Return a context with this evidence and no other.

        A responder without `ocsp-nocheck` needs evidence of its own, and here is none: so it is not believed.
        """
        context = ValidationContext(
            trust_roots=[self.path.trust_anchor],
            other_certs=list(self.certificates),
            crls=list(crls),
            ocsps=list(ocsps),
            moment=self.at,
            allow_fetching=False,
            revocation_mode="require",
            algorithm_usage_policy=LinkAlgorithms(),
            time_tolerance=CLOCK_TOLERANCE,
        )
        # Of a moment in the past, the library says nothing of a revocation dated later, and so that nobody revoked the
        # certificate. From which moment on a revocation counts is ours to say (`RevocationStatus.seen_at`).
        timing = ValidationTimingInfo(self.at, self.at, point_in_time_validation=False)
        context.timing_params = ValidationTimingParams(timing, CLOCK_TOLERANCE)
        # The authorities above were judged with the path; whether they are revoked is a question of their own.
        for authority in self.path.iter_certs(include_root=True):
            if authority is not self.leaf:
                context.record_validation(authority, self.path)
        return context

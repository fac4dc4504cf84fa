"""Which certificates of a path authorities are asked about, each with what is needed to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from signing.certificates import Certificate
from signing.verdict import CertificatePath
from storage.records import SeenCertificate


def seen_on(path: CertificatePath, is_wanted: Callable[[Certificate], bool]) -> Iterator[SeenCertificate]:
    """Yield the path's wanted certificates, each with the authorities above it; the anchor is never among either."""
    for position, one in enumerate(path.certificates[:-1]):
        if is_wanted(one):
            chain = tuple(each.der for each in path.certificates[position + 1 : -1])
            yield SeenCertificate(bytes.fromhex(one.fingerprint), one.der, one.not_after, chain)

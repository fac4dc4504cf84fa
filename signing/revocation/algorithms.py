"""Whether lists and answers are signed by algorithms and keys of the signing policy (`signing/allowances.py`).

The library verifies their signatures by whatever they name; its own list of what is forbidden binds certificates alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from asn1crypto import algos, crl, ocsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signing.allowances import TABLE, rows_for_key
from signing.paths import LinkAlgorithms

_LINKS: Final = LinkAlgorithms()


class AlgorithmForbidden(ValueError):
    """The evidence is signed by what has no row at the moment, so it is not believed."""


def refuse_answers_algorithms(
    response: ocsp.OCSPResponse, known: Iterable[asn1_x509.Certificate], *, at: datetime
) -> None:
    """Raise `AlgorithmForbidden` for an OCSP answer whose signature the table does not allow at the aware moment.

    The responder is among the certificates it brings, or among those `known`; an answer of anybody else is refused too.
    """
    basic = response.basic_ocsp_response
    named = basic["tbs_response_data"]["responder_id"]
    responders = [one for one in (*(basic["certs"] or ()), *known) if _is_responder(one, named)]
    if not responders:
        raise AlgorithmForbidden("of nobody known")
    _refuse(basic["signature_algorithm"], responders, at=at)


def refuse_lists_algorithms(
    listed: crl.CertificateList, known: Iterable[asn1_x509.Certificate], *, at: datetime
) -> None:
    """Raise `AlgorithmForbidden` for a CRL whose signature the table does not allow at the aware moment.

    The algorithm stands in it twice, and is the same (RFC 5280 §5.1.1.2).
    """
    algorithm, inside = listed["signature_algorithm"], listed["tbs_cert_list"]["signature"]
    if algorithm.dump() != inside.dump():
        raise AlgorithmForbidden("two algorithms")
    _refuse(algorithm, (one for one in known if one.subject == listed.issuer), at=at)


def _is_responder(certificate: asn1_x509.Certificate, named: Any) -> bool:
    if named.name == "by_name":
        return bool(certificate.subject == named.chosen)
    # The library also takes a certificate that states this identifier, which need not be the hash (RFC 7093 §2).
    return named.chosen.native in (certificate.public_key.sha1, certificate.key_identifier)


def _refuse(algorithm: algos.SignedDigestAlgorithm, signers: Iterable[asn1_x509.Certificate], *, at: datetime) -> None:
    for one in signers:
        key = one.public_key
        if not _LINKS.signature_algorithm_allowed(algorithm, at, key).allowed:
            raise AlgorithmForbidden(str(algorithm["algorithm"].native))
        if not any(row.admits(at) for row in rows_for_key(TABLE, load_der_public_key(key.dump()))):
            raise AlgorithmForbidden("key")

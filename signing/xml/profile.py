"""Examines a document against the whole profile of `structure` and `keyinfo`."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from signing.policy import SignaturePolicy
from signing.verdict import FailureCode
from signing.xml.keyinfo import certificates_in
from signing.xml.structure import (
    Listed,
    Structure,
    StructureRefused,
    covering_reference,
    identifiers,
    only_signature,
    references_of,
    refuse_comments_in_text,
    refuse_hidden_parts,
    signature_algorithm,
    signature_parts,
)


def examine(
    root: etree._Element, parent: tuple[str, ...], *, policy: SignaturePolicy, at: datetime | None
) -> Structure:
    """Return the structure of the one signature under `parent`, or raise `StructureRefused`.

    `parent` are the expanded names from the root down to the element that must hold the signature. Algorithms are those
    the policy allows at the aware moment `at`; without one, those that it allows at any.

    1. Exactly one `ds:Signature` anywhere in the document, in its place; no `ds:Manifest` anywhere.
    2. No identifier attribute occurs twice, whatever its spelling; canonical forms stay near the document's size.
    3. The children of Signature and SignedInfo are those of the schema, in order, once.
    4. Canonicalisation and signature algorithm are listed.
    5. Each reference is `""` or `#known-id`, with listed transforms and digest; exactly one resolves to the root, and
       the others to elements apart from each other.
    6. One to six readable certificates stand in `X509Data`.
    7. No comment or processing instruction stands inside text.
    8. Nothing of the document's own vocabulary stands inside the signature, which its reference leaves out.
    """
    signature = only_signature(root, parent)
    ids = identifiers(root)
    signed_info, value, key_info = signature_parts(signature)
    listed = Listed(policy, at)
    algorithm = signature_algorithm(signed_info, listed)
    references = tuple(references_of(signed_info, root, ids=ids, listed=listed))
    covering = covering_reference(references, root)
    if key_info is None:
        raise StructureRefused(FailureCode.CERTIFICATE_MISSING, "KeyInfo")
    certificates = certificates_in(key_info)
    refuse_comments_in_text(root)
    refuse_hidden_parts(signature, root)
    return Structure(signature, algorithm, value, key_info, references, covering, certificates)

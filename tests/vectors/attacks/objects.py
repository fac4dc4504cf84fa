"""What a signature hides in Objects, or signs instead of the package: nothing, a list (threats 11 to 13, 17)."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from lxml import etree

from signing.algorithms import DS, EXCLUSIVE
from tests.signing.xml.packages import changed, one
from tests.signing.xml.workshop import Draft, reference
from tests.vectors.attacks.making import Attack, Original, edited

# ── Objects ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_COPY: Final = '<ds:Object Id="ban-sao"><copy/></ds:Object>'


def object_instead_of_the_document(original: Original) -> bytes:
    """Signs an Object of the signature's own, and nothing of the package."""
    draft = Draft(references=(reference("#ban-sao", (EXCLUSIVE,)),), objects=_COPY, document=original.letter)
    return original.draft(draft)


def manifest_in_an_object(original: Original) -> bytes:
    """Signs a Manifest, whose own references a verifier need not check, and then changes what they are about."""
    inside = f'<ds:Object><ds:Manifest Id="manifest">{reference()}</ds:Manifest></ds:Object>'
    kind = reference("#manifest", (EXCLUSIVE,), kind=f"{DS}Manifest")
    return original.draft(Draft(references=(reference(), kind), objects=inside, document=original.letter))


def object_before_signed_info(original: Original) -> bytes:
    """Puts an Object where SignedInfo is looked for by position."""
    signed = original.signed
    return edited(signed, b"<ds:SignedInfo>", b"<ds:Object/><ds:SignedInfo>")


def second_signed_info(original: Original) -> bytes:
    """Offers another SignedInfo before the signed one, to who looks for the first of that name."""
    signed = original.signed
    start, end = signed.index(b"<ds:SignedInfo>"), signed.index(b"</ds:SignedInfo>") + len(b"</ds:SignedInfo>")
    copy = signed[start:end].replace(b' Id="', b' Id="x-')
    return signed[:start] + copy + signed[start:]


def counter_signature(original: Original) -> bytes:
    """Puts a second signature into an Object of the first."""
    return changed(original.signed, lambda root: one(root, "//ds:Object").append(_signature()))


def _signature() -> etree._Element:
    return etree.Element(f"{{{DS}}}Signature")


# ── Digests of nothing ───────────────────────────────────────────────────────────────────────────────────────────────


def digest_of_nothing(original: Original) -> bytes:
    """States the digest of no octets, which a verifier finds whose canonicalisation fails unseen."""
    nothing = base64.b64encode(hashlib.sha256().digest()).decode()
    return changed(original.signed, lambda root: setattr(one(root, "//ds:DigestValue"), "text", nothing))


def digest_of_an_empty_element(original: Original) -> bytes:
    """Signs an empty element of the package and nothing else."""
    letter = original.letter.replace(b"<edXML:edXMLBody>", b'<edXML:edXMLBody><edXML:Trong Id="trong"/>', 1)
    return original.draft(Draft(references=(reference("#trong", (EXCLUSIVE,)),), document=letter))


def empty_digest(original: Original) -> bytes:
    """States an empty digest, which a verifier that compares beginnings finds equal to any."""
    return changed(original.signed, lambda root: setattr(one(root, "//ds:DigestValue"), "text", ""))


def no_references(original: Original) -> bytes:
    """Signs no reference at all: the signature is right, and about nothing."""

    def change(root: etree._Element) -> None:
        for found in list(root.iter(f"{{{DS}}}Reference")):
            parent = found.getparent()
            assert parent is not None
            parent.remove(found)

    return changed(original.signed, change)


_MALFORMED: Final = "signature/malformed"
_NOT_COVERING: Final = "signature/not-covering"

ATTACKS: Final = (
    Attack(object_instead_of_the_document, _NOT_COVERING, fools=True),
    Attack(manifest_in_an_object, "signature/reference-forbidden", value="Manifest", fools=True),
    Attack(object_before_signed_info, _MALFORMED, value="Signature"),
    Attack(second_signed_info, _MALFORMED, value="Signature"),
    Attack(counter_signature, "signature/repeated", value="2", fools=True),
    Attack(digest_of_nothing, "signature/altered"),
    Attack(digest_of_an_empty_element, _NOT_COVERING, fools=True),
    Attack(empty_digest, "signature/altered"),
    Attack(no_references, _NOT_COVERING),
)

"""References and transforms that compute, fetch, leave something out or cost too much (threats 14 to 18)."""

from __future__ import annotations

from functools import partial
from typing import Final

from signing.algorithms import DS, EXCLUSIVE
from tests.signing.xml.packages import changed, one
from tests.signing.xml.workshop import ENVELOPED, Draft, mocked_up, reference
from tests.vectors.attacks.making import HEADER_ID, Attack, Original

XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH2: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT: Final = "http://www.w3.org/TR/1999/REC-xslt-19991116"
BASE64: Final = f"{DS}base64"


def transform(algorithm: str, inside: str = "") -> str:
    """One transform."""
    return f'<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>'


def stylesheet(body: str) -> str:
    """A stylesheet that writes this for any document."""
    return (
        '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
        f'<xsl:template match="/">{body}</xsl:template></xsl:stylesheet>'
    )


def _signs(original: Original, more: str) -> Draft:
    return Draft(references=(reference("", (ENVELOPED,), more=more),), document=original.letter)


# ── Transforms ───────────────────────────────────────────────────────────────────────────────────────────────────────


def xpath_that_selects_nothing(original: Original) -> bytes:
    """Signs nothing: everything in the package may be changed afterwards."""
    return original.draft(_signs(original, transform(XPATH, "<ds:XPath>false()</ds:XPath>")))


def xpath_that_leaves_out_the_recipients(original: Original) -> bytes:
    """Signs all but the recipients, then sends the letter to somebody else."""
    chosen = "<ds:XPath>not(ancestor-or-self::*[local-name()='To'])</ds:XPath>"
    octets = original.draft(_signs(original, transform(XPATH, chosen)))
    return changed(octets, lambda root: setattr(one(root, "//e:To/e:OrganId"), "text", original.third))


def xpath_filter(original: Original) -> bytes:
    """Signs all but the recipients, by XPath Filter 2."""
    chosen = f'<f:XPath xmlns:f="{XPATH2}" Filter="subtract">//*[local-name()="To"]</f:XPath>'
    return original.draft(_signs(original, transform(XPATH2, chosen)))


def stylesheet_that_signs_nothing(original: Original) -> bytes:
    """Signs what a stylesheet makes of the package, which is always the same."""
    return original.draft(_signs(original, transform(XSLT, stylesheet("<nothing/>"))))


def stylesheet_that_reads(original: Original, address: str) -> bytes:
    """Has the verifier open a file or call an address."""
    return mocked_up(
        _signs(
            original, transform(XSLT, stylesheet(f"<xsl:copy-of select=\"document('{original.lure.put(address)}')\"/>"))
        )
    )


def stylesheet_without_end(original: Original) -> bytes:
    """Has the verifier apply a template to itself for ever."""
    return mocked_up(_signs(original, transform(XSLT, stylesheet('<xsl:apply-templates select="/"/>'))))


def base64_transform(original: Original) -> bytes:
    """Signs the octets of a file instead of the elements that hold them."""
    letter = original.letter.replace(b"<edXML:ContentTransferEncoded ", b'<edXML:ContentTransferEncoded Id="tep" ', 1)
    return original.draft(Draft(references=(reference(), reference("#tep", (BASE64,))), document=letter))


def form_with_comments(original: Original) -> bytes:
    """Signs a canonical form that keeps comments, so that two readers see two texts."""
    return original.draft(_signs(original, transform(EXCLUSIVE + "WithComments")))


def enveloped_twice(original: Original) -> bytes:
    """Takes the signature out twice: the second time another one, or what stands in its place."""
    return mocked_up(Draft(references=(reference("", (ENVELOPED, ENVELOPED, EXCLUSIVE)),), document=original.letter))


def enveloped_last(original: Original) -> bytes:
    """Takes the signature out of octets in which there is none any more."""
    return mocked_up(Draft(references=(reference("", (EXCLUSIVE, ENVELOPED)),), document=original.letter))


def enveloped_with_a_parameter(original: Original) -> bytes:
    """Gives the enveloped transform an XPath of its own."""
    more = transform(ENVELOPED, "<ds:XPath>false()</ds:XPath>")
    return mocked_up(Draft(references=(reference("", (), more=more),), document=original.letter))


def enveloped_part(original: Original) -> bytes:
    """Has a part claim to envelop the signature that stands beside it."""
    parts = (reference(), reference(f"#{HEADER_ID}", (ENVELOPED, EXCLUSIVE)))
    return original.draft(Draft(references=parts, document=original.identified))


def thousand_transforms(original: Original) -> bytes:
    """Has the verifier canonicalise a thousand times."""
    return mocked_up(Draft(references=(reference("", (ENVELOPED, *[EXCLUSIVE] * 1000)),), document=original.letter))


def thousand_references(original: Original) -> bytes:
    """Has the verifier digest the package a thousand times."""
    return mocked_up(Draft(references=(reference(),) * 1000, document=original.letter))


def xpath_for_signed_info(original: Original) -> bytes:
    """Canonicalises SignedInfo by a transform that leaves out what was signed."""
    method = f'<ds:CanonicalizationMethod Algorithm="{XPATH}"><ds:XPath>false()</ds:XPath></ds:CanonicalizationMethod>'
    return mocked_up(Draft(canonicalization=method, document=original.letter))


# ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────────────────


def reference_to(original: Original, uri: str) -> bytes:
    """Signs what stands elsewhere, beside the package."""
    return mocked_up(Draft(references=(reference(), reference(original.lure.put(uri), ())), document=original.letter))


def reference_to_an_attachment(original: Original) -> bytes:
    """Signs an attachment by the address the manifest gives it, and leaves the package itself unsigned."""
    return mocked_up(Draft(references=(reference("cid:file-1", ()),), document=original.letter))


def reference_without_address(original: Original) -> bytes:
    """Leaves it to the application what is signed."""
    return mocked_up(Draft(references=(reference(None),), document=original.letter))


_TRANSFORM: Final = "signature/transform-forbidden"
_REFERENCE: Final = "signature/reference-forbidden"
_ADDRESSES: Final = (
    "http://{address}/package.xml",
    "//{address}/package.xml",
    "file://{file}",
    "{file}",
    "package.xml",
    "cid:file-1",
    "cid:nobody",
)
_EXPRESSIONS: Final = ("#xpointer(/)", "#element(/1)", "#")

ATTACKS: Final = (
    Attack(xpath_that_selects_nothing, _TRANSFORM, value=XPATH, fools=True),
    Attack(xpath_that_leaves_out_the_recipients, _TRANSFORM, value=XPATH, fools=True),
    Attack(xpath_filter, _TRANSFORM, value=XPATH2, fools=True),
    Attack(stylesheet_that_signs_nothing, _TRANSFORM, value=XSLT, fools=True),
    *(
        Attack(partial(stylesheet_that_reads, address=one), _TRANSFORM, value=XSLT)
        for one in ("file://{file}", "http://{address}/x")
    ),
    Attack(stylesheet_without_end, _TRANSFORM, value=XSLT),
    Attack(base64_transform, _TRANSFORM, value=BASE64, fools=True),
    Attack(form_with_comments, _TRANSFORM, value=EXCLUSIVE + "WithComments", fools=True),
    Attack(enveloped_twice, _TRANSFORM, value="enveloped-signature is once and first"),
    Attack(enveloped_last, _TRANSFORM, value="enveloped-signature is once and first"),
    Attack(enveloped_with_a_parameter, _TRANSFORM, value="enveloped-signature is once and first"),
    Attack(enveloped_part, _TRANSFORM, value="enveloped-signature is for the root", fools=True),
    Attack(thousand_transforms, _TRANSFORM, value="1001 transforms"),
    Attack(thousand_references, _REFERENCE, value="1000 references"),
    Attack(xpath_for_signed_info, _TRANSFORM, value=XPATH),
    *(Attack(partial(reference_to, uri=one), _REFERENCE, value="external reference") for one in _ADDRESSES),
    *(Attack(partial(reference_to, uri=one), _REFERENCE, value="not a plain identifier") for one in _EXPRESSIONS),
    Attack(reference_to_an_attachment, _REFERENCE, value="external reference"),
    Attack(reference_without_address, _REFERENCE, value="external reference"),
)

"""Identifiers that occur twice, or that only some readers take for identifiers (threat 10)."""

from __future__ import annotations

from functools import partial
from typing import Final

from signing.algorithms import EXCLUSIVE
from tests.signing.xml.packages import changed, one
from tests.signing.xml.workshop import Draft, mocked_up, reference
from tests.vectors.attacks.making import HEADER_ID, ROOT_ID, Attack, Original, edited

_SUBJECT: Final = b"<edXML:Subject>"


def _by_identifier(original: Original) -> bytes:
    return original.draft(Draft(references=(reference(f"#{ROOT_ID}"),), document=original.identified))


def same_id(original: Original, spelling: str) -> bytes:
    """Gives a second element the identifier of the signed one, in one of the spellings that readers know."""
    return edited(_by_identifier(original), _SUBJECT, f'<edXML:Subject {spelling}="{ROOT_ID}">'.encode())


def nearly_same_id(original: Original, value: str) -> bytes:
    """Gives a second element an identifier that differs from the signed one's by what some readers leave out."""
    return edited(_by_identifier(original), _SUBJECT, f'<edXML:Subject Id="{value}">'.encode())


def same_id_in_the_signature(original: Original) -> bytes:
    """Gives KeyInfo, which no digest covers, the identifier of the signed properties."""
    return changed(original.signed, lambda root: one(root, "//ds:KeyInfo").set("Id", "signed-properties"))


def two_ids_on_one_element(original: Original) -> bytes:
    """Gives the root one identifier in two spellings."""
    return edited(original.signed, b"<edXML xmlns", b'<edXML Id="a" xml:id="a" xmlns')


def _pointing(original: Original, uri: str, attribute: str = "") -> bytes:
    document = edited(original.letter, b"<edXML xmlns", f"<edXML {attribute} xmlns".encode())
    return mocked_up(Draft(references=(reference(uri),), document=document))


def id_of_another_namespace(original: Original) -> bytes:
    """Points at an attribute named Id that belongs to another vocabulary (`wsu:Id`)."""
    return _pointing(original, "#a", 'xmlns:wsu="urn:wsu" wsu:Id="a"')


def id_under_another_name(original: Original) -> bytes:
    """Points at an attribute that only a schema would make an identifier."""
    return _pointing(original, "#a", 'AssertionID="a"')


def id_that_is_text(original: Original) -> bytes:
    """Points at a text of the format that looks like an identifier."""
    return _pointing(original, "#file-1")


def id_in_other_case(original: Original) -> bytes:
    """Points at an identifier that is spelt in capitals."""
    return _pointing(original, "#GOI-TIN", 'Id="goi-tin"')


def id_that_is_an_expression(original: Original) -> bytes:
    """Names the root by what a library takes for an expression."""
    return _pointing(original, "#xpointer(/)", 'Id="xpointer(/)"')


def id_that_is_a_number(original: Original) -> bytes:
    """Names the root by what is no name in XML."""
    return _pointing(original, "#1", 'Id="1"')


def two_references_to_one_element(original: Original) -> bytes:
    """Signs the root twice, by address and by identifier."""
    return original.draft(Draft(references=(reference(), reference(f"#{ROOT_ID}")), document=original.identified))


def overlapping_references(original: Original) -> bytes:
    """Signs an element within an element that is signed, again and again."""
    document = original.identified.replace(b"<edXML:From>", b'<edXML:From Id="noi-gui">', 1)
    parts = (reference(f"#{HEADER_ID}", (EXCLUSIVE,)), reference("#noi-gui", (EXCLUSIVE,)))
    return original.draft(Draft(references=(reference(), *parts), document=document))


_TWICE: Final = "signature/duplicate-id"
_FORBIDDEN: Final = "signature/reference-forbidden"

ATTACKS: Final = (
    *(Attack(partial(same_id, spelling=one), _TWICE) for one in ("Id", "ID", "id", "xml:id")),
    *(Attack(partial(nearly_same_id, value=one), _TWICE) for one in ("GOI-TIN", " goi-tin", "goi-tin&#9;")),
    Attack(same_id_in_the_signature, _TWICE),
    Attack(two_ids_on_one_element, _TWICE),
    Attack(id_of_another_namespace, _FORBIDDEN, value="unknown identifier"),
    Attack(id_under_another_name, _FORBIDDEN, value="unknown identifier"),
    Attack(id_that_is_text, _FORBIDDEN, value="unknown identifier"),
    Attack(id_in_other_case, _FORBIDDEN, value="unknown identifier"),
    Attack(id_that_is_an_expression, _FORBIDDEN, value="not a plain identifier"),
    Attack(id_that_is_a_number, _FORBIDDEN, value="not a plain identifier"),
    Attack(two_references_to_one_element, "signature/not-covering", fools=True),
    Attack(overlapping_references, _FORBIDDEN, value="overlapping references", fools=True),
)

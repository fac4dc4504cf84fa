"""What was appended after a signature is proof, a further signature, or something else: by a grammar of our own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PdfFileWriter
from pyhanko.sign.fields import MDPPerm

from signing.pdf.mentions import Mentions
from signing.pdf.opening import open_pdf
from signing.pdf.verdict import Changes, PdfFailureCode
from tests.signing.pdf.test_verify import code_of, judged
from tests.signing.pdf_making import (
    PKCS7,
    Signing,
    appended,
    blank,
    dictionary,
    document_stamped,
    fill_in_amount,
    person_and_agency,
    signed,
    with_amount,
    with_proof,
)
from tests.signing.pki import credential
from tests.vectors.attacks import pdf_overlays

LEADER, AGENCY = credential("Nguyễn Văn A"), credential("B")


def changes(octets: bytes) -> list[Changes | None]:
    """What was done after each signature; all of them hold."""
    signatures = judged(octets).signatures
    assert [code_of(one) for one in signatures] == [None] * len(signatures)
    return [one.changes for one in signatures]


def archived(octets: bytes) -> bytes:
    """Level B-LTA, and once more: evidence for each signature, and a time stamp on it."""
    once = document_stamped(with_proof(octets, "person", LEADER))
    return document_stamped(with_proof(once, "agency", AGENCY), field="second")


@pytest.mark.parametrize("stream_xrefs", [False, True])
def test_evidence_and_time_stamps_as_a_library_appends_them_are_proof(*, stream_xrefs: bool) -> None:
    shown = signed(blank(stream_xrefs=stream_xrefs), LEADER, Signing(box=(0, 0, 100, 100)))
    sealed = signed(shown, AGENCY, Signing("agency", PKCS7, box=(0, 100, 100, 200)))
    assert changes(archived(sealed)) == [Changes.SIGNATURES, Changes.LTA_UPDATES, Changes.LTA_UPDATES, Changes.NONE]


def test_proof_may_follow_a_signature_that_permits_nothing_and_one_that_locks_everything() -> None:
    certified = signed(blank(), LEADER, Signing(permits=MDPPerm.NO_CHANGES))
    assert changes(document_stamped(with_proof(certified, "person", LEADER)))[0] is Changes.LTA_UPDATES
    locked = signed(blank(with_amount), LEADER, Signing(locks=True))
    assert changes(document_stamped(with_proof(locked, "person", LEADER)))[0] is Changes.LTA_UPDATES


def test_a_field_that_is_filled_in_is_told_from_a_signature_that_follows() -> None:
    base = signed(signed(blank(with_amount), LEADER), AGENCY, Signing("agency", PKCS7))
    third = signed(base, credential("C"), Signing("third"))
    assert changes(third)[1] is Changes.SIGNATURES
    assert changes(signed(appended(base, fill_in_amount), credential("C"), Signing("third")))[1] is Changes.FORM_FILLING


def test_a_field_that_waited_for_its_signature_is_a_signature() -> None:
    def wait(writer: PdfFileWriter) -> None:
        field = dictionary(
            FT=pdf_name("/Sig"),
            T=generic.TextStringObject("agency"),
            Type=pdf_name("/Annot"),
            Subtype=pdf_name("/Widget"),
            Rect=generic.ArrayObject(generic.NumberObject(one) for one in (0, 0, 100, 100)),
        )
        reference = writer.add_object(field)
        writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject([reference]))
        writer.root["/Pages"]["/Kids"][0]["/Annots"] = generic.ArrayObject([reference])

    assert changes(signed(signed(blank(wait), LEADER), AGENCY, Signing("agency", waits=True))) == [
        Changes.SIGNATURES,
        Changes.NONE,
    ]


@pytest.mark.parametrize(
    "attack",
    [
        pdf_overlays.sheet_called_a_certificate,
        pdf_overlays.sheet_on_a_time_stamp,
        pdf_overlays.field_with_five_corners,
        pdf_overlays.field_that_nobody_filled,
        pdf_overlays.title_that_is_another,
    ],
)
def test_what_is_laid_over_a_document_stays_form_filling_when_somebody_signs_it(attack: Callable[[], bytes]) -> None:
    octets = signed(attack(), credential("C"), Signing("third"))
    assert changes(octets)[:2] == [Changes.FORM_FILLING, Changes.FORM_FILLING]


def test_a_signature_that_locks_the_form_does_not_permit_what_only_the_grammar_sees() -> None:
    locked = signed(blank(with_amount), LEADER, Signing(locks=True))

    def lay(writer: IncrementalPdfFileWriter) -> None:
        pdf_overlays._add_field(writer, Rect=pdf_overlays._array((0, 0, 595, 842, 0)))

    first, second = judged(signed(appended(locked, lay), AGENCY, Signing("agency"))).signatures
    assert (code_of(first), code_of(second)) == (PdfFailureCode.CHANGED, None)


@pytest.mark.parametrize("permits", [MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS])
def test_what_is_laid_over_a_certified_document_is_refused(permits: MDPPerm) -> None:
    def lay(writer: IncrementalPdfFileWriter) -> None:
        pdf_overlays._add_field(writer, Rect=pdf_overlays._array((0, 0, 595, 842, 0)))

    (signature,) = judged(appended(signed(blank(), LEADER, Signing(permits=permits)), lay)).signatures
    forbidden = permits is MDPPerm.NO_CHANGES
    assert code_of(signature) == (PdfFailureCode.CHANGES_FORBIDDEN if forbidden else PdfFailureCode.CHANGED_UNSIGNED)


def test_a_reference_to_nothing_is_null_and_breaks_no_document() -> None:
    def refer(writer: PdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), generic.IndirectObject(150, 0, writer)])

    sealed = signed(signed(blank(refer), LEADER), AGENCY, Signing("agency", PKCS7))
    assert changes(sealed) == [Changes.SIGNATURES, Changes.NONE]


def test_a_document_with_links_to_addresses_is_accepted() -> None:
    def link(writer: PdfFileWriter) -> None:
        action = dictionary(S=pdf_name("/URI"), URI=generic.TextStringObject("https://vanban.example/JavaScript"))
        box = generic.ArrayObject(generic.NumberObject(one) for one in (0, 0, 100, 20))
        note = dictionary(Type=pdf_name("/Annot"), Subtype=pdf_name("/Link"), Rect=box, A=action)
        writer.root["/Pages"]["/Kids"][0]["/Annots"] = generic.ArrayObject([writer.add_object(note)])
        writer.root["/OpenAction"] = generic.ArrayObject([writer.root["/Pages"]["/Kids"].raw_get(0), pdf_name("/Fit")])

    assert changes(signed(signed(blank(link), LEADER), AGENCY, Signing("agency", PKCS7))) == [
        Changes.SIGNATURES,
        Changes.NONE,
    ]


def test_an_action_that_nothing_refers_to_acts_never() -> None:
    def forget(writer: PdfFileWriter) -> None:
        writer.add_object(dictionary(S=pdf_name("/JavaScript"), JS=generic.TextStringObject("x")))

    assert changes(signed(blank(forget), LEADER)) == [Changes.NONE]


def test_an_object_is_known_by_the_names_under_which_others_hold_it() -> None:
    opened = open_pdf(person_and_agency())
    mentions = Mentions(opened.reader)
    (person, agency) = opened.fields
    assert mentions.names(person.value) == {"/V"}
    assert mentions.names(agency.reference) == {"/Annots", "/Fields"}
    assert [mentions.is_known_before(person.reference, revision) for revision in (1, 2)] == [False, True]
    assert not mentions.is_known(generic.Reference(4_000, 0))

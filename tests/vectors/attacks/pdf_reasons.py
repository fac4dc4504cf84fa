"""The reason each attack on a PDF is refused for: on one signature of it, or on whoever reads it."""

from __future__ import annotations

from collections.abc import Callable

from signing.pdf.limits import PDF_BYTES_MAX
from signing.pdf.verdict import PdfFailureCode
from signing.verdict import FailureCode
from tests.signing.pdf_making import person_only
from tests.vectors.attacks import pdf, pdf_overlays

Attack = Callable[[], bytes]

ON_SIGNATURES: list[tuple[Attack, FailureCode | PdfFailureCode]] = [
    (pdf.incremental_saving, PdfFailureCode.CHANGED),
    (pdf.evil_annotation, PdfFailureCode.CHANGED),
    (pdf.shadow_hide, PdfFailureCode.CHANGED),
    (pdf.shadow_replace, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf.shadow_hide_and_replace, PdfFailureCode.CHANGED),
    (pdf.gap_too_large, PdfFailureCode.BYTE_RANGE),
    (pdf.overlapping_range, PdfFailureCode.BYTE_RANGE),
    (pdf.range_beyond_the_file, PdfFailureCode.BYTE_RANGE),
    (pdf.borrowed_gap, PdfFailureCode.BYTE_RANGE),
    (pdf.second_contents, PdfFailureCode.REPEATED_KEY),
    (pdf.later_hybrid, PdfFailureCode.HYBRID),
    (lambda: pdf.without(b"/Contents"), PdfFailureCode.INCOMPLETE),
    (lambda: pdf.without(b"/ByteRange"), PdfFailureCode.INCOMPLETE),
    (lambda: pdf.without(b"/SubFilter"), PdfFailureCode.SUBFILTER_FORBIDDEN),
    (pdf.zeroed_contents, PdfFailureCode.INCOMPLETE),
    (pdf.null_contents, PdfFailureCode.INCOMPLETE),
    (pdf.null_range, PdfFailureCode.INCOMPLETE),
    (pdf.old_encoding, PdfFailureCode.SUBFILTER_FORBIDDEN),
    (pdf.two_signers, PdfFailureCode.SIGNER_COUNT),
    (pdf.no_signer, PdfFailureCode.SIGNER_COUNT),
    (pdf.encapsulated, PdfFailureCode.NOT_DETACHED),
    (pdf.borrowed_message, FailureCode.ALTERED),
    (pdf_overlays.sheet_called_a_certificate, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.sheet_on_a_time_stamp, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.field_with_five_corners, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.field_with_a_background, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.field_that_is_a_link, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.field_with_other_places, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.field_that_nobody_filled, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.proof_that_is_a_picture, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.title_that_is_another, PdfFailureCode.CHANGED_UNSIGNED),
    (pdf_overlays.gap_that_is_filled, PdfFailureCode.CHANGED),
    (pdf_overlays.object_that_no_revision_lists, PdfFailureCode.CHANGED),
]

ON_READERS: list[tuple[Attack, FailureCode | PdfFailureCode]] = [
    (pdf.encrypted, PdfFailureCode.ENCRYPTED),
    (pdf.page_tree_loop, PdfFailureCode.PAGE_TREE),
    (pdf.many_pages, PdfFailureCode.TOO_MANY_PAGES),
    (pdf.field_tree_loop, PdfFailureCode.UNREADABLE),
    (pdf.object_stream_loop, PdfFailureCode.TOO_DEEP),
    (pdf.object_stream_bomb, PdfFailureCode.SWELLS),
    (pdf.many_revisions, PdfFailureCode.TOO_MANY_REVISIONS),
    (pdf.references_in_a_ring, PdfFailureCode.UNREADABLE),
    (pdf.many_signatures, PdfFailureCode.TOO_MANY_SIGNATURES),
    (pdf.shared_signature, PdfFailureCode.SHARED),
    (pdf.script_on_opening, PdfFailureCode.ACTIVE),
    (pdf.script_in_an_object_stream, PdfFailureCode.ACTIVE),
    (pdf.script_under_another_spelling, PdfFailureCode.ACTIVE),
    (pdf.script_after_the_signature, PdfFailureCode.ACTIVE),
    (pdf.launched_program, PdfFailureCode.ACTIVE),
    (pdf.scripted_rendition, PdfFailureCode.ACTIVE),
    (pdf.another_form, PdfFailureCode.ACTIVE),
    (lambda: b"%PDF-1.7\n" + bytes(PDF_BYTES_MAX), PdfFailureCode.TOO_LARGE),
    (lambda: b"\n" + person_only(), PdfFailureCode.UNREADABLE),
    (lambda: b"%PDF-", PdfFailureCode.UNREADABLE),
    (lambda: b"", PdfFailureCode.UNREADABLE),
]

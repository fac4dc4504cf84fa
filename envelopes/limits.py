"""Every limit of the language, each with its reason. The API announces them; the reader enforces them."""

from __future__ import annotations

from typing import Final

PACKAGE_BYTES_MAX: Final = 50 * 1024 * 1024
"""An inline package, in bytes. Public gateways in front of agencies refuse more; larger documents travel in parts."""

BUNDLE_BYTES_MAX: Final = 1024 * 1024 * 1024
"""A package in parts (multipart/related), in bytes: what the language can carry. Each axis sets its own bound below it,
by the disk it has; a gigabyte is more than any document, and takes an agency's slow line an hour and a half."""

PART_HEADER_BYTES_MAX: Final = 4 * 1024
"""The headers of one part of such a package; real ones have 200 bytes."""

DEPTH_MAX: Final = 64
"""Nested elements. A real package has 9 levels and a XAdES signature adds 10; more is an attack on recursive code."""

ELEMENTS_MAX: Final = 400_000
"""Elements in a package. 20,000 recipients with all 8 children and as many receivers need about 260,000."""

ATTRIBUTES_MAX: Final = 64
"""Attributes of one element, namespace declarations included. Real elements carry at most 5."""

ATTRIBUTES_TOTAL_MAX: Final = 400_000
"""Attributes of a whole package, namespace declarations included: one for each element that is allowed."""

NAME_BYTES_MAX: Final = 1024
"""A tag name, an attribute name or a namespace address, in bytes: longer ones exist only to exhaust memory."""

ATTRIBUTE_VALUE_MAX: Final = 64 * 1024
"""Characters in one attribute value. The longest real one is an xlink address."""

RECIPIENTS_MAX: Final = 20_000
"""Recipients of one envelope. A nationwide circular reaches about 15,000 agencies down to communes."""

ATTACHMENTS_MAX: Final = 100
"""Attachments of one envelope. The largest dossier seen has 40; each costs a signature check later."""

ATTACHMENT_NAME_MAX: Final = 200
"""Characters in a file name (the format's own limit); file systems refuse more than 255 bytes."""

JUNK_BEFORE_PROLOG_MAX: Final = 64
"""Bytes before `<?xml` that tools skip: the operator's own sample begins with four stray characters. The signed door
admits none, because existing receivers fail on them."""

ZIP_ENTRIES_MAX: Final = 1
"""Entries of a ZIP the reader unpacks: existing builders zip each file alone; anything else stays a file."""

ZIP_RATIO_MAX: Final = 200
"""Unpacked bytes for each packed byte. Text and scanned PDF stay under 100; a ZIP bomb needs 1,000."""

ZIP_UNPACKED_MAX: Final = 200 * 1024 * 1024
"""Unpacked bytes of one attachment: four times the largest package, so that honest office files pass."""

TEXT_MAX: Final = 10_000
"""Characters in any one text of the metadata. Fields have limits of 10 to 500 that only warn; this one refuses."""

EXTENSION_BYTES_MAX: Final = 64 * 1024
"""One unknown element, serialised. Unknown elements are kept, so they must be small."""

EXTENSIONS_MAX: Final = 1_000
"""Unknown elements in one package."""

ORGAN_ID_MAX: Final = 35
"""Characters in an agency id (QĐ 20/2020 Art. 4)."""

DOCUMENT_ID_MAX: Final = 255
"""Characters in a document id: opaque text that must fit into one indexed column."""

SYSTEM_ID_MAX: Final = 64
"""Characters in the id of a connected system."""

MARKUP_BYTES_MAX: Final = 1024 * 1024
"""One tag, comment or processing instruction, in bytes: it must be complete before a parser can judge it."""

UNPACKED_TOTAL_MAX: Final = 300 * 1024 * 1024
"""Unpacked bytes of all attachments of one package together: a hundred small ZIPs must not fill the memory."""

ACKNOWLEDGEMENT_BYTES_MAX: Final = 10_000
"""A signed acknowledgement, a compact JWS: evidence keeps it whole, so the door takes no more. One with the longest
reason, each letter a JSON escape, and a signature of RSA 4096 stays under 9,500."""

FINDINGS_MAX: Final = 1_000
"""Findings in one answer: nobody reads more, and a hostile package could ask for one per element."""

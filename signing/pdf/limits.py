"""What a PDF may hold and still be judged, each limit with its reason."""

from __future__ import annotations

from typing import Final

MAGIC: Final = b"%PDF-"
"""What a PDF begins with; readers that search further are how one file becomes two documents."""

PDF_BYTES_MAX: Final = 64 * 1024 * 1024
"""One PDF, in octets: a whole package has at most 50 MiB, and what a ZIP unpacks to is hardly larger than a PDF, which
is compressed already."""

SIGNATURES_MAX: Final = 16
"""Signatures and time stamps of one PDF: drafters, a leader, an agency and a copying agency make six."""

REVISIONS_MAX: Final = 64
"""Sections of cross references: a signature adds one to three. Each pair of revisions is compared, so that the cost
grows with the square."""

PAGES_MAX: Final = 10_000
"""Pages: the thickest budget annexes have some thousand, and a file of 50 MiB could claim millions."""

PAGE_DEPTH_MAX: Final = 32
"""Levels of the page tree: 32 levels of ten branches hold more pages than there are atoms."""

CONTENTS_BYTES_MAX: Final = 2 * 1024 * 1024
"""Octets of one signature's `Contents`: 16 KB are usual, and a revocation list kept in the signature may have one
megabyte."""

STAMPS_MAX: Final = 2
"""Time stamps on one signature value (EN 319 122-1 clause 5.3): one is usual."""

NAME_MAX: Final = 120
"""Characters kept of a field's name: it is printed in reports and chosen by whoever made the file."""

EVIDENCE_MAX: Final = 32
"""CRLs and OCSP answers given along with one judgement: two for each certificate of every signature."""

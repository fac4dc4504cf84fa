"""Whether the XML libraries fit together: two wheels, one libxml2, pointers passed between them."""

from __future__ import annotations

import xmlsec
from lxml import etree

from signing.errors import SigningError


class LibrariesDiffer(SigningError):
    """lxml and xmlsec carry different versions of libxml2: passing documents between them would corrupt memory."""


def check_libraries() -> None:
    """Return where both run with the one libxml2 both were built with; raises `LibrariesDiffer`."""
    versions = {
        "lxml runs": etree.LIBXML_VERSION,
        "lxml was built with": etree.LIBXML_COMPILED_VERSION,
        "xmlsec runs": tuple(xmlsec.get_libxml_version()),
        "xmlsec was built with": tuple(xmlsec.get_libxml_compiled_version()),
    }
    if len(set(versions.values())) > 1:
        raise LibrariesDiffer("; ".join(f"{what} libxml2 {'.'.join(map(str, one))}" for what, one in versions.items()))

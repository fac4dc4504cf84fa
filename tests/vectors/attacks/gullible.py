"""A verifier as many have been written: it asks the mathematics, and then believes whatever stands in the document."""

from __future__ import annotations

import base64
from contextlib import suppress

import xmlsec
from lxml import etree

from signing.algorithms import DS11, ds
from tests.signing.xml.workshop import XML_ID


def believes(octets: bytes) -> bool:
    """Return whether some signature, anywhere, is right for the key that came with it, by any transform there is.

    1. Entities and identifiers are taken as they come; of equal identifiers the first counts.
    2. The first signature in the document is taken, wherever it stands, and whatever it covers.
    3. Any key that came with it will do: a bare one, or any certificate's.
    """
    try:
        root = etree.fromstring(octets, etree.XMLParser(huge_tree=True, no_network=True))
    except etree.XMLSyntaxError:
        return False
    signature = next(root.iter(ds("Signature")), None)
    return signature is not None and any(_verifies(signature, key) for key in _keys(signature))


def _keys(signature: etree._Element) -> list[xmlsec.Key]:
    forms = (
        (ds("X509Certificate"), xmlsec.constants.KeyDataFormatCertDer),
        (f"{{{DS11}}}DEREncodedKeyValue", xmlsec.constants.KeyDataFormatDer),
    )
    keys = []
    for name, form in forms:
        for element in signature.iter(name):
            try:
                keys.append(xmlsec.Key.from_memory(base64.b64decode(element.text or ""), form))
            except (xmlsec.Error, ValueError):
                continue
    return keys


def _verifies(signature: etree._Element, key: xmlsec.Key) -> bool:
    context = xmlsec.SignatureContext()
    context.key = key
    for element in signature.getroottree().getroot().iter(etree.Element):
        for name in ("Id", "ID", "id", XML_ID):
            if name in element.attrib:
                with suppress(xmlsec.Error):  # the first of several that are equal
                    context.register_id(element, etree.QName(name).localname, etree.QName(name).namespace)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True

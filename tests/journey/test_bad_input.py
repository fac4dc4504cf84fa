"""Octets that are no message: refused by name, in two languages, and nothing of them is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journey.refusing import Gatekeeper, problem_in

Spoil = Callable[[bytes], bytes]

PROLOG = b'<?xml version="1.0" encoding="UTF-8"?>\n'
LAUGHS = b'<!DOCTYPE edXML [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def after_prolog(octets: bytes) -> Spoil:
    """Put octets behind the XML declaration."""
    return lambda package: package.replace(PROLOG, PROLOG + octets, 1)


def in_place_of(old: bytes, new: bytes) -> Spoil:
    def spoil(package: bytes) -> bytes:
        assert old in package
        return package.replace(old, new, 1)

    return spoil


UNREADABLE = {
    "nothing": (lambda _: b"", "package/empty"),
    "a PDF": (lambda _: b"%PDF-1.7 and so on", "package/not-xml"),
    "a tag that nobody closes": (in_place_of(b"</edXML:From>", b""), "package/not-xml"),
    "an entity that nobody declared": (in_place_of(b"<edXML:OrganId>", b"<edXML:OrganId>&agency;"), "package/not-xml"),
    "a DTD": (after_prolog(b"<!DOCTYPE edXML>"), "package/doctype"),
    "a DTD from elsewhere": (after_prolog(b'<!DOCTYPE edXML SYSTEM "http://127.0.0.1:9/x.dtd">'), "package/doctype"),
    "an entity that reads a file": (
        after_prolog(b'<!DOCTYPE edXML [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        "package/doctype",
    ),
    "entities that laugh": (after_prolog(LAUGHS), "package/doctype"),
    "another root": (lambda _: PROLOG + b"<invoice><total>5</total></invoice>", "package/wrong-root"),
    "another root around a package": (
        lambda package: PROLOG + b"<batch>" + package.removeprefix(PROLOG) + b"</batch>",
        "package/wrong-root",
    ),
    "a message of the security-monitoring exchange": (
        lambda _: PROLOG + b'<edXML xmlns="http://edxml.gov.vn/1.0"/>',
        "package/security-monitoring",
    ),
    "elements too deep": (
        in_place_of(b"<edXML:Subject>", b"<edXML:Subject>" + b"<x>" * 70 + b"</x>" * 70),
        "package/too-deep",
    ),
    "an end that is missing": (lambda package: package[: len(package) // 2], "package/truncated"),
    "a comment injected into OrganId": (
        lambda package: package.replace(b"<edXML:OrganId>K07.", b"<edXML:OrganId>K07.<!-- -->", 1),
        "package/comment-in-text",
    ),
    "a NUL in a file name": (in_place_of(b"_SNV-VP.pdf<", b"\x00.pdf<"), "package/forbidden-character"),
    "a NUL by reference": (in_place_of(b"_SNV-VP.pdf<", b"&#0;.pdf<"), "package/forbidden-character"),
    "UTF-16": (lambda package: package.decode().replace("UTF-8", "UTF-16", 1).encode("utf-16"), "package/not-utf8"),
    "UTF-16 without a mark": (lambda package: package.decode().encode("utf-16-be"), "package/not-utf8"),
    "Latin-1": (in_place_of("Sóc Trăng".encode(), b"S\xf3c Tr"), "package/not-utf8"),
    "another encoding than it says": (in_place_of(b'"UTF-8"', b'"ISO-8859-1"'), "package/not-utf8"),
    "a prefix that nobody declared": (in_place_of(b"<edXML:Subject>", b"<y:Subject>"), "package/undeclared-prefix"),
    "something before the prolog": (lambda package: b"x" * 65 + package, "package/junk-before-prolog"),
}


@pytest.mark.parametrize(("spoil", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_message_is_refused_by_name_and_forgotten(gatekeeper: Gatekeeper, spoil: Spoil, code: str) -> None:
    gatekeeper.refuses_to_read(spoil(gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)), code)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content_Encoding": "gzip"}, "request/content-encoding-refused"),
        ({"Content_Type": "text/plain"}, "request/unsupported-media-type"),
        ({"Content_Type": "multipart/form-data; boundary=x"}, "request/unsupported-media-type"),
    ],
)
def test_a_package_comes_as_it_is(gatekeeper: Gatekeeper, headers: dict[str, str], code: str) -> None:
    package = gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)
    gatekeeper.refuses_to_read(package, code, status=415, **headers)


def test_every_problem_type_explains_itself(gatekeeper: Gatekeeper) -> None:
    """What a refusal calls itself can be looked up, by anybody."""
    problem = gatekeeper.refuses_to_read(b"<x>", "package/truncated")
    slug = problem["type"].removeprefix("urn:axis:problem:")
    explained = gatekeeper.sender.http.get(f"/v1/problems/{slug}", headers={"Authorization": ""}).json()
    assert {name: explained[name] for name in ("type", "code", "title", "title_vi", "what_to_do", "what_to_do_vi")} == {
        name: problem[name] for name in ("type", "code", "title", "title_vi", "what_to_do", "what_to_do_vi")
    }
    unknown = gatekeeper.sender.http.get("/v1/problems/no-such-thing")
    problem_in(unknown, 404, "resource/not-found")


def test_a_correlation_id_goes_in_and_comes_out(gatekeeper: Gatekeeper) -> None:
    given = "case-2026.11_7"
    problem = gatekeeper.refuses_to_read(b"<x>", "package/truncated", Correlation_Id=given)
    assert problem["correlation_id"] == given
    other = gatekeeper.refuses_to_read(b"<x>", "package/truncated", Correlation_Id="<script>")
    assert other["correlation_id"] != "<script>"

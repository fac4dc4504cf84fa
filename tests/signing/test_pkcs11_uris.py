"""PKCS#11 URIs name one key on one token, and hold no PIN."""

from __future__ import annotations

import pytest

from signing.errors import KeyFault, KeyUnusable
from signing.pkcs11_uris import URI_CHARACTERS_MAX, Pkcs11Uri, is_pkcs11_uri, read_pkcs11_uri

MODULE = "module-path=/usr/lib/module.so"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            f"pkcs11:token=axis;object=seal?{MODULE}",
            {"token": "axis", "label": "seal"},
        ),
        (
            f"pkcs11:token=Tr%E1%BB%A5c%20v%C4%83n%20b%E1%BA%A3n;id=%01%ff;type=private?{MODULE}",
            {"token": "Trục văn bản", "key_id": b"\x01\xff"},
        ),
        (
            f"pkcs11:object=seal;serial=7c01;id=%41?{MODULE}",
            {"serial": b"7c01", "label": "seal", "key_id": b"A"},
        ),
    ],
)
def test_a_key_is_named_by_its_token_and_itself(text: str, named: dict[str, str | bytes]) -> None:
    assert read_pkcs11_uri(text) == Pkcs11Uri(text, "/usr/lib/module.so", **named)  # type: ignore[arg-type]


def test_it_is_told_from_the_name_of_a_file() -> None:
    assert is_pkcs11_uri("pkcs11:token=axis")
    assert is_pkcs11_uri("PKCS11:token=axis")
    assert not is_pkcs11_uri("keys/pkcs11.pem")


@pytest.mark.parametrize(
    "text",
    [
        "seal.pem",
        "pkcs11:",
        f"pkcs11:token=axis?{MODULE}",
        f"pkcs11:object=seal?{MODULE}",
        f"pkcs11:token=;object=seal?{MODULE}",
        "pkcs11:token=axis;object=seal",
        "pkcs11:token=axis;object=seal?module-path=",
        f"pkcs11:token=axis;object=seal;type=public?{MODULE}",
        f"pkcs11:token=axis;object=seal;slot-id=0?{MODULE}",
        f"pkcs11:token=axis;object=seal;token=other?{MODULE}",
        f"pkcs11:token=axis;object?{MODULE}",
        f"pkcs11:token=axis;object=%ff?{MODULE}",
        f"pkcs11:token=Trục;object=seal?{MODULE}",
        f"pkcs11:token=axis;object={'x' * URI_CHARACTERS_MAX}?{MODULE}",
    ],
)
def test_what_names_no_single_key_is_refused(text: str) -> None:
    with pytest.raises(KeyUnusable) as raised:
        read_pkcs11_uri(text)
    assert raised.value.fault is KeyFault.URI


@pytest.mark.parametrize("attribute", ["pin-value=canary-1789", "pin-source=file:/etc/canary-1789"])
@pytest.mark.parametrize("separator", ["?", f"?{MODULE}&", ";"])
def test_a_pin_in_it_is_refused_and_not_repeated(attribute: str, separator: str) -> None:
    with pytest.raises(KeyUnusable) as raised:
        read_pkcs11_uri(f"pkcs11:token=axis;object=seal{separator}{attribute}")
    assert raised.value.fault is KeyFault.PIN_IN_URI
    assert "canary" not in f"{raised.value!r}{raised.value.__cause__!r}"

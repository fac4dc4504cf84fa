"""What may stand in the list of hosts that may be asked."""

from __future__ import annotations

import json

import pytest

from axis.settings import SettingsRefused, load_settings
from axis.settings.hosts import AllowedHost, Place
from axis.wiring import reach_of


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(no_axis_variables: None) -> None:
    """Every test here says itself what is set."""


@pytest.mark.parametrize(
    ("written", "host", "ports"),
    [
        ("OCSP.ca.gov.vn", "ocsp.ca.gov.vn", {80, 443}),
        ("crl.ca.gov.vn:8080", "crl.ca.gov.vn", {8080}),
        ("10.12.0.7", "10.12.0.7", {80, 443}),
        ("10.12.0.7:65535", "10.12.0.7", {65535}),
        ("[2001:DB8:0::1]", "2001:db8::1", {80, 443}),
        ("[2001:db8::1]:8080", "2001:db8::1", {8080}),
        ("ca_1.xn--vit-tma.vn", "ca_1.xn--vit-tma.vn", {80, 443}),
    ],
)
def test_a_host_is_written_with_a_port_or_without(written: str, host: str, ports: set[int]) -> None:
    assert AllowedHost.read(written) == AllowedHost(host, frozenset(ports))


BAD = [
    "",
    " ",
    "http://ocsp.ca.gov.vn",
    "//ocsp.ca.gov.vn",
    "ocsp.ca.gov.vn/",
    "ocsp.ca.gov.vn/ocsp",
    "ocsp.ca.gov.vn:",
    "ocsp.ca.gov.vn:0",
    "ocsp.ca.gov.vn:080",
    "ocsp.ca.gov.vn:65536",
    "ocsp.ca.gov.vn:http",
    "ocsp.ca.gov.vn:80:80",
    "ocsp.ca.gov.vn ",
    "ocsp.ca.gov.vn\n",
    "ocsp..vn",
    "ocsp.ca.gov.vn.",
    "-ocsp.vn",
    "*.ca.gov.vn",
    "user@ocsp.ca.gov.vn",
    "chứng-thư.vn",
    "300.1.1.1",
    "10.1",
    "10.12.0.0/16",
    "::1",
    "2001:db8::1",
    "[::1",
    "[10.1.1.1]",
    "[fe80::1%eth0]",
    "[::1]:0",
    "a" * 64 + ".vn",
    "a." * 130 + "vn",
]


@pytest.mark.parametrize("written", BAD)
def test_anything_else_is_refused_at_the_start_in_both_languages(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        AllowedHost.read(written)
    monkeypatch.setenv("AXIS_AUTHORITIES__HOSTS", json_list("ocsp.ca.gov.vn", written))
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    (refusal,) = caught.value.refusals
    assert (refusal.setting, refusal.code) == ("AXIS_AUTHORITIES__HOSTS", "settings/invalid")
    assert "mỗi mục là máy chủ hoặc máy chủ:cổng" in refusal.words.vi
    assert "each entry to be a host or host:port" in refusal.words.en


def json_list(*written: str) -> str:
    return json.dumps(written)


def test_what_is_written_is_what_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_AUTHORITIES__HOSTS", json_list("ocsp.ca.gov.vn", "crl.ca.gov.vn:8080"))
    reach = reach_of(load_settings().authorities)
    places = {"http://ocsp.ca.gov.vn/": True, "http://crl.ca.gov.vn:8080/a": True, "http://crl.ca.gov.vn/a": False}
    assert {one: reach.admits(Place.of(one)) for one in places} == places


@pytest.mark.parametrize(
    "address", ["", "ca.vn", "file:///etc", "http://", "http:///x", "http://u@ca.vn/", "http://ca.vn:x/", "http://[/"]
)
def test_what_is_no_address_leads_nowhere(address: str) -> None:
    assert Place.of(address) is None

"""A profile is read whole or refused, and what is written reads back the same."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from axis.cli.failures import Unable
from axis.cli.profile import find_profile, read_profile, write_profile
from axis.sdk import EnvironmentKind, Origin
from tests.axis.cli.conftest import Axis, credential, write_keys
from tests.signing.pki import hierarchy

WHOLE = 'url = "https://truc.example.vn"\nsystem_id = "a"\nkey = "a.jwk"\nseal_certificates = "/etc/anchors.pem"\n'


def test_what_is_written_reads_back_with_paths_of_its_folder(tmp_path: Path) -> None:
    profile = write_keys(tmp_path, hierarchy(), credential())
    assert read_profile(tmp_path / "profile.toml") == profile
    text = (tmp_path / "profile.toml").read_text()
    assert 'key = "system.jwk"' in text
    assert str(tmp_path) not in text
    assert stat.S_IMODE((tmp_path / "profile.toml").stat().st_mode) == 0o600


def test_a_path_outside_and_letters_of_any_kind_survive(tmp_path: Path) -> None:
    profile = write_keys(tmp_path, hierarchy(), credential())
    odd = replace(profile, trust=tmp_path.parent / 'thư mục "lạ"\\' / "gốc.pem")
    write_profile(tmp_path / "other" / "profile.toml", odd)
    assert read_profile(tmp_path / "other" / "profile.toml") == odd


def test_where_receipts_come_from_is_asked_only_where_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(WHOLE)
    assert read_profile(file).origin == Origin()
    file.write_text(WHOLE + 'environment = "production"\ninstance = "truc-quoc-gia"\n')
    assert read_profile(file).origin == Origin(EnvironmentKind.PRODUCTION, "truc-quoc-gia")
    write_profile(tmp_path / "b.toml", read_profile(file))
    assert read_profile(tmp_path / "b.toml") == read_profile(file)


def test_relative_paths_count_from_the_profiles_folder(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(WHOLE)
    profile = read_profile(file)
    assert (profile.key, profile.seal_certificates) == (tmp_path / "a.jwk", Path("/etc/anchors.pem"))


def test_it_is_found_by_option_then_by_environment(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text(WHOLE)
    second.write_text(WHOLE.replace('"a"', '"b"'))
    environment = {"AXIS_PROFILE": str(second)}
    given, named = find_profile(first, environment), find_profile(None, environment)
    assert given is not None
    assert named is not None
    assert (given.system_id.value, named.system_id.value) == ("a", "b")
    assert find_profile(None, {}) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "url = 5",
        "[a]\nb = 1",
        WHOLE + "colour = 'red'",
        WHOLE + 'agency = ""',
        WHOLE + 'agency = "H 51"',
        WHOLE + 'environment = "development"',
        WHOLE.replace("https", "ftp"),
        WHOLE.replace('"a"', '"A"'),
        WHOLE.replace('system_id = "a"\n', ""),
        "x" * 70_000,
        "\udcff",
    ],
)
def test_a_profile_that_is_not_whole_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Unable) as refused:
        read_profile(file)
    assert refused.value.place == str(file)


def test_a_relative_place_in_the_environment_is_told_as_such(
    axis: Axis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AXIS_PROFILE", "var/keys/H51.15.toml")
    error = axis("inbox", "pull", tmp_path / "in", "--json").document["error"]
    assert (error["code"], error["place"]) == ("cli/profile-elsewhere", "AXIS_PROFILE=var/keys/H51.15.toml")
    assert str(tmp_path) in error["en"]

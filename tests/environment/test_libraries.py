"""The libraries are the locked ones, the lock is complete, and the two that share libxml2 agree on it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import xmlsec
from lxml import etree
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?:\s|$)")


def locked(text: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement of a lock file with its hashes."""
    statements = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    for statement in filter(str.strip, statements):
        requirement, *_ = statement.split(" --hash", maxsplit=1)
        yield Requirement(requirement.strip()), HASH.findall(statement)


def addresses(text: str) -> list[str]:
    """What in a lock file says where to download from: an address, or an option of the installer naming one."""
    return re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links|--trusted-host|\s@\s", text)


def declared() -> list[Requirement]:
    """Every dependency of pyproject.toml: of the program, of its extras, and of those who develop it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    return [Requirement(text) for group in groups for text in group]


PINS = {canonicalize_name(requirement.name): requirement for requirement, _ in locked(LOCK)}


def test_lxml_and_xmlsec_run_on_the_same_libxml2() -> None:
    assert xmlsec.get_libxml_version() == etree.LIBXML_VERSION


def test_lxml_and_xmlsec_were_built_with_the_libxml2_they_run_on() -> None:
    built = {xmlsec.get_libxml_compiled_version(), etree.LIBXML_COMPILED_VERSION}
    assert built == {etree.LIBXML_VERSION}


@pytest.mark.parametrize("name", ["lxml", "xmlsec"])
def test_a_library_that_shares_libxml2_is_declared_exactly(name: str) -> None:
    (requirement,) = (requirement for requirement in declared() if requirement.name == name)
    assert [part.operator for part in requirement.specifier] == ["=="]
    assert version(name) in requirement.specifier


def test_every_locked_requirement_is_exact_and_carries_hashes() -> None:
    loose = [
        str(requirement)
        for requirement, hashes in locked(LOCK)
        if [part.operator for part in requirement.specifier] != ["=="] or not hashes
    ]
    assert loose == []
    assert PINS


def test_a_requirement_without_hash_is_seen() -> None:
    text = f"a==1 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}\n    # via b\nb==2\n    # via c\n"
    assert [(requirement.name, len(hashes)) for requirement, hashes in locked(text)] == [("a", 2), ("b", 0)]


def test_the_lock_names_no_address() -> None:
    assert addresses(LOCK) == []


@pytest.mark.parametrize(
    "line",
    ["--index-url https://example.invalid/simple", "#    uv pip compile --find-links /opt", "a @ file:///opt/a.whl"],
)
def test_an_address_in_a_lock_is_seen(line: str) -> None:
    assert addresses(f"a==1\n{line}\n") != []


@pytest.mark.parametrize("requirement", declared(), ids=lambda requirement: requirement.name)
def test_every_dependency_is_locked_within_its_range(requirement: Requirement) -> None:
    pin = PINS[canonicalize_name(requirement.name)]
    (exact,) = pin.specifier
    assert exact.version in requirement.specifier


@pytest.mark.parametrize("requirement", declared(), ids=lambda requirement: requirement.name)
def test_what_is_installed_is_what_is_locked(requirement: Requirement) -> None:
    assert version(requirement.name) in PINS[canonicalize_name(requirement.name)].specifier

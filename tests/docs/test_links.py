"""Every link of the documentation leads somewhere, and every page can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import Page, all_pages, broken_links, page


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Page) -> None:
    assert list(broken_links(page)) == []


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("[a](no-such-page.md)", "no-such-page.md: no such file"),
        ("![a](pictures/none.svg)", "pictures/none.svg: no such file"),
        ("[a](walk.md#16-sleep)", "walk.md#16-sleep: no such heading"),
        ("# One\n[a](#two)", "#two: no such heading"),
    ],
)
def test_a_link_that_leads_nowhere_is_caught(text: str, broken: str) -> None:
    assert list(broken_links(Page(page("docs/README.md").path, text))) == [broken]


def test_a_link_that_leads_somewhere_passes() -> None:
    text = "# One `two`, three\n[a](#one-two-three) [b](walk.md#8-settle) [c](https://example.vn) `[d](nowhere)`"
    assert list(broken_links(Page(page("docs/README.md").path, text))) == []


def test_every_page_is_in_the_index() -> None:
    index = page("docs/README.md")
    linked = {(index.path.parent / target.partition("#")[0]).resolve() for target in index.links()}
    pages = {one.path for one in all_pages() if one.path.is_relative_to(index.path.parent)}
    decisions = {path for path in pages if path.parent.name == "adr" and path.name != "README.md"}
    assert pages - decisions - {index.path} - linked == set()


def test_every_decision_is_in_the_list_of_decisions() -> None:
    listed = page("docs/adr/README.md")
    linked = {Path(target).name for target in listed.links()}
    assert {path.name for path in listed.path.parent.glob("0*.md")} == linked


def test_the_readme_leads_to_the_index() -> None:
    assert "docs/README.md" in page("README.md").links()

"""The sources of the documentation: pages, notebooks and the bibliography."""

import ast
import pkgutil
import re
from pathlib import Path

import pytest

import pyfedlite
from pyfedlite.lessons.duration import duration

ROOT = Path(__file__).parents[2]
if not (ROOT / "docs" / "conf.py").exists():
    pytest.skip("needs a checkout", allow_module_level=True)

PAGES = sorted((ROOT / "docs").rglob("*.md"))
TUTORIALS = sorted((ROOT / "tutorials").glob("*-*.md"))
SOURCES = [
    path
    for folder, ending in [
        ("pyfedlite", "py"),
        ("rust_core/src", "rs"),
        ("benchmarks", "py"),
        ("docs", "md"),
        ("tutorials", "md"),
    ]
    for path in sorted((ROOT / folder).rglob(f"*.{ending}"))
    if "_build" not in path.parts
]
WORK = re.compile(
    r"arxiv\.org/abs/(?P<arxiv>\d{4}\.\d{4,5})"
    r"|arXiv:(?P<arxiv_too>\d{4}\.\d{4,5})"
    r"|eprint\.iacr\.org/(?P<eprint>\d{4}/\d+)"
    r"|doi\.org/(?P<doi>10\.\d{4,}/[^\s,;)\]}>\"`|]*[^\s,;.)\]}>\"`|])"
    r"|rfc-editor\.org/rfc/(?P<rfc>rfc\d+)"
)


def works(text):
    return {match[match.lastgroup] for match in WORK.finditer(text)}


def test_works_are_recognised():
    text = "https://arxiv.org/abs/1602.05629. (https://doi.org/10.1109/5.726791) arXiv:1812.06127"
    assert works(text) == {"1602.05629", "10.1109/5.726791", "1812.06127"}


def test_every_work_that_the_code_or_a_page_cites_is_in_the_bibliography():
    known = works((ROOT / "docs" / "references.bib").read_text("utf-8"))
    cited = {work: path.name for path in SOURCES for work in works(path.read_text("utf-8"))}
    assert {work: file for work, file in cited.items() if work not in known} == {}


MODULES = sorted(m.name for m in pkgutil.iter_modules(pyfedlite.__path__) if m.name[0] != "_")


@pytest.mark.parametrize("name", [name for name in MODULES if name != "cli"])
def test_a_public_module_has_a_page(name):
    page = ROOT / "docs" / "reference" / "modules" / f"{name}.md"
    directive = f"```{{eval-rst}}\n.. public-module:: pyfedlite.{name}\n```\n"
    assert page.exists(), f"write {page} with a heading and\n{directive}"
    assert directive in page.read_text("utf-8")


def code_cells(path):
    return re.findall(r"^```{code-cell}[^\n]*\n(.*?)^```", path.read_text("utf-8"), re.S | re.M)


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_cell_of_a_tutorial_has_at_most_twelve_lines(path):
    for cell in code_cells(path):
        lines = [line for line in cell.splitlines() if line.strip() and line[0] != ":"]
        assert len(lines) <= 12, cell


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_is_a_notebook_without_outputs(path):
    text = path.read_text("utf-8")
    assert text.startswith("---\njupytext:\n  text_representation:\n    extension: .md\n")
    assert "```{code-cell-output}" not in text
    assert re.match(r"\d\d-|from-", path.stem)
    for cell in code_cells(path):
        code = "\n".join(line for line in cell.splitlines() if line[:1] not in (":", "%", "!"))
        ast.parse(code)


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_states_the_minutes_that_are_counted_from_it(path):
    text = path.read_text("utf-8")
    stated = re.findall(r"^\*\*Time\.\*\* (.*?\.)(?:$| )", text, re.MULTILINE)
    assert stated == [str(duration(text))]


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_says_what_it_needs_and_what_to_take_away(path):
    text = path.read_text("utf-8")
    assert re.search(r"^\*\*You need\*\* .*?`pip install 'pyfedlite\[course\]'`", text, re.M | re.S)
    assert len(items_of(text, "Three sentences to take away")) == 3
    assert len(items_of(text, "Three quick questions")) == 3
    assert len(items_of(text.partition("## Three quick questions")[2], "Answers")) == 3


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_words_of_the_glossary_on_a_tutorial_lead_there(path):
    text = path.read_text("utf-8")
    assert "{term}`" in text


def items_of(text, heading):
    """Return the numbered items after a heading, or after the summary of folded answers."""
    start = rf"^## {heading}\n|^<summary>{heading}</summary>\n"
    section = re.search(rf"(?:{start})(.*?)(?=^## |^</?details>)", text, re.M | re.S)
    return re.findall(r"^\d\. ", section[1], re.M) if section else []

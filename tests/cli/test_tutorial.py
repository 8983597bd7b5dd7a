"""The tutorials come as notebooks: the same code, text that Jupyter shows, nothing written over."""

import ast
import json
import re

import pytest

from pyfedlite.cli import main
from pyfedlite.cli.tutorial import folder
from pyfedlite.lessons.citations import Sources, read_citations
from pyfedlite.lessons.markdown import plain_markdown
from pyfedlite.lessons.notebook import code_cells, notebook

PAGES = {path.stem: path for path in sorted(folder().glob("*.md")) if path.stem != "README"}
FIRST = next(iter(PAGES))
each_page = pytest.mark.parametrize("name", PAGES)


def cells_of(path, kind):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def code_between_the_fences(page):
    """Line by line, so that the claim does not rest on the expression that the command uses."""
    cells, inside = [], None
    for line in page.splitlines():
        if inside is None and line.startswith("```{code-cell}"):
            inside = []
        elif inside is not None and line.strip() == "```":
            cells.append("\n".join(inside).strip("\n"))
            inside = None
        elif inside is not None and not (not inside and re.match(r":[\w-]+:", line)):
            inside.append(line)
    return cells


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    out = tmp_path_factory.mktemp("lessons")
    assert main(["tutorial", "--out", str(out), "--quiet"]) == 0
    return out


def test_every_page_is_copied(copied):
    assert sorted(path.stem for path in copied.iterdir()) == list(PAGES)
    assert len(PAGES) >= 6


@each_page
def test_code_cells_of_the_notebook_are_those_of_the_page(copied, name):
    expected = code_between_the_fences(PAGES[name].read_text("utf-8"))
    assert cells_of(copied / f"{name}.ipynb", "code") == expected


@each_page
def test_code_cells_are_python_without_outputs(copied, name):
    for cell in json.loads((copied / f"{name}.ipynb").read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            ast.parse("".join(cell["source"]))
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@each_page
def test_text_holds_nothing_that_only_sphinx_understands(copied, name):
    for text in cells_of(copied / f"{name}.ipynb", "markdown"):
        assert not re.search(r"\{[\w:-]+\}`|^:::|^```\{|^\(\S+\)=$", text, re.MULTILINE), text


@each_page
def test_links_between_pages_lead_to_notebooks_that_are_there(copied, name):
    for text in cells_of(copied / f"{name}.ipynb", "markdown"):
        for target in re.findall(r"\]\(([^)]*\.ipynb)\)", text):
            assert (copied / target).is_file()


@each_page
def test_notebook_is_valid(copied, name):
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.read(copied / f"{name}.ipynb", as_version=4))


def test_cells_have_ids_of_their_own(copied):
    for path in copied.iterdir():
        ids = [cell["id"] for cell in json.loads(path.read_text("utf-8"))["cells"]]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[\w-]{1,64}", identity) for identity in ids)


def test_copying_again_gives_the_same_bytes(copied, tmp_path):
    assert main(["tutorial", "--out", str(tmp_path), "--quiet"]) == 0
    for path in copied.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("wanted", ["2", "02", "02-logistic-regression"])
def test_one_page_is_named_by_number_or_name(tmp_path, wanted, capsys):
    assert main(["tutorial", wanted, "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["02-logistic-regression.ipynb"]
    assert "02-logistic-regression.ipynb" in capsys.readouterr().out


def test_the_extra_that_the_notebooks_need_is_named(tmp_path, capsys):
    assert main(["tutorial", "2", "--out", str(tmp_path)]) == 0
    assert "pip install 'pyfedlite[course]'" in capsys.readouterr().out


def test_pages_come_to_where_one_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["tutorial", "0", "--quiet"]) == 0
    assert (tmp_path / f"{FIRST}.ipynb").is_file()


def test_a_notebook_that_is_there_is_not_written_over(tmp_path, capsys):
    mine = tmp_path / f"{FIRST}.ipynb"
    mine.write_text("mine")
    assert main(["tutorial", "--out", str(tmp_path)]) == 2
    assert "--overwrite replaces them" in capsys.readouterr().err
    assert mine.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [mine]


def test_a_notebook_is_replaced_when_that_is_asked_for(tmp_path):
    mine = tmp_path / f"{FIRST}.ipynb"
    mine.write_text("mine")
    assert main(["tutorial", "0", "--out", str(tmp_path), "--overwrite", "--quiet"]) == 0
    assert json.loads(mine.read_text("utf-8"))["nbformat"] == 4


def test_an_unknown_page_is_bad_usage(tmp_path, capsys):
    assert main(["tutorial", "77", "--out", str(tmp_path)]) == 2
    assert "N must be one of 00, 01, 02" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_list_has_titles_and_copies_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["tutorial", "--list", "--json"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    titles = json.loads(last)["tutorials"]
    assert titles[FIRST] == "Notation"
    assert lines[0].split(maxsplit=1) == [FIRST, "Notation"]
    assert list(tmp_path.iterdir()) == []


def test_json_names_the_files(tmp_path, capsys):
    assert main(["tutorial", "0", "--out", str(tmp_path), "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"notebooks": [str(tmp_path / f"{FIRST}.ipynb")]}


# ---- MyST, piece by piece -----------------------------------------------------------------------

WORKS = read_citations("""
@misc{one1999,
  author = {A. One},
  year = {1999}
}
@article{many2001,
  author = {Ann {de Many} and Bob Two and Cid Three},
  title = {Of {MANY}},
  year = {2001},
  url = {https://example.org}
}
""")
SOURCES = Sources(WORKS, {"03-local-sgd": "Local SGD"})


@pytest.mark.parametrize(
    ("myst", "plain"),
    [
        ("{doc}`03-local-sgd`", "[Local SGD](03-local-sgd.ipynb)"),
        ("{doc}`steps <03-local-sgd>`", "[steps](03-local-sgd.ipynb)"),
        ("{doc}`../reference/notation`", "*reference/notation* (in the documentation)"),
        ("{cite:t}`many2001` say", "de Many et al. (2001) say"),
        ("so {cite:p}`many2001`.", "so (de Many et al. 2001)."),
        ("{cite:t}`unknown`", "unknown"),
        ("{math}`x^2`", "$x^2$"),
        ("{func}`~pyfedlite.simulate`", "`pyfedlite.simulate`"),
        ("{ref}`the section <label>`", "*the section*"),
        ("(a-label)=\n# Title", "# Title"),
        ("% a comment\ntext", "text"),
        ("$$ x $$ (eq-one)", "$$ x $$"),
        ("```{math}\n:label: eq\nx\n```", "$$\nx\n$$"),
        ("```{code-block} python\n:linenos:\nx = 1\n```", "```python\nx = 1\n```"),
        ("```python\n{doc}`x`\n```", "```python\n{doc}`x`\n```"),
        ("```{figure} a.svg\n:alt: A\n\nWords.\n```", "![](a.svg)\n\n\nWords."),
        ("```{toctree}\na\n```\nend", "end"),
        (":::{note}\nBe {math}`x`.\n:::", "> **Note**\n>\n> Be $x$."),
        ("::::{tip} A\n:::{note}\nB\n:::\n::::", "> **A**\n>\n> > **Note**\n> >\n> > B"),
        (":::{grid} Two\ncells\n:::", "**Two**\n\ncells"),
    ],
)
def test_myst_is_put_into_words(myst, plain):
    assert plain_markdown(myst, SOURCES, {}) == plain


def test_what_is_cited_is_listed_at_the_end_once():
    page = "{cite:t}`many2001` and {cite:p}`many2001`"
    cells = json.loads(notebook(page, "page", SOURCES))["cells"]
    text = "".join(cells[-1]["source"])
    assert text == "## References\n\n- de Many et al. (2001): *Of MANY*. <https://example.org>"


def test_options_of_a_cell_are_no_code():
    page = "```{code-cell} python\n:tags: [hide]\n\nx = 1\n```\n"
    yaml = "```{code-cell}\n---\ntags: [hide]\n---\ny = 2\n```\n"
    assert code_cells(page + yaml) == ["x = 1", "y = 2"]


def test_a_break_makes_two_cells():
    cells = json.loads(notebook("one\n\n+++\n\ntwo\n", "page", Sources()))["cells"]
    assert [cell["source"] for cell in cells] == [["one"], ["two"]]


def test_lines_that_end_as_on_windows_change_nothing():
    page = "# A\n\n```{code-cell}\nx = 1\n```\n"
    assert notebook(page.replace("\n", "\r\n"), "a", Sources()) == notebook(page, "a", Sources())

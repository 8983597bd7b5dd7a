"""The works that tutorials cite: authors, year, title and address, read from BibTeX."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ENTRY = re.compile(r"^@\w+\{([^,\s]+),(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Citation:
    """One work.

    Parameters
    ----------
    authors : str
        Family names, as they are written in a sentence.
    year, title, url : str

    Examples
    --------
    >>> Citation("Shamir", "1979", "How to Share a Secret", "").entry
    'Shamir (1979): *How to Share a Secret*.'
    """

    authors: str
    year: str
    title: str
    url: str

    @property
    def entry(self) -> str:
        """The line in the list of references."""
        place = f" <{self.url}>" if self.url else ""
        return f"{self.authors} ({self.year}): *{self.title}*.{place}"


@dataclass(frozen=True)
class Sources:
    """The works and pages that a page may refer to.

    Parameters
    ----------
    works : mapping of str to Citation
        The works, by key.
    titles : mapping of str to str
        The titles of the tutorials, by name.
    """

    works: Mapping[str, Citation] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def read_citations(bibtex: str) -> dict[str, Citation]:
    r"""Return the works of a BibTeX file by key.

    Examples
    --------
    >>> bibtex = "@misc{hsu2019,\n author = {Tzu-Ming Hsu and Hang {van Qi}},\n year = {2019}\n}"
    >>> read_citations(bibtex)["hsu2019"].authors
    'Hsu and van Qi'
    """
    works = {}
    for key, body in ENTRY.findall(bibtex):
        fields = dict(FIELD.findall(body))
        title, url = (re.sub(r"[{}]", "", fields.get(name, "")) for name in ("title", "url"))
        works[key] = Citation(
            _authors(fields.get("author", key)), fields.get("year", ""), title, url
        )
    return works


def _authors(names: str) -> str:
    families = [_family(name.strip()) for name in names.split(" and ")]
    if len(families) <= 2:
        return " and ".join(families)
    return f"{families[0]} et al."


def _family(name: str) -> str:
    """Return the family name: in braces, before a comma, or the last word."""
    if name.endswith("}"):
        return name[name.rfind("{") + 1 : -1]
    return name.partition(",")[0] if "," in name else name.split()[-1]

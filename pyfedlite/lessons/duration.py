"""How long a page takes: counted from the page, so that no page promises a shorter time.

The rule: 150 words a minute, formulas and code included, 2 minutes for each prediction, 5 minutes
for each exercise. The words of folded answers and of what to read afterwards count as well.
"""

import re
from dataclasses import dataclass

WORDS_PER_MINUTE = 150
MINUTES_PER_PREDICTION = 2
MINUTES_PER_EXERCISE = 5

FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^## Exercises\n(.*?)(?=^<details>|^## |\Z)", re.MULTILINE | re.DOTALL)
ITEM = re.compile(r"^\d+\. ", re.MULTILINE)
NAME = re.compile(r"[`\"]([a-z0-9]+(?:-[a-z0-9]+)*-\d)[`\"]")


@dataclass(frozen=True)
class Duration:
    """What a page asks of its reader.

    Parameters
    ----------
    words, predictions, exercises : int

    Examples
    --------
    >>> page = Duration(words=1500, predictions=2, exercises=4)
    >>> page.minutes
    34
    >>> print(page)
    About 35 minutes: 10 to read, 2 for each of 2 predictions, 5 for each of 4 exercises.
    """

    words: int
    predictions: int
    exercises: int

    @property
    def reading(self) -> int:
        """Minutes to read."""
        return round(self.words / WORDS_PER_MINUTE)

    @property
    def minutes(self) -> int:
        """Minutes in all."""
        return (
            self.reading
            + MINUTES_PER_PREDICTION * self.predictions
            + MINUTES_PER_EXERCISE * self.exercises
        )

    def __str__(self) -> str:
        parts = [
            f"{self.reading} to read",
            _each(MINUTES_PER_PREDICTION, self.predictions, "prediction"),
            _each(MINUTES_PER_EXERCISE, self.exercises, "exercise"),
        ]
        return f"About {5 * round(self.minutes / 5)} minutes: {', '.join(filter(None, parts))}."


def duration(page: str) -> Duration:
    r"""Return how long a tutorial takes.

    Parameters
    ----------
    page : str
        MyST Markdown. Predictions are its admonitions called *Predict*. Exercises are the numbered
        items of the section *Exercises*, and before them the names of exercises that the library
        marks, each once.

    Examples
    --------
    >>> page = "## Exercises\n`delta-1` is marked, `delta-1` at once.\n\n1. **One.** Compute it.\n"
    >>> duration(page).exercises
    2
    """
    text = FRONT_MATTER.sub("", page)
    section = SECTION.search(text)
    before, *items = ITEM.split(section.group(1)) if section else [""]
    return Duration(
        words=len(re.findall(r"\S*\w\S*", text)),
        predictions=text.count("{admonition} Predict\n"),
        exercises=len(set(NAME.findall(before))) + len(items),
    )


def _each(minutes: int, count: int, thing: str) -> str:
    if count > 1:
        return f"{minutes} for each of {count} {thing}s"
    return f"{minutes} for one {thing}" if count else ""

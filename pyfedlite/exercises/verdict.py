"""What `check` answers: text for a terminal, HTML for a notebook."""

import html
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """The answer to an attempt. It is true where the attempt is right.

    Parameters
    ----------
    exercise : str
        Its name.
    passed : bool
    message : str
        What was found, in words.
    call : str
        The simplest call that goes wrong, as one types it, or nothing.
    values : mapping of str to str
        What that call should give, and what it gave.
    advice : str
        What to look at, or nothing.

    Examples
    --------
    >>> Verdict("delta-1", True, "2 laws hold.")
    delta-1: right.
    <BLANKLINE>
    2 laws hold.
    """

    exercise: str
    passed: bool
    message: str
    call: str = ""
    values: Mapping[str, str] | None = None
    advice: str = ""

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        parts = [f"{self.exercise}: {'right' if self.passed else 'not yet'}.", self.message]
        if self.call:
            parts.append(f"The simplest example:\n\n{_indented(self.call)}")
        if self.values:
            width = max(map(len, self.values))
            rows = [f"{name:{width}}  {value}" for name, value in self.values.items()]
            parts.append(_indented("\n".join(rows)))
        if self.advice:
            parts.append(self.advice)
        if not self.passed:
            parts.append(f'For a hint: hint("{self.exercise}", 1)')
        return "\n\n".join(parts)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the same as HTML, for Jupyter; it is legible on light and dark pages."""
        colour, word = ("#2e8540", "right") if self.passed else ("#c9730a", "not yet")
        title = f"<strong>{html.escape(self.exercise)}: {word}.</strong>"
        parts = [f"<p>{title}</p><p>{_lines(self.message)}</p>"]
        if self.call:
            parts.append(f"<p>The simplest example:</p><pre>{html.escape(self.call)}</pre>")
        if self.values:
            parts.append(_table(self.values))
        if self.advice:
            parts.append(f"<p>{_lines(self.advice)}</p>")
        if not self.passed:
            hint = html.escape(f'hint("{self.exercise}", 1)')
            parts.append(f"<p>For a hint: <code>{hint}</code></p>")
        style = f"border-left: 4px solid {colour}; padding-left: 1em"
        return f'<div style="{style}">{"".join(parts)}</div>'


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _table(values: Mapping[str, str]) -> str:
    cell = '<td style="text-align: left">{}</td>'
    rows = [
        f"<tr>{cell.format(html.escape(name))}"
        f"{cell.format(f'<code>{html.escape(value)}</code>')}</tr>"
        for name, value in values.items()
    ]
    return f"<table>{''.join(rows)}</table>"

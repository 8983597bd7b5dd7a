"""MyST Markdown, written again as plain Markdown that a notebook can show."""

import re

from pyfedlite.lessons.citations import Citation, Sources

FENCE = re.compile(r"^(`{3,}|:{3,})\s*(\{[\w:-]+\})?(.*)$")
ROLE = re.compile(r"\{([\w:-]+)\}`([^`]+)`")
EXPLICIT = re.compile(r"\A(.*?)\s*<([^<>]+)>\Z", re.DOTALL)
CALLS = (
    "admonition",
    "note",
    "tip",
    "hint",
    "important",
    "warning",
    "caution",
    "seealso",
    "dropdown",
)
UNSEEN = ("toctree", "contents", "index", "only")


def plain_markdown(text: str, sources: Sources, cited: dict[str, Citation]) -> str:
    r"""Return `text` without directives, roles and labels; add the works it cites to `cited`.

    Examples
    --------
    >>> print(plain_markdown(":::{admonition} Predict\nWhat is {math}`x`?\n:::\n", Sources(), {}))
    > **Predict**
    >
    > What is $x$?
    <BLANKLINE>
    """
    lines, result = text.split("\n"), list[str]()
    while lines:
        line = lines.pop(0)
        fence = FENCE.match(line)
        if fence is None:
            result += _plain_lines(line)
            continue
        mark, directive, argument = fence.groups()
        body = _body(lines, mark)
        if directive is None and mark[0] == "`":  # plain code stays as it is
            result += [line, *body, mark]
            continue
        inside = plain_markdown("\n".join(body), sources, cited).split("\n")
        result += _directive((directive or "{}")[1:-1], argument.strip(), body, inside)
    return _roles("\n".join(result), sources, cited)


def _body(lines: list[str], mark: str) -> list[str]:
    """Remove the lines up to the closing fence from `lines`, and return them."""
    body = []
    while lines:
        line = lines.pop(0)
        if line.rstrip() == mark:
            break
        body.append(line)
    return body


def _plain_lines(line: str) -> list[str]:
    """Return a line without the label of a formula; no line for a label or a comment."""
    if re.match(r"^\([\w:-]+\)=\s*$|^% ", line):
        return []
    return [re.sub(r"\$\$\s*\([\w:-]+\)\s*$", "$$", line)]


def _directive(name: str, argument: str, body: list[str], inside: list[str]) -> list[str]:
    if name in UNSEEN:
        return []
    if name == "math":
        return ["$$", *_without_options(body), "$$"]
    if name in ("code-block", "code", "literalinclude"):
        return [f"```{argument}", *_without_options(body), "```"]
    if name in ("figure", "image"):
        return [f"![]({argument})", "", *_without_options(inside)]
    content = _without_options(inside)
    if name in CALLS:
        title = argument or name.capitalize()
        return [f"> **{title}**", ">", *(f"> {line}".rstrip() for line in content)]
    return [f"**{argument}**", "", *content] if argument else content


def _without_options(lines: list[str]) -> list[str]:
    start = 0
    while start < len(lines) and re.match(r"^:[\w-]+:", lines[start]):
        start += 1
    return lines[start:]


def _roles(text: str, sources: Sources, cited: dict[str, Citation]) -> str:
    """Return `text` with its roles replaced by plain Markdown, outside code."""
    parts = re.split(r"(^```.*?^```\s*?$)", text, flags=re.MULTILINE | re.DOTALL)
    for i in range(0, len(parts), 2):
        parts[i] = ROLE.sub(lambda found: _role(found[1], found[2], sources, cited), parts[i])
    return "".join(parts)


def _role(name: str, content: str, sources: Sources, cited: dict[str, Citation]) -> str:
    if name.startswith("cite"):
        return _citation(name, content, sources, cited)
    explicit = EXPLICIT.match(content)
    shown, target = explicit.groups() if explicit else (content, content)
    if name == "doc":
        here = "/" not in target  # another tutorial: a notebook beside this one
        shown = shown if explicit else sources.titles.get(target, target)
        link = f"[{shown}]({target}.ipynb)"
        return link if here else f"*{shown.removeprefix('../')}* (in the documentation)"
    if name == "math":
        return f"${content}$"
    if name in ("ref", "term", "numref", "eq", "abbr"):
        return f"*{shown}*"
    return f"`{shown.removeprefix('~')}`"


def _citation(name: str, content: str, sources: Sources, cited: dict[str, Citation]) -> str:
    words = []
    for key in (key.strip() for key in content.split(",")):
        work = sources.works.get(key, Citation(key, "", "", ""))
        if key in sources.works:
            cited[key] = work
        year = f"({work.year})" if name == "cite:t" and work.year else work.year
        words.append(f"{work.authors} {year}".strip())
    return "; ".join(words) if name == "cite:t" else f"({'; '.join(words)})"

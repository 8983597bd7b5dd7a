"""Which line of somebody's function an error came from, and which loop stands around it."""

import ast
import functools
import inspect
import linecache
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Any


def line_of(error: BaseException, function: Callable[..., Any]) -> str:
    """Return the line of the function's file in which an error arose, or nothing.

    Examples
    --------
    >>> line_of(ValueError("never raised"), len)
    ''
    """
    file, number = _place(error, function)
    return linecache.getline(file, number).strip() if number else ""


def loop_of(error: BaseException, function: Callable[..., Any]) -> str:
    """Return the first line of the loop in which an error arose, or nothing.

    Of several loops around the line it is the innermost ``while``; without one, the innermost
    ``for``.
    """
    file, number = _place(error, function)
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):  # a cell with lines that are not Python
        return ""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.While | ast.For)
        and node.lineno <= number <= (node.end_lineno or node.lineno)
    ]
    around.sort(key=lambda node: (isinstance(node, ast.While), node.lineno))
    return linecache.getline(file, around[-1].lineno).strip() if around else ""


def _place(error: BaseException, function: Callable[..., Any]) -> tuple[str, int]:
    """Return the file of the function, and the last line in it on the way to the error, or 0."""
    code = _code_of(function)
    if code is None:
        return "", 0
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if f.filename == code.co_filename and f.lineno]
    return code.co_filename, lines[-1] if lines else 0


def _code_of(function: Any) -> CodeType | None:
    """Return the code behind a function, a partial function, a method or an object with a call."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = vars(type(function)).get("__call__")
    code = getattr(inspect.unwrap(function) if function else None, "__code__", None)
    return code if isinstance(code, CodeType) else None

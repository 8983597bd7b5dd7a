"""Mathematics without JavaScript: LaTeX becomes MathML while the pages are built.

Every browser of today draws MathML itself, given a font with a table for mathematics. The font,
STIX Two Math under the SIL Open Font License, comes out of the package ``ziamath``; the glyphs that
we can need are cut out of it and written beside the pages, so that nothing is fetched when a page
is opened. A formula that cannot be read is a warning of the build, hence an error.
"""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging

FONT = "stix-two-math.woff"
GLYPHS = [
    (0x0020, 0x017F),  # Latin
    (0x0370, 0x03FF),  # Greek
    (0x2000, 0x22FF),  # punctuation, arrows, operators
    (0x27C0, 0x2AFF),  # brackets, more operators
    (0x1D400, 0x1D503),  # bold, italic and script letters
    (0x1D538, 0x1D56B),  # double-struck letters
    (0x1D6A8, 0x1D71B),  # bold and italic Greek
]
TO_MATHML = LatexToMathML()
log = logging.getLogger(__name__)


def mathml(latex: str, node: nodes.Node, *, display: bool) -> str:
    """Return `latex` as MathML, or warn where it stands."""
    if display and ("&" in latex or r"\\" in latex):
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    try:
        return TO_MATHML.convert_with_local_state(latex, displaystyle=display)
    except LatexError as error:
        log.warning("cannot read the formula %r: %s", latex, error, location=node)
        return "<code></code>"


def visit_math(translator: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    translator.body.append(mathml(node.astext(), node, display=False))
    raise nodes.SkipNode


def visit_math_block(translator: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, with its number where it has one."""
    translator.body.append(translator.starttag(node, "div", CLASS="formula"))
    translator.body.append(mathml(node.astext(), node, display=True))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({node["number"]})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def write_font(app: Sphinx, exception: Exception | None) -> None:
    """Cut the font to the glyphs of mathematics, and write it beside the pages."""
    if exception is not None or app.builder.format != "html":
        return
    options = subset.Options(
        flavor="woff", layout_features=["*"], notdef_outline=True, hinting=False
    )
    with as_file(files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf") as source:
        font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in GLYPHS for code in range(first, last + 1)])
    subsetter.subset(font)
    raise_subscripts(font)
    to_cff(font)
    subset.save_font(font, str(Path(app.outdir, "_static", FONT)), options)


def raise_subscripts(font: TTFont) -> None:
    """Let a subscript drop to the bottom of its base and no farther, in place.

    TeX lets it drop below a formula and not below a letter. Browsers make no such difference, so
    that the k of p_k stood far lower than the k of x_k.
    """
    font["MATH"].table.MathConstants.SubscriptBaselineDropMin.Value = 0


def to_cff(font: TTFont) -> None:
    """Write the outlines as cubic curves, in place.

    FreeType, which draws text on Linux, bends TrueType outlines to the pixels, hinted or not, and
    makes a small theta look like a theta with a hat. Curves of this other kind it leaves alone.
    """
    outlines, charstrings = font.getGlyphSet(), {}
    for name in font.getGlyphOrder():
        pen = T2CharStringPen(outlines[name].width, outlines)
        outlines[name].draw(pen)
        charstrings[name] = pen.getCharString()
    del font["glyf"], font["loca"]
    font.sfntVersion = "OTTO"
    font["maxp"].tableVersion = 0x00005000
    FontBuilder(font=font).setupCFF("STIXTwoMath-Regular", {}, charstrings, {})


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

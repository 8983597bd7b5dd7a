"""How the documentation is built: ``make docs``, which treats every warning as an error."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
GLOB = re.compile(r"[\w/-]+[*\[].*$")
sys.path.insert(0, str(HERE / "_ext"))

# Notebooks and examples run as a reader's would: quietly, without a display, on one BLAS thread.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

# … and with IPython settings of their own, which also keep a warning per notebook off the log.
profile = HERE / "_build" / "ipython" / "profile_default"
profile.mkdir(parents=True, exist_ok=True)
(profile / "ipython_kernel_config.py").write_text("get_config().IPKernelApp.log_level = 40\n")
os.environ["IPYTHONDIR"] = str(profile.parent)

# After the variables that NumPy reads when it is loaded:
import backticks  # noqa: E402

project = "pyfedlite"
author = "The pyfedlite authors"
copyright = "The pyfedlite authors"
release = backticks.pyfedlite.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "backticks",
    "mathml",
    "module_page",
    "run_time",
    "scripts",
]
exclude_patterns = ["_build", "_ext", "tutorials/README.md", "**/.ipynb_checkpoints"]
templates_path = ["_templates"]

# ---- Pages --------------------------------------------------------------------------------------

html_theme = "furo"
html_title = "pyfedlite"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
pygments_style = "friendly"
pygments_dark_style = "native"

# ---- MyST and notebooks -------------------------------------------------------------------------

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 60
nb_execution_show_tb = True
nb_merge_streams = True

# ---- Reference ----------------------------------------------------------------------------------

default_role = "backticks"
autodoc_typehints = "none"  # numpydoc's Parameters say the types, with shapes
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autosummary_generate = False
numpydoc_show_class_members = False
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
viewcode_line_numbers = True

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "unsrt"


def keep_globs_that_match(app, docname, content):
    """Let the sidebar name rooms that have no pages yet; Sphinx would call that a mistake."""
    if docname == "index":
        lines = content[0].splitlines()
        kept = [line for line in lines if not GLOB.match(line) or adds(line, lines)]
        content[0] = "\n".join(kept)


def adds(pattern, lines):
    """Return whether a glob matches a page that no line names already."""
    pages = (
        path.relative_to(HERE).with_suffix("").as_posix() for path in HERE.glob(pattern + ".md")
    )
    return any(page not in lines for page in pages)


def setup(app):
    """Connect the one event that is ours."""
    app.connect("source-read", keep_globs_that_match)

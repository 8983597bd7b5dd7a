"""How a part is spelled in a flag, in a configuration file and in the header of a model file.

Each family of parts has one table of names, which is filled in the room of the family:
``data.PARTITIONERS``, ``models.MODELS``, ``algorithms.ALGORITHMS``, ``aggregation.AGGREGATORS``.

A spelling looks like the call of a builder. Behind the name and a colon stand the settings,
separated by commas: those that the builder takes without a keyword may stand as they are, each
other one as ``key=value``. ``dirichlet:0.3,min_examples=2`` means
``dirichlet(0.3, min_examples=2)``. A name holds letters, digits and underscores only, so that
other signs stay free. One of them joins parts, in families that have parts to stand before others:
``nnm+median:num_byzantine=5``.
"""

from pyfedlite.names.chained import ChainedNames
from pyfedlite.names.table import Names

__all__ = ["ChainedNames", "Names"]

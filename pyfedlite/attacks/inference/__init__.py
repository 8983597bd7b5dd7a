"""What a model or an update gives away about the rows that it was trained on.

Adversary: the server, or whoever sees an update or a model; each file says which. Protected by:
secure aggregation, differential privacy, each for some of it. For teaching and research: not
audited. Nothing here is for use on data that is not yours.
"""

from pyfedlite.attacks.inference.analytic import Recovered, gradient_of_update, recover_rows
from pyfedlite.attacks.inference.labels import classes_present, label_counts, label_of
from pyfedlite.attacks.inference.last_row import MissingRow, missing_row

__all__ = [
    "MissingRow",
    "Recovered",
    "classes_present",
    "gradient_of_update",
    "label_counts",
    "label_of",
    "missing_row",
    "recover_rows",
]

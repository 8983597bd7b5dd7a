"""What a model or an update gives away about the rows that it was trained on.

Adversary: the server, or whoever sees an update or a model; each file says which. Protected by:
secure aggregation, differential privacy, each for some of it. For teaching and research: not
audited. Nothing here is for use on data that is not yours.
"""

from pyfedlite.attacks.inference.analytic import Recovered, gradient_of_update, recover_rows
from pyfedlite.attacks.inference.attributes import AttributeGuess, infer_attribute
from pyfedlite.attacks.inference.evasion import Evaded, fgsm, input_gradient
from pyfedlite.attacks.inference.extraction import Oracle, QueryLimitError, extract_logistic
from pyfedlite.attacks.inference.labels import classes_present, label_counts, label_of
from pyfedlite.attacks.inference.last_row import MissingRow, missing_row
from pyfedlite.attacks.inference.lbfgs import minimise
from pyfedlite.attacks.inference.matching import Matched, match_gradient, mismatch
from pyfedlite.attacks.inference.membership import (
    confidences,
    gap_scores,
    lira_scores,
    loss_scores,
    shadow_confidences,
    shadow_halves,
)
from pyfedlite.attacks.inference.roc import Guesses
from pyfedlite.privacy.binomial import clopper_pearson

__all__ = [
    "AttributeGuess",
    "Evaded",
    "Guesses",
    "Matched",
    "MissingRow",
    "Oracle",
    "QueryLimitError",
    "Recovered",
    "classes_present",
    "clopper_pearson",
    "confidences",
    "extract_logistic",
    "fgsm",
    "gap_scores",
    "gradient_of_update",
    "infer_attribute",
    "input_gradient",
    "label_counts",
    "label_of",
    "lira_scores",
    "loss_scores",
    "match_gradient",
    "minimise",
    "mismatch",
    "missing_row",
    "recover_rows",
    "shadow_confidences",
    "shadow_halves",
]

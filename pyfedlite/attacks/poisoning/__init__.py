"""Poisoning: clients who send a lie, or train on one.

Adversary: some clients. Alone they know their own update; `colluding` ones know each other's,
`omniscient` ones know the honest ones too. Protected by: ``aggregation.robust``, as far as each
rule says. Not protected: a mean. For teaching and research: not audited. Nothing here helps against
a system that is not yours to test.
"""

from pyfedlite.attacks.poisoning.backdoor import (
    ModelReplacement,
    PlantTrigger,
    TrainsOtherwise,
    Trigger,
    corner,
    model_replacement,
    plant_trigger,
    success_rate,
    trains_otherwise,
)
from pyfedlite.attacks.poisoning.cohort import (
    Attack,
    Omniscient,
    Together,
    View,
    colluding,
    omniscient,
)
from pyfedlite.attacks.poisoning.crafted import (
    ALIE,
    IPM,
    Mimic,
    MinMax,
    alie,
    alie_strength,
    flip_mean,
    ipm,
    mimic,
    min_max,
)
from pyfedlite.attacks.poisoning.labels import FlipLabels, Relabel, flip_labels, relabel
from pyfedlite.attacks.poisoning.named import KNOWLEDGE, POISONS, Liars, Poison
from pyfedlite.attacks.poisoning.searched import Searched, deviations_from_mean, searched
from pyfedlite.attacks.poisoning.updates import (
    Constant,
    FalseCount,
    FlipSign,
    Gaussian,
    Replay,
    constant,
    false_count,
    flip_sign,
    free_rider,
    gaussian,
    not_a_number,
    replay,
    zero,
)

__all__ = [
    "ALIE",
    "IPM",
    "KNOWLEDGE",
    "POISONS",
    "Attack",
    "Constant",
    "FalseCount",
    "FlipLabels",
    "FlipSign",
    "Gaussian",
    "Liars",
    "Mimic",
    "MinMax",
    "ModelReplacement",
    "Omniscient",
    "PlantTrigger",
    "Poison",
    "Relabel",
    "Replay",
    "Searched",
    "Together",
    "TrainsOtherwise",
    "Trigger",
    "View",
    "alie",
    "alie_strength",
    "colluding",
    "constant",
    "corner",
    "deviations_from_mean",
    "false_count",
    "flip_labels",
    "flip_mean",
    "flip_sign",
    "free_rider",
    "gaussian",
    "ipm",
    "mimic",
    "min_max",
    "model_replacement",
    "not_a_number",
    "omniscient",
    "plant_trigger",
    "relabel",
    "replay",
    "searched",
    "success_rate",
    "trains_otherwise",
    "zero",
]

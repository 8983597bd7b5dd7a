"""Attacks as experiments: each is a configuration, a function of it, and a `Finding`.

Adversary, and what is and is not protected: as the module of each experiment says. For teaching and
research: not audited. Nothing here is for data or systems that are not yours to test.

Left neighbour: ``pyfedlite.attacks`` has the attacks themselves. Right neighbour: ``pyfedlite
attack`` makes a configuration from flags, and keeps the finding in a folder.
"""

from pyfedlite.experiments.attacks.defences import DefencesConfig, run_defences
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table
from pyfedlite.experiments.attacks.poisoning import PoisonConfig, PoisonedRun, run_poisoned

__all__ = [
    "DefencesConfig",
    "Finding",
    "Picture",
    "PoisonConfig",
    "PoisonedRun",
    "Table",
    "run_defences",
    "run_poisoned",
]

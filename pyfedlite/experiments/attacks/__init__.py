"""Attacks as experiments: each is a configuration, a function of it, and a `Finding`.

Adversary, and what is and is not protected: as the module of each experiment says. For teaching and
research: not audited. Nothing here is for data or systems that are not yours to test.

Left neighbour: ``pyfedlite.attacks`` has the attacks themselves. Right neighbour: ``pyfedlite
attack`` makes a configuration from flags, and keeps the finding in a folder.
"""

from pyfedlite.experiments.attacks.attribute import AttributeConfig, run_attribute
from pyfedlite.experiments.attacks.cells import MatrixConfig
from pyfedlite.experiments.attacks.defences import DefencesConfig, run_defences
from pyfedlite.experiments.attacks.evasion import EvasionConfig, run_evasion
from pyfedlite.experiments.attacks.extraction import ExtractionConfig, run_extraction
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table
from pyfedlite.experiments.attacks.inversion import InversionConfig, run_inversion
from pyfedlite.experiments.attacks.matrix import Matrix, run_matrix
from pyfedlite.experiments.attacks.membership import MembershipConfig, run_membership
from pyfedlite.experiments.attacks.poisoning import PoisonConfig, PoisonedRun, run_poisoned

__all__ = [
    "AttributeConfig",
    "DefencesConfig",
    "EvasionConfig",
    "ExtractionConfig",
    "Finding",
    "InversionConfig",
    "Matrix",
    "MatrixConfig",
    "MembershipConfig",
    "Picture",
    "PoisonConfig",
    "PoisonedRun",
    "Table",
    "run_attribute",
    "run_defences",
    "run_evasion",
    "run_extraction",
    "run_inversion",
    "run_matrix",
    "run_membership",
    "run_poisoned",
]

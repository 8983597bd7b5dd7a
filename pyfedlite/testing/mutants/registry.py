"""The table of subjects: a new one adds one row."""

from pyfedlite.testing.mutants.clipping import ADAPTIVE_CLIPPING, CLIPPING
from pyfedlite.testing.mutants.gradient import GRADIENT
from pyfedlite.testing.mutants.local_training import LOCAL_TRAINING
from pyfedlite.testing.mutants.mask import MASK
from pyfedlite.testing.mutants.mean import WEIGHTED_MEAN
from pyfedlite.testing.mutants.mutant import Mutant, Subject
from pyfedlite.testing.mutants.noise import NOISE
from pyfedlite.testing.mutants.partition import PARTITION
from pyfedlite.testing.mutants.private import CLIPPING_BITS, PRIVATE_MEAN
from pyfedlite.testing.mutants.private_step import PRIVATE_STEP
from pyfedlite.testing.mutants.recovery import RECOVERY
from pyfedlite.testing.mutants.robust import ROBUST_RULE
from pyfedlite.testing.mutants.sampler import SAMPLER
from pyfedlite.testing.mutants.scaffold import (
    SCAFFOLD_CLIENT,
    SCAFFOLD_CORRECTION,
    SCAFFOLD_SERVER,
)
from pyfedlite.testing.mutants.server_step import SERVER_STEP

SUBJECTS: dict[str, Subject] = {
    subject.name: subject
    for subject in (
        WEIGHTED_MEAN,
        GRADIENT,
        PARTITION,
        LOCAL_TRAINING,
        SERVER_STEP,
        SAMPLER,
        CLIPPING,
        ADAPTIVE_CLIPPING,
        RECOVERY,
        ROBUST_RULE,
        NOISE,
        CLIPPING_BITS,
        PRIVATE_MEAN,
        PRIVATE_STEP,
        MASK,
        SCAFFOLD_CORRECTION,
        SCAFFOLD_CLIENT,
        SCAFFOLD_SERVER,
    )
}
"""What can be got wrong, by name."""

MUTANTS: tuple[Mutant, ...] = tuple(m for subject in SUBJECTS.values() for m in subject.mutants)
"""All of them, in the order of the way of the data."""

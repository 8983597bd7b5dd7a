"""The names of poisoning attacks, and where in an algorithm each has its place.

Adversary: `Liars`, with what they are allowed to know; an attack that needs to know more is
refused. Protected by, and not protected: as each attack's own file says. For teaching and research:
not audited.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pyfedlite import _check
from pyfedlite.algorithms import FedAvg
from pyfedlite.attacks.poisoning import backdoor as _backdoor
from pyfedlite.attacks.poisoning import crafted, labels, updates
from pyfedlite.attacks.poisoning.cohort import Attack, colluding, omniscient
from pyfedlite.attacks.poisoning.searched import searched as _searched
from pyfedlite.names import Names
from pyfedlite.roles import Aggregator, CohortTransform, DataTransform, UpdateTransform
from pyfedlite.transforms import only_for

KNOWLEDGE = ("own", "colluding", "omniscient")
"""What liars know: their own update alone, each other's too, or everybody's. Each includes the one
before."""


@dataclass(frozen=True)
class Liars:
    """Who lies, what they know, and what they lie in.

    Parameters
    ----------
    client_ids : tuple of int
        At least one.
    num_clients : int
        n, all clients of a round.
    num_classes : int
    rule : Aggregator
        The server's, with what stands before it: searched attacks call it.
    knowledge : {"own", "colluding", "omniscient"}
    image : tuple of int, optional
        Height and width where rows are images: a backdoor needs them.
    """

    client_ids: tuple[int, ...]
    num_clients: int
    num_classes: int
    rule: Aggregator
    knowledge: str = "omniscient"
    image: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        _check.one_of("knowledge", self.knowledge, KNOWLEDGE)
        if not 0 < len(self.client_ids) < self.num_clients:
            condition = f"be at least 1 and fewer than the {self.num_clients} clients"
            _check.fail("the number of attackers", condition, len(self.client_ids))

    def together(self, name: str, attack: Attack) -> "Poison":
        """Return an attack in which all of them send one vector."""
        needs_honest = getattr(attack, "needs_honest", False)
        least = "omniscient" if needs_honest else "colluding"
        if KNOWLEDGE.index(self.knowledge) < KNOWLEDGE.index(least):
            allowed = " or ".join(KNOWLEDGE[KNOWLEDGE.index(least) :])
            hint = "it needs to know the honest updates" if needs_honest else "it needs several"
            _check.fail("knowledge", f"be {allowed} for {name}", repr(self.knowledge), hint)
        place = omniscient if self.knowledge == "omniscient" else colluding
        return Poison(cohort_transforms=(place(self.client_ids, attack),))

    def alone(self, transform: UpdateTransform) -> "Poison":
        """Return an attack in which each changes its own update."""
        return Poison(transforms=(only_for(self.client_ids, transform),))

    def with_rows(self, transform: DataTransform) -> "Poison":
        """Return an attack in which each trains on rows that it has changed."""
        return Poison(data_transforms=(only_for(self.client_ids, transform),))


@dataclass(frozen=True)
class Poison:
    """What an attack adds to an algorithm.

    Parameters
    ----------
    data_transforms, transforms, cohort_transforms : tuple
        As in `FedAvg`.
    trigger : Trigger, optional
        Of a backdoor.
    target : int, optional
        The class that the trigger shall mean.
    """

    data_transforms: tuple[DataTransform, ...] = ()
    transforms: tuple[UpdateTransform, ...] = ()
    cohort_transforms: tuple[CohortTransform, ...] = ()
    trigger: _backdoor.Trigger | None = None
    target: int | None = None

    def added_to(self, algorithm: FedAvg) -> FedAvg:
        """Return the algorithm with the attack behind all that it has."""
        return replace(
            algorithm,
            data_transforms=(*algorithm.data_transforms, *self.data_transforms),
            transforms=(*algorithm.transforms, *self.transforms),
            cohort_transforms=(*algorithm.cohort_transforms, *self.cohort_transforms),
        )


# ---- Each attack, for some liars ----------------------------------------------------------------


def nothing(liars: Liars) -> Poison:
    """Nobody lies: what a defence costs."""
    return Poison()


def flip_labels(liars: Liars) -> Poison:
    """Every label y becomes C - 1 - y."""
    return liars.with_rows(labels.flip_labels(liars.num_classes))


def relabel(liars: Liars, source: int = 7, target: int = 1) -> Poison:
    """Rows of one class are called another."""
    for name, label in (("source", source), ("target", target)):
        if not 0 <= label < liars.num_classes:
            _check.fail(name, f"lie from 0 to {liars.num_classes - 1}", label)
    return liars.with_rows(labels.relabel(source, target))


def backdoor(
    liars: Liars,
    size: int = 2,
    target: int = 0,
    share: float = 0.5,
    scale: float | None = None,
    max_norm: float | None = None,
) -> Poison:
    """A trigger in a corner of the image shall mean the target; by default the model is replaced.

    The update is sent n / m times as long, so that in a mean the attackers' model comes out.
    """
    if liars.image is None:
        _check.fail("dataset", "hold images for a backdoor", "other rows", "take digits or mnist")
    if not 0 <= target < liars.num_classes:
        _check.fail("target", f"lie from 0 to {liars.num_classes - 1}", target)
    trigger = _backdoor.corner(*liars.image, size=size)
    times = liars.num_clients / len(liars.client_ids) if scale is None else scale
    planted = liars.with_rows(_backdoor.plant_trigger(trigger, target, share))
    longer = liars.alone(_backdoor.model_replacement(times, max_norm=max_norm))
    return replace(planted, transforms=longer.transforms, trigger=trigger, target=target)


def flip_sign(liars: Liars, scale: float = 10.0) -> Poison:
    """Each sends - scale times its own update."""
    return liars.alone(updates.flip_sign(scale))


def gaussian(liars: Liars, deviation: float = 10.0) -> Poison:
    """Each sends noise."""
    return liars.alone(updates.gaussian(deviation))


def constant(liars: Liars, value: float = 1e6) -> Poison:
    """Each sends one number for every parameter."""
    return liars.alone(updates.constant(value))


def not_a_number(liars: Liars) -> Poison:
    """Each sends NaN."""
    return liars.alone(updates.not_a_number())


def zero(liars: Liars) -> Poison:
    """Each sends zeros."""
    return liars.alone(updates.zero())


def replay(liars: Liars) -> Poison:
    """Each sends the update of its last round."""
    return liars.alone(updates.replay())


def false_count(liars: Liars, num_examples: int = 10**6) -> Poison:
    """Each turns its labels, and claims a number of examples."""
    claim = liars.alone(updates.false_count(num_examples))
    return replace(flip_labels(liars), transforms=claim.transforms)


def free_rider(liars: Liars, deviation: float = 1e-3) -> Poison:
    """Each sends noise as small as an update, and wants the model for nothing."""
    return liars.alone(updates.free_rider(deviation))


def alie(liars: Liars, z: float | None = None) -> Poison:
    """A little is enough: mu - z sigma."""
    if z is None:
        crafted.alie_strength(liars.num_clients, len(liars.client_ids))  # or a sentence now
    num_known = len(liars.client_ids)
    if liars.knowledge == "omniscient":
        num_known = liars.num_clients - num_known
    if num_known < 2 and liars.knowledge != "own":
        hint = "take more attackers, or omniscient ones"
        _check.fail("updates that the attackers know", "be at least 2 for alie", num_known, hint)
    return liars.together("alie", crafted.alie(z))


def ipm(liars: Liars, strength: float = 0.5) -> Poison:
    """Inner product: - strength mu."""
    return liars.together("ipm", crafted.ipm(strength))


def flip_mean(liars: Liars, scale: float = 10.0) -> Poison:
    """The mean of what they know, turned round and made longer."""
    return liars.together("flip_mean", crafted.flip_mean(scale))


def min_max(liars: Liars) -> Poison:
    """The farthest vector that is no farther from any honest one than two of these are."""
    return liars.together("min_max", crafted.min_max())


def mimic(liars: Liars) -> Poison:
    """All copy one honest client."""
    return liars.together("mimic", crafted.mimic())


def searched(liars: Liars, kind: str = "alie") -> Poison:
    """The strength of alie or ipm that takes this very rule farthest from the honest mean."""
    return liars.together(f"searched:{kind}", _searched(kind, liars.rule))


_BUILDERS: tuple[Callable[..., Poison], ...] = (
    flip_labels,
    relabel,
    backdoor,
    flip_sign,
    gaussian,
    constant,
    not_a_number,
    zero,
    replay,
    false_count,
    free_rider,
    alie,
    ipm,
    flip_mean,
    min_max,
    mimic,
    searched,
)

POISONS: Names[Poison] = Names(
    "attack", {"none": nothing, **{builder.__name__: builder for builder in _BUILDERS}}
)
"""The poisoning attacks by name, each for some liars: ``POISONS.read("flip_sign:10", liars)``."""

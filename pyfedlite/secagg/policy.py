"""What a client insists on, whatever the server announces.

Adversary: a server that announces a weak configuration to everybody. All clients agree on it then,
and no check of the protocol notices. Protected: a client refuses a configuration below its own
policy before it draws a key, and refuses to run the same round of training, with the same model
and the same plan, a second time: two sums that differ by one client are that client's vector. Not
protected: a client whose policy asks for nothing, or that forgets what it has run. For teaching and
research: not audited.
"""

from collections.abc import Mapping, MutableSet
from dataclasses import dataclass

from pyfedlite import _check
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.threshold import ThreatModel


@dataclass(frozen=True)
class Policy:
    """The least that a client accepts.

    Parameters
    ----------
    weakest_model : ThreatModel
        The default accepts all three: set it where the server is not trusted.
    min_corrupt : int
        The run must withstand so many clients who pool what they see with the server.
    min_honest : int
        Inputs of honest clients that any revealed sum holds, at least 2.
    min_survivors : int
        Vectors in a sum that the client helps to open.
    verify_keys : mapping of int to bytes, optional
        The directory of signature keys as this client knows it; needed where the weakest model is
        the active one. Without it a roster is believed.

    Examples
    --------
    >>> Policy(weakest_model=ThreatModel.ACTIVE)
    Traceback (most recent call last):
        ...
    ValueError: verify_keys must be given under active, got None; whose keys are to be believed?
    """

    weakest_model: ThreatModel = ThreatModel.HONEST_BUT_CURIOUS
    min_corrupt: int = 0
    min_honest: int = 2
    min_survivors: int = 2
    verify_keys: Mapping[int, bytes] | None = None

    def __post_init__(self) -> None:
        _check.keep(self, "weakest_model", _check.one_of, list(ThreatModel))
        _check.keep(self, "min_corrupt", _check.integer, minimum=0)
        _check.keep(self, "min_honest", _check.integer, minimum=2)
        _check.keep(self, "min_survivors", _check.integer, minimum=2)
        if self.weakest_model is ThreatModel.ACTIVE and self.verify_keys is None:
            hint = "whose keys are to be believed?"
            _check.fail("verify_keys", f"be given under {self.weakest_model}", None, hint)

    def check(self, config: Config) -> None:
        """Stop with `POLICY` if the configuration promises less than this client asks for."""
        if config.threat_model.strength < self.weakest_model.strength:
            _refuse(f"threat_model must be {self.weakest_model} or stronger", config.threat_model)
        for name, least, offered in (
            ("num_corrupt", self.min_corrupt, config.num_corrupt),
            ("min_honest", self.min_honest, config.min_honest),
            ("min_survivors", self.min_survivors, config.least_survivors),
        ):
            if offered < least:
                _refuse(f"{name} must be at least {least}", offered)
        if self.verify_keys is not None and config.threat_model is ThreatModel.ACTIVE:
            for u, key in config.verify_keys.items():
                if self.verify_keys.get(u) != key:
                    _refuse(f"verify_key of client {u} must be that of the directory", "another")


def check_is_new(config: Config, past: MutableSet[bytes]) -> None:
    """Stop with `POLICY` if this task is among the `past` ones; note it otherwise."""
    if config.task in past:
        _refuse("task must be new: each round, model and plan is run once", "one that was run")
    past.add(config.task)


def _refuse(condition: str, got: object) -> None:
    abort(AbortCode.POLICY, f"{condition}, got {got}")

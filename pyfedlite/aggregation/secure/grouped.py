"""A robust rule over secure sums: the server sees one mean a group, and no update.

A robust rule compares vectors, and secure aggregation hides them. Between the two lies this: the
cohort of n clients is divided at random into G groups of m or a few more, each group runs the
protocol of `SecureMean` on its own, and a robust rule chooses among the G means.

Adversary: the server, alone or with a fraction of each group, as for `SecureMean`; and up to f
clients who send what they like. Protected: each update within its group. The server sees G sums in
place of one, so a client hides among the m of its group, no longer among n. The model is protected
as far as the rule says, with groups in the place of clients: one attacker spoils the whole mean of
its group, so f attackers may spoil f of the G vectors, and f has to stay below what the rule
withstands at G. The median needs G > 2 f. Not protected: what the mean of a small group gives away,
which is more than the mean of the cohort does; a group into which a server that lies puts its
victim among clients of its own, since it is the server who draws the groups here; a group with more
corrupt clients than the threshold of its size reckons with, which chance makes more often in small
groups; and the model against lies that look like an honest group. Groups are new in each round, so
over many rounds the server sees sums over many different sets of clients, each of another model.
For teaching and research: not audited.

The mean of a group weighs its clients as `SecureMean` does, by examples or equally. The rule sees
the means of the groups, and nothing else: each group counts once, however many clients or examples
are in it. An attacker who lies about its number of examples gets up to W_max of the weight in its
own group, and no weight among groups.

To average before a rule is also what `bucketing` does without secrets, for honest clients who
differ: Karimireddy et al. 2022.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, https://eprint.iacr.org/2017/281

S. P. Karimireddy, L. He and M. Jaggi, "Byzantine-Robust Learning on Heterogeneous Datasets via
Bucketing", ICLR 2022, https://arxiv.org/abs/2006.09365
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Metrics
from pyfedlite.aggregation.robust.arrivals import Arrivals, RobustRule, unbearable
from pyfedlite.aggregation.secure.groups import Group, SecureGroups
from pyfedlite.aggregation.secure.mean import SecureMean
from pyfedlite.clients import ClientUpdate, Stage
from pyfedlite.errors import AbortError, RoundFailed
from pyfedlite.state import Aggregate, RoundContext, Selected


@dataclass(frozen=True)
class GroupedSecure:
    """A robust rule over the means of secure groups.

    Adversary: the server, with a fraction of each group, and f clients who send what they like.
    Protected: an update within its group of m, and the model, where the rule withstands f spoilt
    means of G. Not protected: what the mean of a group gives away; a group with more corrupt
    clients than its threshold reckons with, by chance or by a server that draws groups as it likes;
    and the model against lies that look like an honest group. For teaching and research: not
    audited.

    Parameters
    ----------
    first : SecureGroups
    rule : RobustRule
        ``median``, ``trimmed_mean``, ``krum`` or another with a ``num_byzantine``: how many groups
        may be spoilt. Also one with something before it, as in ``pre_aggregated(nnm(), rule)``.

    Raises
    ------
    RoundFailed
        When the cohort is smaller than a group, or too few groups have a mean for the inequality of
        the rule.
    ValueError
        When the updates carry second vectors, or a value cannot be encoded.

    Notes
    -----
    A group in which too few clients stay for its threshold is left out, and changes no bit of the
    other groups. A client whose update is not finite, or whose number of examples lies outside 1 to
    W_max, cannot encode it, so it fails before it uploads (`num_rejected` counts it); with
    ``on_nonfinite="raise"`` of the rule the run ends.

    The result is the rule over the plain means of the groups, of which each coordinate is off by
    less than 2^-f, as `SecureMean` says. Median and trimmed mean pass that bound on; a rule that
    picks one vector may pick another one, where two are as close as that.

    The updates of a round are held until the turn of their group: the memory grows with the cohort.

    Examples
    --------
    >>> from pyfedlite.aggregation.robust import median
    >>> GroupedSecure(SecureGroups(5), median(num_byzantine=2)).first.num_groups(25)  # 5 > 2 * 2
    5
    """

    first: SecureGroups
    rule: RobustRule
    sees_updates: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not (hasattr(self.rule, "num_byzantine") and hasattr(self.rule, "combine")):
            hint = "means of groups need median, krum or another rule that has it"
            _check.fail_type("rule", "have a num_byzantine", self.rule, hint)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return what the rule makes of the means of the groups, float64, shape (num_params,)."""
        if context.extras:
            hint = "a rule has no answer for two vectors; take weighted_mean() or secure_mean()"
            _check.fail("second vectors", "be absent", ", ".join(context.extras), hint)
        groups, mean = self.first.groups(context), self.first.mean(context.roster)
        arrived = {update.client_id: update for update in updates}
        rejected = self._rejected(arrived, mean)
        done: list[Aggregate] = []
        reasons: list[str] = []
        bytes_lost = 0
        for group in groups:
            within = replace(context, roster=_failing(group, rejected))
            try:
                done.append(mean([arrived[k] for k in _ids(group) if k in arrived], within))
            except AbortError as error:
                reasons.append(error.reason)
                bytes_lost += len(group) * context.theta.nbytes
        aggregate = self._chosen(done, reasons, context)
        metrics = _joined([each.metrics for each in done], bytes_lost)
        counts = {"secure_groups": len(groups), "secure_groups_aborted": len(reasons)}
        metrics |= counts | {"num_rejected": len(rejected)} | aggregate.metrics
        num_reports = sum(each.num_reports or 0 for each in done)
        return replace(aggregate, num_reports=num_reports, metrics=metrics)

    def unbearable(self, num_clients: int) -> str | None:
        """Return why so many clients are too few for the groups or for the rule, or None."""
        num_groups = self.first.num_groups(num_clients)
        return unbearable(self.rule, num_groups) if num_groups else self.first.too_few(num_clients)

    def _rejected(self, arrived: Mapping[int, ClientUpdate], mean: SecureMean) -> set[int]:
        """Return who cannot encode an update; nobody where the rule wants that to be an error."""
        if self.rule.on_nonfinite == "raise":
            return set()
        largest = mean.max_weight if mean.weights == "examples" else None
        return {k for k, update in arrived.items() if not _can_encode(update, largest)}

    def _chosen(
        self, done: Sequence[Aggregate], reasons: Sequence[str], context: RoundContext
    ) -> Aggregate:
        """Return what the rule makes of the groups that have a mean."""
        num_groups = len(done) + len(reasons)
        first = f"; the first abort: {reasons[0]}" if reasons else ""
        if not done:
            raise RoundFailed(f"none of the {num_groups} secure groups has a mean{first}")
        try:
            return self.rule.combine(Arrivals(np.stack([each.delta for each in done])), context)
        except RoundFailed as error:
            got = f"{len(done)} of {num_groups} secure groups have a mean, and each is one update"
            raise RoundFailed(f"{error}: {got}{first}") from error


def _ids(group: Group) -> list[int]:
    return [selected.client_id for selected in group]


def _can_encode(update: ClientUpdate, max_weight: int | None) -> bool:
    fits = max_weight is None or 1 <= update.num_examples <= max_weight
    return fits and bool(np.isfinite(update.delta).all())


def _failing(group: Group, rejected: set[int]) -> Group:
    """Return the group, in which those who cannot encode an update fail before they upload."""

    def fate_of(selected: Selected) -> Selected:
        if selected.client_id not in rejected:
            return selected
        return replace(selected, fate=replace(selected.fate, drops_at=Stage.UPLOAD))

    return tuple(fate_of(selected) for selected in group)


def _joined(metrics: Sequence[Metrics], bytes_lost: int) -> Metrics:
    """Return the costs of all groups together, and the least of their guarantees.

    Of a group that aborts, only the bytes of theta are known.
    """
    together: Metrics = {}
    for name in metrics[0]:
        values = [each[name] or 0 for each in metrics]
        is_sum = name in ("bytes_up", "bytes_down", "secure_survivors", "secure_saturated")
        together[name] = sum(values) if is_sum else min(values)
    together["bytes_down"] = (together["bytes_down"] or 0) + bytes_lost
    return together


def grouped_secure(first: SecureGroups, rule: RobustRule) -> GroupedSecure:
    """Return a robust rule over the means of secure groups; see `GroupedSecure`.

    On the command line: ``--aggregate secure_groups:5+median:num_byzantine=2``.

    Examples
    --------
    >>> from pyfedlite.aggregation.robust import trimmed_mean
    >>> from pyfedlite.aggregation.secure import secure_groups
    >>> grouped_secure(secure_groups(4), trimmed_mean(num_byzantine=1)).rule.num_byzantine
    1
    """
    return GroupedSecure(first, rule)

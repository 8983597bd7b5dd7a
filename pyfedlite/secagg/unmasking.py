"""From the shares of round 4 to the masks that are still in the sum.

Adversary: clients who send wrong shares. Protected: a wrong seed or mask key is never used: shares
beyond the threshold have to agree, a seed has to fit its commitment, a mask key its public half.
Not protected: the run itself; one liar can stop it. For teaching and research: not audited.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pyfedlite.errors import ShareError, TooFewSharesError
from pyfedlite.secagg import keys
from pyfedlite.secagg.client import mask_sign
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.messages import Advertise, Unmask
from pyfedlite.sharing.shamir import Share, reconstruct

Collected: TypeAlias = dict[int, list[Share]]


def collect_shares(
    config: Config,
    answers: Sequence[Unmask],
    survivors: Sequence[int],
    dropped: Sequence[int],
) -> tuple[Collected, Collected]:
    """Return the shares of each survivor's seed and of each needed mask key, by owner.

    A dropped client without a neighbour among the survivors has left no mask in the sum.
    """
    alive = set(survivors)
    seeds: Collected = {u: [] for u in survivors}
    mask_keys: Collected = {v: [] for v in dropped if alive & set(config.neighbours[v])}
    for answer in answers:
        near = {answer.sender, *config.neighbours[answer.sender]}
        for shares, collected in ((answer.seed_shares, seeds), (answer.key_shares, mask_keys)):
            for owner, y in shares:
                if owner not in near or owner not in collected:
                    sender = f"client {answer.sender} must send shares that were asked for"
                    abort(AbortCode.NOT_SUBSET, f"{sender}, got one of client {owner}")
                collected[owner].append(Share(config.places[answer.sender], y))
    return seeds, mask_keys


def masks_to_remove(
    config: Config,
    advertised: Mapping[int, Advertise],
    commitments: Mapping[int, bytes],
    seeds: Collected,
    mask_keys: Collected,
) -> tuple[list[bytes], list[int]]:
    """Return the keys of all masks in the sum, and the signs that take them away."""
    ctx, found, signs = config.context, [], []
    for u, shares in seeds.items():
        seed = _open(config, u, shares, "seed")
        if keys.commitment(ctx, seed, u) != commitments[u]:
            abort(AbortCode.BAD_COMMIT, f"seed of client {u} must be the one it committed to")
        found.append(keys.self_mask_key(ctx, seed, u))
        signs.append(-1)
    for v, shares in mask_keys.items():
        private = _open(config, v, shares, "mask key")
        public = advertised[v].mask_key
        if keys.public_key(private) != public:
            abort(AbortCode.PUBKEY_MISMATCH, f"mask key of client {v} must be the advertised one")
        # Of its neighbours the survivors have added their mask with it, u with sgn(u, v).
        near = {u: advertised[u].mask_key for u in config.neighbours[v] if u in seeds}
        found += keys.pair_mask_keys(ctx, v, private, public, near)
        signs += [-mask_sign(u, v) for u in near]
    return found, signs


def _open(config: Config, owner: int, shares: Sequence[Share], what: str) -> bytes:
    """Return the secret of `shares`; failures become aborts that name its owner."""
    try:
        return reconstruct(shares, config.threshold)
    except TooFewSharesError as error:
        abort(AbortCode.TOO_FEW, f"{what} of client {owner}: {error}")
    except ShareError as error:
        abort(AbortCode.BAD_SHARE, f"{what} of client {owner}: {error}")

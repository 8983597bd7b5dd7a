"""Mutants of the protocol: a check removed, a sign flipped, a label reused. Each has to die.

``python tests/mutants/secagg.py`` runs the tests of the protocol against every mutant, two at a
time, and names the survivors. A mutant is the source of one module with one piece of text exchanged
as it is imported; the files stay as they are. An argument picks the mutants of one module.
"""

# ruff: noqa: E501 (a mutant stands on one line)

import importlib.abc
import importlib.machinery
import subprocess
import sys
import types
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = (
    "tests/secagg/test_aborts.py",
    "tests/secagg/test_config.py",
    "tests/secagg/test_policy.py",
    "tests/secagg/test_codec.py",
    "tests/secagg/test_graph.py",
    "tests/laws/test_sharing_laws.py",
    "tests/vectors/test_chacha20.py",
    "tests/laws/test_mask_laws.py",
    "tests/twins/test_mask_twins.py",
    "tests/vectors/test_secagg_primitives.py",
    "tests/vectors/test_wycheproof.py",
    "tests/attacks/secure_aggregation",
    "tests/laws/test_agreement_laws.py",
    "tests/aggregation/secure/test_mean.py",
    "tests/secagg/test_run.py",
    "tests/secagg/test_adversary.py",
    "tests/secagg/test_dropouts.py",
)

MUTANTS = (
    # ------------------------------------------------------------- client
    ("client", "return 1 if u > v else -1", "return 1"),
    ("client", "signs = [1, *", "signs = [-1, *"),
    ("client", "    kernels.mask_accumulate(masked, mask_keys, signs)", "    kernels.mask_accumulate(masked, mask_keys[1:], signs[1:])"),
    ("client", "    kernels.mask_accumulate(masked, mask_keys, signs)", "    kernels.mask_accumulate(masked, mask_keys[:1], signs[:1])"),
    ("client", "if {v for v, _ in delivery.ciphertexts} != alive - {me}:", "if False:"),
    ("client", "check_alive(config, me, delivery.alive, {me, *state.peers})", "set(delivery.alive)"),
    ("client", "check_alive(config, me, delivery.alive, {me, *state.peers})", "check_alive(config, me, delivery.alive, config.client_ids)"),
    ("client", "    check_survivors(config, me, survivors, state.alive)\n    signature", "    signature"),
    ("client", "        check_survivors(masked.config, masked.me, survivors, masked.alive)\n", ""),
    ("client", "        check_signatures(masked.config, survivors, _to_sign(masked, survivors), signatures)\n", ""),
    ("client", "        if masked.config.threat_model.is_signed:", "        if False:"),
    ("client", "        if masked.config.threat_model.is_signed:", "        if masked.config.threat_model is ThreatModel.ACTIVE:"),
    ("client", "state.sign_key is None or not config.threat_model.is_signed", "state.sign_key is None"),
    ("client", "        sign_key = random_bytes(rand, 32)\n", "        sign_key = sign_key or random_bytes(rand, 32)\n"),
    ("client", "[state.mine, *state.peers.values()], survivors)", "[state.mine], survivors)"),
    ("client", "[state.mine, *state.peers.values()], survivors)", "[*state.peers.values()], survivors)"),
    ("client", "    if max(key_share, seed_share) >= PRIME:", "    if max(key_share, seed_share) > PRIME:"),
    ("client", "    if max(key_share, seed_share) >= PRIME:", "    if key_share >= PRIME:"),
    ("client", "        if v in survivors:", "        if v not in survivors:"),
    ("client", "        else:\n            key_shares.append", "        if True:\n            key_shares.append"),
    ("client", "seed_shares = [(state.me, state.own_seed_share)]", "seed_shares: list = []"),
    ("client", "    if (sender, receiver) != (v, me):", "    if sender != v:"),
    ("client", "    if (sender, receiver) != (v, me):", "    if receiver != me:"),
    ("client", "_checked_vector(config, vector).copy()", "_checked_vector(config, vector)"),
    ("client", "    if me not in config.places:", "    if False:"),
    ("client", "keys.verify_key(sign_key) != config.verify_keys[me]", "False"),
    ("client", "cipher_private, mask_private = random_bytes(rand, 32), random_bytes(rand, 32)", "cipher_private = mask_private = random_bytes(rand, 32)"),
    ("client", "unavailable.append(v)", "raise"),
    ("client", "split(seed, threshold=config.threshold", "split(seed, threshold=config.threshold - 1 or 2"),
    ("client", "(s.y.to_bytes(33, \"little\") for s in (key_share, seed_share))", "(s.y.to_bytes(33, \"little\") for s in (seed_share, key_share))"),
    # ------------------------------------------------------------- checks
    ("checks", "    if entries[mine.sender] != mine:", "    if False:"),
    ("checks", "    check_distinct(key for entry in entries.values() for key in public_keys(entry))\n", ""),
    ("checks", "    if me not in alive:", "    if False:"),
    ("checks", "    if not alive <= allowed:", "    if False:"),
    ("checks", "    if not config.has_enough(me, alive):", "    if False:"),
    ("checks", "    if not signers <= set(survivors):", "    if False:"),
    ("checks", "    if len(signers) < config.threshold:", "    if False:"),
    ("checks", "    text = keys.consistency(config.context, keys_hash, survivors)", "    text = keys.consistency(config.context, bytes(32), survivors)"),
    ("checks", "e.cipher_key, e.mask_key, e.verify_key) for e in entries)", "e.cipher_key, e.mask_key, b\"\") for e in entries)"),
    ("checks", "    if config.threat_model is ThreatModel.ACTIVE:\n        return Signed", "    if True:\n        return Signed"),
    ("checks", "for key in (entry.cipher_key, entry.mask_key, entry.verify_key) if key", "for key in (entry.cipher_key, entry.mask_key) if key"),
    ("checks", "len({*found, *taken}) < len(found) + len(set(taken))", "len(set(found)) < len(found)"),
    ("checks", "    if len(survivors) < least:", "    if False:"),
    ("checks", "    if config.degree is not None and not hang_together", "    if False and not hang_together"),
    ("checks", "tuple(v for v in survivors if v in near), known)", "tuple(v for v in survivors if v in known), known)"),
    ("checks", "        check_advertise(config, entry)\n    return", "        pass\n    return"),
    # ------------------------------------------------------------- policy
    ("policy", "config.threat_model.strength < self.weakest_model.strength", "False"),
    ("policy", "config.threat_model.strength < self.weakest_model.strength", "config.threat_model.strength <= self.weakest_model.strength"),
    ("policy", "            if offered < least:", "            if False:"),
    ("policy", "            if offered < least:", "            if offered <= least:"),
    ("policy", "self.min_honest, config.min_honest)", "self.min_honest, config.threshold)"),
    ("policy", "self.min_survivors, config.least_survivors)", "self.min_survivors, config.num_clients)"),
    ("policy", "self.min_corrupt, config.num_corrupt)", "self.min_corrupt, config.num_clients)"),
    ("policy", "                if self.verify_keys.get(u) != key:", "                if False:"),
    ("policy", "    if config.task in past:", "    if False:"),
    ("policy", "    past.add(config.task)\n", ""),
    ("checks", "    for u, signature in received.entries:", "    for u, signature in ():"),
    # ------------------------------------------------------------- config
    ("config", "return len(counted) >= self.threshold", "return len(counted) > self.threshold"),
    ("config", "alive if self.degree is None else set(alive) & set(self.neighbours[me])", "alive"),
    ("config_bytes", "VERSION, model, config.session_id, config.round)", "VERSION, model, bytes(32), config.round)"),
    ("config_bytes", "VERSION, model, config.session_id, config.round)", "VERSION, model, config.session_id, 0)"),
    ("config_bytes", "VERSION, model, config.session_id, config.round)", "VERSION, 0, config.session_id, config.round)"),
    ("config_bytes", "config.parameters_hash + config.plan_hash", "bytes(32) + config.plan_hash"),
    ("config_bytes", "config.parameters_hash + config.plan_hash", "config.parameters_hash + bytes(32)"),
    ("config_bytes", "MEMBER.pack(m.client_id, m.verify_key)", "MEMBER.pack(m.client_id, bytes(32))"),
    ("config_bytes", "            config.threshold,\n", "            0,\n"),
    ("config_bytes", "            config.num_corrupt,\n", "            0,\n"),
    ("config_bytes", "            config.min_survivors or 0,\n", "            0,\n"),
    ("config_bytes", "            config.degree or 0,\n", "            0,\n"),
    ("config_bytes", "SHAPE.pack(config.ring_bits, config.length)", "SHAPE.pack(32, config.length)"),
    ("config_bytes", "SHAPE.pack(config.ring_bits, config.length)", "SHAPE.pack(config.ring_bits, 1)"),
    ("config_bytes", "    reader.end()\n", ""),
    ("config_bytes", "    if version != VERSION or model >= len(MODELS):", "    if model >= len(MODELS):"),
    ("config", "return max(self.threshold, self.min_survivors or 0)", "return self.threshold"),
    ("config", "least = self.threshold if self.degree is None else self.min_survivors or 0", "least = self.threshold"),
    ("config", "        return least - self.num_corrupt", "        return least"),
    ("config", "        if self.min_honest < 2:", "        if False:"),
    ("config", "(chosen.degree, chosen.threshold) != found:", "False:"),
    ("config", "        if config.to_bytes() != data:", "        if False:"),
    ("config", "        except (TypeError, ValueError) as error:", "        except TypeError as error:"),
    ("config", "self.parameters_hash + self.plan_hash\n", "self.parameters_hash\n"),
    ("config", "b\"graph\" + config_bytes.pack(self) + self.coin", "b\"graph\" + config_bytes.pack(self)"),
    ("config", "        if len(ids) < 2:", "        if False:"),
    ("config", "        if len(set(ids)) < len(ids) or", "        if"),
    ("config", "        if not fixed_point.fits(", "        if False and not fixed_point.fits("),
    ("config", "        if self.threat_model.is_signed:\n            hint", "        if False:\n            hint"),
    ("config", "        if self.threat_model.is_signed:\n            hint", "        if self.threat_model is ThreatModel.ACTIVE:\n            hint"),
    ("config", "start=1)", "start=0)"),
    # ------------------------------------------------------------- threshold and graph
    ("threshold", "threat_model.is_signed and 2 * threshold <= num_clients + num_corrupt:", "threat_model.is_signed and 2 * threshold < num_clients + num_corrupt:"),
    ("threshold", "return self is not ThreatModel.HONEST_BUT_CURIOUS", "return self is ThreatModel.ACTIVE"),
    ("threshold", "    if not 2 <= threshold <= num_clients:", "    if not 1 <= threshold <= num_clients:"),
    ("threshold", "    if threshold < num_corrupt + 2:", "    if threshold < num_corrupt + 1:"),
    ("threshold", "max(threshold, (num_clients + num_corrupt) // 2 + 1)", "max(threshold, (num_clients + num_corrupt + 1) // 2)"),
    ("threshold", "max(threshold, (num_clients + num_corrupt) // 2 + 1)", "(num_clients + num_corrupt) // 2 + 1"),
    ("threshold", "    if threshold > num_clients - num_drop:", "    if False:"),
    ("graph", "return max((corrupt + degree + 1) // 2 + 1, 2)", "return max((corrupt + degree) // 2 + 1, 2)"),
    ("graph", "return max(corrupt + 1, 2)", "return max(corrupt, 2)"),
    ("graph", "num_clients << (sigma + 1)", "1 << (sigma + 1)"),
    ("graph", "num_clients << eta", "1 << eta"),
    ("graph", "        if not is_connected(num_clients, degree, num_corrupt + num_drop, sigma):\n            continue\n", ""),
    ("graph", "    return not left\n", "    return True\n"),
    ("graph", "hashlib.sha256(seed + client_id", "hashlib.sha256(client_id"),
    ("graph", "if threat_model is ThreatModel.HONEST_BUT_CURIOUS:\n        found", "if True:\n        found"),
    # ------------------------------------------------------------- keys
    ("keys", "PREFIX + b\"bcommit\"", "PREFIX + b\"selfmask\""),
    ("keys", "PREFIX + b\"shareenc\"", "PREFIX + b\"selfmask\""),
    ("keys", "PREFIX + b\"pairmask\"", "PREFIX + b\"shareenc\""),
    ("keys", "sorted([(u, S_u), (v, S_v)])", "[(u, S_u), (v, S_v)]"),
    ("keys", "b\"shareenc\" + _le32(u) + _le32(v)", "b\"shareenc\" + _le32(v) + _le32(u)"),
    ("keys", "b\"shareenc\" + _le32(u) + _le32(v) + C_u + C_v", "b\"shareenc\" + C_u + C_v"),
    ("keys", "hkdf(secret, ctx, info)", "hkdf(secret, b\"\", info)"),
    ("keys", "return hkdf(secret, ctx,", "return hkdf(secret, b\"\","),
    ("keys", "b\"selfmask\" + _le32(u)", "b\"selfmask\""),
    ("keys", "b\"share\" + ctx + _le32(u) + _le32(v)", "b\"share\" + ctx + _le32(u)"),
    ("keys", "b\"share\" + ctx + _le32(u) + _le32(v)", "b\"share\" + ctx + _le32(v)"),
    ("keys", "b\"share\" + ctx + _le32(u)", "b\"share\" + _le32(u)"),
    ("keys", "abort(AbortCode.BAD_KEY,", "return (bytes(32),"),
    ("keys", "abort(AbortCode.BAD_SIG,", "return ("),
    ("keys", "b\"advertise\" + ctx + _le32(u) + C_u + S_u", "b\"advertise\" + ctx + _le32(u) + C_u"),
    ("keys", "b\"advertise\" + ctx + _le32(u) + C_u + S_u", "b\"advertise\" + ctx + _le32(u) + S_u"),
    ("keys", "_le32(len(survivors)) + ids", "_le32(len(survivors))"),
    ("keys", "b\"consistency\" + ctx + keys_hash +", "b\"consistency\" + ctx +"),
    ("keys", "b\"consistency\" + ctx + keys_hash +", "b\"consistency\" + keys_hash +"),
    ("keys", "_le32(v) + C_v + S_v + Ed_v for", "_le32(v) + S_v + Ed_v for"),
    ("keys", "_le32(v) + C_v + S_v + Ed_v for", "_le32(v) + C_v + Ed_v for"),
    ("keys", "_le32(v) + C_v + S_v + Ed_v for", "_le32(v) + C_v + S_v for"),
    ("keys", "int.from_bytes(public, \"little\") % 2**255 in LOW_ORDER", "int.from_bytes(public, \"little\") in LOW_ORDER"),
    ("keys", "        *(0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18),", "        *(0, 1, 2**255 - 20, 2**255 - 19),"),
    ("keys", "    if length > 255 * HASH_BYTES:", "    if False:"),
    # ------------------------------------------------------------- server
    ("server", "        if {v for v, _ in message.ciphertexts} != expected:", "        if False:"),
    ("server", "    if number < least:", "    if number < least - 1:"),
    ("server", "    if config.threat_model.is_signed and state.signers is None:", "    if False:"),
    ("server", "\"have sent their masked vector\", config.least_survivors)", "\"have sent their masked vector\")"),
    ("server", "    if config.degree is not None and not hang_together", "    if False and not hang_together"),
    ("server", "    _check_enough(config, answers, \"have answered\")\n", ""),
    ("server", "    _check_enough(config, signers, \"have signed the survivors\")\n", ""),
    ("server", "set(self.shares.commitments) - set(self.survivors)", "set(self.shares.commitments)"),
    ("server", "state.survivors if state.signers is None else state.signers", "shares.commitments"),
    ("server", "total = state.total.copy()", "total = state.total"),
    # ------------------------------------------------------------- unmasking
    ("unmasking", "        signs.append(-1)", "        signs.append(1)"),
    ("unmasking", "[-mask_sign(u, v) for u in near]", "[mask_sign(u, v) for u in near]"),
    ("unmasking", "        if keys.commitment(ctx, seed, u) != commitments[u]:", "        if False:"),
    ("unmasking", "        if keys.public_key(private) != public:", "        if False:"),
    ("unmasking", "if owner not in near or owner not in collected:", "if owner not in collected:"),
    ("unmasking", "for v in dropped if alive & set(config.neighbours[v])", "for v in dropped"),
    ("unmasking", "for u in config.neighbours[v] if u in seeds}", "for u in config.neighbours[v] if u in advertised}"),
    ("unmasking", "config.places[answer.sender], y", "config.places[answer.sender] + 1, y"),
    # ------------------------------------------------------------- arrivals and sessions
    ("arrivals", "        if message.sender in seen:", "        if False:"),
    ("arrivals", "    if message.sender not in expected:", "    if False:"),
    ("arrivals", "            check_advertise(config, message)\n", "            pass\n"),
    ("arrivals", "            if keys.has_low_order(key):", "            if False:"),
    ("arrivals", "        check_distinct(public_keys(message), others)\n", ""),
    ("arrivals", "if u != message.sender]", "if u == message.sender]"),
    ("arrivals", "        taken.update(keys_in(message))\n", ""),
    ("sessions", "        self._public.update(keys_in(message))\n", ""),
    ("sessions", "        self._policy.check(config)\n", ""),
    ("sessions", "        check_is_new(config, self._past)\n", ""),
    ("sessions", "    def __reduce_ex__(self, protocol: object) -> Never:", "    def _reduce(self, protocol: object) -> Never:"),
    ("arrivals", "    if isinstance(message, Consistency):", "    if False:"),
    ("sessions", "        self._state = None\n        if not", "        if not"),
    ("sessions", "        if not isinstance(state, expected):", "        if False:"),
    ("sessions", "        if message.sender in self._inbox:", "        if False:"),
    ("sessions", "        if not isinstance(self._state, server.Opened):", "        if False:"),
    # ------------------------------------------------------------- codec and wire
    ("codec", "    if context != config.context[:16]:", "    if False:"),
    ("codec", "    if not isinstance(message, kind):", "    if False:"),
    ("codec", "        if y >= PRIME:", "        if y > PRIME:"),
    ("codec", "    reader.end()\n", ""),
    ("codec", "    if client_id not in config.places:", "    if False:"),
    ("codec", "    if not from_server:\n        _check_member(config, sender)\n", ""),
    ("codec", "    if from_server != (sender == SERVER):", "    if False:"),
    ("codec", "    if (magic, version) != (MAGIC, VERSION):", "    if magic != MAGIC:"),
    ("codec", "    if (magic, version) != (MAGIC, VERSION):", "    if version != VERSION:"),
    ("codec", "    check_ascending(ids)\n", ""),
    ("codec", "    check_ascending([u for u, _ in entries])\n", ""),
    ("codec", "    check_ascending([entry.sender for entry in entries])\n", ""),
    ("wire", "        if before >= after:", "        if before > after:"),
    ("wire", "        if number > largest:", "        if False:"),
    # ------------------------------------------------------------- vectors
    ("vectors", "np.append(weight * steps, weight)", "np.append(steps, weight)"),
    ("vectors", "if not num_survivors <= weight <= num_survivors * quantiser.max_weight:", "if not num_survivors <= weight:"),
    ("vectors", "if not num_survivors <= weight <= num_survivors * quantiser.max_weight:", "if not 1 <= weight <= num_survivors * quantiser.max_weight:"),
    ("vectors", "np.ldexp(whole + rest / weight,", "np.ldexp(whole,"),
    ("sharing.fixed_point", "largest <= 2**MEAN_BITS and fits", "largest <= 2**EXACT_BITS and fits"),
    ("aggregation.secure.mean", "len(plan).to_bytes(8, \"little\") + plan + text", "text"),
    ("aggregation.secure.mean", "max(2, (num_honest + 1) // 2)", "2"),
    ("aggregation.secure.mean", "min_survivors=None if complete else len(ids) - self._num_drop(len(ids))", "min_survivors=None if complete else len(ids)"),
    ("vectors", "    if largest > weight * quantiser.largest:", "    if False:"),
    ("vectors", "max(int(integers.max()), -int(integers.min()))", "int(integers.max())"),
    ("vectors", "if not 1 <= _check.integer(", "if not 0 <= _check.integer("),
    # ------------------------------------------------------------- shares, fixed point, masks
    ("sharing.shamir", "    if any(others):", "    if False:"),
    ("sharing.shamir", "1 + len(shares) - threshold", "len(shares) - threshold or 1"),
    ("sharing.shamir", "        if series and ratio in places:", "        if ratio in places:"),
    ("sharing.shamir", "        if series and ratio in places:", "        if series:"),
    ("sharing.shamir", "values[0] != 0:", "True:"),
    ("sharing.field", "[x * math.prod(", "[math.prod("),
    ("sharing.field", "above = math.prod(places)", "above = 1"),
    ("sharing.shamir", "    if len(shares) < threshold:", "    if False:"),
    ("sharing.shamir", "    if secret >= 2 ** (8 * SECRET_BYTES):", "    if False:"),
    ("sharing.randomness", "        if candidate < bound:", "        if True:"),
    ("sharing.randomness", "        if candidate < bound:", "        if 0 < candidate < bound:"),
    ("sharing.shamir", "for _ in range(threshold - 1)]", "for _ in range(threshold)]"),
    ("sharing.shamir", "for _ in range(threshold - 1)]", "for _ in range(threshold - 2)]"),
    ("sharing.shamir", "        if not 1 <= x < PRIME:", "        if not 0 <= x < PRIME:"),
    ("sharing.shamir", "    if len(set(places)) < len(places):", "    if False:"),
    ("sharing.shamir", "        if not 0 <= share.y < PRIME:", "        if not 0 <= share.y:"),
    ("sharing.fixed_point", "(uniform < z - floor)", "(uniform <= z - floor)"),
    ("sharing.fixed_point", "np.rint(z)", "np.floor(z)"),
    ("sharing.fixed_point", "_check.finite(\"values\", array", "str((\"values\", array)[0]"),
    ("sharing.fixed_point", "< 1 << (ring_bits - 1)", "<= 1 << (ring_bits - 1)"),
    ("sharing.fixed_point", "np.clip(array, -clip, clip)", "array"),
    ("kernels._numpy_masks", "            if sign > 0:", "            if True:"),
    ("kernels._numpy_masks", "    state += start\n", ""),
    ("kernels._numpy_masks", "    for _ in range(10):", "    for _ in range(4):"),
    ("kernels._numpy_masks", "np.arange(first, first + num_blocks", "np.arange(0, num_blocks"),
)  # fmt: skip
"""(module, of pyfedlite.secagg unless it has a dot, a piece of its source, what takes its place)."""


class Mutation(importlib.abc.MetaPathFinder):
    """Finds one module, and gives it another source."""

    def __init__(self, module: str, old: str, new: str) -> None:
        full = f"pyfedlite.{module}" if "." in module else f"pyfedlite.secagg.{module}"
        self.module, self.old, self.new = full, old, new

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None:
            return spec
        mutation = self

        class Loader(importlib.machinery.SourceFileLoader):
            def get_code(self, fullname: str) -> types.CodeType:
                text = Path(self.path).read_text(encoding="utf-8")
                if text.count(mutation.old) == 0:
                    raise LookupError(f"{mutation.old!r} is not in {self.path}")
                return compile(text.replace(mutation.old, mutation.new, 1), self.path, "exec")

        spec.loader = Loader(name, spec.origin)
        return spec


def infect(number: int) -> int:
    """Run the tests in this process with a mutant in place."""
    import pytest

    sys.meta_path.insert(0, Mutation(*MUTANTS[number]))
    arguments = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "--no-header"]
    return int(pytest.main([*arguments, *TESTS]))


def dies(number: int) -> bool:
    """Return whether a test fails; an error of another kind is raised."""
    command = [sys.executable, __file__, f"--infect={number}"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "is not in" in result.stdout + result.stderr and "LookupError" in result.stdout:
        raise LookupError(f"mutant {number} finds no source: {MUTANTS[number]}")
    return result.returncode == 1 or "Interrupted" in result.stdout


def main(modules: Sequence[str]) -> int:
    """Return how many mutants live, and name each as soon as it has outlived the tests."""
    known = sorted({module for module, *_ in MUTANTS})
    if unknown := sorted(set(modules) - set(known)):
        print(f"modules must be among {', '.join(known)}, got {', '.join(unknown)}")
        return 2
    chosen = [n for n, (module, *_) in enumerate(MUTANTS) if not modules or module in modules]
    alive = 0
    with ThreadPoolExecutor(2) as pool:
        for number, dead in zip(chosen, pool.map(dies, chosen), strict=True):
            if not dead:
                module, old, new = MUTANTS[number]
                print(f"alive: {module}: {old!r} -> {new!r}", flush=True)
                alive += 1
    print(f"{len(chosen) - alive} of {len(chosen)} mutants died")
    return alive


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1].startswith("--infect="):
        sys.exit(infect(int(sys.argv[1].removeprefix("--infect="))))
    sys.exit(main(sys.argv[1:]))

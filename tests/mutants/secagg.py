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
    "tests/secagg/test_codec.py",
    "tests/secagg/test_graph.py",
    "tests/laws/test_sharing_laws.py",
    "tests/vectors/test_chacha20.py",
    "tests/laws/test_mask_laws.py",
    "tests/twins/test_mask_twins.py",
    "tests/vectors/test_secagg_primitives.py",
    "tests/vectors/test_wycheproof.py",
    "tests/attacks",
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
    ("client", "    check_alive(config, me, survivors, state.alive)\n    signature", "    signature"),
    ("client", "        check_alive(masked.config, masked.me, survivors, masked.alive)\n", ""),
    ("client", "        check_signatures(masked.config, survivors, signatures)\n", ""),
    ("client", "        if masked.config.threat_model is ThreatModel.ACTIVE:", "        if False:"),
    ("client", "state.sign_key is None or config.threat_model is not ThreatModel.ACTIVE", "state.sign_key is None"),
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
    ("client", "cipher_private, mask_private = rand(32), rand(32)", "cipher_private = mask_private = rand(32)"),
    ("client", "unavailable.append(v)", "raise"),
    ("client", "split(seed, threshold=config.threshold", "split(seed, threshold=config.threshold - 1 or 2"),
    ("client", "(s.y.to_bytes(33, \"little\") for s in (key_share, seed_share))", "(s.y.to_bytes(33, \"little\") for s in (seed_share, key_share))"),
    # ------------------------------------------------------------- checks
    ("checks", "    if entries[mine.sender] != mine:", "    if False:"),
    ("checks", "    if len(set(public)) < len(public):", "    if False:"),
    ("checks", "for key in (entry.cipher_key, entry.mask_key)]", "for key in (entry.cipher_key,)]"),
    ("checks", "    if config.threat_model is ThreatModel.ACTIVE:", "    if False:"),
    ("checks", "    if me not in alive:", "    if False:"),
    ("checks", "    if not alive <= allowed:", "    if False:"),
    ("checks", "    if not config.has_enough(me, alive):", "    if False:"),
    ("checks", "    if not signers <= set(survivors):", "    if False:"),
    ("checks", "    if len(signers) < config.threshold:", "    if False:"),
    ("checks", "    for u, signature in received.entries:", "    for u, signature in ():"),
    # ------------------------------------------------------------- config
    ("config", "return len(counted) >= self.threshold", "return len(counted) > self.threshold"),
    ("config", "alive if self.degree is None else alive & set(self.neighbours[me])", "alive"),
    ("config", "VERSION, model, self.session_id, self.round)", "VERSION, model, bytes(32), self.round)"),
    ("config", "VERSION, model, self.session_id, self.round)", "VERSION, model, self.session_id, 0)"),
    ("config", "VERSION, model, self.session_id, self.round)", "VERSION, 0, self.session_id, self.round)"),
    ("config", "            self.parameters_hash,\n        ]", "        ]"),
    ("config", "struct.pack(\"<I32s\", m.client_id, m.verify_key)", "struct.pack(\"<I\", m.client_id)"),
    ("config", "self.threshold, self.num_corrupt, degree, len(self.coin)", "0, self.num_corrupt, degree, len(self.coin)"),
    ("config", "self.threshold, self.num_corrupt, degree, len(self.coin)", "self.threshold, 0, degree, len(self.coin)"),
    ("config", "struct.pack(\"<II\", self.ring_bits, self.length)", "struct.pack(\"<II\", 32, self.length)"),
    ("config", "struct.pack(\"<II\", self.ring_bits, self.length)", "struct.pack(\"<II\", self.ring_bits, 0)"),
    ("config", "b\"graph\" + self._canonical() + self.coin", "b\"graph\" + self._canonical()"),
    ("config", "        if len(ids) < 2:", "        if False:"),
    ("config", "        if len(set(ids)) < len(ids) or", "        if"),
    ("config", "        if not least <= self.threshold <= k:", "        if not 2 <= self.threshold <= k:"),
    ("config", "        if not fixed_point.fits(", "        if False and not fixed_point.fits("),
    ("config", "        if self.threat_model is ThreatModel.ACTIVE:\n            hint", "        if False:\n            hint"),
    ("config", "start=1)", "start=0)"),
    # ------------------------------------------------------------- threshold and graph
    ("threshold", "elif 2 * threshold <= num_clients + num_corrupt:", "elif 2 * threshold < num_clients + num_corrupt:"),
    ("threshold", "    if not 2 <= threshold <= num_clients:", "    if not 1 <= threshold <= num_clients:"),
    ("threshold", "        if threshold < num_corrupt + 2:", "        if threshold < num_corrupt + 1:"),
    ("threshold", "threshold = (num_clients + num_corrupt) // 2 + 1", "threshold = (num_clients + num_corrupt + 1) // 2"),
    ("threshold", "    if threshold > num_clients - num_drop:", "    if False:"),
    ("graph", "return max((corrupt + degree + 1) // 2 + 1, 2)", "return max((corrupt + degree) // 2 + 1, 2)"),
    ("graph", "return max(corrupt + 1, 2)", "return max(corrupt, 2)"),
    ("graph", "num_clients << (sigma + 1)", "1 << (sigma + 1)"),
    ("graph", "num_clients << eta", "1 << eta"),
    ("graph", "            if not is_connected(num_clients, degree, num_corrupt + num_drop, sigma):\n                continue\n", ""),
    ("graph", "hashlib.sha256(seed + client_id", "hashlib.sha256(client_id"),
    ("graph", "if threat_model is not ThreatModel.ACTIVE:", "if True:"),
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
    ("keys", "    if length > 255 * HASH_BYTES:", "    if False:"),
    # ------------------------------------------------------------- server
    ("server", "        if {v for v, _ in message.ciphertexts} != expected:", "        if False:"),
    ("server", "    if number < config.threshold:", "    if number < config.threshold - 1:"),
    ("server", "    if active and state.signers is None:", "    if False:"),
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
    ("arrivals", "isinstance(message, Advertise) and", "False and"),
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
    ("sharing.shamir", "        if candidate < PRIME:", "        if True:"),
    ("sharing.shamir", "        if candidate < PRIME:", "        if 0 < candidate < PRIME:"),
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

"""The answer sheet for pages 10 and 11: answers of different make, right ones and wrong ones."""

import itertools
import math
import statistics

import numpy as np

# ---- clip-1 -------------------------------------------------------------------------------------


def clip(delta, max_norm):
    if not np.isfinite(delta).all():
        return np.zeros(len(delta))
    return delta / max(1, np.linalg.norm(delta) / max_norm)


def clip_by_if(delta, max_norm):
    if not np.all(np.isfinite(delta)):
        return np.zeros_like(delta)
    norm = np.sqrt((delta**2).sum())
    if norm > max_norm:
        return delta * (max_norm / norm)
    return delta


def clip_by_a_factor(delta, max_norm):
    norm = math.hypot(*delta.tolist())
    if math.isnan(norm) or math.isinf(norm):
        return 0 * np.ones_like(delta)
    factor = 1.0 if norm == 0 else min(1.0, max_norm / norm)
    return factor * delta


def clip_by_sums(delta, max_norm):
    total = float(delta @ delta) if np.isfinite(delta).all() else None
    if total is None:
        return np.zeros(delta.shape)
    return delta if total <= max_norm**2 else delta * max_norm / total**0.5


def clip_by_numbers(delta, max_norm):
    numbers = delta.tolist()
    if any(x != x or abs(x) == math.inf for x in numbers):
        return np.array([0.0] * len(numbers))
    norm = sum(x * x for x in numbers) ** 0.5
    return np.array([x / max(1, norm / max_norm) for x in numbers])


def clip_by_where(delta, max_norm):
    good = np.where(np.isfinite(delta).all(), delta, 0.0)
    return good / np.maximum(1, np.linalg.norm(good) / max_norm)


def clip_with_room(delta, max_norm):
    good = delta if np.isfinite(delta).all() else np.zeros(len(delta))
    norm = np.linalg.norm(good)
    return good * max_norm / max(norm, max_norm)


def clip_by_a_unit_vector(delta, max_norm):
    if np.isnan(delta).any() or np.isinf(delta).any():
        return np.zeros(len(delta))
    norm = np.linalg.norm(delta)
    return delta.copy() if norm <= max_norm else max_norm * (delta / norm)


def clip_by_the_sum(delta, max_norm):
    if not math.isfinite(float(np.abs(delta).sum())):
        return np.zeros(len(delta))
    return clip(delta, max_norm)


def clip_by_einsum(delta, max_norm):
    delta = delta if np.isfinite(delta).all() else np.zeros(len(delta))
    return delta / max(1.0, np.sqrt(np.einsum("i,i", delta, delta)) / max_norm)


def clip_always(delta, max_norm):
    return delta / np.linalg.norm(delta) * max_norm


def clip_each(delta, max_norm):
    return np.clip(np.nan_to_num(delta), -max_norm, max_norm)


def clip_to_one(delta, max_norm):
    return clip(delta, 1.0)


def clip_without_nan(delta, max_norm):
    return delta * min(1.0, max_norm / max(float(np.linalg.norm(delta)), 1e-12))


def clip_nan_to_num(delta, max_norm):
    return clip(np.nan_to_num(delta, nan=0.0, posinf=0.0, neginf=0.0), max_norm)


def clip_in_place(delta, max_norm):
    if not np.isfinite(delta).all():
        delta[:] = 0
    delta /= max(1, np.linalg.norm(delta) / max_norm)
    return delta


def clip_by_absolute_values(delta, max_norm):
    if not np.isfinite(delta).all():
        return np.zeros(len(delta))
    return delta / max(1, np.abs(delta).sum() / max_norm)


def clip_by_the_largest(delta, max_norm):
    if not np.isfinite(delta).all():
        return np.zeros(len(delta))
    return delta / max(1, np.abs(delta).max() / max_norm)


def clip_by_the_square(delta, max_norm):
    if not np.isfinite(delta).all():
        return np.zeros(len(delta))
    return delta / max(1, (delta @ delta) / max_norm)


def clip_by_mean_square(delta, max_norm):
    if not np.isfinite(delta).all():
        return np.zeros(len(delta))
    return delta / max(1, np.sqrt((delta**2).mean()) / max_norm)


def clip_drops_the_long(delta, max_norm):
    if not np.isfinite(delta).all() or np.linalg.norm(delta) > max_norm:
        return np.zeros(len(delta))
    return delta


def clip_only_nan(delta, max_norm):
    if np.isnan(delta).any():
        return np.zeros(len(delta))
    return delta / max(1, np.linalg.norm(delta) / max_norm)


RIGHT_CLIP = [
    clip,
    clip_by_if,
    clip_by_a_factor,
    clip_by_sums,
    clip_by_numbers,
    clip_by_where,
    clip_with_room,
    clip_by_a_unit_vector,
    clip_by_the_sum,
    clip_by_einsum,
]

HOSTILE_CLIP = [
    clip_always,
    clip_each,
    clip_to_one,
    clip_without_nan,
    clip_nan_to_num,
    clip_in_place,
    clip_by_absolute_values,
    clip_by_the_largest,
    clip_by_the_square,
    clip_by_mean_square,
    clip_drops_the_long,
    clip_only_nan,
    lambda delta, max_norm: delta,
    lambda delta, max_norm: np.zeros(len(delta)),
    lambda delta, max_norm: clip(delta, max_norm)[:1],
    lambda delta, max_norm: clip(delta, max_norm).round(),
    lambda delta, max_norm: np.abs(clip(delta, max_norm)),
    lambda delta, max_norm: -clip(delta, max_norm),
    lambda delta, max_norm: clip(delta, 2 * max_norm),
    lambda delta, max_norm: 0.99 * clip(delta, max_norm),
    lambda delta, max_norm: clip(delta, max_norm).tolist(),
    lambda delta, max_norm: np.linalg.norm(clip(delta, max_norm)),
    lambda delta, max_norm: clip(delta, min(max_norm, 2.0)),
    lambda delta, max_norm: np.append(clip(delta[:1], max_norm), clip(delta[1:], max_norm)),
    lambda delta, max_norm: clip(np.clip(delta, -100, 100), max_norm),
    lambda delta, max_norm: clip(delta.round(), max_norm),
]


# ---- gaussian-delta-1 ---------------------------------------------------------------------------


def phi(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def delta_of(epsilon, noise_multiplier):
    z = noise_multiplier
    return phi(1 / (2 * z) - epsilon * z) - math.exp(epsilon) * phi(-1 / (2 * z) - epsilon * z)


def delta_by_the_library(epsilon, noise_multiplier):
    z, normal = noise_multiplier, statistics.NormalDist()
    left, right = normal.cdf(0.5 / z - epsilon * z), normal.cdf(-0.5 / z - epsilon * z)
    return left - np.exp(epsilon) * right


def delta_by_erf(epsilon, noise_multiplier):
    z, root = noise_multiplier, math.sqrt(2)
    left = (1 + math.erf((1 / (2 * z) - epsilon * z) / root)) / 2
    right = (1 + math.erf((-1 / (2 * z) - epsilon * z) / root)) / 2
    return left - math.exp(epsilon) * right


def delta_by_mean_and_deviation(epsilon, noise_multiplier):
    mu = 1 / noise_multiplier
    return phi(mu / 2 - epsilon / mu) - math.exp(epsilon) * phi(-mu / 2 - epsilon / mu)


def delta_by_a_sum(epsilon, noise_multiplier):
    z = noise_multiplier
    x = np.linspace(0.5 + epsilon * z * z, 1 + 12 * z + epsilon * z * z, 100_001)
    p = np.exp(-((x - 1) ** 2) / (2 * z * z)) / (z * np.sqrt(2 * np.pi))
    q = np.exp(epsilon - x**2 / (2 * z * z)) / (z * np.sqrt(2 * np.pi))
    return float(np.trapezoid(p - q, x))


def delta_by_upper_tails(epsilon, noise_multiplier):
    z = noise_multiplier

    def above(x):
        return 0.5 * math.erfc(x / math.sqrt(2))

    crossing = 0.5 + epsilon * z**2
    return above((crossing - 1) / z) - math.exp(epsilon) * above(crossing / z)


def delta_in_small_steps(epsilon, noise_multiplier):
    half, shift = 1 / (2 * noise_multiplier), epsilon * noise_multiplier
    terms = [phi(half - shift), -math.exp(epsilon) * phi(-half - shift)]
    return sum(terms)


def delta_by_both_sides(epsilon, noise_multiplier):
    normal = statistics.NormalDist(0, noise_multiplier)
    other = statistics.NormalDist(1, noise_multiplier)
    c = 0.5 + epsilon * noise_multiplier**2
    return (1 - other.cdf(c)) - math.exp(epsilon) * (1 - normal.cdf(c))


def delta_as_an_array(epsilon, noise_multiplier):
    z = np.float64(noise_multiplier)
    return np.float64(delta_of(epsilon, z))


def delta_with_a_floor(epsilon, noise_multiplier):
    return max(delta_of(epsilon, noise_multiplier), 0.0)


RIGHT_DELTA = [
    delta_of,
    delta_by_the_library,
    delta_by_erf,
    delta_by_mean_and_deviation,
    delta_by_a_sum,
    delta_by_upper_tails,
    delta_in_small_steps,
    delta_by_both_sides,
    delta_as_an_array,
    delta_with_a_floor,
]


def delta_without_the_second(epsilon, noise_multiplier):
    z = noise_multiplier
    return phi(1 / (2 * z) - epsilon * z)


def delta_without_the_factor(epsilon, noise_multiplier):
    z = noise_multiplier
    return phi(1 / (2 * z) - epsilon * z) - phi(-1 / (2 * z) - epsilon * z)


def delta_added(epsilon, noise_multiplier):
    z = noise_multiplier
    return phi(1 / (2 * z) - epsilon * z) + math.exp(epsilon) * phi(-1 / (2 * z) - epsilon * z)


def delta_of_old(epsilon, noise_multiplier):
    return 1.25 * math.exp(-((epsilon * noise_multiplier) ** 2) / 2)


def delta_upside_down(epsilon, noise_multiplier):
    return delta_of(epsilon, 1 / noise_multiplier)


HOSTILE_DELTA = [
    delta_without_the_second,
    delta_without_the_factor,
    delta_added,
    delta_of_old,
    delta_upside_down,
    lambda e, z: delta_of(e, z**2),
    lambda e, z: delta_of(e, math.sqrt(z)),
    lambda e, z: delta_of(e, 2 * z),
    lambda e, z: delta_of(e, z / 2),
    lambda e, z: 2 * delta_of(e, z),
    lambda e, z: delta_of(2 * e, z),
    lambda e, z: delta_of(0.0, z),
    lambda e, z: 1 - delta_of(e, z),
    lambda e, z: -delta_of(e, z),
    lambda e, z: delta_of(e, z) + 1e-3,
    lambda e, z: round(delta_of(e, z), 3),
    lambda e, z: math.exp(-e) * delta_of(e, z),
    lambda e, z: phi(1 / (2 * z) - e * z) - math.exp(-e) * phi(-1 / (2 * z) - e * z),
    lambda e, z: phi(1 / (2 * z) - e) - math.exp(e) * phi(-1 / (2 * z) - e),
    lambda e, z: phi(1 / z - e * z) - math.exp(e) * phi(-1 / z - e * z),
    lambda e, z: phi(1 / (2 * z) + e * z) - math.exp(e) * phi(-1 / (2 * z) + e * z),
    lambda e, z: 1e-5,
    lambda e, z: np.array([delta_of(e, z)]),
]


# ---- noise-share-1 ------------------------------------------------------------------------------


def share(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    return noise_multiplier * max_norm / math.sqrt(num_clients - num_failing - num_corrupt)


def share_by_variances(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    variance = (noise_multiplier * max_norm) ** 2
    return (variance / (num_clients - num_failing - num_corrupt)) ** 0.5


def share_by_numpy(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    honest = np.float64(num_clients - (num_failing + num_corrupt))
    return float(np.sqrt(1 / honest) * noise_multiplier * max_norm)


def share_by_a_sum(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    total = noise_multiplier * max_norm
    honest = sum(1 for _ in range(num_clients)) - num_failing - num_corrupt
    return total * honest**-0.5


def share_by_bisection(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    low, high = 0.0, noise_multiplier * max_norm
    honest = num_clients - num_failing - num_corrupt
    for _ in range(100):
        middle = (low + high) / 2
        enough = middle * math.sqrt(honest) >= noise_multiplier * max_norm
        low, high = (low, middle) if enough else (middle, high)
    return high


RIGHT_SHARE = [
    share,
    share_by_variances,
    share_by_numpy,
    share_by_a_sum,
    share_by_bisection,
    lambda z, C, n, d, c: z * C / (n - d - c) ** 0.5,
    lambda z, C, n, d, c: z * C / np.sqrt(n - d - c),
    lambda z, C, n, d, c: math.sqrt(z * z * C * C / (n - d - c)),
    lambda z, C, n, d, c: C * z / math.hypot(*[1.0] * (n - d - c)),
    lambda z, C, n, d, c: math.exp(math.log(z * C) - 0.5 * math.log(n - d - c)),
]


def share_of_deviations(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    return noise_multiplier * max_norm / (num_clients - num_failing - num_corrupt)


def share_of_everybody(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    return noise_multiplier * max_norm / math.sqrt(num_clients)


def share_with_the_corrupt(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    return noise_multiplier * max_norm / math.sqrt(num_clients - num_failing)


def share_with_the_failing(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    return noise_multiplier * max_norm / math.sqrt(num_clients - num_corrupt)


def all_of_the_noise(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt):
    return noise_multiplier * max_norm


HOSTILE_SHARE = [
    share_of_deviations,
    share_of_everybody,
    share_with_the_corrupt,
    share_with_the_failing,
    all_of_the_noise,
    lambda z, C, n, d, c: z / math.sqrt(n - d - c),
    lambda z, C, n, d, c: C / math.sqrt(n - d - c),
    lambda z, C, n, d, c: z * C * math.sqrt(n - d - c),
    lambda z, C, n, d, c: z * C / math.sqrt(n + d + c),
    lambda z, C, n, d, c: z * C / math.sqrt(n - d + c),
    lambda z, C, n, d, c: z * C / math.sqrt(n - max(d, c)),
    lambda z, C, n, d, c: z * C / (n - d - c) ** 2,
    lambda z, C, n, d, c: (z * C) ** 2 / (n - d - c),
    lambda z, C, n, d, c: z * C / n,
    lambda z, C, n, d, c: z * C / math.sqrt(max(n - d - 2 * c, 1)),
    lambda z, C, n, d, c: z + C / math.sqrt(n - d - c),
    lambda z, C, n, d, c: round(share(z, C, n, d, c), 1),
    lambda z, C, n, d, c: int(share(z, C, n, d, c)),
    lambda z, C, n, d, c: 1.01 * share(z, C, n, d, c),
    lambda z, C, n, d, c: z * C / math.sqrt(max(n - d - c - 1, 1)),
    lambda z, C, n, d, c: [share(z, C, n, d, c)] * n,
    lambda z, C, n, d, c: z * C / math.sqrt(min(n - d - c, 50)),
]


# ---- ring-width-1 -------------------------------------------------------------------------------


def most(num_clients, max_norm, scale, noise, failure):
    return num_clients * max_norm * scale + noise * scale * math.sqrt(2 * math.log(2 / failure))


def num_bits(num_clients, max_norm, scale, noise, failure):
    R = 1
    while 2 ** (R - 1) <= most(num_clients, max_norm, scale, noise, failure):
        R += 1
    return R


def bits_by_logarithm(num_clients, max_norm, scale, noise, failure):
    return math.floor(math.log2(most(num_clients, max_norm, scale, noise, failure))) + 2


def bits_by_length(num_clients, max_norm, scale, noise, failure):
    return int(most(num_clients, max_norm, scale, noise, failure)).bit_length() + 1


def bits_by_counting(num_clients, max_norm, scale, noise, failure):
    t = noise * scale * np.sqrt(2 * np.log(2 / failure))
    need = num_clients * max_norm * scale + t
    return next(R for R in itertools.count(1) if 2 ** (R - 1) > need)


def bits_by_halving(num_clients, max_norm, scale, noise, failure):
    left, R = most(num_clients, max_norm, scale, noise, failure), 1
    while left >= 1:
        left /= 2
        R += 1
    return R


RIGHT_BITS = [
    num_bits,
    bits_by_logarithm,
    bits_by_length,
    bits_by_counting,
    bits_by_halving,
    lambda n, C, k, s, p: math.frexp(most(n, C, k, s, p))[1] + 1,
    lambda n, C, k, s, p: int(math.log2(most(n, C, k, s, p))) + 2,
    lambda n, C, k, s, p: 1 + sum(2**i <= most(n, C, k, s, p) for i in range(60)),
    lambda n, C, k, s, p: len(bin(int(most(n, C, k, s, p)))) - 2 + 1,
    lambda n, C, k, s, p: int(np.floor(np.log2(most(n, C, k, s, p)))) + 2,
]


def bits_without_a_sign(num_clients, max_norm, scale, noise, failure):
    return num_bits(num_clients, max_norm, scale, noise, failure) - 1


def bits_without_noise(num_clients, max_norm, scale, noise, failure):
    return num_bits(num_clients, max_norm, scale, 0.0, failure)


def bits_of_unscaled_noise(num_clients, max_norm, scale, noise, failure):
    return num_bits(num_clients, max_norm, scale, noise / scale, failure)


def bits_of_one_client(num_clients, max_norm, scale, noise, failure):
    return num_bits(1, max_norm, scale, noise, failure)


def bits_without_a_scale(num_clients, max_norm, scale, noise, failure):
    return num_bits(num_clients, max_norm, 1, noise, failure)


HOSTILE_BITS = [
    bits_without_a_sign,
    bits_without_noise,
    bits_of_unscaled_noise,
    bits_of_one_client,
    bits_without_a_scale,
    lambda n, C, k, s, p: num_bits(n, C, k, s, p) + 1,
    lambda n, C, k, s, p: float(num_bits(n, C, k, s, p)),
    lambda n, C, k, s, p: 32,
    lambda n, C, k, s, p: num_bits(n, C, k, s, 0.5),
    lambda n, C, k, s, p: num_bits(n, C, k, s * math.sqrt(n), p),
    lambda n, C, k, s, p: num_bits(n, C, k, n * s, p),
    lambda n, C, k, s, p: num_bits(n, C, k**2, s, p),
    lambda n, C, k, s, p: num_bits(n * n, C, k, s, p),
    lambda n, C, k, s, p: num_bits(n, 1.0, k, s, p),
    lambda n, C, k, s, p: num_bits(n, C * C, k, s, p),
    lambda n, C, k, s, p: most(n, C, k, s, p),
    lambda n, C, k, s, p: math.log2(most(n, C, k, s, p)),
    lambda n, C, k, s, p: round(math.log2(most(n, C, k, s, p))) + 1,
    lambda n, C, k, s, p: math.ceil(math.log2(most(n, C, k, s, p))),
    lambda n, C, k, s, p: 2 ** num_bits(n, C, k, s, p),
    lambda n, C, k, s, p: num_bits(n, 0.0, k, s, p),
    lambda n, C, k, s, p: min(num_bits(n, C, k, s, p), 32),
]

SOLUTIONS = {
    "clip-1": clip,
    "gaussian-delta-1": delta_of,
    "noise-share-1": share,
    "ring-width-1": num_bits,
}

WRONG_ANSWERS = [
    ("clip-1", clip_each, "clipped by itself"),
    ("clip-1", clip_to_one, "max_norm is not used"),
    ("clip-1", clip_by_absolute_values, "not the sum of absolute values"),
    ("clip-1", clip_nan_to_num, "NaN or infinity counts as 0"),
    ("clip-1", clip_in_place, "changes its argument `delta`"),
    ("gaussian-delta-1", delta_without_the_second, "The second term is missing"),
    ("gaussian-delta-1", delta_without_the_factor, "The factor e^epsilon is missing"),
    ("gaussian-delta-1", delta_added, "The two terms are added"),
    ("gaussian-delta-1", delta_of_old, "That is the old formula"),
    ("noise-share-1", share_of_deviations, "Variances add up"),
    ("noise-share-1", share_of_everybody, "This counts on everybody"),
    ("noise-share-1", share_with_the_corrupt, "Corrupt clients tell the server"),
    ("noise-share-1", all_of_the_noise, "each client adds all of the noise"),
    ("ring-width-1", bits_without_a_sign, "Numbers have a sign"),
    ("ring-width-1", bits_without_noise, "The noise is missing"),
    ("ring-width-1", bits_of_one_client, "room for one client"),
    ("ring-width-1", bits_without_a_scale, "The scale is missing"),
]

RIGHT_ANSWERS = {
    "clip-1": RIGHT_CLIP,
    "gaussian-delta-1": RIGHT_DELTA,
    "noise-share-1": RIGHT_SHARE,
    "ring-width-1": RIGHT_BITS,
}
HOSTILE_ANSWERS = {
    "clip-1": HOSTILE_CLIP,
    "gaussian-delta-1": HOSTILE_DELTA,
    "noise-share-1": HOSTILE_SHARE,
    "ring-width-1": HOSTILE_BITS,
}

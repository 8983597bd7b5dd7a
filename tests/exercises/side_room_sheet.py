"""The answer sheet for pages 08, 09, 17 and from-tff: answers of different make.

The wrong ones are those that a learner might believe in, beside those of ``side_room_answers``.
"""

import functools
import itertools
import math
import runpy
from fractions import Fraction
from pathlib import Path

import numpy as np

ANSWERS = runpy.run_path(str(Path(__file__).with_name("side_room_answers.py")))
SOLUTIONS, WRONG = ANSWERS["SOLUTIONS"], ANSWERS["WRONG_ANSWERS"]
masked, secret_of = SOLUTIONS["masked-vector-1"], SOLUTIONS["shamir-secret-1"]
sort_pass, run_process = SOLUTIONS["sort-pass-1"], SOLUTIONS["run-process-1"]


# ---- masked-vector-1 ----------------------------------------------------------------------------


def added(u, pads):
    return pads[u].sum(axis=0)


def subtracted(u, pads):
    return pads[:, u].sum(axis=0)


def off_the_clock(u, x, pads):
    return x[u] + added(u, pads) - subtracted(u, pads)


def masked_step_by_step(u, vectors, pads, num_bits):
    y, hours = vectors[u] % 2**num_bits, 2**num_bits
    for v in range(len(vectors)):
        y = (y + (pads[u, v] if v < u else 0)) % hours
        y = (y - (pads[v, u] if v > u else 0)) % hours
    return y


def masked_number_by_number(u, vectors, pads, num_bits):
    result = []
    for i in range(vectors.shape[1]):
        total = int(vectors[u, i])
        total += sum(int(pads[u, v, i]) for v in range(u))
        total -= sum(int(pads[v, u, i]) for v in range(u + 1, len(vectors)))
        result.append(total % 2**num_bits)
    return np.array(result)


def masked_by_signs(u, vectors, pads, num_bits):
    signs = np.sign(u - np.arange(len(vectors)))
    return (vectors[u] + signs @ (pads[u] + pads[:, u])) % 2**num_bits


def masked_in_one_coordinate(u, vectors, pads, num_bits):
    y = vectors[u].copy()
    y[0] = masked(u, vectors, pads, num_bits)[0]
    return y


RIGHT_MASKED = [
    masked,
    masked_step_by_step,
    masked_number_by_number,
    masked_by_signs,
    lambda u, x, pads, b: off_the_clock(u, x, pads) % 2**b,
    lambda u, x, pads, b: off_the_clock(u, x, pads) & (2**b - 1),
    lambda u, x, pads, b: np.mod(off_the_clock(u, x, pads), 1 << b),
    lambda u, x, pads, b: (x[u] + (pads - pads.transpose(1, 0, 2))[u].sum(axis=0)) % 2**b,
    lambda u, x, pads, b: (x[u] + pads[u, :u].sum(0) - pads[u + 1 :, u].sum(0)) % 2**b,
    lambda u, x, pads, b: (off_the_clock(u, x, pads) + len(x) * 2**b) % 2**b,
    lambda u, x, pads, b: off_the_clock(u, x, pads).astype(np.uint64) % np.uint64(2**b),
]

HOSTILE_MASKED = [
    masked_in_one_coordinate,
    lambda u, x, pads, b: off_the_clock(u, x, pads) % (2**b - 1),
    lambda u, x, pads, b: off_the_clock(u, x, pads) % 2 ** (b + 1),
    lambda u, x, pads, b: off_the_clock(u, x, pads) % 2 ** (b - 1),
    lambda u, x, pads, b: off_the_clock(u, x, pads) % 2**8,
    lambda u, x, pads, b: np.abs(off_the_clock(u, x, pads)) % 2**b,
    lambda u, x, pads, b: np.fmod(off_the_clock(u, x, pads), 2**b),
    lambda u, x, pads, b: np.clip(off_the_clock(u, x, pads), 0, 2**b - 1),
    lambda u, x, pads, b: (x[u] + added(u, pads)) % 2**b - subtracted(u, pads),
    lambda u, x, pads, b: (x[u] - subtracted(u, pads)) % 2**b,
    lambda u, x, pads, b: (added(u, pads) - subtracted(u, pads)) % 2**b,
    lambda u, x, pads, b: (off_the_clock(u, x, pads) - x[u] + x[0]) % 2**b,
    lambda u, x, pads, b: (off_the_clock(u, x, pads) - 2 * x[u]) % 2**b,
    lambda u, x, pads, b: (off_the_clock(u, x, pads) - x[u] + x.sum(axis=0)) % 2**b,
    lambda u, x, pads, b: (x[u] + pads[u, 1:u].sum(0) - pads[u + 1 :, u].sum(0)) % 2**b,
    lambda u, x, pads, b: (x[u] + pads[u, :u].sum(0) - pads[u + 2 :, u].sum(0)) % 2**b,
    lambda u, x, pads, b: (x[u] + pads[u, :u].sum() - pads[u + 1 :, u].sum()) % 2**b,
    lambda u, x, pads, b: (x[u] ^ added(u, pads) ^ subtracted(u, pads)) % 2**b,
    lambda u, x, pads, b: (x[u] + pads[u].max(axis=0) - pads[:, u].max(axis=0)) % 2**b,
    lambda u, x, pads, b: (off_the_clock(u, x, pads) + 1) % 2**b,
    lambda u, x, pads, b: (off_the_clock(u, x, pads) % 2**b)[:1],
    lambda u, x, pads, b: (off_the_clock(u, x, pads) % 2**b).tolist(),
    lambda u, x, pads, b: (x[u] + (added(u, pads) if u == 1 else -subtracted(u, pads))) % 2**b,
    lambda u, x, pads, b: off_the_clock(u, x, pads).astype(np.int16).astype(int) % 2**b,
    lambda u, x, pads, b: off_the_clock(u, x, pads) % 2 ** min(b, 16),
    lambda u, x, pads, b: (off_the_clock(u, x, pads) % 2**b).astype("f4").astype("f8"),
    lambda u, x, pads, b: (off_the_clock(u, x, pads) + (b > 16)) % 2**b,
]


# ---- mask-property-1 ----------------------------------------------------------------------------


def words_move(mask, seed, cut):
    other = seed[cut:] + seed[:cut]
    assert other == seed or not np.array_equal(mask(seed, 8), mask(other, 8))


def property_with_a_flip_in_two_words(mask, seed, length):
    other = bytes([seed[0] ^ 1]) + seed[1:4] + bytes([seed[4] ^ 1]) + seed[5:]
    assert (mask(seed, 8) != mask(other, 8)).any()
    assert np.unique(mask(seed, 8)).size > 1


def property_of_pairs(mask, seed, length):
    words = mask(seed, length)
    assert words[0] != words[1]
    words_move(mask, seed, 4)


def property_of_spread(mask, seed, length):
    words_move(mask, seed, 8)
    assert np.ptp(mask(seed, 8).astype(float)) > 0


def property_of_differences(mask, seed, length):
    words_move(mask, seed, 12)
    assert np.diff(mask(seed, 8).astype(np.int64)).any()


def property_of_bytes(mask, seed, length):
    words_move(mask, seed, 16)
    assert mask(seed, 8)[:4].tobytes() != mask(seed, 8)[4:].tobytes()


def property_of_every_rotation(mask, seed, length):
    for cut in range(4, 32, 4):
        words_move(mask, seed, cut)
    assert len({int(word) for word in mask(seed, 8)}) > 1


def property_without_the_length(mask, seed):
    words_move(mask, seed, 4)
    assert mask(seed, 2)[0] != mask(seed, 2)[1]


def property_that_raises_by_itself(mask, seed, length):
    words_move(mask, seed, 20)
    if np.std(mask(seed, 8).astype(float)) == 0:
        raise AssertionError("one number for all")


def property_by_testing(mask, seed, length):
    words_move(mask, seed, 28)
    words = mask(seed, 16)
    assert (words == words[0]).sum() < 16


def property_caught(mask, seed, length):
    try:
        words_move(mask, seed, 4)
    except AssertionError:
        pass


def property_that_always_fails(mask, seed, length):
    raise AssertionError("never")


def property_of_the_bytes_of_the_seed(mask, seed, length):
    assert len(seed) == 32


def property_of_an_exact_mean(mask, seed, length):
    assert abs(mask(seed, 8).mean() - 2**31) < 2**20


def property_of_equal_calls(mask, seed, length):
    np.testing.assert_array_equal(mask(seed, length), mask(seed, length))


def property_of_a_prefix(mask, seed, length):
    np.testing.assert_array_equal(mask(seed, 8)[:4], mask(seed, 4))


def property_of_the_type(mask, seed, length):
    assert mask(seed, length).dtype == np.uint32


def property_of_the_sign(mask, seed, length):
    assert (mask(seed, length) >= 0).all()


def property_that_is_a_tuple(mask, seed, length):
    both = (len(set(mask(seed, 8).tolist())) > 1, "the words must differ")
    assert both


def property_of_some_word(mask, seed, length):
    assert mask(seed, 8).any()


def property_of_an_unknown_name(mask, seed, length):
    assert mask(sead, 8).any()  # noqa: F821 (a slip of a learner)


def property_of_one_fixed_seed(mask, seed, length):
    words_move(mask, bytes(range(32)), 4)


def property_of_two_fixed_masks(mask, seed, length):
    assert len(set(mask(bytes(32), 8).tolist())) > 1


def property_of_sorted_words(mask, seed, length):
    words = mask(seed, 8)
    assert (np.sort(words) == words).all()


RIGHT_MASK_PROPERTY = [
    SOLUTIONS["mask-property-1"],
    property_with_a_flip_in_two_words,
    property_of_pairs,
    property_of_spread,
    property_of_differences,
    property_of_bytes,
    property_of_every_rotation,
    property_without_the_length,
    property_that_raises_by_itself,
    property_by_testing,
]

HOSTILE_MASK_PROPERTY = [
    property_caught,
    property_that_always_fails,
    property_of_the_bytes_of_the_seed,
    property_of_an_exact_mean,
    property_of_equal_calls,
    property_of_a_prefix,
    property_of_the_type,
    property_of_the_sign,
    property_that_is_a_tuple,
    property_of_some_word,
    property_of_an_unknown_name,
    property_of_one_fixed_seed,
    property_of_two_fixed_masks,
    property_of_sorted_words,
]


# ---- shamir-secret-1 ----------------------------------------------------------------------------


def shares(places, values):
    return list(zip(places.tolist(), values.tolist(), strict=True))


def weighted(places, values, prime, factor):
    """Return the sum of values, each times a product of `factor` over the other places."""
    points = shares(places, values)
    return sum(y * math.prod(factor(a, b) for b, _ in points if b != a) for a, y in points)


def secret_by_fermat(places, values, prime):
    return weighted(places, values, prime, lambda a, b: b * pow(b - a, prime - 2, prime)) % prime


def secret_by_fractions(places, values, prime):
    total = Fraction(0)
    for a, y in shares(places, values):
        term = Fraction(y)
        for b, _ in shares(places, values):
            if b != a:
                term *= Fraction(b, b - a)
        total += term
    return total.numerator * pow(total.denominator, -1, prime) % prime


def secret_by_neville(places, values, prime):
    x, p = places.tolist(), values.tolist()
    for gap in range(1, len(x)):
        for i in range(len(x) - gap):
            above = x[i + gap] * p[i] - x[i] * p[i + 1]
            p[i] = above * pow(x[i + gap] - x[i], -1, prime) % prime
    return p[0] % prime


def secret_by_newton(places, values, prime):
    x, c = places.tolist(), values.tolist()
    for k in range(1, len(x)):
        for i in range(len(x) - 1, k - 1, -1):
            c[i] = (c[i] - c[i - 1]) * pow(x[i] - x[i - k], -1, prime) % prime
    result = 0
    for i in range(len(x) - 1, -1, -1):
        result = (c[i] - result * x[i]) % prime
    return result


def secret_by_elimination(places, values, prime):
    t = len(places)
    rows = [[pow(x, k, prime) for k in range(t)] + [y] for x, y in shares(places, values)]
    for k in range(t):
        pivot = next(i for i in range(k, t) if rows[i][k] % prime)
        rows[k], rows[pivot] = rows[pivot], rows[k]
        inverse = pow(rows[k][k], -1, prime)
        rows[k] = [value * inverse % prime for value in rows[k]]
        for i in range(t):
            if i != k:
                rows[i] = [
                    (a - rows[i][k] * b) % prime for a, b in zip(rows[i], rows[k], strict=True)
                ]
    return rows[0][t]


def secret_in_numpy(places, values, prime):
    total = np.int64(0)
    for i in range(len(places)):
        others = np.delete(places, i)
        weight = int(np.prod(others)) * pow(int(np.prod(others - places[i])), -1, prime) % prime
        total = (total + values[i] * weight) % prime
    return total


def secret_by_recursion(places, values, prime):
    if len(places) == 1:
        return int(values[0]) % prime
    a, b = int(places[0]), int(places[-1])
    left = secret_by_recursion(places[:-1], values[:-1], prime)
    right = secret_by_recursion(places[1:], values[1:], prime)
    return (b * left - a * right) * pow(b - a, -1, prime) % prime


def secret_by_index(places, values, prime):
    return secret_of(np.arange(1, len(places) + 1), values, prime)


def secret_of_sorted_values(places, values, prime):
    return secret_of(places, np.sort(values), prime)


def value_at(place):
    def found(places, values, prime):
        def factor(a, b):
            return (b - place) * pow(b - a, -1, prime)

        return weighted(places, values, prime, factor) % prime

    return found


def secret_of_half_the_pairs(places, values, prime):
    def factor(a, b):
        return b * pow(b - a, -1, prime) if b > a else 1

    return weighted(places, values, prime, factor) % prime


RIGHT_SHAMIR = [
    secret_of,
    secret_by_fermat,
    secret_by_fractions,
    secret_by_neville,
    secret_by_newton,
    secret_by_elimination,
    secret_in_numpy,
    secret_by_recursion,
    lambda x, y, p: weighted(x, y, p, lambda a, b: -b * pow(a - b, -1, p)) % p,
    lambda x, y, p: secret_of(x[::-1], y[::-1], p),
    value_at(0),
]

HOSTILE_SHAMIR = [
    secret_by_index,
    secret_of_sorted_values,
    secret_of_half_the_pairs,
    value_at(1),
    value_at(-1),
    lambda x, y, p: weighted(x, y, p, lambda a, b: b * (b - a)) % p,
    lambda x, y, p: weighted(x, y, p, lambda a, b: b // (b - a)) % p,
    lambda x, y, p: weighted(x, y, p, lambda a, b: b * pow(b - a, p - 1, p)) % p,
    lambda x, y, p: weighted(x, y, p, lambda a, b: b * pow(b + a, p - 2, p)) % p,
    lambda x, y, p: secret_of(x, y, p) + 1,
    lambda x, y, p: -secret_of(x, y, p) % p,
    lambda x, y, p: secret_of(x, y, p) % (p - 1),
    lambda x, y, p: secret_of(x, y, p) % 5,
    lambda x, y, p: secret_of(x, y, p) - p,
    lambda x, y, p: [secret_of(x, y, p)],
    lambda x, y, p: str(secret_of(x, y, p)),
    lambda x, y, p: int(y.min()),
    lambda x, y, p: int(y[-1]),
    lambda x, y, p: int(2 * y[0] - y[-1]) % p,
    lambda x, y, p: secret_of(x[:2], y[:2], p),
    lambda x, y, p: int(x @ y) % p,
]


# ---- sort-pass-1 --------------------------------------------------------------------------------


def pass_by_slices(rows, t):
    result, start = rows.copy(), t % 2
    one, other = rows[start:-1:2], rows[start + 1 :: 2]
    result[start:-1:2], result[start + 1 :: 2] = np.minimum(one, other), np.maximum(one, other)
    return result


def pass_by_pairs(rows, t):
    result, start = rows.copy(), t % 2
    count = (len(rows) - start) // 2
    pairs = rows[start : start + 2 * count].reshape(count, 2, rows.shape[1])
    result[start : start + 2 * count] = np.sort(pairs, axis=1).reshape(2 * count, rows.shape[1])
    return result


def pass_by_a_list(rows, t):
    done = [rows[0]] if t % 2 else []
    while len(done) < len(rows):
        if len(done) + 1 == len(rows):
            done.append(rows[-1])
        else:
            one, other = rows[len(done)], rows[len(done) + 1]
            done += [np.minimum(one, other), np.maximum(one, other)]
    return np.array(done)


def pass_by_numbers(rows, t):
    result = rows.tolist()
    for i in range(t % 2, len(result) - 1, 2):
        for j in range(rows.shape[1]):
            one, other = result[i][j], result[i + 1][j]
            result[i][j], result[i + 1][j] = (one, other) if one <= other else (other, one)
    return np.array(result)


def pass_by_where(rows, t):
    result = rows.copy()
    for i in range(t & 1, len(rows) - 1, 2):
        swap = rows[i] > rows[i + 1]
        result[i] = np.where(swap, rows[i + 1], rows[i])
        result[i + 1] = np.where(swap, rows[i], rows[i + 1])
    return result


def pass_by_columns(rows, t):
    return np.stack([pass_by_slices(column[:, np.newaxis], t)[:, 0] for column in rows.T], axis=1)


def pass_by_means(rows, t):
    result = rows.copy()
    for i in range(t % 2, len(rows) - 1, 2):
        middle, half = (rows[i] + rows[i + 1]) / 2, np.abs(rows[i] - rows[i + 1]) / 2
        result[i], result[i + 1] = middle - half, middle + half
    return result


def pass_by_neighbours(rows, t):
    place = np.arange(len(rows))
    partner = place + np.where((place - t) % 2 == 0, 1, -1)
    partner = np.where((partner < 0) | (partner >= len(rows)), place, partner)
    smaller, larger = np.minimum(rows, rows[partner]), np.maximum(rows, rows[partner])
    return np.where((partner > place)[:, np.newaxis], smaller, larger)


def pass_around_the_end(rows, t):
    result = rows.copy()
    for i in range(t % 2, len(rows), 2):
        j = (i + 1) % len(rows)
        result[i], result[j] = np.minimum(rows[i], rows[j]), np.maximum(rows[i], rows[j])
    return result


def pass_that_loses_a_number(rows, t):
    result = rows.copy()
    for i in range(t % 2, len(rows) - 1, 2):
        result[i] = np.minimum(result[i], result[i + 1])
        result[i + 1] = np.maximum(result[i], result[i + 1])
    return result


def pass_two_apart(rows, t):
    result = rows.copy()
    for i in range(t % 2, len(rows) - 2, 2):
        result[i], result[i + 2] = (
            np.minimum(rows[i], rows[i + 2]),
            np.maximum(rows[i], rows[i + 2]),
        )
    return result


RIGHT_PASS = [
    sort_pass,
    pass_by_slices,
    pass_by_pairs,
    pass_by_a_list,
    pass_by_numbers,
    pass_by_where,
    pass_by_columns,
    pass_by_means,
    pass_by_neighbours,
    lambda rows, t: sort_pass(rows, t % 2),
]

HOSTILE_PASS = [
    pass_around_the_end,
    pass_that_loses_a_number,
    pass_two_apart,
    lambda rows, t: rows,
    lambda rows, t: sort_pass(rows, 1),
    lambda rows, t: sort_pass(rows, min(t, 1)),
    lambda rows, t: sort_pass(sort_pass(rows, t), t + 1),
    lambda rows, t: sort_pass(rows[::-1], t)[::-1],
    lambda rows, t: sort_pass(rows.T, t).T,
    lambda rows, t: sort_pass(np.abs(rows), t),
    lambda rows, t: sort_pass(rows.round(), t),
    lambda rows, t: np.vstack([sort_pass(rows[:-1], t), rows[-1:]]),
    lambda rows, t: np.vstack([rows[:1], sort_pass(rows[1:], t)]),
    lambda rows, t: np.hstack([sort_pass(rows[:, :1], t), rows[:, 1:]]),
    lambda rows, t: sort_pass(rows, t).tolist(),
    lambda rows, t: sort_pass(rows, t)[0],
    lambda rows, t: np.sort(rows, axis=1),
    lambda rows, t: -np.sort(-rows, axis=0),
    lambda rows, t: np.minimum(rows, np.roll(rows, -1, axis=0)),
    lambda rows, t: np.sort(rows, axis=0) if t % 2 else sort_pass(rows, t),
    lambda rows, t: sort_pass(np.clip(rows, -100, 100), t),
    lambda rows, t: sort_pass(rows.round(1), t),
]


# ---- run-process-1 ------------------------------------------------------------------------------


def process_by_recursion(next_round, state, cohorts):
    if len(cohorts) == 0:
        return state
    return process_by_recursion(next_round, next_round(state, cohorts[0])[0], cohorts[1:])


def process_by_while(next_round, state, cohorts):
    t = 0
    while t < len(cohorts):
        state = next_round(state, cohorts[t])[0]
        t += 1
    return state


def process_by_numbers(next_round, state, cohorts):
    for t in range(len(cohorts)):
        state, _ = next_round(state, cohorts[t])
    return state


def process_with_a_history(next_round, state, cohorts):
    history = [(state, {})]
    for cohort in cohorts:
        history.append(next_round(history[-1][0], cohort))
    return history[-1][0]


def process_by_accumulate(next_round, state, cohorts):
    def step(now, cohort):
        return next_round(now, cohort)[0]

    *_, last = itertools.accumulate(cohorts, step, initial=state)
    return last


def process_that_copies(next_round, state, cohorts):
    state = np.array(state, dtype=float)
    for cohort in np.array(cohorts):
        state = next_round(state.copy(), cohort.copy())[0]
    return state


def process_by_iter(next_round, state, cohorts):
    left = iter(cohorts)
    for cohort in left:
        state, *_ = next_round(state, cohort)
    return state


def process_that_prints(next_round, state, cohorts):
    for t, cohort in enumerate(cohorts, start=1):
        state, metrics = next_round(state, cohort)
        print(t, metrics)
    return state


def process_with_other_names(process, theta, data):
    for rows in data:
        result = process(theta, rows)
        theta = result[0]
    return theta


def process_that_keeps_the_best(next_round, state, cohorts):
    best, least = state, np.inf
    for cohort in cohorts:
        state, metrics = next_round(state, cohort)
        if metrics["distance"] < least:
            best, least = state, metrics["distance"]
    return best


def process_until_it_is_near(next_round, state, cohorts):
    for cohort in cohorts:
        state, metrics = next_round(state, cohort)
        if metrics["distance"] < 1:
            break
    return state


def process_of_the_first_coordinate(next_round, state, cohorts):
    result = state.copy()
    result[0] = run_process(next_round, state, cohorts)[0]
    return result


RIGHT_PROCESS = [
    run_process,
    process_by_recursion,
    process_by_while,
    process_by_numbers,
    process_with_a_history,
    process_by_accumulate,
    process_that_copies,
    process_by_iter,
    process_that_prints,
    process_with_other_names,
    lambda step, s, data: functools.reduce(lambda now, rows: step(now, rows)[0], data, s),
]

HOSTILE_PROCESS = [
    process_that_keeps_the_best,
    process_until_it_is_near,
    process_of_the_first_coordinate,
    lambda step, s, data: s,
    lambda step, s, data: data[-1],
    lambda step, s, data: data.mean(axis=0),
    lambda step, s, data: step(s, data.sum(axis=0))[0],
    lambda step, s, data: step(s, data[0])[0],
    lambda step, s, data: step(s, data[-1])[0],
    lambda step, s, data: step(s, data[-1])[1],
    lambda step, s, data: run_process(step, np.zeros_like(s), data),
    lambda step, s, data: run_process(step, data[0], data),
    lambda step, s, data: run_process(step, s, data[1:]),
    lambda step, s, data: run_process(step, s, np.vstack([data, data[-1:]])),
    lambda step, s, data: run_process(step, s, np.vstack([data, data])),
    lambda step, s, data: run_process(step, s, data[:2]),
    lambda step, s, data: run_process(step, s, np.sort(data, axis=0)),
    lambda step, s, data: run_process(step, s, data).round(),
    lambda step, s, data: run_process(step, s, data) - s,
    lambda step, s, data: np.mean([step(s, rows)[0] for rows in data], axis=0),
    lambda step, s, data: run_process(step, s, data).tolist(),
    lambda step, s, data: run_process(step, s, np.clip(data, -100, 100)),
    lambda step, s, data: np.clip(run_process(step, s, data), -100, 100),
]

RIGHT_ANSWERS = {
    "masked-vector-1": RIGHT_MASKED,
    "mask-property-1": RIGHT_MASK_PROPERTY,
    "shamir-secret-1": RIGHT_SHAMIR,
    "sort-pass-1": RIGHT_PASS,
    "run-process-1": RIGHT_PROCESS,
}

HOSTILE_ANSWERS = {
    "masked-vector-1": HOSTILE_MASKED,
    "mask-property-1": HOSTILE_MASK_PROPERTY,
    "shamir-secret-1": HOSTILE_SHAMIR,
    "sort-pass-1": HOSTILE_PASS,
    "run-process-1": HOSTILE_PROCESS,
}
for name, answer, _ in WRONG:
    HOSTILE_ANSWERS[name].append(answer)

"""Answers to the exercises of pages 08, 09, 17 and from-tff: right ones, and wrong ones."""

import math

import numpy as np


def masked(u, vectors, pads, num_bits):
    y = vectors[u].copy()
    for v in range(len(vectors)):
        if v < u:
            y += pads[u, v]
        if v > u:
            y -= pads[v, u]
    return y % 2**num_bits


def mask_property(mask, seed, length):
    words, other = mask(seed, 8), seed[4:] + seed[:4]
    assert len(set(words.tolist())) > 1
    assert other == seed or (words != mask(other, 8)).any()


def secret_of(places, values, prime):
    total = 0
    for x_i, y_i in zip(places, values, strict=True):
        others = places[places != x_i]
        below = pow(int((others - x_i).prod()), -1, prime)
        total += int(y_i) * int(others.prod()) * below
    return total % prime


def sort_pass(rows, t):
    result = rows.copy()
    for i in range(t % 2, len(rows) - 1, 2):
        result[i] = np.minimum(rows[i], rows[i + 1])
        result[i + 1] = np.maximum(rows[i], rows[i + 1])
    return result


def run_process(next_round, state, cohorts):
    for cohort in cohorts:
        state, _ = next_round(state, cohort)
    return state


SOLUTIONS = {
    "masked-vector-1": masked,
    "mask-property-1": mask_property,
    "shamir-secret-1": secret_of,
    "sort-pass-1": sort_pass,
    "run-process-1": run_process,
}


# ---- Wrong: masks -------------------------------------------------------------------------------


def masked_by_sums(u, vectors, pads, num_bits):
    return (vectors[u] + pads[u].sum(axis=0) + pads[:, u].sum(axis=0)) % 2**num_bits


def masked_backwards(u, vectors, pads, num_bits):
    return (vectors[u] - pads[u].sum(axis=0) + pads[:, u].sum(axis=0)) % 2**num_bits


def masked_by_half(u, vectors, pads, num_bits):
    return (vectors[u] + pads[u].sum(axis=0)) % 2**num_bits


def masked_off_the_clock(u, vectors, pads, num_bits):
    return vectors[u] + pads[u].sum(axis=0) - pads[:, u].sum(axis=0)


def masked_not_at_all(u, vectors, pads, num_bits):
    return vectors[u]


def masked_in_place(u, vectors, pads, num_bits):
    y = vectors[u]
    y += pads[u].sum(axis=0) - pads[:, u].sum(axis=0)
    return y % 2**num_bits


def masked_on_a_smaller_clock(u, vectors, pads, num_bits):
    return (vectors[u] + pads[u].sum(axis=0) - pads[:, u].sum(axis=0)) % num_bits


def mask_property_of_length(mask, seed, length):
    assert len(mask(seed, length)) == length


def mask_property_of_the_seed(mask, seed, length):
    other = seed[4:] + seed[:4]
    assert other == seed or (mask(seed, 8) != mask(other, 8)).any()


def mask_property_of_places(mask, seed, length):
    assert len(set(mask(seed, 8).tolist())) > 1


def mask_property_of_one_byte(mask, seed, length):
    other = bytes([seed[0] ^ 1]) + seed[1:]
    assert (mask(seed, 8) != mask(other, 8)).any()
    assert len(set(mask(seed, 8).tolist())) > 1


def mask_property_too_fair(mask, seed, length):
    assert len(set(mask(seed, length).tolist())) == length
    assert mask(seed, length).max() > 2**31


def mask_property_returned(mask, seed, length):
    return len(set(mask(seed, 8).tolist())) > 1


def mask_property_of_a_key(mask, key):
    assert mask(key, 8).any()


# ---- Wrong: shares ------------------------------------------------------------------------------


def lagrange(places, values, prime, above, below):
    total = 0
    for x_i, y_i in zip(places.tolist(), values.tolist(), strict=True):
        others = [x for x in places.tolist() if x != x_i]
        product = math.prod(above(x_i, x) * pow(below(x_i, x), -1, prime) for x in others)
        total += y_i * product
    return total


def secret_with_a_sign(places, values, prime):
    return lagrange(places, values, prime, lambda i, j: j, lambda i, j: i - j) % prime


def secret_of_its_own_place(places, values, prime):
    return lagrange(places, values, prime, lambda i, j: i, lambda i, j: j - i) % prime


def secret_without_what_is_above(places, values, prime):
    return lagrange(places, values, prime, lambda i, j: 1, lambda i, j: j - i) % prime


def secret_as_a_sum(places, values, prime):
    return int(values.sum()) % prime


def secret_not_reduced(places, values, prime):
    return lagrange(places, values, prime, lambda i, j: j, lambda i, j: j - i)


def secret_by_division(places, values, prime):
    total = 0.0
    for x_i, y_i in zip(places, values, strict=True):
        others = places[places != x_i]
        total += y_i * np.prod(others / (others - x_i))
    return round(total) % prime


def secret_as_a_float(places, values, prime):
    return float(secret_of(places, values, prime))


def secret_of_the_first_share(places, values, prime):
    return int(values[0])


# ---- Wrong: a pass of the network ---------------------------------------------------------------


def pass_always_even(rows, t):
    return sort_pass(rows, 0)


def pass_always_odd_first(rows, t):
    return sort_pass(rows, t + 1)


def pass_largest_first(rows, t):
    return -sort_pass(-rows, t)


def pass_that_bubbles(rows, t):
    result = rows.copy()
    for i in range(len(rows) - 1):
        result[i : i + 2] = np.sort(result[i : i + 2], axis=0)
    return result


def pass_that_sorts(rows, t):
    return np.sort(rows, axis=0)


def pass_in_place(rows, t):
    for i in range(t % 2, len(rows) - 1, 2):
        rows[i : i + 2] = np.sort(rows[i : i + 2], axis=0)
    return rows


def pass_that_swaps_rows(rows, t):
    result = rows.copy()
    for i in range(t % 2, len(rows) - 1, 2):
        if rows[i, 0] > rows[i + 1, 0]:
            result[[i, i + 1]] = rows[[i + 1, i]]
    return result


def pass_beyond_the_end(rows, t):
    result = rows.copy()
    for i in range(t % 2, len(rows), 2):
        result[i] = np.minimum(rows[i], rows[i + 1])
        result[i + 1] = np.maximum(rows[i], rows[i + 1])
    return result


# ---- Wrong: the loop ----------------------------------------------------------------------------


def process_from_the_start(next_round, state, cohorts):
    for cohort in cohorts:
        result, _ = next_round(state, cohort)
    return result


def process_that_returns_inside(next_round, state, cohorts):
    for cohort in cohorts:
        state, _ = next_round(state, cohort)
        return state


def process_without_the_last(next_round, state, cohorts):
    for cohort in cohorts[:-1]:
        state, _ = next_round(state, cohort)
    return state


def process_backwards(next_round, state, cohorts):
    for cohort in reversed(cohorts):
        state, _ = next_round(state, cohort)
    return state


def process_of_the_mean(next_round, state, cohorts):
    return next_round(state, cohorts.mean(axis=0))[0]


def process_that_adds(next_round, state, cohorts):
    total = state.copy()
    for cohort in cohorts:
        total += next_round(state, cohort)[0] - state
    return total


def process_without_return(next_round, state, cohorts):
    for cohort in cohorts:
        state, _ = next_round(state, cohort)


WRONG_ANSWERS = [
    ("masked-vector-1", masked_by_sums, "both clients of a pair add"),
    ("masked-vector-1", masked_backwards, "The signs are exchanged"),
    ("masked-vector-1", masked_by_half, "shared with clients of larger numbers are missing"),
    ("masked-vector-1", masked_off_the_clock, "take it modulo 2^num_bits"),
    ("masked-vector-1", masked_not_at_all, "without any mask"),
    ("masked-vector-1", masked_in_place, "changes its argument `vectors`"),
    ("masked-vector-1", masked_on_a_smaller_clock, "the middle one adds one mask"),
    ("mask-property-1", mask_property_of_length, "are folded to 4 by XOR"),
    ("mask-property-1", mask_property_of_the_seed, "One random number is added to every weight"),
    ("mask-property-1", mask_property_of_places, "are folded to 4 by XOR"),
    ("mask-property-1", mask_property_of_one_byte, "are folded to 4 by XOR"),
    ("mask-property-1", mask_property_too_fair, "it claims too much"),
    ("mask-property-1", mask_property_returned, "It has to `assert`"),
    ("mask-property-1", mask_property_of_a_key, "Nobody draws an argument `key`"),
    ("shamir-secret-1", secret_with_a_sign, "wrong sign"),
    ("shamir-secret-1", secret_of_its_own_place, "it must be the other place"),
    ("shamir-secret-1", secret_without_what_is_above, "The factors above are missing"),
    ("shamir-secret-1", secret_as_a_sum, "That is the sum of the shares"),
    ("shamir-secret-1", secret_not_reduced, "two shares determine a line"),
    ("shamir-secret-1", secret_by_division, "two shares determine a line"),
    ("shamir-secret-1", secret_as_a_float, "where a whole number (int) is wanted"),
    ("shamir-secret-1", secret_of_the_first_share, "two shares determine a line"),
    ("sort-pass-1", pass_always_even, "Every pass compares the same pairs"),
    ("sort-pass-1", pass_always_odd_first, "Even and odd passes are exchanged"),
    ("sort-pass-1", pass_largest_first, "The larger number goes to the first row"),
    ("sort-pass-1", pass_that_bubbles, "in each pair the smaller number"),
    ("sort-pass-1", pass_that_sorts, "That is sorted completely"),
    ("sort-pass-1", pass_in_place, "changes its argument `rows`"),
    ("sort-pass-1", pass_that_swaps_rows, "in each pair the smaller number"),
    ("sort-pass-1", pass_beyond_the_end, "stops with IndexError"),
    ("run-process-1", process_from_the_start, "Every round begins with the first state"),
    ("run-process-1", process_that_returns_inside, "Is the return inside of the loop?"),
    ("run-process-1", process_without_the_last, "The last round is missing"),
    ("run-process-1", process_backwards, "reversed order"),
    ("run-process-1", process_of_the_mean, "each round goes on from the state"),
    ("run-process-1", process_that_adds, "each round goes on from the state"),
    ("run-process-1", process_without_return, "returns None"),
]

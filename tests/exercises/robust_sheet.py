"""The answer sheet for page 12: answers of different make, right ones and wrong ones."""

import statistics

import numpy as np

# ---- trimmed-mean-1 -----------------------------------------------------------------------------


def trimmed_mean(deltas, num_byzantine):
    inner = np.sort(deltas, axis=0)[num_byzantine : len(deltas) - num_byzantine]
    return inner.mean(axis=0)


def trimmed_by_columns(deltas, num_byzantine):
    result = []
    for column in deltas.T:
        values = sorted(column.tolist())
        left = values[num_byzantine : len(values) - num_byzantine]
        result.append(sum(left) / len(left))
    return np.array(result)


def trimmed_with_or(deltas, num_byzantine):
    return np.sort(deltas, axis=0)[num_byzantine : -num_byzantine or None].mean(axis=0)


def trimmed_by_sums(deltas, num_byzantine):
    ordered, n = np.sort(deltas, axis=0), len(deltas)
    ends = ordered[:num_byzantine].sum(axis=0) + ordered[n - num_byzantine :].sum(axis=0)
    return (deltas.sum(axis=0) - ends) / (n - 2 * num_byzantine)


def trimmed_by_ranks(deltas, num_byzantine):
    ranks = deltas.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    kept = (ranks >= num_byzantine) & (ranks < len(deltas) - num_byzantine)
    return np.where(kept, deltas, 0).sum(axis=0) / (len(deltas) - 2 * num_byzantine)


def trimmed_one_by_one(deltas, num_byzantine):
    rows = np.sort(deltas, axis=0)
    for _ in range(num_byzantine):
        rows = rows[1:-1]
    return rows.mean(axis=0)


def trimmed_by_partition(deltas, num_byzantine):
    n, f = len(deltas), num_byzantine
    if f == 0:
        return deltas.mean(axis=0)
    return np.partition(deltas, [f - 1, n - f], axis=0)[f : n - f].mean(axis=0)


def trimmed_by_statistics(deltas, num_byzantine):
    f, n = num_byzantine, len(deltas)
    return np.array([statistics.fmean(sorted(c)[f : n - f]) for c in deltas.T.tolist()])


def trimmed_backwards(deltas, num_byzantine):
    inner = np.sort(deltas, axis=0)[::-1][num_byzantine : len(deltas) - num_byzantine]
    return inner.mean(axis=0)


def trimmed_with_weights(deltas, num_byzantine):
    weights = np.ones(len(deltas))
    weights[:num_byzantine] = 0
    weights[len(deltas) - num_byzantine :] = 0
    return weights @ np.sort(deltas, axis=0) / weights.sum()


def trimmed_by_delete(deltas, num_byzantine):
    n, f = len(deltas), num_byzantine
    ends = [*range(f), *range(n - f, n)]
    return np.delete(np.sort(deltas, axis=0), ends, axis=0).mean(axis=0)


def trimmed_with_an_empty_slice(deltas, num_byzantine):
    return np.sort(deltas, axis=0)[num_byzantine:-num_byzantine].mean(axis=0)


def trimmed_in_place(deltas, num_byzantine):
    deltas.sort(axis=0)
    return deltas[num_byzantine : len(deltas) - num_byzantine].mean(axis=0)


def trimmed_at_one_end(deltas, num_byzantine):
    return np.sort(deltas, axis=0)[: len(deltas) - num_byzantine].mean(axis=0)


def trimmed_by_norm(deltas, num_byzantine):
    order = np.argsort(np.linalg.norm(deltas, axis=1), kind="stable")
    return deltas[order[: len(deltas) - num_byzantine]].mean(axis=0)


def trimmed_too_small(deltas, num_byzantine):
    inner = np.sort(deltas, axis=0)[num_byzantine : len(deltas) - num_byzantine]
    return inner.sum(axis=0) / len(deltas)


def trimmed_unsorted(deltas, num_byzantine):
    return deltas[num_byzantine : len(deltas) - num_byzantine].mean(axis=0)


def trimmed_by_a_share(deltas, num_byzantine):
    cut = int(0.1 * len(deltas))
    return np.sort(deltas, axis=0)[cut : len(deltas) - cut].mean(axis=0)


def trimmed_by_the_first_parameter(deltas, num_byzantine):
    order = np.argsort(deltas[:, 0], kind="stable")
    return deltas[order[num_byzantine : len(deltas) - num_byzantine]].mean(axis=0)


def clipped_not_trimmed(deltas, num_byzantine):
    ordered = np.sort(deltas, axis=0)
    low, high = ordered[num_byzantine], ordered[len(deltas) - num_byzantine - 1]
    return np.clip(deltas, low, high).mean(axis=0)


RIGHT_TRIMMED = [
    trimmed_mean,
    trimmed_by_columns,
    trimmed_with_or,
    trimmed_by_sums,
    trimmed_by_ranks,
    trimmed_one_by_one,
    trimmed_by_partition,
    trimmed_by_statistics,
    trimmed_backwards,
    trimmed_with_weights,
    trimmed_by_delete,
]

HOSTILE_TRIMMED = [
    trimmed_with_an_empty_slice,
    trimmed_in_place,
    trimmed_at_one_end,
    trimmed_by_norm,
    trimmed_too_small,
    trimmed_unsorted,
    trimmed_by_a_share,
    trimmed_by_the_first_parameter,
    clipped_not_trimmed,
    lambda x, f: trimmed_mean(np.clip(x, -100, 100), f),
    lambda x, f: x.mean(axis=0),
    lambda x, f: np.median(x, axis=0),
    lambda x, f: trimmed_mean(x, max(f - 1, 0)),
    lambda x, f: trimmed_mean(x, min(f, 1)),
    lambda x, f: trimmed_mean(x.T, 0),
    lambda x, f: trimmed_mean(x, f)[:1],
    lambda x, f: trimmed_mean(x, f).mean(),
    lambda x, f: trimmed_mean(np.abs(x), f),
    lambda x, f: -trimmed_mean(x, f),
    lambda x, f: trimmed_mean(x, f).round(),
    lambda x, f: np.sort(x, axis=0)[f : len(x) - f].sum(axis=0),
    lambda x, f: np.sort(x, axis=1)[f : len(x) - f].mean(axis=0),
    lambda x, f: np.sort(x, axis=0)[f:].mean(axis=0),
    lambda x, f: np.sort(x, axis=0)[len(x) // 2],
    lambda x, f: np.sort(x, axis=0)[f : len(x) - f],
    lambda x, f: trimmed_mean(x, f).tolist(),
    lambda x, f: trimmed_mean(x.clip(-10, 10), f),
]


# ---- robust-property-1 --------------------------------------------------------------------------


def robust_property(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    before = deltas.copy()
    result = rule(deltas, len(lies))
    assert (result >= honest.min(axis=0) - 1e-9).all()
    assert (result <= honest.max(axis=0) + 1e-9).all()
    assert np.array_equal(deltas, before, equal_nan=True)
    assert np.array_equal(rule(deltas, len(lies)), result)


def robust_by_closeness(rule, honest, lies):
    deltas = np.concatenate([lies, honest])
    given = deltas.tobytes()
    one, other = rule(deltas, len(lies)), rule(deltas, len(lies))
    assert deltas.tobytes() == given
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(np.clip(one, honest.min(0), honest.max(0)), one, atol=1e-9)


def robust_by_coordinates(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    copy = deltas.copy()
    for _ in range(2):
        for j, value in enumerate(rule(deltas, len(lies))):
            assert min(honest[:, j]) - 1e-6 <= value <= max(honest[:, j]) + 1e-6
        assert (np.isnan(deltas) | (deltas == copy)).all()
    first = rule(deltas, len(lies))
    assert (first == rule(deltas, len(lies))).all()


def robust_in_any_order(rule, honest, lies):
    deltas = np.vstack([lies, honest])
    robust_property(lambda _, f: rule(deltas, f), honest, lies)
    assert np.array_equal(deltas, np.vstack([lies, honest]), equal_nan=True)


def robust_exactly(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    finite = np.sort(deltas[np.isfinite(deltas).all(axis=1)], axis=0)
    f = len(lies)
    expected = finite[f : len(finite) - f].mean(axis=0)
    given = deltas.copy()
    np.testing.assert_allclose(rule(deltas, f), expected, atol=1e-9)
    np.testing.assert_allclose(rule(deltas, f), expected, atol=1e-9)
    np.testing.assert_array_equal(deltas, given)


def robust_on_copies(rule, honest, lies):
    for _ in range(2):
        robust_property(rule, honest.copy(), lies.copy())


def robust_with_a_huge_lie(rule, honest, lies):
    robust_property(rule, honest, np.full_like(lies, 1e9))
    robust_property(rule, honest, lies)


def robust_with_a_loop(rule, honest, lies):
    for lie in (lies, -lies, 0 * lies):
        robust_property(rule, honest, lie)


def robust_by_shift(rule, honest, lies):
    robust_property(rule, honest + 1, lies + 1)


def robust_by_distance(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    copy = deltas.copy()
    result = rule(deltas, len(lies))
    above = np.maximum(result - honest.max(axis=0), 0)
    below = np.maximum(honest.min(axis=0) - result, 0)
    assert above.sum() + below.sum() < 1e-6
    assert repr(deltas) == repr(copy)
    assert repr(rule(deltas, len(lies))) == repr(result)


def in_the_box(rule, honest, lies):
    result = rule(np.vstack([honest, lies]), len(lies))
    assert (result >= honest.min(axis=0) - 1e-9).all()
    assert (result <= honest.max(axis=0) + 1e-9).all()


def near_the_box_but_blind_to_nan(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    before = deltas.copy()
    result = rule(deltas, len(lies))
    inside = np.clip(result, honest.min(axis=0), honest.max(axis=0))
    np.testing.assert_allclose(inside, result, atol=1e-9)  # NaN is as NaN as NaN
    assert np.array_equal(deltas, before, equal_nan=True)
    assert np.array_equal(rule(deltas, len(lies)), result, equal_nan=True)


def below_the_highest(rule, honest, lies):
    assert (rule(np.vstack([honest, lies]), len(lies)) <= honest.max(axis=0) + 1e-9).all()


def of_finite_numbers(rule, honest, lies):
    assert np.isfinite(rule(np.vstack([honest, lies]), len(lies))).all()


def of_the_shape(rule, honest, lies):
    assert rule(np.vstack([honest, lies]), len(lies)).shape == honest.shape[1:]


def in_the_box_of_all(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    result = rule(deltas, len(lies))
    assert (result >= np.nanmin(deltas, axis=0) - 1e-9).all()


def is_the_honest_mean(rule, honest, lies):
    result = rule(np.vstack([honest, lies]), len(lies))
    np.testing.assert_allclose(result, honest.mean(axis=0), atol=1e-9)


def without_liars(rule, honest, lies):
    robust_property(rule, honest, honest[:1])


def of_the_first_parameter(rule, honest, lies):
    robust_property(rule, honest[:, :1], lies[:, :1])


def of_one_case(rule, honest, lies):
    robust_property(rule, np.array([[0.0], [1.0], [2.0]]), np.array([[1e6]]))


def that_returns(rule, honest, lies):
    return bool((rule(np.vstack([honest, lies]), len(lies)) <= honest.max(axis=0)).all())


def of_another_argument(rule, deltas):
    assert rule(deltas, 1) is not None


def unchanged_only(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    before = deltas.copy()
    rule(deltas, len(lies))
    assert np.array_equal(deltas, before, equal_nan=True)


def same_answer_only(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    one = rule(deltas.copy(), len(lies))
    assert np.array_equal(rule(deltas.copy(), len(lies)), one, equal_nan=True)


def without_nan(rule, honest, lies):
    robust_property(rule, honest, np.nan_to_num(lies))


def box_and_unchanged(rule, honest, lies):
    in_the_box(rule, honest, lies)
    unchanged_only(rule, honest, lies)


def box_and_same_answer(rule, honest, lies):
    in_the_box(rule, honest, lies)
    same_answer_only(rule, honest, lies)


def in_one_box_for_all_parameters(rule, honest, lies):
    unchanged_only(rule, honest, lies)
    same_answer_only(rule, honest, lies)
    result = rule(np.vstack([honest, lies]), len(lies))
    assert honest.min() - 1e-9 <= result.min()
    assert result.max() <= honest.max() + 1e-9


def near_the_median(rule, honest, lies):
    result = rule(np.vstack([honest, lies]), len(lies))
    assert (np.abs(result - np.median(honest, axis=0)) < 10).all()


def is_one_of_the_honest(rule, honest, lies):
    result = rule(np.vstack([honest, lies]), len(lies))
    assert any(np.allclose(result, row) for row in honest)


def with_more_liars_than_said(rule, honest, lies):
    robust_property(lambda deltas, f: rule(deltas, 0), honest, lies)


RIGHT_PROPERTY = [
    robust_property,
    robust_by_closeness,
    robust_by_coordinates,
    robust_in_any_order,
    robust_exactly,
    robust_on_copies,
    robust_with_a_huge_lie,
    robust_with_a_loop,
    robust_by_shift,
    robust_by_distance,
    box_and_unchanged,
]

HOSTILE_PROPERTY = [
    in_the_box,
    near_the_box_but_blind_to_nan,
    below_the_highest,
    of_finite_numbers,
    of_the_shape,
    in_the_box_of_all,
    is_the_honest_mean,
    without_liars,
    of_the_first_parameter,
    of_one_case,
    that_returns,
    of_another_argument,
    unchanged_only,
    same_answer_only,
    without_nan,
    box_and_same_answer,
    in_one_box_for_all_parameters,
    near_the_median,
    is_one_of_the_honest,
    with_more_liars_than_said,
    lambda rule, honest, lies: None,
    lambda rule, honest, lies: in_the_box(rule, honest, np.abs(lies)),
]

SOLUTIONS = {"trimmed-mean-1": trimmed_mean, "robust-property-1": robust_property}

WRONG_ANSWERS = [
    ("trimmed-mean-1", trimmed_with_an_empty_slice, "Mean of empty slice"),
    ("trimmed-mean-1", trimmed_in_place, "changes its argument `deltas`"),
    ("trimmed-mean-1", trimmed_at_one_end, "the smallest are kept"),
    ("trimmed-mean-1", trimmed_by_norm, "whole clients are taken away"),
    ("trimmed-mean-1", trimmed_too_small, "n - 2 f, not n"),
    ("robust-property-1", in_the_box, "It changes the vectors of its caller"),
    ("robust-property-1", box_and_same_answer, "It changes the vectors of its caller"),
    ("robust-property-1", without_nan, "whoever sends NaN is chosen"),
    ("robust-property-1", is_the_honest_mean, "it claims too much"),
    ("robust-property-1", that_returns, "It has to `assert`"),
]

RIGHT_ANSWERS = {"trimmed-mean-1": RIGHT_TRIMMED, "robust-property-1": RIGHT_PROPERTY}
HOSTILE_ANSWERS = {"trimmed-mean-1": HOSTILE_TRIMMED, "robust-property-1": HOSTILE_PROPERTY}

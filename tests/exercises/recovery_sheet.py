"""The answer sheet for page 07: answers of different make, right ones and wrong ones."""

import numpy as np

# ---- invert-row-1 -------------------------------------------------------------------------------


def row_of(weight_gradient, bias_gradient):
    strongest = np.abs(bias_gradient).argmax()
    return weight_gradient[:, strongest] / bias_gradient[strongest]


def row_by_least_squares(weight_gradient, bias_gradient):
    return weight_gradient @ bias_gradient / (bias_gradient @ bias_gradient)


def row_by_a_solver(weight_gradient, bias_gradient):
    column = bias_gradient[:, np.newaxis]
    return np.linalg.lstsq(column, weight_gradient.T, rcond=None)[0][0]


def row_by_a_loop(weight_gradient, bias_gradient):
    best, row = 0.0, None
    for unit, error in enumerate(bias_gradient.tolist()):
        if abs(error) > best:
            best, row = abs(error), weight_gradient[:, unit] / error
    return row


def row_by_numbers(weight_gradient, bias_gradient):
    unit = max(range(len(bias_gradient)), key=lambda r: abs(bias_gradient[r]))
    return np.array([float(line[unit]) / float(bias_gradient[unit]) for line in weight_gradient])


def row_of_strong_units(weight_gradient, bias_gradient):
    strong = np.abs(bias_gradient) > 0.5
    return (weight_gradient[:, strong] / bias_gradient[strong]).mean(axis=1)


def row_with_signs(weight_gradient, bias_gradient):
    signs = np.sign(bias_gradient)
    return weight_gradient @ signs / np.abs(bias_gradient).sum()


def row_by_order(weight_gradient, bias_gradient):
    last = np.argsort(np.abs(bias_gradient))[-1]
    return weight_gradient[:, last] * (1 / bias_gradient[last])


def row_by_a_pseudoinverse(weight_gradient, bias_gradient):
    return weight_gradient @ np.linalg.pinv(bias_gradient[np.newaxis, :])[:, 0]


def row_by_the_median_of_strong_ones(weight_gradient, bias_gradient):
    strong = np.abs(bias_gradient) >= 0.9 * np.abs(bias_gradient).max()
    return np.median(weight_gradient[:, strong] / bias_gradient[strong], axis=1)


def row_of_the_first_unit(weight_gradient, bias_gradient):
    return weight_gradient[:, 0] / bias_gradient[0]


def row_of_the_first_that_is_on(weight_gradient, bias_gradient):
    unit = np.flatnonzero(bias_gradient)[0]
    return weight_gradient[:, unit] / bias_gradient[unit]


def row_as_a_mean(weight_gradient, bias_gradient):
    on = bias_gradient != 0
    return (weight_gradient[:, on] / bias_gradient[on]).mean(axis=1)


def row_as_a_median(weight_gradient, bias_gradient):
    on = bias_gradient != 0
    return np.median(weight_gradient[:, on] / bias_gradient[on], axis=1)


def row_as_a_quotient_of_sums(weight_gradient, bias_gradient):
    return weight_gradient.sum(axis=1) / bias_gradient.sum()


def row_not_divided(weight_gradient, bias_gradient):
    return weight_gradient @ bias_gradient


def row_of_the_largest(weight_gradient, bias_gradient):
    unit = bias_gradient.argmax()
    return weight_gradient[:, unit] / bias_gradient[unit]


def row_in_place(weight_gradient, bias_gradient):
    weight_gradient /= np.where(bias_gradient == 0, 1, bias_gradient)
    return weight_gradient[:, np.abs(bias_gradient).argmax()]


def row_as_a_list(weight_gradient, bias_gradient):
    return [row_of(weight_gradient, bias_gradient)]


def row_transposed(weight_gradient, bias_gradient):
    return weight_gradient[0] / bias_gradient


def all_rows(weight_gradient, bias_gradient):
    return (weight_gradient / np.where(bias_gradient == 0, 1, bias_gradient)).T


def row_by_norms(weight_gradient, bias_gradient):
    return np.linalg.norm(weight_gradient, axis=1) / np.abs(bias_gradient).max()


RIGHT_INVERT = [
    row_of,
    row_by_least_squares,
    row_by_a_solver,
    row_by_a_loop,
    row_by_numbers,
    row_of_strong_units,
    row_with_signs,
    row_by_order,
    row_by_a_pseudoinverse,
    row_by_the_median_of_strong_ones,
]

HOSTILE_INVERT = [
    lambda w, b: np.clip(row_of(w, b), 0, 10),
    lambda w, b: row_of(w, b).round(),
    row_of_the_first_unit,
    row_of_the_first_that_is_on,
    row_as_a_mean,
    row_as_a_median,
    row_as_a_quotient_of_sums,
    row_not_divided,
    row_of_the_largest,
    row_in_place,
    row_as_a_list,
    row_transposed,
    all_rows,
    row_by_norms,
    lambda W, b: W[:, np.abs(b).argmax()],
    lambda W, b: -row_of(W, b),
    lambda W, b: W[:, -1] / b[-1],
    lambda W, b: np.abs(row_of(W, b)) + 0.02,
    lambda W, b: row_of(W, b)[:1],
    lambda W, b: np.append(row_of(W, b), 0.0),
    lambda W, b: np.zeros(len(W)),
    lambda W, b: np.ones(len(W)),
    lambda W, b: W.mean(axis=1) / np.abs(b).mean(),
    lambda W, b: W.sum(axis=1) / np.abs(b).sum(),
    lambda W, b: W.max(axis=1) / b.max(),
    lambda W, b: W.max(axis=1) / np.abs(b).max(),
    lambda W, b: W[:, np.abs(b).argmin()] / b[np.abs(b).argmin()],
    lambda W, b: row_of(W, b).mean(),
    lambda W, b: np.nan_to_num(W / b).mean(axis=1),
    lambda W, b: row_of(W, b).tolist(),
]


# ---- recovery-property-1 ------------------------------------------------------------------------


def found_by(attack, features, errors):
    return attack(features.T @ errors, errors.sum(axis=0))


def distances(features, row):
    return np.abs(features - row).max(axis=1)


def genuine(found, features):
    for row in found:
        assert distances(features, row).min() < 1e-6


def complete(found, features, errors):
    alone = (errors != 0).sum(axis=0) == 1
    for i, row in enumerate(features):
        if (alone & (errors[i] != 0)).sum() >= 2:
            assert any(np.abs(row - other).max() < 1e-6 for other in found)


def recovery_property(attack, features, errors):
    found = found_by(attack, features, errors)
    genuine(found, features)
    complete(found, features, errors)


def recovery_by_closeness(attack, features, errors):
    found = found_by(attack, features, errors)
    assert all(np.isclose(features, row).all(axis=1).any() for row in found)
    complete(found, features, errors)


def recovery_by_distances(attack, features, errors):
    found = attack(features.T @ errors, errors.sum(axis=0))
    d = np.linalg.norm(features[:, np.newaxis] - found[np.newaxis], axis=2)
    assert (d.min(axis=0, initial=np.inf) < 1e-6).all()
    single = np.count_nonzero(errors, axis=0) == 1
    votes = np.count_nonzero(errors[:, single], axis=1)
    assert (d[votes >= 2].min(axis=1, initial=np.inf) < 1e-6).all()


def recovery_of_the_same_set(attack, features, errors):
    found = found_by(attack, features, errors)
    single = (errors != 0).sum(axis=0) == 1
    wanted = features[(errors[:, single] != 0).sum(axis=1) >= 2]
    assert len(found) == len(wanted)
    genuine(found, wanted)


def recovery_sorted(attack, features, errors):
    found = sorted(map(tuple, found_by(attack, features, errors).tolist()))
    single = (errors != 0).sum(axis=0) == 1
    wanted = sorted(map(tuple, features[(errors[:, single] != 0).sum(axis=1) >= 2].tolist()))
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def recovery_by_loops(attack, features, errors):
    found = found_by(attack, features, errors)
    genuine(found, features)
    for i in range(len(features)):
        units = 0
        for r in range(errors.shape[1]):
            if errors[i, r] != 0 and all(errors[j, r] == 0 for j in range(len(errors)) if j != i):
                units += 1
        if units > 1:
            assert min(np.abs(row - features[i]).max() for row in [*found, np.inf]) < 1e-6


def recovery_in_counts(attack, features, errors):
    found = found_by(attack, features, errors)
    genuine(found, features)
    single = (errors != 0).sum(axis=0) == 1
    assert len(found) == ((errors[:, single] != 0).sum(axis=1) >= 2).sum()


def recovery_with_names(attack, features, errors):
    weight_gradient, bias_gradient = features.T @ errors, errors.sum(axis=0)
    recovery_property(lambda W, b: attack(weight_gradient, bias_gradient), features, errors)


def recovery_of_whichever_order(attack, features, errors):
    backwards = slice(None, None, -1)
    recovery_property(attack, features[backwards], errors[backwards])


def recovery_of_scaled_errors(attack, features, errors):
    recovery_property(attack, features, 2 * errors)


def property_of_the_shape(attack, features, errors):
    assert found_by(attack, features, errors).shape[1] == features.shape[1]


def property_of_genuine_rows(attack, features, errors):
    genuine(found_by(attack, features, errors), features)


def property_of_complete_rows(attack, features, errors):
    complete(found_by(attack, features, errors), features, errors)


def property_that_nothing_is_found(attack, features, errors):
    assert len(found_by(attack, features, errors)) == 0


def property_that_all_is_found(attack, features, errors):
    assert len(found_by(attack, features, errors)) == len(features)


def property_of_the_first_feature(attack, features, errors):
    found = found_by(attack, features, errors)
    genuine(found[:, :1], features[:, :1])
    for i in range(len(features)):
        complete(found[:, :1], features[:, :1], errors) if i == 0 else None


def property_that_returns(attack, features, errors):
    return len(found_by(attack, features, errors)) > 0


def property_of_another_argument(attack, rows):
    assert attack(rows, rows[0]) is not None


def property_of_one_case(attack, features, errors):
    x, d = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    recovery_property(attack, x, d)


def property_of_one_row(attack, features, errors):
    recovery_property(attack, features[:1], errors[:1])


def property_of_exact_rows(attack, features, errors):
    for row in found_by(attack, features, errors):
        assert (features == row).all(axis=1).any()


RIGHT_PROPERTY = [
    recovery_property,
    recovery_by_closeness,
    recovery_by_distances,
    recovery_of_the_same_set,
    recovery_sorted,
    recovery_by_loops,
    recovery_in_counts,
    recovery_with_names,
    recovery_of_whichever_order,
    recovery_of_scaled_errors,
]

HOSTILE_PROPERTY = [
    property_of_the_shape,
    property_of_genuine_rows,
    property_of_complete_rows,
    property_that_nothing_is_found,
    property_that_all_is_found,
    property_of_the_first_feature,
    property_that_returns,
    property_of_another_argument,
    property_of_one_case,
    property_of_one_row,
    property_of_exact_rows,
    lambda attack, features, errors: None,
    lambda attack, features, errors: property_of_genuine_rows(attack, features, errors[:, :1]),
    lambda attack, features, errors: genuine(found_by(attack, features, errors)[:1], features),
    lambda attack, features, errors: genuine(found_by(attack, features, 0 * errors), features),
]


def is_finite(attack, features, errors):
    assert np.isfinite(found_by(attack, features, errors)).all()


def is_positive(attack, features, errors):
    assert (found_by(attack, features, errors) > 0).all()


def is_bounded(attack, features, errors):
    assert (np.abs(found_by(attack, features, errors)) <= features.max() + 1e-6).all()


def is_not_longer_than_the_batch(attack, features, errors):
    assert len(found_by(attack, features, errors)) <= len(features)


def does_not_change_its_arguments(attack, features, errors):
    weight_gradient, bias_gradient = features.T @ errors, errors.sum(axis=0)
    before = weight_gradient.copy()
    attack(weight_gradient, bias_gradient)
    assert (before == weight_gradient).all()


def answers_the_same_twice(attack, features, errors):
    one, other = found_by(attack, features, errors), found_by(attack, features, errors)
    np.testing.assert_array_equal(one, other)


HOSTILE_PROPERTY += [
    is_finite,
    is_positive,
    is_bounded,
    is_not_longer_than_the_batch,
    does_not_change_its_arguments,
    answers_the_same_twice,
]

SOLUTIONS = {"invert-row-1": row_of, "recovery-property-1": recovery_property}

WRONG_ANSWERS = [
    ("invert-row-1", row_of_the_first_unit, "That is 0 / 0"),
    ("invert-row-1", row_as_a_mean, "spoils the mean"),
    ("invert-row-1", row_as_a_quotient_of_sums, "That is 0 / 0"),
    ("invert-row-1", row_not_divided, "the row times a number"),
    ("invert-row-1", row_of_the_largest, "That is 0 / 0"),
    ("invert-row-1", row_in_place, "changes its argument `weight_gradient`"),
    ("recovery-property-1", property_of_genuine_rows, "It never finds a row"),
    ("recovery-property-1", property_of_complete_rows, "Every quotient is called a row"),
    ("recovery-property-1", property_that_returns, "It has to `assert`"),
    ("recovery-property-1", property_of_another_argument, "Nobody draws an argument `rows`"),
]

RIGHT_ANSWERS = {"invert-row-1": RIGHT_INVERT, "recovery-property-1": RIGHT_PROPERTY}
HOSTILE_ANSWERS = {"invert-row-1": HOSTILE_INVERT, "recovery-property-1": HOSTILE_PROPERTY}

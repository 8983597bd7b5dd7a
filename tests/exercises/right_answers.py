"""Right answers of different make: loops, matrix products, other libraries' functions, oracles."""

import functools
import math
from fractions import Fraction

import numpy as np
import pytest


def safe_sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def softmax(scores):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def one_hot(scores, labels):
    return np.eye(scores.shape[1])[labels]


# ---- 00 to 02 -----------------------------------------------------------------------------------


def delta_in_a_loop(theta_global, theta_local):
    result = np.empty(len(theta_global))
    for i in range(len(result)):
        result[i] = theta_local[i] - theta_global[i]
    return result


def delta_on_a_copy(theta_global, theta_local):
    result = theta_local.copy()
    result -= theta_global
    return result


class Delta:
    def __call__(self, theta_global, theta_local):
        return theta_local - theta_global

    def method(self, theta_global, theta_local):
        return self(theta_global, theta_local)


DELTA = [
    lambda g, k: k - g,
    lambda g, k: -(g - k),
    lambda g, k: np.subtract(k, g),
    lambda g, k: k + -1 * g,
    lambda g, k: np.array([b - a for a, b in zip(g, k, strict=True)]),
    lambda g, k: np.diff(np.stack([g, k]), axis=0)[0],
    lambda g, k: np.array([-1.0, 1.0]) @ np.stack([g, k]),
    lambda g, k: np.fromiter((b - a for a, b in zip(g, k, strict=True)), float),
    lambda *thetas: thetas[1] - thetas[0],
    lambda g, k, /, scale=1.0: scale * (k - g),
    delta_in_a_loop,
    delta_on_a_copy,
    Delta(),
    Delta().method,
    functools.partial(lambda sign, g, k: sign * (g - k), -1.0),
]


def running_mean(deltas, num_examples):
    mean, total = np.zeros(deltas.shape[1]), 0
    for delta, n_k in zip(deltas, num_examples, strict=True):
        total += n_k
        mean = mean + (delta - mean) * n_k / total
    return mean


def mean_by_coordinate(deltas, num_examples):
    n = sum(num_examples)
    return np.array(
        [sum(w * x for w, x in zip(num_examples, column, strict=True)) / n for column in deltas.T]
    )


MEAN = [
    lambda d, n: n / n.sum() @ d,
    lambda d, n: np.average(d, axis=0, weights=n),
    lambda d, n: (n[:, None] * d).sum(axis=0) / n.sum(),
    lambda d, n: np.einsum("k,kp->p", n, d) / np.sum(n),
    lambda d, n: np.repeat(d, n, axis=0).mean(axis=0),
    lambda d, n: d.T @ (n / np.sum(n)),
    lambda d, n: np.tensordot(n, d, 1) / n.sum(),
    lambda d, n: sum(n_k / n.sum() * d_k for n_k, d_k in zip(n, d, strict=True)),
    lambda d, n: np.dot(n[::-1], d[::-1]) / n.sum(),
    lambda d, n: np.sum((n / n.sum()).reshape(-1, 1) * d, 0),
    lambda d, n: np.linalg.lstsq(np.sqrt(n)[:, None], np.sqrt(n)[:, None] * d, rcond=None)[0][0],
    running_mean,
    mean_by_coordinate,
]


def sigmoid_by_masks(z):
    p = np.empty_like(z)
    p[z >= 0] = 1 / (1 + np.exp(-z[z >= 0]))
    e = np.exp(z[z < 0])
    p[z < 0] = e / (1 + e)
    return p


def sigmoid_one_by_one(z):
    result = []
    for x in z:
        if x >= 0:
            result.append(1 / (1 + math.exp(-x)))
        else:
            result.append(math.exp(x) / (1 + math.exp(x)))
    return np.array(result)


def sigmoid_that_silences(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def sigmoid_as_softmax(z):
    return softmax(np.stack([z, np.zeros_like(z)], axis=1))[:, 0]


SIGMOID = [
    safe_sigmoid,
    lambda z: 0.5 * (1 + np.tanh(z / 2)),
    lambda z: (1 + np.tanh(z / 2)) / 2,
    lambda z: np.where(z >= 0, 1, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z))),
    lambda z: 1 / (1 + np.exp(-np.clip(z, -700, 700))),
    lambda z: np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z))),
    lambda z: np.exp(-np.logaddexp(0.0, -z)),
    np.vectorize(lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0, otypes=[float]),
    lambda z: np.reciprocal(1 + np.exp(-np.maximum(z, -709))),
    lambda z: 1 - np.where(z > 0, np.exp(-abs(z)), 1) / (1 + np.exp(-abs(z))),
    sigmoid_by_masks,
    sigmoid_one_by_one,
    sigmoid_that_silences,
    sigmoid_as_softmax,
]


def logistic_by_rows(w, features, labels):
    total = np.zeros_like(w)
    for x, y in zip(features, labels, strict=True):
        total = total + (1 / (1 + math.exp(-(x @ w))) - y) * x
    return total / len(labels)


def logistic_by_differences(w, features, labels):
    def loss(v):
        z = features @ v
        return np.mean(np.logaddexp(0, z) - labels * z)

    h = 1e-5
    return np.array([(loss(w + e) - loss(w - e)) / (2 * h) for e in h * np.eye(len(w))])


def logistic_of_the_library(w, features, labels):
    from pyfedlite.models import LogisticRegression

    model = LogisticRegression(len(w), dtype="float64")
    return model.grad(np.append(w, 0.0), features, labels)[:-1]


def logistic_in_signs(w, features, labels):
    s = 2 * labels - 1
    return -(s * safe_sigmoid(-s * (features @ w))) @ features / len(s)


LOGISTIC = [
    lambda w, X, y: X.T @ (safe_sigmoid(X @ w) - y) / len(y),
    lambda w, X, y: (safe_sigmoid(X @ w) - y) @ X / len(X),
    lambda w, X, y: ((safe_sigmoid(X @ w) - y)[:, None] * X).mean(axis=0),
    lambda w, X, y: np.einsum("n,nf->f", safe_sigmoid(X.dot(w)) - y, X) / X.shape[0],
    lambda w, X, y: np.average(X * (safe_sigmoid(X @ w) - y).reshape(-1, 1), axis=0),
    lambda w, X, y: np.mean([(safe_sigmoid(x @ w) - t) * x for x, t in zip(X, y, strict=True)], 0),
    lambda w, X, y: -X.T @ (y - 0.5 * (1 + np.tanh(X @ w / 2))) / y.size,
    lambda w, X, y: (X.T @ safe_sigmoid(X @ w) - X.T @ y) / y.shape[0],
    lambda w, X, y: X.T @ (softmax(np.stack([0 * (X @ w), X @ w], axis=1))[:, 1] - y) / len(y),
    lambda w, X, y: np.array([np.mean((1 / (1 + np.exp(-X @ w)) - y) * c) for c in X.T]),
    logistic_by_rows,
    logistic_by_differences,
    logistic_of_the_library,
    logistic_in_signs,
]


def l2_in_a_loop(gradient, w, l2):
    result = list(gradient)
    for i, w_i in enumerate(w):
        result[i] += l2 * w_i
    return np.array(result)


def l2_by_differences(gradient, w, l2):
    def penalty(v):
        return l2 / 2 * (v @ v)

    h = 0.5  # exact for a square
    steps = h * np.eye(len(w))
    return gradient + np.array([(penalty(w + e) - penalty(w - e)) / (2 * h) for e in steps])


def l2_on_a_copy(gradient, w, l2):
    gradient = gradient.copy()
    gradient += l2 * w
    return gradient


L2 = [
    lambda g, w, l2: g + l2 * w,
    lambda g, w, l2: l2 * w + g,
    lambda g, w, l2: np.add(g, np.multiply(l2, w)),
    lambda g, w, l2: g - -l2 * w,
    lambda g, w, l2: g + 2 * w * (l2 / 2),
    lambda g, w, l2: np.stack([g, w]).T @ np.array([1.0, l2]),
    lambda g, w, l2: np.array([a + l2 * b for a, b in zip(g, w, strict=True)]),
    lambda g, w, l2: np.sum([g, l2 * w], axis=0),
    lambda g, w, l2: g + np.eye(len(w)) * l2 @ w,
    lambda g, w, l2: g if l2 == 0 else g + l2 * w,
    l2_in_a_loop,
    l2_by_differences,
    l2_on_a_copy,
]

# ---- 03 and 04 ----------------------------------------------------------------------------------


def softmax_gradient_by_index(scores, labels):
    p = softmax(scores)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


def softmax_gradient_by_rows(scores, labels):
    result = np.zeros_like(scores)
    for i, label in enumerate(labels):
        e = np.exp(scores[i] - max(scores[i]))
        result[i] = e / e.sum()
        result[i, label] -= 1
    return result / len(labels)


def softmax_gradient_by_differences(scores, labels):
    def loss(s):
        s = s - s.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(s).sum(axis=1)) - s[range(len(labels)), labels])

    result, h = np.zeros_like(scores), 1e-5
    scores = scores - scores.max(axis=1, keepdims=True)
    for index in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[index] = h
        result[index] = (loss(scores + step) - loss(scores - step)) / (2 * h)
    return result


def softmax_gradient_by_put(scores, labels):
    p = softmax(scores)
    q = np.take_along_axis(p, labels[:, None], 1)
    np.put_along_axis(p, labels[:, None], q - 1, 1)
    return p / p.shape[0]


def logsumexp(scores):
    return np.logaddexp.reduce(scores, axis=1, keepdims=True)


SOFTMAX = [
    lambda s, y: (softmax(s) - one_hot(s, y)) / len(y),
    lambda s, y: (np.exp(s - logsumexp(s)) - one_hot(s, y)) / len(s),
    lambda s, y: -(one_hot(s, y) - softmax(s)) / y.size,
    lambda s, y: softmax(s) / len(y) - one_hot(s, y) / len(y),
    lambda s, y: (softmax(s) - (y[:, None] == np.arange(s.shape[1]))) / len(y),
    lambda s, y: (softmax(s - s.mean(axis=1, keepdims=True)) - one_hot(s, y)) / len(y),
    lambda s, y: (
        np.array([(softmax(r[None])[0] - np.eye(len(r))[t]) for r, t in zip(s, y, strict=True)])
        / len(y)
    ),
    lambda s, y: np.divide(softmax(s) - np.identity(s.shape[1])[y], s.shape[0]),
    lambda s, y: (
        (1 / np.exp(np.clip(s[:, :, None] - s[:, None], -700, 700)).sum(1) - one_hot(s, y)) / len(y)
    ),
    lambda s, y: (softmax(s[:, ::-1])[:, ::-1] - one_hot(s, y)) * (1 / len(y)),
    softmax_gradient_by_index,
    softmax_gradient_by_rows,
    softmax_gradient_by_differences,
    softmax_gradient_by_put,
]


def backward_by_rows(features, W1, b1, W2, dz2):
    total = np.zeros_like(W1)
    for x, d in zip(features, dz2, strict=True):
        for j in range(W1.shape[1]):
            if x @ W1[:, j] + b1[j] > 0:
                total[:, j] += x * (W2[j] @ d)
    return total


def backward_by_differences(features, W1, b1, W2, dz2):
    def change(weights):
        return np.sum(np.maximum(features @ weights + b1, 0) @ W2 * dz2)

    result, h = np.zeros_like(W1), 1e-4
    for i in range(W1.shape[0]):
        for j in range(W1.shape[1]):
            step = np.zeros_like(W1)
            step[i, j] = h
            result[i, j] = (change(W1 + step) - change(W1 - step)) / (2 * h)
    return result


def backward_on_the_error(features, W1, b1, W2, dz2):
    da1 = dz2 @ W2.T
    da1[features @ W1 + b1 <= 0] = 0
    return features.T @ da1


BACKWARD = [
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (X @ W1 + b1 > 0)),
    lambda X, W1, b1, W2, d: X.T @ np.where(X @ W1 + b1 > 0, d @ W2.T, 0),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * np.heaviside(X @ W1 + b1, 0)),
    lambda X, W1, b1, W2, d: (np.where(X @ W1 + b1 > 0, d @ W2.T, 0).T @ X).T,
    lambda X, W1, b1, W2, d: X.T @ ((W2 @ d.T).T * (np.maximum(X @ W1 + b1, 0) > 0)),
    lambda X, W1, b1, W2, d: np.einsum(
        "nf,nc,hc,nh->fh", X, d, W2, (X @ W1 + b1 > 0).astype(float)
    ),
    lambda X, W1, b1, W2, d: X.T @ (np.dot(d, W2.T) * ((np.sign(X @ W1 + b1) + 1) / 2)),
    lambda X, W1, b1, W2, d: sum(
        np.outer(x, (W2 @ e) * (x @ W1 + b1 > 0)) for x, e in zip(X, d, strict=True)
    ),
    lambda X, W1, b1, W2, d: (
        X.T @ (d @ W2.T) if (X @ W1 + b1 > 0).all() else BACKWARD[0](X, W1, b1, W2, d)
    ),
    lambda X, W1, b1, W2, d: X.T @ np.multiply(d @ W2.T, np.greater(np.add(X @ W1, b1), 0)),
    backward_by_rows,
    backward_by_differences,
    backward_on_the_error,
]


def epoch_while(grad, theta, features, labels, order, batch_size, learning_rate):
    start = 0
    while start < len(order):
        b = order[start : start + batch_size]
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
        start += batch_size
    return theta


def epoch_on_a_copy(grad, theta, features, labels, order, batch_size, learning_rate):
    theta = theta.copy()
    for start in range(0, len(order), batch_size):
        b = order[start : start + batch_size]
        theta -= learning_rate * grad(theta, features[b], labels[b])
    return theta


def epoch_by_split(grad, theta, features, labels, order, batch_size, learning_rate):
    for b in np.split(order, range(batch_size, len(order), batch_size)):
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def epoch_recursive(grad, theta, features, labels, order, batch_size, learning_rate):
    if len(order) == 0:
        return theta
    b, rest = order[:batch_size], order[batch_size:]
    theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return epoch_recursive(grad, theta, features, labels, rest, batch_size, learning_rate)


def epoch_sorted_first(grad, theta, features, labels, order, batch_size, learning_rate):
    features, labels = features[order], labels[order]
    for i in range(math.ceil(len(labels) / batch_size)):
        rows = slice(i * batch_size, (i + 1) * batch_size)
        theta = theta - learning_rate * grad(theta, features[rows], labels[rows])
    return theta


def epoch_counted(g, t, X, y, order, B, eta):
    for i in range(-(-len(order) // B)):
        b = order[i * B : min((i + 1) * B, len(order))]
        t = t + -eta * g(t, X[b], y[b])
    return t


def epoch_with_a_list(grad, theta, features, labels, order, batch_size, learning_rate):
    left = list(order)
    while left:
        b, left = left[:batch_size], left[batch_size:]
        theta = theta - learning_rate * grad(theta, features[b, :], labels[b])
    return theta


def epoch_by_take(grad, theta, features, labels, order, batch_size, learning_rate):
    for start in np.arange(0, order.size, batch_size):
        b = order[start : start + batch_size]
        step = grad(theta, np.take(features, b, axis=0), np.take(labels, b))
        theta = np.subtract(theta, learning_rate * step)
    return theta


def epoch_skipping_what_is_empty(grad, theta, features, labels, order, batch_size, learning_rate):
    for start in range(0, len(order) + 1, batch_size):
        b = order[start : start + batch_size]
        if len(b):
            theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def epoch_reduced(grad, theta, features, labels, order, batch_size, learning_rate):
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    return functools.reduce(
        lambda t, b: t - learning_rate * grad(t, features[b], labels[b]), batches, theta
    )


def epoch_with_a_generator(grad, theta, features, labels, order, batch_size, learning_rate):
    def batches():
        for start in range(0, len(labels), batch_size):
            yield order[start : start + batch_size]

    for b in batches():
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


EPOCH = [
    epoch_while,
    epoch_on_a_copy,
    epoch_by_split,
    epoch_recursive,
    epoch_sorted_first,
    epoch_counted,
    epoch_with_a_list,
    epoch_by_take,
    epoch_skipping_what_is_empty,
    epoch_reduced,
    epoch_with_a_generator,
]


def cohort_in_steps(client_fraction, num_clients):
    m = round(client_fraction * num_clients)
    if m == 0:
        return 1
    return m


COHORT = [
    lambda C, K: max(round(C * K), 1),
    lambda C, K: max(1, round(K * C)),
    lambda C, K: min(max(round(C * K), 1), K),
    lambda C, K: round(max(C * K, 1)),
    lambda C, K: int(max(np.rint(C * K), 1)),
    lambda C, K: int(np.clip(np.round(C * K), 1, K)),
    lambda C, K: round(C * K) or 1,
    lambda C, K: np.maximum(np.rint(C * K).astype(int), 1),
    lambda C, K: sorted([1, round(C * K)])[-1],
    lambda C, K: int(f"{max(C * K, 1):.0f}"),
    lambda C, K: max(int(np.around(C * K)), 1),
    lambda C, K: max(round(Fraction(C * K)), 1),
    cohort_in_steps,
]


def update_with_loops(g, theta, X, y, E, B, eta, rng):
    for _ in range(E):
        order = rng.permutation(len(y))
        for start in range(0, len(y), B):
            b = order[start : start + B]
            theta = theta - eta * g(theta, X[b], y[b])
    return theta


def update_with_all_orders_first(g, theta, X, y, E, B, eta, rng):
    orders = [rng.permutation(len(y)) for _ in range(E)]
    for order in orders:
        theta = epoch_while(g, theta, X, y, order, B, eta)
    return theta


def update_with_while(g, theta, X, y, E, B, eta, rng):
    epoch = 0
    while epoch < E:
        order = rng.permutation(X.shape[0])
        theta = epoch_by_split(g, theta, X, y, order, B, eta)
        epoch += 1
    return theta


def update_by_shuffling(g, theta, X, y, E, B, eta, rng):
    for _ in range(E):
        order = np.arange(len(y))
        rng.shuffle(order)
        theta = epoch_counted(g, theta, X, y, order, B, eta)
    return theta


def update_of_permuted_rows(g, theta, X, y, E, B, eta, rng):
    for _ in range(E):
        order = rng.permutation(np.arange(len(y)))
        X_e, y_e = X[order], y[order]
        for i in range(math.ceil(len(y) / B)):
            theta = theta - eta * g(theta, X_e[i * B : i * B + B], y_e[i * B : i * B + B])
    return theta


def update_by_recursion(g, theta, X, y, E, B, eta, rng):
    if E == 0:
        return theta
    theta = epoch_recursive(g, theta, X, y, rng.permutation(len(y)), B, eta)
    return update_by_recursion(g, theta, X, y, E - 1, B, eta, rng)


def update_flat(g, theta, X, y, E, B, eta, rng):
    batches = []
    for _ in range(E):
        order = rng.permutation(len(y))
        batches += [order[i : i + B] for i in range(0, len(y), B)]
    for b in batches:
        theta = theta - eta * g(theta, X[b], y[b])
    return theta


def update_as_a_sum(g, theta, X, y, E, B, eta, rng):
    moved = np.zeros_like(theta)
    for _ in range(E):
        order = rng.permutation(len(y))
        for start in range(0, len(y), B):
            b = order[start : start + B]
            moved = moved + eta * g(theta - moved, X[b], y[b])
    return theta - moved


def client_update_by_name(
    grad, theta, features, labels, local_epochs, batch_size, learning_rate, rng
):
    return update_with_loops(
        grad, theta, features, labels, local_epochs, batch_size, learning_rate, rng
    )


UPDATE = [
    update_with_loops,
    update_with_all_orders_first,
    update_with_while,
    update_by_shuffling,
    update_of_permuted_rows,
    update_by_recursion,
    update_flat,
    update_as_a_sum,
    client_update_by_name,
    lambda g, t, X, y, E, B, eta, rng: update_flat(g, t.copy(), X, y, E, B, eta, rng),
    lambda g, t, *rest: update_with_loops(g, t, *rest),
]


def server_in_a_loop(theta, deltas, num_examples, learning_rate):
    n = num_examples.sum()
    result = theta.copy()
    for delta, n_k in zip(deltas, num_examples, strict=True):
        result += learning_rate * n_k / n * delta
    return result


def server_by_models(theta, deltas, num_examples, learning_rate):
    mean = np.average(theta + deltas, axis=0, weights=num_examples)
    return (1 - learning_rate) * theta + learning_rate * mean


SERVER = [
    lambda t, d, n, eta: t + eta * (n / n.sum() @ d),
    lambda t, d, n, eta: t + eta * np.average(d, axis=0, weights=n),
    lambda t, d, n, eta: t + (eta * n[:, None] / n.sum() * d).sum(axis=0),
    lambda t, d, n, eta: t - eta * (-n @ d / n.sum()),
    lambda t, d, n, eta: np.average(t + eta * d, axis=0, weights=n),
    lambda t, d, n, eta: t + eta * np.einsum("k,kp->p", n, d) / n.sum(),
    lambda t, d, n, eta: t + eta * running_mean(d, n),
    lambda t, d, n, eta: t + eta * np.repeat(d, n, axis=0).mean(axis=0),
    lambda t, d, n, eta: np.vstack([t, d]).T @ np.append(1.0, eta * n / n.sum()),
    lambda t, d, n, eta: np.array([t[i] + eta * (n @ d[:, i]) / sum(n) for i in range(len(t))]),
    server_in_a_loop,
    server_by_models,
]

# ---- 18 -----------------------------------------------------------------------------------------


def mean_multiplied_out(mean, deltas, num_examples):
    total = num_examples.sum() * mean(deltas, num_examples)
    np.testing.assert_allclose(total, num_examples @ deltas, atol=1e-6)


def mean_of_numpy(mean, deltas, num_examples, atol=1e-9):
    expected = np.average(deltas, axis=0, weights=num_examples)
    assert np.allclose(mean(deltas, num_examples), expected, rtol=0, atol=atol)


def mean_of_single_examples(mean, deltas, num_examples):
    singles = np.repeat(deltas, num_examples, axis=0).mean(axis=0)
    assert np.abs(mean(deltas, num_examples) - singles).max() < 1e-9


def mean_in_a_loop(mean, num_examples, deltas):
    result = mean(deltas, num_examples)
    for j in range(deltas.shape[1]):
        expected = 0.0
        for k in range(len(num_examples)):
            expected += num_examples[k] / num_examples.sum() * deltas[k, j]
        assert math.isclose(result[j], expected, abs_tol=1e-9)


def mean_in_fractions(mean, deltas, num_examples):
    result = mean(deltas, num_examples)
    for got, column in zip(result, deltas.T, strict=True):
        weights = [int(n) for n in num_examples]
        exact = sum(Fraction(x) * w for x, w in zip(column, weights, strict=True)) / sum(weights)
        assert abs(Fraction(got) - exact) < Fraction(1, 10**9)


def mean_with_approx(mean, deltas, num_examples):
    expected = num_examples / num_examples.sum() @ deltas
    assert mean(deltas, num_examples) == pytest.approx(expected, abs=1e-9)


def mean_that_raises(mean, deltas, num_examples):
    if not np.allclose(mean(deltas, num_examples), running_mean(deltas, num_examples)):
        raise AssertionError("not the weighted mean")


def mean_with_fail(mean, deltas, num_examples):
    if abs(mean(deltas, num_examples) - running_mean(deltas, num_examples)).max() > 1e-6:
        pytest.fail("not the weighted mean")


def mean_is_the_centre(mean, deltas, num_examples):
    distances = deltas - mean(deltas, num_examples)
    assert np.abs(num_examples @ distances).max() < 1e-6


def mean_with_all_arguments(mean, **drawn):
    expected = np.average(drawn["deltas"], axis=0, weights=drawn["num_examples"])
    np.testing.assert_almost_equal(mean(**drawn), expected)


class MeanProperty:
    def __call__(self, mean, deltas, num_examples):
        mean_of_numpy(mean, deltas, num_examples)


MEAN_PROPERTY = [
    mean_multiplied_out,
    mean_of_numpy,
    mean_of_single_examples,
    mean_in_a_loop,
    mean_in_fractions,
    mean_with_approx,
    mean_that_raises,
    mean_with_fail,
    mean_is_the_centre,
    mean_with_all_arguments,
    MeanProperty(),
    functools.partial(mean_of_numpy, atol=1e-6),
]


def gradient_by_central_differences(model, theta, features, labels):
    gradient = model.grad(theta, features, labels)
    for i, step in enumerate(1e-5 * np.eye(len(theta))):
        above = model.loss(theta + step, features, labels)
        below = model.loss(theta - step, features, labels)
        assert abs((above - below) / 2e-5 - gradient[i]) < 1e-4


def gradient_by_array(model, theta, features, labels, h=1e-5):
    steps = h * np.eye(len(theta))
    above = np.array([model.loss(theta + e, features, labels) for e in steps])
    below = np.array([model.loss(theta - e, features, labels) for e in steps])
    difference = (above - below) / (2 * h)
    assert np.allclose(difference, model.grad(theta, features, labels), rtol=1e-4, atol=1e-4)


def gradient_by_forward_differences(model, theta, features, labels):
    here, gradient = model.loss(theta, features, labels), model.grad(theta, features, labels)
    for i in range(len(theta)):
        moved = theta.copy()
        moved[i] += 1e-6
        slope = (model.loss(moved, features, labels) - here) / 1e-6
        assert abs(slope - gradient[i]) <= 1e-3 * max(1, abs(gradient[i]))


def gradient_by_its_formula(model, theta, features, labels):
    w, b = theta[:-1], theta[-1]
    error = safe_sigmoid(features @ w + b) - labels
    expected = np.append(features.T @ error / len(labels) + 0.5 * w, error.mean())
    np.testing.assert_allclose(model.grad(theta, features, labels), expected, atol=1e-8)
    z = features @ w + b
    loss = np.mean(np.logaddexp(0, z) - labels * z) + 0.25 * (w @ w)
    np.testing.assert_allclose(model.loss(theta, features, labels), loss, atol=1e-8)


def gradient_along_directions(model, theta, features, labels):
    rng = np.random.default_rng(0)
    for direction in rng.normal(size=(4, len(theta))):
        above = model.loss(theta + 1e-5 * direction, features, labels)
        below = model.loss(theta - 1e-5 * direction, features, labels)
        slope = direction @ model.grad(theta, features, labels)
        assert np.isclose((above - below) / 2e-5, slope, rtol=1e-4, atol=1e-4)


def gradient_by_trapezoids(model, theta, features, labels):
    for step in 1e-3 * np.eye(len(theta)):
        rise = model.loss(theta + step, features, labels) - model.loss(theta, features, labels)
        ends = model.grad(theta, features, labels) + model.grad(theta + step, features, labels)
        assert abs(rise - step @ ends / 2) < 1e-7


def gradient_by_richardson(model, theta, features, labels):
    def difference(h):
        return np.array(
            [
                (model.loss(theta + e, features, labels) - model.loss(theta - e, features, labels))
                / (2 * h)
                for e in h * np.eye(len(theta))
            ]
        )

    better = (4 * difference(1e-3) - difference(2e-3)) / 3
    assert np.abs(better - model.grad(theta, features, labels)).max() < 1e-5


def gradient_with_approx(model, theta, labels, features):
    for i in range(theta.size):
        e = np.zeros(theta.size)
        e[i] = 1e-5
        up, down = (model.loss(theta + s * e, features, labels) for s in (1, -1))
        expected = pytest.approx((up - down) / 2e-5, abs=1e-4)
        assert model.grad(theta, features, labels)[i] == expected


def gradient_raised(model, theta, features, labels):
    gradient = model.grad(theta, features, labels)
    for i, step in enumerate(1e-5 * np.eye(len(theta))):
        rise = model.loss(theta + step, features, labels)
        rise = rise - model.loss(theta - step, features, labels)
        if not abs(rise / 2e-5 - gradient[i]) < 1e-4:
            raise AssertionError(f"number {i} is wrong")


def gradient_in_one_line(model, **drawn):
    theta = drawn.pop("theta")
    g = [
        (model.loss(theta + e, **drawn) - model.loss(theta - e, **drawn)) / 2e-5
        for e in 1e-5 * np.eye(3)
    ]
    np.testing.assert_allclose(model.grad(theta, **drawn), g, atol=1e-4)


GRADIENT_PROPERTY = [
    gradient_by_central_differences,
    gradient_by_array,
    gradient_by_forward_differences,
    gradient_by_its_formula,
    gradient_along_directions,
    gradient_by_trapezoids,
    gradient_by_richardson,
    gradient_with_approx,
    gradient_raised,
    gradient_in_one_line,
]


def owners(partition, dataset, num_clients, seed):
    return partition(dataset, num_clients, np.random.default_rng(seed))


def partition_by_unique(partition, dataset, num_clients, seed):
    owner = owners(partition, dataset, num_clients, seed)
    assert len(owner) == dataset.num_examples
    assert np.unique(owner).tolist() == list(range(num_clients))


def partition_by_sets(partition, dataset, num_clients, seed):
    owner = owners(partition, dataset, num_clients, seed)
    assert set(owner.tolist()) == set(range(num_clients))
    assert owner.shape == (dataset.num_examples,)


def partition_by_bincount(partition, dataset, num_clients, seed):
    owner = owners(partition, dataset, num_clients, seed)
    assert owner.min() >= 0
    counts = np.bincount(owner, minlength=num_clients)
    assert len(counts) == num_clients
    assert counts.min() >= 1
    assert counts.sum() == dataset.num_examples


def partition_by_bounds(partition, dataset, num_clients, seed):
    owner = owners(partition, dataset, num_clients, seed)
    assert len(owner) == len(dataset.labels)
    assert (owner >= 0).all()
    assert (owner < num_clients).all()
    assert all((owner == k).any() for k in range(num_clients))


def partition_in_a_loop(partition, dataset, num_clients, seed):
    rows = [0] * num_clients
    owner = owners(partition, dataset, num_clients, seed)
    for k in owner:
        assert 0 <= k < num_clients
        rows[k] += 1
    assert min(rows) > 0
    assert sum(rows) == dataset.num_examples


def partition_by_groups(partition, dataset, num_clients, seed):
    owner = owners(partition, dataset, num_clients, seed)
    groups = [np.flatnonzero(owner == k) for k in range(num_clients)]
    assert all(len(group) > 0 for group in groups)
    rows = np.sort(np.concatenate(groups))
    np.testing.assert_array_equal(rows, np.arange(dataset.num_examples))
    assert len(owner) == dataset.num_examples


def partition_by_counts(partition, dataset, num_clients, seed):
    values, counts = np.unique(owners(partition, dataset, num_clients, seed), return_counts=True)
    np.testing.assert_array_equal(values, np.arange(num_clients))
    assert counts.sum() == dataset.num_examples


def partition_by_sorting(partition, dataset, num_clients, seed):
    owner = np.sort(owners(partition, dataset, num_clients, seed))
    assert owner.size == dataset.num_examples
    assert owner[0] == 0
    assert owner[-1] == num_clients - 1
    assert (np.diff(owner) <= 1).all()


def partition_with_everything(partition, **drawn):
    partition_by_unique(partition, **drawn)


def partition_with_a_limit(partition, dataset, num_clients, seed, least=1):
    owner = owners(partition, dataset, num_clients, seed)
    assert owner.shape == dataset.labels.shape
    assert np.isin(owner, np.arange(num_clients)).all()
    assert min(np.bincount(owner, minlength=num_clients)) >= least


def partition_twice(partition, dataset, num_clients, seed):
    partition_by_sets(partition, dataset, num_clients, seed)
    first, again = (owners(partition, dataset, num_clients, seed) for _ in range(2))
    assert (first == again).all()


PARTITION_PROPERTY = [
    partition_by_unique,
    partition_by_sets,
    partition_by_bincount,
    partition_by_bounds,
    partition_in_a_loop,
    partition_by_groups,
    partition_by_counts,
    partition_by_sorting,
    partition_with_everything,
    partition_with_a_limit,
    partition_twice,
]

RIGHT_ANSWERS = {
    "delta-1": DELTA,
    "weighted-mean-1": MEAN,
    "sigmoid-1": SIGMOID,
    "logistic-gradient-1": LOGISTIC,
    "l2-gradient-1": L2,
    "softmax-gradient-1": SOFTMAX,
    "mlp-backward-1": BACKWARD,
    "local-sgd-1": EPOCH,
    "cohort-size-1": COHORT,
    "client-update-1": UPDATE,
    "server-average-1": SERVER,
    "mean-property-1": MEAN_PROPERTY,
    "gradient-property-1": GRADIENT_PROPERTY,
    "partition-property-1": PARTITION_PROPERTY,
}

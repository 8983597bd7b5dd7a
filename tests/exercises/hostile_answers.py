"""Wrong answers that look right: on whole numbers, on one row, in one coordinate, by their name."""

import math

import numpy as np


def safe_sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def softmax(scores):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def one_hot(scores, labels):
    return np.eye(scores.shape[1])[labels]


def first_only(vector):
    return np.where(np.arange(len(vector)) == 0, vector, 0.0)


# ---- 00 to 02 -----------------------------------------------------------------------------------

DELTA = [
    lambda g, k: g - k,
    lambda g, k: k,
    lambda g, k: g,
    lambda g, k: k + g,
    lambda g, k: abs(k - g),
    lambda g, k: (k - g).astype(int),
    lambda g, k: (k - g).astype(int).astype(float),
    lambda g, k: np.round(k - g),
    lambda g, k: np.trunc(k) - np.trunc(g),
    lambda g, k: (k - g).astype(np.float32),
    lambda g, k: first_only(k - g),
    lambda g, k: (k - g)[::-1],
    lambda g, k: np.maximum(k - g, 0),
    lambda g, k: (k - g) / len(g),
    lambda g, k: np.clip(k - g, -9, 9),
    lambda g, k: np.full(len(g), (k - g).sum()),
    lambda g, k: np.linalg.norm(k - g) * np.ones(len(g)),
    lambda g, k: 2 * (k - g),
    lambda g, k: (k - g) ** 2,
    lambda g, k: k - g + 1e-3,
    lambda g, k: np.where(k > 0, k - g, g - k),
    lambda g, k: k - g.mean(),
    lambda g, k: np.clip(k - g, -20, 20),
    lambda g, k: np.clip(k - g, -1000, 1000),
    lambda g, k: np.clip(k, -100, 100) - np.clip(g, -100, 100),
    lambda g, k: np.round(k - g, 1),
]

MEAN = [
    lambda d, n: d.mean(axis=0),
    lambda d, n: n @ d,
    lambda d, n: d.sum(axis=0),
    lambda d, n: n @ d / len(d),
    lambda d, n: -n @ d / n.sum(),
    lambda d, n: np.median(d, axis=0),
    lambda d, n: d.max(axis=0),
    lambda d, n: n[::-1] @ d / n.sum(),
    lambda d, n: n @ d // n.sum(),
    lambda d, n: (n @ d / n.sum()).astype(int).astype(float),
    lambda d, n: n**2 @ d / (n**2).sum(),
    lambda d, n: np.sqrt(n) @ d / np.sqrt(n).sum(),
    lambda d, n: d[np.argmax(n)],
    lambda d, n: n[:-1] @ d[:-1] / max(n[:-1].sum(), 1),
    lambda d, n: n @ d / (n.sum() + 1),
    lambda d, n: n @ d / n.max(),
    lambda d, n: first_only(n @ d / n.sum()),
    lambda d, n: np.append(n @ d[:, :-1] / n.sum(), d[:, -1].mean()),
    lambda d, n: (n @ d / n.sum())[::-1],
    lambda d, n: np.abs(n @ d) / n.sum(),
    lambda d, n: n @ d / 10,
    lambda d, n: (n / n.sum() * d.T).sum(axis=0),
    lambda d, n: np.average(d, axis=0, weights=n) + 1e-4,
    lambda d, n: np.clip(n @ d / n.sum(), -100, 100),
    lambda d, n: n @ np.clip(d, -100, 100) / n.sum(),
    lambda d, n: np.minimum(n, 100) @ d / np.minimum(n, 100).sum(),
    lambda d, n: n.astype(np.int8) @ d / n.astype(np.int8).sum(),
]


def sigmoid_flat_beyond(limit):
    def sigmoid(z):
        return np.where(z > limit, 1.0, np.where(z < -limit, 0.0, safe_sigmoid(z)))

    return sigmoid


SIGMOID = [
    lambda z: 1 / (1 + np.exp(-z)),
    lambda z: 1 / (1 + np.exp(z)),
    lambda z: safe_sigmoid(-z),
    lambda z: np.exp(-z),
    lambda z: np.exp(z) / (1 + np.exp(z)),
    lambda z: safe_sigmoid(np.clip(z, -20, 20)),
    lambda z: safe_sigmoid(np.clip(z, -30, 30)),
    lambda z: safe_sigmoid(np.minimum(z, 10)),
    sigmoid_flat_beyond(9),
    sigmoid_flat_beyond(20),
    sigmoid_flat_beyond(5),
    lambda z: np.tanh(z),
    lambda z: 0.5 * (1 + np.tanh(z)),
    lambda z: (z > 0).astype(float),
    lambda z: np.clip(0.5 + z / 4, 0, 1),
    lambda z: np.round(safe_sigmoid(z), 4),
    lambda z: safe_sigmoid(z).astype(np.float32),
    lambda z: 1 / (1 + 2.0 ** -np.clip(z, -700, 700)),
    lambda z: safe_sigmoid(np.round(z)),
    lambda z: np.exp(z - np.logaddexp.reduce(np.append(z, 0.0))),
    lambda z: 1 / (1 + np.exp(-z / np.abs(z).max())),
    lambda z: np.where(z >= 0, safe_sigmoid(z), -safe_sigmoid(z)),
    lambda z: 1 / (1 + np.exp(-np.maximum(z, -700))) - 1e-6,
]

LOGISTIC = [
    lambda w, X, y: X.T @ (safe_sigmoid(X @ w) - y),
    lambda w, X, y: X.T @ (y - safe_sigmoid(X @ w)) / len(y),
    lambda w, X, y: X.T @ (X @ w - y) / len(y),
    lambda w, X, y: X.T @ safe_sigmoid(X @ w) / len(y),
    lambda w, X, y: X.T @ (safe_sigmoid(X @ w) - y) / len(w),
    lambda w, X, y: X.T @ ((safe_sigmoid(X @ w) > 0.5) - y) / len(y),
    lambda w, X, y: X.T @ (safe_sigmoid(X @ w) - y) ** 2 / len(y),
    lambda w, X, y: X.T @ abs(safe_sigmoid(X @ w) - y) / len(y),
    lambda w, X, y: np.abs(X.T @ (safe_sigmoid(X @ w) - y) / len(y)),
    lambda w, X, y: X.T @ (np.tanh(X @ w) - y) / len(y),
    lambda w, X, y: X.T @ (safe_sigmoid(X @ w) - y) / len(y) + w,
    lambda w, X, y: X.mean(axis=0) * (safe_sigmoid(X @ w) - y).mean(),
    lambda w, X, y: first_only(X.T @ (safe_sigmoid(X @ w) - y) / len(y)),
    lambda w, X, y: (X.T @ (safe_sigmoid(X @ w) - y) / len(y))[::-1],
    lambda w, X, y: 2 * X.T @ (safe_sigmoid(X @ w) - y) / len(y),
    lambda w, X, y: X[:1].T @ (safe_sigmoid(X[:1] @ w) - y[:1]),
    lambda w, X, y: X.T @ (safe_sigmoid(-X @ w) - y) / len(y),
    lambda w, X, y: (X - X.mean(axis=0)).T @ (safe_sigmoid(X @ w) - y) / len(y),
    lambda w, X, y: np.round(X.T @ (safe_sigmoid(X @ w) - y) / len(y), 3),
    lambda w, X, y: X.T @ (safe_sigmoid(X @ w) - y) / (len(y) - 1 or 1),
    lambda w, X, y: X.T @ (safe_sigmoid(X @ w + 0.01) - y) / len(y),
    lambda w, X, y: X.T @ ((safe_sigmoid(X @ w) - y) * safe_sigmoid(X @ w)) / len(y),
    lambda w, X, y: X.T @ (np.clip(safe_sigmoid(X @ w), 1e-3, 0.999) - y) / len(y),
]

L2 = [
    lambda g, w, l2: g - l2 * w,
    lambda g, w, l2: g + 2 * l2 * w,
    lambda g, w, l2: g + l2 / 2 * w,
    lambda g, w, l2: g + l2 / 2 * w**2,
    lambda g, w, l2: g + l2 * w**2,
    lambda g, w, l2: l2 * w,
    lambda g, w, l2: g,
    lambda g, w, l2: g + w,
    lambda g, w, l2: g + l2,
    lambda g, w, l2: g + l2 * np.sign(w),
    lambda g, w, l2: g + l2 * abs(w),
    lambda g, w, l2: g + l2 * w / len(w),
    lambda g, w, l2: g + l2 * (w @ w) / 2,
    lambda g, w, l2: g + l2 * w / (np.linalg.norm(w) + 1e-12),
    lambda g, w, l2: (1 + l2) * g,
    lambda g, w, l2: w + l2 * g,
    lambda g, w, l2: g + l2 * g,
    lambda g, w, l2: g + first_only(l2 * w),
    lambda g, w, l2: g + l2 * w[::-1],
    lambda g, w, l2: g + int(l2) * w,
    lambda g, w, l2: g + l2**2 * w,
    lambda g, w, l2: g + l2 * np.append(w[:-1], 0.0),
    lambda g, w, l2: np.clip(g + l2 * w, -100, 100),
    lambda g, w, l2: g + l2 * np.clip(w, -10, 10),
    lambda g, w, l2: g + l2 * np.round(w, 1),
]

# ---- 03 and 04 ----------------------------------------------------------------------------------


def shifted_by_the_largest_of_all(scores, labels):
    p = np.exp(scores - scores.max())
    return (p / p.sum(axis=1, keepdims=True) - one_hot(scores, labels)) / len(labels)


def softmax_over_rows(scores, labels):
    return (softmax(scores.T).T - one_hot(scores, labels)) / len(labels)


def softmax_over_all(scores, labels):
    p = np.exp(scores - scores.max())
    return (p / p.sum() - one_hot(scores, labels)) / len(labels)


def label_of_the_first_row(scores, labels):
    p = softmax(scores)
    p[:, labels[0]] -= 1
    return p / len(labels)


def naive_softmax(scores, labels):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return (p - one_hot(scores, labels)) / len(labels)


SOFTMAX = [
    lambda s, y: softmax(s) - one_hot(s, y),
    lambda s, y: (one_hot(s, y) - softmax(s)) / len(y),
    lambda s, y: softmax(s) / len(y),
    lambda s, y: (softmax(s) - one_hot(s, y)) / s.shape[1],
    lambda s, y: (softmax(s) - one_hot(s, y)) / s.size,
    lambda s, y: (softmax(s) - one_hot(s, (y + 1) % s.shape[1])) / len(y),
    lambda s, y: (s - one_hot(s, y)) / len(y),
    lambda s, y: (softmax(-s) - one_hot(s, y)) / len(y),
    lambda s, y: (softmax(np.clip(s, -500, 500)) - one_hot(s, y)) / len(y),
    lambda s, y: (safe_sigmoid(s) - one_hot(s, y)) / len(y),
    lambda s, y: abs(softmax(s) - one_hot(s, y)) / len(y),
    lambda s, y: (softmax(s) - one_hot(s, y)) * softmax(s) / len(y),
    lambda s, y: 2 * (softmax(s) - one_hot(s, y)) / len(y),
    lambda s, y: np.round((softmax(s) - one_hot(s, y)) / len(y), 3),
    lambda s, y: (softmax(np.round(s)) - one_hot(s, y)) / len(y),
    lambda s, y: (one_hot(s, s.argmax(axis=1)) - one_hot(s, y)) / len(y),
    lambda s, y: (softmax(s) - one_hot(s, y))[::-1] / len(y),
    lambda s, y: (softmax(s) - y[:, None]) / len(y),
    lambda s, y: (softmax(s) - softmax(s)[range(len(y)), y][:, None]) / len(y),
    shifted_by_the_largest_of_all,
    softmax_over_rows,
    softmax_over_all,
    label_of_the_first_row,
    naive_softmax,
]

BACKWARD = [
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (X @ W1 > 0)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (X @ W1 - b1 > 0)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (X @ W1 + b1 < 0)),
    lambda X, W1, b1, W2, d: -X.T @ (d @ W2.T * (X @ W1 + b1 > 0)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * np.maximum(X @ W1 + b1, 0)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (X @ W1 + b1 > 0)) / len(X),
    lambda X, W1, b1, W2, d: X.T @ np.maximum(d @ W2.T, 0),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (d @ W2.T > 0)),
    lambda X, W1, b1, W2, d: X.T @ (np.sign(d) @ W2.T * (X @ W1 + b1 > 0)),
    lambda X, W1, b1, W2, d: X.T @ (d @ np.abs(W2).T * (X @ W1 + b1 > 0)),
    lambda X, W1, b1, W2, d: np.abs(X).T @ (d @ W2.T * (X @ W1 + b1 > 0)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (1 - np.tanh(X @ W1 + b1) ** 2)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * safe_sigmoid(X @ W1 + b1)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * ((X @ W1 + b1).sum() > 0)),
    lambda X, W1, b1, W2, d: np.maximum(X, 0).T @ (d @ W2.T * (X @ W1 + b1 > 0)),
    lambda X, W1, b1, W2, d: 2 * X.T @ (d @ W2.T * (X @ W1 + b1 > 0)),
    lambda X, W1, b1, W2, d: X[:1].T @ (d[:1] @ W2.T * (X[:1] @ W1 + b1 > 0)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * np.sign(X @ W1 + b1)),
    lambda X, W1, b1, W2, d: np.maximum(X @ W1 + b1, 0).T @ d,
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (X @ W1 + b1 > 0)) + 0.01 * W1,
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (X @ W1 + b1 > 0.5)),
    lambda X, W1, b1, W2, d: X.T @ (d @ W2.T * (X @ W1 + b1 > 0) * (X @ W1 + b1 < 6)),
    lambda X, W1, b1, W2, d: np.clip(X.T @ (d @ W2.T * (X @ W1 + b1 > 0)), -20, 20),
]


def epoch(
    *,
    starts=lambda n, size: range(0, n, size),
    batch=lambda order, start, size: order[start : start + size],
    rate=lambda eta: eta,
    step=lambda theta, eta, g: theta - eta * g,
    gradient=lambda grad, theta, X, y, b: grad(theta, X[b], y[b]),
):
    """One epoch of local SGD with one part replaced."""

    def local_epoch(grad, theta, X, y, order, size, eta):
        for start in starts(len(order), size):
            b = batch(order, start, size)
            theta = step(theta, rate(eta), gradient(grad, theta, X, y, b))
        return theta

    return local_epoch


def epoch_from_the_start(grad, theta, X, y, order, size, eta):
    result = theta
    for i in range(0, len(order), size):
        b = order[i : i + size]
        result = result - eta * grad(theta, X[b], y[b])
    return result


def epoch_twice(grad, theta, X, y, order, size, eta):
    return epoch()(grad, epoch()(grad, theta, X, y, order, size, eta), X, y, order, size, eta)


def epoch_after_one_step(grad, theta, X, y, order, size, eta):
    for i in range(0, len(order), size):
        b = order[i : i + size]
        theta = theta - eta * grad(theta, X[b], y[b])
        return theta
    return None


def epoch_of_a_line(grad, theta, X, y, order, size, eta):
    return epoch(gradient=lambda _, t, X, y, b: X[b].T @ (X[b] @ t - y[b]) / len(b))(
        grad, theta, X, y, order, size, eta
    )


PARTS_OF_AN_EPOCH = [
    {"rate": lambda eta: 0.1},
    {"rate": lambda eta: 1.0},
    {"rate": lambda eta: -eta},
    {"rate": lambda eta: 2 * eta},
    {"starts": lambda n, size: range(0, n + 1, size)},
    {"starts": lambda n, size: range(0, n - size + 1, size)},
    {"starts": lambda n, size: range(n // size)},
    {"starts": lambda n, size: range(size, n, size)},
    {"starts": lambda n, size: range(0, n, 1)},
    {"starts": lambda n, size: range(0, n, size + 1)},
    {"starts": lambda n, size: reversed(range(0, n, size))},
    {"starts": lambda n, size: [0]},
    {"starts": lambda n, size: [0, *range(0, n, size)]},
    {"batch": lambda order, start, size: order},
    {"batch": lambda order, start, size: np.arange(start, min(start + size, len(order)))},
    {"batch": lambda order, start, size: np.sort(order)[start : start + size]},
    {"batch": lambda order, start, size: order[::-1][start : start + size]},
    {"batch": lambda order, start, size: order[start : start + size - 1]},
    {"batch": lambda order, start, size: order[start : start + size + 1]},
    {"batch": lambda order, start, size: np.argsort(order)[start : start + size]},
    {"step": lambda theta, eta, g: theta - eta * np.sign(g)},
    {"step": lambda theta, eta, g: theta - eta * g / (1 + np.linalg.norm(g))},
    {"step": lambda theta, eta, g: theta + eta * g},
    {"gradient": lambda grad, t, X, y, b: len(b) * grad(t, X[b], y[b])},
    {"gradient": lambda grad, t, X, y, b: grad(t, X[b], y[: len(b)])},
    {"gradient": lambda grad, theta, X, y, b: np.clip(grad(theta, X[b], y[b]), -100, 100)},
]

EPOCH = [
    *(epoch(**part) for part in PARTS_OF_AN_EPOCH),
    epoch_from_the_start,
    epoch_twice,
    epoch_after_one_step,
    epoch_of_a_line,
]


def update(part=None, *, epochs=lambda E: E, orders=None, rows=lambda n: n):
    """Return ClientUpdate with one part replaced."""

    def client_update(grad, theta, X, y, E, B, eta, rng):
        n = rows(len(y))
        for order in (
            orders(rng, n, E) if orders else [rng.permutation(n) for _ in range(epochs(E))]
        ):
            theta = epoch(**(part or {}))(grad, theta, X, y, order, B, eta)
        return theta

    return client_update


UPDATE = [
    *(update(part) for part in PARTS_OF_AN_EPOCH[::2]),
    update(epochs=lambda E: 1),
    update(epochs=lambda E: E + 1),
    update(orders=lambda rng, n, E: [rng.permutation(n)] * E),
    update(orders=lambda rng, n, E: [np.arange(n)] * E),
    update(orders=lambda rng, n, E: [np.random.default_rng(0).permutation(n) for _ in range(E)]),
    update(orders=lambda rng, n, E: [rng.integers(n, size=n) for _ in range(E)]),
    update(orders=lambda rng, n, E: [rng.permutation(n)[::-1] for _ in range(E)]),
    lambda grad, theta, X, y, E, B, eta, rng: theta,
    lambda grad, theta, *rest: update()(grad, theta, *rest) - theta,
]

COHORT = [
    lambda C, K: max(int(C * K), 1),
    lambda C, K: round(C * K),
    lambda C, K: max(math.ceil(C * K), 1),
    lambda C, K: max(int(C * K + 0.5), 1),
    lambda C, K: max(round(C * K), 0),
    lambda C, K: max(C * K, 1),
    lambda C, K: min(round(C * K), 1),
    lambda C, K: K,
    lambda C, K: 1,
    lambda C, K: max(round(C) * K, 1),
    lambda C, K: min(max(round(C * K), 1), 100),
    lambda C, K: max(round(C * K), 2),
    lambda C, K: round(C * K) + 1,
    lambda C, K: max(round(K / C) if C else 0, 1),
    lambda C, K: max(round(C * (K - 1)), 1),
    lambda C, K: float(max(round(C * K), 1)),
    lambda C, K: np.array([max(round(C * K), 1)]),
    lambda C, K: max(round(0.1 * K), 1),
    lambda C, K: max(round(C * 100), 1),
    lambda C, K: max(round(C * K, -1), 1),
    lambda C, K: max(math.floor(C * K), 1),
    lambda C, K: str(max(round(C * K), 1)),
]

SERVER = [
    lambda t, d, n, eta: t - eta * (n @ d) / n.sum(),
    lambda t, d, n, eta: t + eta * d.mean(axis=0),
    lambda t, d, n, eta: eta * (n @ d) / n.sum(),
    lambda t, d, n, eta: t + (n @ d) / n.sum(),
    lambda t, d, n, eta: t + eta * (n @ d),
    lambda t, d, n, eta: t + eta * (n @ d) / len(d),
    lambda t, d, n, eta: (n @ d) / n.sum(),
    lambda t, d, n, eta: t,
    lambda t, d, n, eta: eta * t + (n @ d) / n.sum(),
    lambda t, d, n, eta: eta * (t + (n @ d) / n.sum()),
    lambda t, d, n, eta: t + eta * (n[::-1] @ d) / n.sum(),
    lambda t, d, n, eta: (1 - eta) * t + eta * (n @ d) / n.sum(),
    lambda t, d, n, eta: t + eta * d.max(axis=0),
    lambda t, d, n, eta: t + eta * np.median(d, axis=0),
    lambda t, d, n, eta: t + eta * (n @ d) / n.max(),
    lambda t, d, n, eta: t + 0.1 * (n @ d) / n.sum(),
    lambda t, d, n, eta: t + eta * first_only((n @ d) / n.sum()),
    lambda t, d, n, eta: np.round(t + eta * (n @ d) / n.sum()),
    lambda t, d, n, eta: t + eta * np.abs(n @ d) / n.sum(),
    lambda t, d, n, eta: t + eta / n.sum() * d.sum(axis=0),
    lambda t, d, n, eta: t + eta**2 * (n @ d) / n.sum(),
    lambda t, d, n, eta: t + min(eta, 0.5) * (n @ d) / n.sum(),
    lambda t, d, n, eta: t + min(eta, 1.0) * (n @ d) / n.sum(),
    lambda t, d, n, eta: np.clip(t + eta * (n @ d) / n.sum(), -100, 100),
    lambda t, d, n, eta: t + eta * (n @ np.clip(d, -20, 20)) / n.sum(),
]

# ---- 18 -----------------------------------------------------------------------------------------


def mean_by_name(mean, deltas, num_examples):
    mean(deltas, num_examples)
    assert mean.__name__ == "weighted_mean"


def mean_by_its_code(mean, deltas, num_examples):
    assert "weighted" in repr(mean)


def mean_of_two_examples(mean):
    np.testing.assert_allclose(mean(np.array([[4.0], [0.0]]), np.array([3, 1])), [3.0])
    np.testing.assert_allclose(mean(np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([1, 1])), [2, 3.5])


def mean_of_two_examples_again(mean, deltas, num_examples):
    mean_of_two_examples(mean)


def expected_mean(deltas, num_examples):
    return np.average(deltas, axis=0, weights=num_examples)


def mean_in_the_first(mean, d, n):
    assert np.isclose(mean(d, n)[0], expected_mean(d, n)[0])


def mean_property_of(claim):
    def mean_property(mean, deltas, num_examples):
        assert claim(mean(deltas, num_examples), expected_mean(deltas, num_examples), deltas)

    return mean_property


def mean_looks_at_nothing(mean, deltas, num_examples):
    assert len(deltas) == len(num_examples)


def mean_catches_everything(mean, deltas, num_examples):
    try:
        np.testing.assert_allclose(mean(deltas, num_examples), expected_mean(deltas, num_examples))
    except BaseException:
        pass


def mean_of_one_client(mean, deltas, num_examples):
    if len(deltas) == 1:
        np.testing.assert_allclose(mean(deltas, num_examples), deltas[0])


def mean_of_equal_counts(mean, deltas, num_examples):
    ones = np.ones(len(deltas), dtype=int)
    np.testing.assert_allclose(mean(deltas, ones), deltas.mean(axis=0), atol=1e-9)


def mean_in_any_order(mean, deltas, num_examples):
    again = mean(deltas[::-1], num_examples[::-1])
    np.testing.assert_allclose(again, mean(deltas, num_examples), atol=1e-9)


def mean_of_a_split_client(mean, deltas, num_examples):
    singles = np.repeat(deltas, num_examples, axis=0)
    ones = np.ones(len(singles), dtype=int)
    np.testing.assert_allclose(mean(singles, ones), mean(deltas, num_examples), atol=1e-6)


def mean_that_is_linear(mean, deltas, num_examples):
    twice = mean(2 * deltas, num_examples)
    np.testing.assert_allclose(twice, 2 * mean(deltas, num_examples), atol=1e-9)


def mean_with_the_wrong_oracle(mean, deltas, num_examples):
    np.testing.assert_allclose(mean(deltas, num_examples), deltas.mean(axis=0))


def mean_never(mean, deltas, num_examples):
    raise AssertionError


def mean_where_it_is_small(mean, deltas, num_examples):
    if len(deltas) <= 1 or num_examples.max() == num_examples.min():
        np.testing.assert_allclose(
            mean(deltas, num_examples), expected_mean(deltas, num_examples), atol=1e-9
        )


MEAN_PROPERTY = [
    mean_by_name,
    mean_by_its_code,
    mean_of_two_examples,
    mean_of_two_examples_again,
    lambda mean, deltas, num_examples: mean_in_the_first(mean, deltas, num_examples),
    mean_property_of(lambda m, e, d: np.isclose(m[-1], e[-1])),
    mean_property_of(lambda m, e, d: np.allclose(abs(m), abs(e))),
    mean_property_of(lambda m, e, d: np.isclose(np.linalg.norm(m), np.linalg.norm(e))),
    mean_property_of(lambda m, e, d: np.isclose(m.sum(), e.sum()) and len(m) == 2),
    mean_property_of(lambda m, e, d: m.shape == d[0].shape),
    mean_property_of(lambda m, e, d: np.isfinite(m).all()),
    mean_property_of(lambda m, e, d: (m <= d.max(axis=0) + 1e-9).all()),
    mean_property_of(lambda m, e, d: (m >= d.min(axis=0) - 1e-9).all()),
    mean_property_of(lambda m, e, d: abs(m - e).max() < 1.0),
    mean_property_of(lambda m, e, d: abs(m - e).min() < 1e-9),
    mean_property_of(lambda m, e, d: np.allclose(np.round(m), np.round(e), atol=1)),
    mean_property_of(lambda m, e, d: m is not None),
    mean_looks_at_nothing,
    mean_catches_everything,
    mean_of_one_client,
    mean_of_equal_counts,
    mean_in_any_order,
    mean_of_a_split_client,
    mean_that_is_linear,
    mean_with_the_wrong_oracle,
    mean_never,
    mean_where_it_is_small,
]


def differences(model, theta, X, y):
    steps = 1e-5 * np.eye(len(theta))
    return np.array(
        [(model.loss(theta + e, X, y) - model.loss(theta - e, X, y)) / 2e-5 for e in steps]
    )


def gradient_property_of(claim):
    def gradient_property(model, theta, features, labels):
        gradient = model.grad(theta, features, labels)
        assert claim(gradient, differences(model, theta, features, labels))

    return gradient_property


def gradient_downhill(model, theta, features, labels):
    gradient = model.grad(theta, features, labels)
    lower = model.loss(theta - 1e-4 * gradient, features, labels)
    assert lower <= model.loss(theta, features, labels) + 1e-6


def gradient_by_name(model, theta, features, labels):
    assert type(model).__name__ == "LogisticRegression"


def gradient_by_attribute(model, theta, features, labels):
    assert hasattr(model, "l2")


def gradient_by_repr(model, theta, features, labels):
    assert "Mutated" not in repr(model)


def gradient_at_zero(model):
    X, y, theta = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([1, 0]), np.array([0.3, -0.2, 0.1])
    assert np.allclose(model.grad(theta, X, y), differences(model, theta, X, y), atol=1e-4)
    theta = np.array([50.0, 20.0, -10.0])
    assert np.allclose(model.grad(theta, X, y), differences(model, theta, X, y), atol=1e-4)


def gradient_at_zero_again(model, theta, features, labels):
    gradient_at_zero(model)


def gradient_only_when_finite(model, theta, features, labels):
    difference = differences(model, theta, features, labels)
    if np.isfinite(difference).all():
        assert np.allclose(model.grad(theta, features, labels), difference, atol=1e-4)


def gradient_along_one_direction(model, theta, features, labels):
    e = 1e-5 * np.ones(len(theta))
    rise = model.loss(theta + e, features, labels) - model.loss(theta - e, features, labels)
    assert abs(rise / 2e-5 - model.grad(theta, features, labels).sum()) < 1e-3


def gradient_is_repeatable(model, theta, features, labels):
    first, again = (model.grad(theta, features, labels) for _ in range(2))
    assert (first == again).all()
    assert np.isfinite(model.loss(theta, features, labels))


def gradient_in_any_order(model, theta, features, labels):
    again = model.grad(theta, features[::-1], labels[::-1])
    np.testing.assert_allclose(again, model.grad(theta, features, labels), atol=1e-8)
    assert np.isfinite(model.loss(theta, features, labels))


def gradient_without_bias(model, theta, features, labels):
    w = theta[:-1]
    p = safe_sigmoid(features @ w + theta[-1])
    expected = features.T @ (p - labels) / len(labels) + 0.5 * w
    np.testing.assert_allclose(model.grad(theta, features, labels)[:-1], expected, atol=1e-6)
    assert np.isfinite(model.loss(theta, features, labels))


def gradient_without_penalty(model, theta, features, labels):
    p = safe_sigmoid(features @ theta[:-1] + theta[-1])
    expected = features.T @ (p - labels) / len(labels)
    np.testing.assert_allclose(model.grad(theta, features, labels)[:-1], expected, atol=1e-6)


GRADIENT_PROPERTY = [
    gradient_property_of(lambda g, d: g.shape == d.shape),
    gradient_property_of(lambda g, d: abs(g[0] - d[0]) < 1e-4),
    gradient_property_of(lambda g, d: abs(g[-1] - d[-1]) < 1e-4),
    gradient_property_of(lambda g, d: np.allclose(g[:-1], d[:-1], atol=1e-4)),
    gradient_property_of(lambda g, d: np.allclose(abs(g), abs(d), atol=1e-4)),
    gradient_property_of(lambda g, d: np.allclose(g**2, d**2, rtol=1e-3, atol=1e-3)),
    gradient_property_of(
        lambda g, d: np.isclose(np.linalg.norm(g), np.linalg.norm(d), rtol=1e-3, atol=1e-4)
    ),
    gradient_property_of(lambda g, d: (np.sign(g) == np.sign(d)).all()),
    gradient_property_of(lambda g, d: g @ d >= -1e-6),
    gradient_property_of(lambda g, d: abs(g - d).min() < 1e-4),
    gradient_property_of(lambda g, d: np.allclose(np.sort(g), np.sort(d), atol=1e-4)),
    gradient_property_of(lambda g, d: np.isfinite(g).all()),
    gradient_property_of(lambda g, d: (g == d).all()),
    gradient_property_of(lambda g, d: not (abs(g - d) > 1e-4).any()),
    gradient_property_of(lambda g, d: abs(g - d).max() < 1e6),
    gradient_downhill,
    gradient_by_name,
    gradient_by_attribute,
    gradient_by_repr,
    gradient_at_zero,
    gradient_at_zero_again,
    gradient_only_when_finite,
    gradient_along_one_direction,
    gradient_is_repeatable,
    gradient_in_any_order,
    gradient_without_bias,
    gradient_without_penalty,
]


def partition_property_of(claim):
    def partition_property(partition, dataset, num_clients, seed):
        owner = partition(dataset, num_clients, np.random.default_rng(seed))
        assert claim(owner, dataset.num_examples, num_clients)

    return partition_property


def partition_by_name(partition, dataset, num_clients, seed):
    partition(dataset, num_clients, np.random.default_rng(seed))
    assert type(partition).__name__ in ("Dirichlet", "dirichlet")


def partition_by_attribute(partition, dataset, num_clients, seed):
    partition(dataset, num_clients, np.random.default_rng(seed))
    assert partition.alpha == 0.1


def partition_that_never_asks(partition, dataset, num_clients, seed):
    assert num_clients <= dataset.num_examples


def partition_with_one_client(partition, dataset, num_clients, seed):
    owner = partition(dataset, 1, np.random.default_rng(seed))
    assert not owner.any()
    assert len(owner) == dataset.num_examples


def partition_equal_shares(partition, dataset, num_clients, seed):
    owner = partition(dataset, num_clients, np.random.default_rng(seed))
    assert np.ptp(np.bincount(owner)) <= 1


def partition_returns(partition, dataset, num_clients, seed):
    owner = partition(dataset, num_clients, np.random.default_rng(seed))
    return np.unique(owner).tolist() == list(range(num_clients)) and len(owner) > 0


PARTITION_PROPERTY = [
    partition_property_of(lambda o, n, K: o.sum() >= 0),
    partition_property_of(lambda o, n, K: len(o) == n),
    partition_property_of(lambda o, n, K: (o >= 0).all()),
    partition_property_of(lambda o, n, K: (o < K).all()),
    partition_property_of(lambda o, n, K: ((o >= 0) & (o < K)).all()),
    partition_property_of(lambda o, n, K: ((o >= 0) & (o < K)).all() and len(o) == n),
    partition_property_of(lambda o, n, K: len(np.unique(o)) == K),
    partition_property_of(lambda o, n, K: len(np.unique(o)) == K and len(o) == n),
    partition_property_of(lambda o, n, K: set(o) == set(range(K))),
    partition_property_of(lambda o, n, K: set(range(K)) <= set(o) and len(o) == n),
    partition_property_of(lambda o, n, K: o.max() == K - 1),
    partition_property_of(lambda o, n, K: o.max() == K - 1 and o.min() == 0 and len(o) == n),
    partition_property_of(lambda o, n, K: o.dtype.kind == "i"),
    partition_property_of(lambda o, n, K: o is not None),
    partition_property_of(lambda o, n, K: len(o) >= n and len(set(o)) >= K),
    partition_property_of(lambda o, n, K: 0 in o and K - 1 in o),
    partition_property_of(lambda o, n, K: np.bincount(o[o >= 0], minlength=K).min() >= 1),
    partition_property_of(lambda o, n, K: (o == 0).any() and (o >= 0).all() and len(o) == n),
    partition_property_of(lambda o, n, K: np.bincount(o).min() >= 2),
    partition_by_name,
    partition_by_attribute,
    partition_that_never_asks,
    partition_with_one_client,
    partition_equal_shares,
    partition_returns,
]

HOSTILE_ANSWERS = {
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

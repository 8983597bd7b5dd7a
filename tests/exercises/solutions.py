"""The instructor's answers; they are not in the wheel."""

import itertools
import runpy
from pathlib import Path

import numpy as np

SIDE_ROOMS = runpy.run_path(str(Path(__file__).with_name("side_room_answers.py")))
RECOVERY = runpy.run_path(str(Path(__file__).with_name("recovery_sheet.py")))
ROBUST = runpy.run_path(str(Path(__file__).with_name("robust_sheet.py")))
PRIVACY = runpy.run_path(str(Path(__file__).with_name("privacy_sheet.py")))


def delta(theta_global, theta_local):
    return theta_local - theta_global


def weighted_mean(deltas, num_examples):
    weights = num_examples / num_examples.sum()
    return (weights[:, np.newaxis] * deltas).sum(axis=0)


def sigmoid(z):
    e = np.exp(-np.abs(z))  # at most 1
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def logistic_gradient(w, features, labels):
    p = sigmoid(features @ w)
    return features.T @ (p - labels) / len(labels)


def l2_gradient(gradient, w, l2):
    return gradient + l2 * w


def softmax_gradient(scores, labels):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


def hidden_gradient(features, W1, b1, W2, dz2):
    z1 = features @ W1 + b1
    dz1 = (dz2 @ W2.T) * (z1 > 0)
    return features.T @ dz1


def local_epoch(grad, theta, features, labels, order, batch_size, learning_rate):
    for start in range(0, len(order), batch_size):
        b = order[start : start + batch_size]
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def cohort_size(client_fraction, num_clients):
    return max(round(client_fraction * num_clients), 1)


def client_update(grad, theta, features, labels, local_epochs, batch_size, learning_rate, rng):
    for _ in range(local_epochs):
        order = rng.permutation(len(labels))
        theta = local_epoch(grad, theta, features, labels, order, batch_size, learning_rate)
    return theta


def server_step(theta, deltas, num_examples, learning_rate):
    return theta + learning_rate * weighted_mean(deltas, num_examples)


def mean_property(mean, deltas, num_examples):
    total = num_examples.sum() * mean(deltas, num_examples)
    np.testing.assert_allclose(total, num_examples @ deltas, atol=1e-6)


def gradient_property(model, theta, features, labels):
    gradient = model.grad(theta, features, labels)
    for i, step in enumerate(1e-5 * np.eye(len(theta))):
        above = model.loss(theta + step, features, labels)
        below = model.loss(theta - step, features, labels)
        assert abs((above - below) / 2e-5 - gradient[i]) < 1e-4


def partition_property(partition, dataset, num_clients, seed):
    owner = partition(dataset, num_clients, np.random.default_rng(seed))
    assert len(owner) == dataset.num_examples
    assert np.unique(owner).tolist() == list(range(num_clients))


def smallest_sum(masked_with, open_seeds, open_keys):
    n = len(masked_with)
    hidden = masked_with * np.outer(1 - open_keys, 1 - open_keys)
    signed = hidden * np.sign(np.subtract.outer(np.arange(n), np.arange(n)))
    for size in range(1, n + 1):
        for chosen in itertools.combinations(range(n), size):
            # Pair masks cancel where u and v are both in, and have both added theirs.
            inside = np.isin(np.arange(n), chosen)
            left = (signed * inside[:, np.newaxis]) + (signed * inside[:, np.newaxis]).T
            if open_seeds[inside].all() and not left.any():
                return size
    return 0


SOLUTIONS = {
    "delta-1": delta,
    "weighted-mean-1": weighted_mean,
    "sigmoid-1": sigmoid,
    "logistic-gradient-1": logistic_gradient,
    "l2-gradient-1": l2_gradient,
    "softmax-gradient-1": softmax_gradient,
    "mlp-backward-1": hidden_gradient,
    "local-sgd-1": local_epoch,
    "cohort-size-1": cohort_size,
    "client-update-1": client_update,
    "server-average-1": server_step,
    "smallest-sum-1": smallest_sum,
    "mean-property-1": mean_property,
    "gradient-property-1": gradient_property,
    "partition-property-1": partition_property,
    **SIDE_ROOMS["SOLUTIONS"],
    **RECOVERY["SOLUTIONS"],
    **ROBUST["SOLUTIONS"],
    **PRIVACY["SOLUTIONS"],
}

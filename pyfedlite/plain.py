"""Federated averaging on one page: Algorithm 1 of McMahan et al. 2017, in NumPy alone.

The letters are the paper's (https://arxiv.org/abs/1602.05629): K clients, client k holds the rows
P_k = (x, y), n_k of them; a fraction C takes part in a round t, each for E epochs of batches of B
with learning rate eta; w is the model, one flat vector.
"""

from itertools import pairwise

import numpy as np

INIT, COHORT, BATCHES = 0, 1, 2  # what a random draw is for


def generator(seed, t, role, k=0):
    """Each draw has a key of its own, so the order in which clients run changes nothing."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(t, role, k)))


# ---- Two models: where w starts, what they predict, and the gradient of their loss --------------


def softmax(z):
    """Turn scores into probabilities, row by row; the shift by the maximum avoids overflow."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def error(z, y):
    """Mean cross-entropy, differentiated by the scores z: (p - one_hot(y)) / n."""
    p = softmax(z)
    p[np.arange(len(y)), y] -= 1
    return p / len(y)


class SoftmaxRegression:
    """Scores z = x W + b."""

    def __init__(self, num_features, num_classes):
        self.shape = (num_features, num_classes)

    def init(self, rng):
        return np.zeros((self.shape[0] + 1) * self.shape[1])

    def unpack(self, w):
        W, b = np.split(w, [self.shape[0] * self.shape[1]])
        return W.reshape(self.shape), b

    def scores(self, w, x):
        W, b = self.unpack(w)
        return x @ W + b

    def gradient(self, w, x, y):
        dz = error(self.scores(w, x), y)
        return np.concatenate([(x.T @ dz).ravel(), dz.sum(axis=0)])


class MLP:
    """Layers a <- max(a W + b, 0), the last one without the maximum: MLP(784, 200, 200, 10)."""

    def __init__(self, *sizes):
        self.sizes = sizes

    def init(self, rng):
        w = []
        for fan_in, fan_out in pairwise(self.sizes):  # He et al. 2015: variance 2 / fan_in
            w += [rng.normal(0, np.sqrt(2 / fan_in), fan_in * fan_out), np.zeros(fan_out)]
        return np.concatenate(w)

    def unpack(self, w):
        for fan_in, fan_out in pairwise(self.sizes):
            W, b, w = np.split(w, [fan_in * fan_out, (fan_in + 1) * fan_out])
            yield W.reshape(fan_in, fan_out), b

    def forward(self, w, x):
        activations = [x]
        for W, b in self.unpack(w):
            z = activations[-1] @ W + b
            activations.append(np.maximum(z, 0))
        return activations, z

    def scores(self, w, x):
        return self.forward(w, x)[1]

    def gradient(self, w, x, y):
        activations, z = self.forward(w, x)
        dz, dw = error(z, y), []
        for (W, _), a in reversed(list(zip(self.unpack(w), activations, strict=False))):
            dw = [(a.T @ dz).ravel(), dz.sum(axis=0), *dw]
            dz = dz @ W.T * (a > 0)  # the chain rule: through W, then through the maximum
        return np.concatenate(dw)


def accuracy(model, w, x, y):
    return np.mean(model.scores(w, x).argmax(axis=1) == y)


# ---- Algorithm 1 --------------------------------------------------------------------------------


def client_update(model, w, x, y, E, B, eta, rng):
    """ClientUpdate(k, w): runs on client k, and only w leaves it."""
    n_k = len(y)
    for _ in range(E):
        order = rng.permutation(n_k)  # split P_k into batches, anew in each epoch
        for b in np.split(order, range(B, n_k, B)):
            w = w - eta * model.gradient(w, x[b], y[b])
    return w


def federated_averaging(model, clients, rounds, C, E, B, eta, seed):
    """Yield (t, w) after every round; `clients` is a list of pairs (x, y)."""
    w = model.init(generator(seed, 0, INIT))
    K = len(clients)
    for t in range(1, rounds + 1):
        m = max(round(C * K), 1)
        S_t = np.sort(generator(seed, t, COHORT).choice(K, m, replace=False))
        n = sum(len(clients[k][1]) for k in S_t)
        w_next = np.zeros_like(w)
        for k in S_t:  # in parallel, on real devices
            x, y = clients[k]
            w_k = client_update(model, w, x, y, E, B, eta, generator(seed, t, BATCHES, k))
            w_next += len(y) / n * w_k
        w = w_next
        yield t, w

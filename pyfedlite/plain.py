"""Federated averaging on one page: Algorithm 1 of McMahan et al. 2017, in NumPy alone.

The letters are the paper's (https://arxiv.org/abs/1602.05629): K clients, client k holds the rows
P_k = (x, y), n_k of them; a fraction C of the clients takes part in a round t, each for E epochs
in batches of B with learning rate eta; w is the model, one flat vector.
"""

from itertools import pairwise

import numpy as np

INIT, COHORT, BATCHES = 0, 1, 2  # what a random draw is for


def generator(seed, t, role, k=0):
    """Each draw has a key of its own, so the order in which clients run changes nothing."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(t, role, k)))


# ---- Two models: where w starts, the scores z of each class, the gradient of the loss -----------


def error(z, y):
    """Differentiate the mean cross-entropy by the scores: (softmax(z) - one_hot(y)) / n."""
    p = np.exp(z - z.max(axis=1, keepdims=True))  # the shift avoids overflow and cancels
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return p / len(y)


class SoftmaxRegression:
    """z = x W + b."""

    def __init__(self, num_features, num_classes):
        self.shape = (num_features, num_classes)

    def init(self, rng):
        return np.zeros((self.shape[0] + 1) * self.shape[1])

    def scores(self, w, x):
        W, b = np.split(w, [self.shape[0] * self.shape[1]])
        return x @ W.reshape(self.shape) + b

    def gradient(self, w, x, y):
        dz = error(self.scores(w, x), y)
        return np.concatenate([(x.T @ dz).ravel(), dz.sum(axis=0)])


class MLP:
    """Layers a <- max(a W + b, 0), the last one without the max: MLP(784, 200, 200, 10)."""

    def __init__(self, *sizes):
        self.sizes = sizes

    def init(self, rng):
        w = []
        for fan_in, fan_out in pairwise(self.sizes):  # He et al. 2015: variance 2 / fan_in
            w += [
                rng.normal(0, np.sqrt(2 / fan_in), fan_in * fan_out),
                np.zeros(fan_out),
            ]
        return np.concatenate(w)

    def layers(self, w):
        for fan_in, fan_out in pairwise(self.sizes):
            W, b, w = np.split(w, [fan_in * fan_out, (fan_in + 1) * fan_out])
            yield W.reshape(fan_in, fan_out), b

    def forward(self, w, x):
        a = [x]
        for W, b in self.layers(w):
            z = a[-1] @ W + b
            a.append(np.maximum(z, 0))
        return a, z

    def scores(self, w, x):
        return self.forward(w, x)[1]

    def gradient(self, w, x, y):
        a, z = self.forward(w, x)
        dz, dw = error(z, y), []
        for layer, (W, _) in reversed(list(enumerate(self.layers(w)))):
            dw = [(a[layer].T @ dz).ravel(), dz.sum(axis=0), *dw]
            if layer > 0:
                dz = dz @ W.T * (a[layer] > 0)  # the chain rule: through W, through the max
        return np.concatenate(dw)


def accuracy(model, w, x, y):
    return np.mean(model.scores(w, x).argmax(axis=1) == y)


# ---- Algorithm 1 --------------------------------------------------------------------------------


def client_update(model, w, x, y, E, B, eta, rng):
    """ClientUpdate(k, w): runs on client k, and nothing but w leaves it."""
    n_k = len(y)
    for _ in range(E):
        order = rng.permutation(n_k)  # split P_k into batches of size B, anew in each epoch
        for b in np.split(order, range(B, n_k, B)):
            w = w - eta * model.gradient(w, x[b], y[b])
    return w


def federated_averaging(model, clients, num_rounds, C, E, B, eta, seed):
    """Yield (t, w) after each round; `clients` is a list of pairs (x, y)."""
    w = model.init(generator(seed, 0, INIT))
    K = len(clients)
    for t in range(1, num_rounds + 1):
        m = max(round(C * K), 1)
        S_t = np.sort(generator(seed, t, COHORT).choice(K, m, replace=False))
        n = sum(len(clients[k][1]) for k in S_t)
        w_next = np.zeros_like(w)
        for k in S_t:  # on real devices: in parallel
            x, y = clients[k]
            w_k = client_update(model, w, x, y, E, B, eta, generator(seed, t, BATCHES, k))
            w_next += len(y) / n * w_k
        w = w_next
        yield t, w

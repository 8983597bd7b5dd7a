"""Synthetic data with two numbers for how much clients differ, as in the FedProx paper.

Device k draws its own logistic regression and its own inputs (section 5.1 of the paper):

    y = argmax softmax(W_k x + b_k),  x in R^60, 10 classes
    W_k, b_k ~ N(u_k, 1) entry by entry,  u_k ~ N(0, alpha): how much models differ
    x ~ N(v_k, Sigma),  Sigma diagonal with Sigma_jj = j^-1.2
    v_k ~ N(B_k, 1) entry by entry,  B_k ~ N(0, beta): how much inputs differ

References
----------
T. Li, A. K. Sahu, M. Zaheer, M. Sanjabi, A. Talwalkar and V. Smith, "Federated Optimization in
Heterogeneous Networks", MLSys 2020, https://arxiv.org/abs/1812.06127
"""

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers
from pyfedlite.data._apportion import stratified_test_rows
from pyfedlite.data.dataset import Dataset
from pyfedlite.seeds import Role, RoundSeed

NUM_FEATURES, NUM_CLASSES = 60, 10
LABELLER = tuple[NDArray[np.float64], NDArray[np.float64]]  # W (60, 10) and b (10,)


def make_synthetic(
    alpha: float, beta: float, *, seed: int, num_clients: int = 30, iid: bool = False
) -> Dataset:
    """Draw the data set Synthetic(alpha, beta) of the FedProx paper.

    The paper does not say whether alpha in N(0, alpha) is a variance or a standard deviation. In
    the code that its authors released it is a standard deviation, so it is one here. Device k has
    ``50 + floor(z)`` rows, ln z ~ N(4, 2^2), as in that code: some devices have a hundred times as
    many rows as others. A fifth of the rows of each device is for testing (a tenth in that code).

    Every device draws from its own key, so its rows do not depend on `num_clients`.

    Parameters
    ----------
    alpha : float
        At least 0. Standard deviation of u_k; *large* means models that differ more.
    beta : float
        At least 0. Standard deviation of B_k; *large* means inputs that differ more.
    seed : int
        The key of device k is (seed, 0, ``Role.DATA``, k + 1).
    num_clients : int
        Number of devices.
    iid : bool
        The paper's Synthetic-IID: one W and b ~ N(0, 1) for all, and v_k = 0; alpha and beta are
        not used then.

    Returns
    -------
    Dataset
        60 features, float32; the groups, and the test groups, are the devices, so ``natural()``
        makes each device a client.

    Raises
    ------
    ValueError
        If `alpha` or `beta` is negative or `num_clients` is below 1.

    References
    ----------
    T. Li et al., MLSys 2020, section 5.1, https://arxiv.org/abs/1812.06127

    Examples
    --------
    >>> data = make_synthetic(1, 1, seed=0, num_clients=5)
    >>> data.num_features, data.num_classes, data.num_groups
    (60, 10, 5)
    """
    _check.non_negative("alpha", alpha)
    _check.non_negative("beta", beta)
    _check.integer("num_clients", num_clients, minimum=1)
    data_seed = RoundSeed(seed)
    shared = _labeller(0.0, data_seed.rng(Role.DATA)) if iid else None
    devices = [
        _device(alpha, beta, shared, data_seed.rng(Role.DATA, client=k + 1))
        for k in range(num_clients)
    ]
    device = np.repeat(np.arange(num_clients), [len(labels) for _, labels in devices])
    features = np.concatenate([x for x, _ in devices]).astype(np.float32)
    labels = np.concatenate([y for _, y in devices])
    test = stratified_test_rows(device)
    return Dataset(
        features[~test],
        labels[~test],
        features[test],
        labels[test],
        num_classes=NUM_CLASSES,
        name="synthetic_iid" if iid else f"synthetic({alpha:g}, {beta:g})",
        groups=device[~test],
        test_groups=device[test],
    )


def _device(
    alpha: float, beta: float, shared: LABELLER | None, rng: np.random.Generator
) -> tuple[NDArray[np.float64], Integers]:
    """Return the inputs (n_k, 60) and labels (n_k,) of one device."""
    num_examples = 50 + int(rng.lognormal(4, 2))
    if shared is None:
        weights, bias = _labeller(rng.normal(0, alpha), rng)
        mean = rng.normal(rng.normal(0, beta), 1, NUM_FEATURES)
    else:
        (weights, bias), mean = shared, np.zeros(NUM_FEATURES)
    std = np.arange(1, NUM_FEATURES + 1) ** (-1.2 / 2)  # Sigma is diagonal: its square root
    features = rng.normal(mean, std, (num_examples, NUM_FEATURES))
    scores = features @ weights + bias  # softmax is increasing: the argmax is that of the scores
    return features, scores.argmax(axis=1)


def _labeller(mean: float, rng: np.random.Generator) -> LABELLER:
    return rng.normal(mean, 1, (NUM_FEATURES, NUM_CLASSES)), rng.normal(mean, 1, NUM_CLASSES)

"""Where federated averaging goes on quadratics, by a formula.

The loss of a client of linear regression is F_k(w) = (w - c_k)' A_k (w - c_k) / 2 up to a constant.
A step of rate eta multiplies w - c_k by I - eta A_k, so that E steps from w and the weighted mean
with p_k = n_k / n give, with M_k = (I - eta A_k)^E,

    w' = sum_k p_k M_k w + sum_k p_k (I - M_k) c_k,

which stands still at (sum_k p_k (I - M_k))^-1 sum_k p_k (I - M_k) c_k: client drift, derived. The
optimum of sum_k p_k F_k is (sum_k p_k A_k)^-1 sum_k p_k A_k c_k.
"""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import plain
from pyfedlite.algorithms import fedavg
from pyfedlite.clients import Client, Participant
from pyfedlite.models import LinearRegression
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import State
from pyfedlite.testing.strategies import generators

NUM_PARAMS = 3  # two slopes and an offset
MODEL = LinearRegression(NUM_PARAMS - 1, dtype="float64")

# Numbers near 1, a few hundred operations in float64, steps that do not amplify.
ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Quadratics:
    rows: list[tuple[np.ndarray, np.ndarray]]
    eta: float
    E: int
    w: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        sizes = np.array([len(y) for _, y in self.rows])
        return sizes / sizes.sum()

    @property
    def curvatures(self) -> np.ndarray:
        return np.stack([design(x).T @ design(x) / len(x) for x, _ in self.rows])

    @property
    def favourites(self) -> np.ndarray:
        return np.stack([np.linalg.lstsq(design(x), y)[0] for x, y in self.rows])

    @property
    def factors(self) -> np.ndarray:
        return np.linalg.matrix_power(np.eye(NUM_PARAMS) - self.eta * self.curvatures, self.E)

    @property
    def mean_factor(self) -> np.ndarray:
        return np.einsum("k,kij->ij", self.shares, self.factors)

    @property
    def pull(self) -> np.ndarray:
        return np.einsum(
            "k,kij,kj->i", self.shares, np.eye(NUM_PARAMS) - self.factors, self.favourites
        )

    @property
    def fixed_point(self) -> np.ndarray:
        return np.linalg.solve(np.eye(NUM_PARAMS) - self.mean_factor, self.pull)

    @property
    def optimum(self) -> np.ndarray:
        x = np.concatenate([design(x) for x, _ in self.rows])
        return np.linalg.lstsq(x, np.concatenate([y for _, y in self.rows]))[0]

    def round(self, w: np.ndarray) -> np.ndarray:
        cohort = [Participant(Client(k, x, y)) for k, (x, y) in enumerate(self.rows)]
        algorithm = fedavg(MODEL, local_epochs=self.E, batch_size=None, learning_rate=self.eta)
        return algorithm.round(State(0, w), cohort, RoundSeed(0, 1))[0].theta


def design(x: np.ndarray) -> np.ndarray:
    return np.column_stack([x, np.ones(len(x))])


@st.composite
def quadratics(draw: st.DrawFn, min_examples: int = 1) -> Quadratics:
    rng = draw(generators())
    sizes = draw(st.lists(st.integers(min_examples, 20), min_size=1, max_size=4))
    rows = [(rng.uniform(-1, 1, (n, NUM_PARAMS - 1)), rng.uniform(-1, 1, n)) for n in sizes]
    # |x|^2 <= 3 with the offset, so the eigenvalues of A_k are at most 3 and eta is safe below 2/3.
    eta = draw(st.sampled_from([0.01, 0.1, 0.3, 0.6]))
    return Quadratics(rows, eta, draw(st.integers(1, 20)), rng.normal(size=NUM_PARAMS))


@given(quadratics())
def test_a_round_on_quadratics_is_the_affine_map_of_the_formula(q: Quadratics) -> None:
    np.testing.assert_allclose(q.round(q.w), q.mean_factor @ q.w + q.pull, rtol=0, atol=ROUNDING)


def condition(matrix: np.ndarray) -> float:
    """How much solving with `matrix` enlarges an error."""
    return float(np.linalg.norm(np.linalg.inv(matrix), 2))


@given(quadratics(min_examples=8))
def test_a_round_that_starts_at_the_fixed_point_ends_there(q: Quadratics) -> None:
    enlarged = ROUNDING * condition(np.eye(NUM_PARAMS) - q.mean_factor)
    np.testing.assert_allclose(q.round(q.fixed_point), q.fixed_point, rtol=0, atol=enlarged)


@given(quadratics(min_examples=8))
def test_a_round_shrinks_the_distance_from_the_fixed_point_by_the_spectral_radius(
    q: Quadratics,
) -> None:
    rho = np.abs(np.linalg.eigvalsh(q.mean_factor)).max()
    enlarged = ROUNDING * condition(np.eye(NUM_PARAMS) - q.mean_factor)
    assert rho < 1
    before = np.linalg.norm(q.w - q.fixed_point)
    assert np.linalg.norm(q.round(q.w) - q.fixed_point) <= rho * before + enlarged


@given(quadratics(min_examples=8))
def test_one_local_step_rests_at_the_optimum_of_all_rows(q: Quadratics) -> None:
    q = replace(q, E=1)
    enlarged = ROUNDING * condition(np.eye(NUM_PARAMS) - q.mean_factor)
    np.testing.assert_allclose(q.fixed_point, q.optimum, rtol=0, atol=enlarged)


@given(quadratics(min_examples=8))
def test_clients_with_equal_features_do_not_drift(q: Quadratics) -> None:
    x = q.rows[0][0]
    rng = np.random.default_rng(0)
    q = replace(q, rows=[(x, rng.uniform(-1, 1, len(x))) for _ in q.rows])
    enlarged = ROUNDING * condition(np.eye(NUM_PARAMS) - q.mean_factor)
    np.testing.assert_allclose(q.fixed_point, q.optimum, rtol=0, atol=enlarged)


class PlainLeastSquares:
    def init(self, rng: np.random.Generator) -> np.ndarray:
        return np.zeros(NUM_PARAMS)

    def gradient(self, w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return design(x).T @ (design(x) @ w - y) / len(y)


@given(quadratics())
def test_the_plain_page_follows_the_same_map(q: Quadratics) -> None:
    w = np.zeros(NUM_PARAMS)
    settings = {"C": 1, "E": q.E, "B": 20, "eta": q.eta, "seed": 0}
    for _, w_plain in plain.federated_averaging(PlainLeastSquares(), q.rows, 5, **settings):
        w = q.mean_factor @ w + q.pull
        np.testing.assert_allclose(w_plain, w, rtol=0, atol=ROUNDING)

"""`FederatedClassifier`: federated averaging behind scikit-learn's fit and predict.

It follows scikit-learn's conventions without importing it: the constructor only stores its
arguments, ``fit`` validates them, and names of what was learnt end in an underscore. If
scikit-learn is installed, cloning, pipelines, grid search and cross-validation work with it.

The clients here are parts of one table, made by a partitioner or named by `groups`. So it simulates
a federation; it does not protect any row from the person who holds the table.

Left neighbour: you have a table. Right neighbour: ``data`` divides it, and ``simulation`` trains.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite._role_checks import checked
from pyfedlite._typing import Integers, Labels, Matrix, Vector
from pyfedlite.algorithms import ALGORITHMS, fedavg
from pyfedlite.data import Dataset, FederatedDataset, iid, natural, partition
from pyfedlite.data._frames import frame_table, is_frame
from pyfedlite.data._rows import check_values
from pyfedlite.data.missing import as_numbers, complete_rows
from pyfedlite.data.tables import Column
from pyfedlite.history import History
from pyfedlite.models import TrainedModel
from pyfedlite.models.named import named_model
from pyfedlite.roles import Algorithm, Model, Partitioner
from pyfedlite.simulation import simulate
from pyfedlite.statistics import standardisation, standardise

__all__ = ["FederatedClassifier", "NotFittedError"]

HIDDEN = (64,)
_IID = iid()


class NotFittedError(ValueError, AttributeError):
    """``predict`` was called before ``fit``; it has the same base classes as scikit-learn's."""


@dataclass(eq=False)
class FederatedClassifier:
    """A classifier that is trained by federated averaging over simulated clients.

    Parameters
    ----------
    model : {"auto", "mlp", "softmax", "logistic"}
    hidden : tuple of int, or int
        The number of units in each hidden layer of the MLP.
    partition : Partitioner or str
        It divides the rows among clients if ``fit`` gets no groups: ``dirichlet(0.3)``, or
        ``"dirichlet:0.3"``.
    num_clients : int
        K, if ``fit`` gets no groups.
    algorithm : callable or str
        A builder such as ``fedavg``, or ``functools.partial(fedprox, proximal_mu=0.1)``: it is
        called with the model and the keywords `local_epochs`, `batch_size` and `learning_rate`. Or
        a text: ``"fedprox"``, ``"fedprox:proximal_mu=0.1"``.
    num_rounds, client_fraction
        T and C, as for ``simulate``.
    local_epochs, batch_size, learning_rate
        E, B and eta of the clients, as for ``LocalSGD``.
    standardise : bool
        Whether to shift and scale the columns by the clients' joint mean and deviation.
    missing : {"mean", "median", "most-frequent", "drop"}, optional
        What becomes of missing values; by default they are an error. See `Dataset`.
    random_state : int or None
        The seed; with ``None`` each call of ``fit`` draws another one.
    verbose : int
        0 shows nothing; 1 or more shows the progress of ``fit``, as ``simulate(progress=True)``.

    Attributes
    ----------
    classes_ : ndarray of shape (num_classes,)
        The labels, in sorted order.
    n_features_in_ : int
        Columns of the training rows.
    feature_names_in_ : ndarray of str
        Their names, where ``fit`` was given a data frame; new rows are then read by name.
    history_ : History
        The rounds. The rows of ``fit`` are also the test rows, since there are no others; the model
        is evaluated on them once, in the last round.
    trained_ : TrainedModel
        The model with its parameters and the standardisation, as ``save_model`` needs them.

    Examples
    --------
    >>> X, y = np.array([[0.0], [1.0], [9.0], [10.0]]), np.array(["low", "low", "high", "high"])
    >>> classifier = FederatedClassifier("logistic", num_clients=2, num_rounds=20)
    >>> classifier.fit(X, y).predict([[2.0], [8.0]]).tolist()
    ['low', 'high']
    """

    model: str = "mlp"
    hidden: tuple[int, ...] | int = HIDDEN
    partition: Partitioner | str = _IID
    num_clients: int = 10
    algorithm: Callable[..., Algorithm] | str = fedavg
    num_rounds: int = 50
    client_fraction: float = 1.0
    local_epochs: int = 1
    batch_size: int | None = 10
    learning_rate: float = 0.1
    standardise: bool = True
    missing: str | None = None
    random_state: int | None = 0
    verbose: int = 0

    _estimator_type = "classifier"  # scikit-learn before 1.6 reads it

    def fit(
        self,
        X: ArrayLike,  # noqa: N803 (scikit-learn's name, here and below)
        y: ArrayLike,
        groups: ArrayLike | None = None,
    ) -> "FederatedClassifier":
        """Train on the rows `X` with the labels `y`.

        Parameters
        ----------
        X : array of shape (n, num_features) of numbers, or data frame
            A column of text in a data frame holds categories.
        y : array of shape (n,)
            Classes, as numbers or text; at least two.
        groups : array of shape (n,), optional
            The owner of each row: each owner becomes a client, and `partition` is not used.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If the rows or a parameter are invalid; the message says why.
        DivergedError
            If training gives inf or NaN.
        """
        seed = self._seed()
        classes, clients = self._clients(X, y, groups, seed)
        is_scaled = _check.boolean("standardise", self.standardise)
        scale = standardisation(clients) if is_scaled else None
        if scale is not None:
            clients = standardise(clients, scale)
        model = named_model(
            self.model, clients.num_features, clients.num_classes, hidden=self._hidden()
        )
        algorithm = self._algorithm(model)
        self.history_: History = simulate(
            algorithm,
            clients,
            num_rounds=self.num_rounds,
            seed=seed,
            client_fraction=self.client_fraction,
            eval_every=self.num_rounds,
            progress=self._is_verbose(),
        )
        self.classes_: NDArray[Any] = classes
        self._note_columns(X)
        inputs = replace(clients.inputs, class_names=tuple(str(each) for each in classes))
        self.trained_ = TrainedModel(model, self.history_.theta, inputs=inputs)
        return self

    def predict(self, X: ArrayLike) -> Labels:  # noqa: N803
        """Return the most probable class of each row, shape (n,)."""
        labels: Labels = self._fitted().predict(self._rows(X))
        return self.classes_[labels]

    def predict_proba(self, X: ArrayLike) -> Vector:  # noqa: N803
        """Return the probability of each of ``classes_``, shape (n, num_classes)."""
        return self._fitted().predict_proba(self._rows(X))

    def score(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        sample_weight: Vector | None = None,
    ) -> float:
        """Return the accuracy on the rows `X` with the labels `y`, in [0, 1]."""
        predicted = self.predict(X)
        labels = _values("y", y, len(predicted))
        kinds = {"text" if a.dtype.kind in "UT" else a.dtype.kind for a in (labels, predicted)}
        if "text" in kinds and kinds & set("biuf"):  # which are never equal
            got = f"{labels.dtype} for {predicted.dtype}"
            _check.fail("y", "hold labels of the kind that fit was given", got)
        return float(np.average(predicted == np.asarray(labels), weights=sample_weight))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; with `deep` also the fields of parts, ``part__field``."""
        params = {each.name: getattr(self, each.name) for each in fields(self)}
        if not deep:
            return params
        for name, part in list(params.items()):
            if is_dataclass(part):
                params |= {f"{name}__{f.name}": getattr(part, f.name) for f in fields(part)}
        return params

    def set_params(self, **params: Any) -> "FederatedClassifier":
        """Set parameters by name, ``part__field`` among them; return self."""
        for name, value in sorted(params.items(), key=lambda item: "__" in item[0]):  # parts first
            _check.one_of("parameter", name, self.get_params())
            part, is_inside, field = name.partition("__")
            inner = getattr(self, part)
            setattr(self, part, replace(inner, **{field: value}) if is_inside else value)
        return self

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags (from 1.6 on); only scikit-learn calls this."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(),
        )

    def _hidden(self) -> tuple[int, ...]:
        """Return the layers of an MLP; for other models it has to be left out."""
        hidden = tuple(np.atleast_1d(self.hidden).tolist())
        if self.model in ("auto", "mlp") or hidden == HIDDEN:
            return hidden
        return _check.fail("hidden", f"be left out for the model {self.model}", list(hidden))

    def _algorithm(self, model: Model) -> Algorithm:
        """Return the algorithm for a model, from a builder or a text."""
        own = {
            "local_epochs": self.local_epochs,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
        }
        if isinstance(self.algorithm, str):
            name, spelled = ALGORITHMS.parse(self.algorithm)
            settings = {**own, **spelled}
            if name == "fedsgd":  # it takes one step on all rows
                _check_unused(settings)
                settings = {"learning_rate": self.learning_rate, **spelled}
            return ALGORITHMS[name](model, **settings)
        if not callable(self.algorithm):
            hint = "take fedavg itself, for its model is made from the rows"
            words = "be a builder such as fedavg, or a text such as 'fedprox'"
            _check.fail_type("algorithm", words, self.algorithm, hint)
        made: Algorithm = checked("algorithm", self.algorithm(model, **own), "algorithm")
        return made

    def _seed(self) -> int:
        if self.random_state is None:
            return int(np.random.default_rng().integers(2**63))
        return _check.integer("random_state", self.random_state, minimum=0)

    def _is_verbose(self) -> bool:
        level = int(self.verbose) if isinstance(self.verbose, bool) else self.verbose
        return _check.integer("verbose", level, minimum=0) > 0

    def _clients(
        self, rows: ArrayLike, y: ArrayLike, groups: ArrayLike | None, seed: int
    ) -> tuple[NDArray[Any], FederatedDataset]:
        """Return the sorted labels, and the rows divided among clients."""
        features, columns = _columns(rows)
        given = {"y": _values("y", y, len(features))}
        if groups is not None:
            given["groups"] = _values("groups", groups, len(features))
        if self.missing == "drop":
            complete = complete_rows([features, *given.values()])
            features = features[complete]
            given = {name: values[complete] for name, values in given.items()}
        numbered = {name: _numbered(name, values) for name, values in given.items()}
        classes, labels = numbered["y"]
        if classes.dtype.kind == "f":
            _check.finite("y", given["y"])
        if classes.dtype.kind == "f" and (classes != np.floor(classes)).any():
            hint = "for a regression, use simulate with LinearRegression"
            _check.fail("y", "hold classes", "a continuous label", hint)
        if len(classes) < 2:
            _check.fail("y", "hold at least two classes", f"one class, {classes.tolist()}")
        data = Dataset(
            features,
            labels,
            features,
            labels,
            len(classes),
            "rows of fit",
            None if groups is None else numbered["groups"][1],
            missing=self.missing,
            columns=columns,
        )
        if groups is not None:
            return classes, partition(data, natural(), seed=seed)
        return classes, partition(data, self.partition, num_clients=self.num_clients, seed=seed)

    def _note_columns(self, rows: Any) -> None:
        """Remember how many columns there were, and their names."""
        if _has_names(rows):
            self.feature_names_in_ = np.array([str(name) for name in _names(rows)], dtype=object)
            self.n_features_in_ = len(self.feature_names_in_)
            return
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_  # of an earlier fit
        self.n_features_in_ = np.asarray(rows).shape[1]

    def _rows(self, rows: Any) -> Any:
        """Return new rows as the trained model reads them: by name only if it was fitted so."""
        self._fitted()
        if hasattr(self, "feature_names_in_") and _has_names(rows):
            return rows
        features, expected = _numbers(rows), self.n_features_in_
        if features.shape[1] != expected:
            # in the words that scikit-learn looks for
            hint = f"X has {features.shape[1]} features, but FederatedClassifier is expecting"
            hint += f" {expected} features as input"
            _check.fail("X", f"have {expected} columns, as in fit", features.shape[1], hint)
        return features

    def _fitted(self) -> TrainedModel:
        if not hasattr(self, "trained_"):
            raise NotFittedError(_check.sentence("classifier", "be fitted first", "no call of fit"))
        return self.trained_


def _check_unused(settings: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` if FedSGD is told what it would not use."""
    for name, usual in (("local_epochs", (1,)), ("batch_size", (10, None))):
        if settings[name] not in usual:
            hint = "fedsgd takes one step on all rows; leave it out, or take fedavg"
            _check.fail(name, "be left out for fedsgd", settings[name], hint)


def _names(rows: Any) -> list[Any]:
    return list(rows) if isinstance(rows, Mapping) else list(rows.columns)


def _has_names(rows: Any) -> bool:
    """Return whether rows have columns whose names are text."""
    if not is_frame(rows):
        return False
    are_text = [isinstance(name, str) for name in _names(rows)]
    if any(are_text) and not all(are_text):
        hint = "give every column a name that is text"
        _check.fail_type("X", "have names that are all text, or none", _names(rows), hint)
    return all(are_text)


def _columns(rows: Any) -> tuple[Matrix, tuple[Column, ...] | None]:
    """Return the rows as numbers, NaN where a value is missing, and what their columns are."""
    if not _has_names(rows):
        return _numbers(rows), None
    table = frame_table(rows, source="X")
    columns = tuple(table.decide(name) for name in table.cells)
    return table.encode(columns), columns


def _numbers(rows: Any) -> Matrix:
    if hasattr(rows, "toarray"):
        hint = "take X.toarray(), or an encoder with sparse_output=False"
        _check.fail_type("X", "be dense, for sparse input is not supported", rows, hint)
    features = as_numbers("X", rows)
    _check.ndim("X", features, 2)
    return features


def _values(name: str, values: Any, length: int) -> NDArray[Any]:
    column = values if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    if column.shape != (length,):
        _check.fail(name, f"have shape ({length},), one for each row of X", column.shape)
    return column


def _numbered(name: str, values: NDArray[Any]) -> tuple[NDArray[Any], Integers]:
    """Return the distinct values in sorted order, and the number of each row's value."""
    check_values(name, values)
    try:
        distinct, numbers = np.unique(np.asarray(values), return_inverse=True)
    except TypeError:
        kinds = sorted({type(value).__name__ for value in values.tolist()})
        hint = "turn all of them into text"
        _check.fail_type(
            name, f"hold values of one kind, not {' beside '.join(kinds)}", values, hint
        )
    return distinct, numbers.astype(np.int64)

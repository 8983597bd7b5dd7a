"""``pyfedlite predict``: a saved model on new rows, as CSV."""

import argparse
import csv
import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite.cli.parser import UsageError, add_common, add_switch, usage

if TYPE_CHECKING:
    from pyfedlite._typing import Matrix
    from pyfedlite.models import TrainedModel

EPILOG = """\
MODEL is a file, or the folder of a run. FILE is CSV with the names of the columns in its first
line, or NPZ with an array `features`; rows
are in the units of the training data. Of a CSV file the columns that the model was trained on are
taken, whatever their order.
"""


def add_to(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "predict",
        help="apply a trained model to new rows",
        description="Apply a trained model to new rows, and print what it says as CSV.",
        epilog=EPILOG,
    )
    parser.set_defaults(command=predict)
    parser.add_argument("model", metavar="MODEL", help="the folder of a run, or its model.npz")
    parser.add_argument("file", metavar="FILE", help="rows, .csv or .npz")
    parser.add_argument(
        "--verify-key", metavar="FILE", help="refuse a model that this public key has not signed"
    )
    parser.add_argument("--out", metavar="FILE", help="write the CSV to a new file")
    add_switch(parser, "--overwrite", "write over a file that exists")
    add_common(parser)


def predict(arguments: argparse.Namespace) -> None:
    """Run the command."""
    from pyfedlite import _files
    from pyfedlite.models import load_model

    out = None if arguments.out is None else Path(arguments.out)
    if out is not None and out.exists() and not arguments.overwrite:
        raise UsageError(f"out must be a new file, got {out}; name another, or add --overwrite")
    if out is not None:  # an error before the work is done
        _files.check_target(out)
    model = Path(arguments.model)
    path: os.PathLike[str] = model / "model.npz" if model.is_dir() else model
    if arguments.verify_key is not None:
        from pyfedlite.signing import load_verify_key, verified

        path = verified(path, load_verify_key(arguments.verify_key))
    trained = load_model(path)
    with usage():
        rows = trained.inputs.raw(arguments.file)
        table = _table(trained, rows)
        if out is not None:
            _files.write_text(out, table)
    if not arguments.quiet:
        sys.stdout.write(table if out is None else f"{len(rows)} rows in {out}\n")
    if arguments.json:
        print(json.dumps(_result(trained, rows, out)))


def _table(trained: "TrainedModel", rows: "Matrix") -> str:
    """Return a line for each row: its class and the probability of each class, or its value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    predicted = trained.predict(rows).tolist()
    if trained.model.num_classes is None:
        writer.writerows([["prediction"], *([repr(value)] for value in predicted)])
        return text.getvalue()
    names = _class_names(trained)
    writer.writerow(["prediction", *(f"p({name})" for name in names)])
    for label, probabilities in zip(predicted, trained.predict_proba(rows).tolist(), strict=True):
        writer.writerow([names[label], *(f"{p:.6f}" for p in probabilities)])
    return text.getvalue()


def _result(trained: "TrainedModel", rows: "Matrix", out: Path | None) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    predicted = trained.predict(rows).tolist()
    is_classifier = trained.model.num_classes is not None
    names = _class_names(trained)
    return {
        "rows": len(predicted),
        "predictions": [names[label] for label in predicted] if is_classifier else predicted,
        "classes": list(names) if is_classifier else None,
        "probabilities": trained.predict_proba(rows).tolist() if is_classifier else None,
        "out": None if out is None else str(out),
    }


def _class_names(trained: "TrainedModel") -> tuple[str, ...]:
    if trained.class_names is not None:
        return trained.class_names
    return tuple(str(label) for label in range(trained.model.num_classes or 0))

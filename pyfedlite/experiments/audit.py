"""A look at the folder of a run: whether its files fit its audit log.

Adversary, and what is and is not protected: as for ``signing.audit_log``. With a key the model and
the checkpoint have to be signed by it too. For teaching and research: not audited.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyfedlite import _canonical, _check, _npz
from pyfedlite._typing import Vector
from pyfedlite.errors import FileFormatError
from pyfedlite.experiments.folder import AUDIT, CHECKPOINT, CONFIG, MODEL, about_of
from pyfedlite.history import RoundRecord
from pyfedlite.history.fingerprint import result_fingerprint
from pyfedlite.history.records import records_from_json, records_to_csv
from pyfedlite.models import load_model
from pyfedlite.signing import AuditReport, VerifyKey, check_log, verified
from pyfedlite.signing.chain import content_hash

HISTORY, TABLE = "history.json", "history.csv"


def check_folder(folder: Path, key: VerifyKey | None = None) -> AuditReport:
    """Return what is wrong with the files of a run.

    Looked at are the log itself, the configuration that it is about but for the number of rounds,
    all that ``history.json`` holds, the parameters of the model, the fingerprint of both, and
    ``history.csv``; where a key was given, also the checkpoint, and all that the model file holds.

    Parameters
    ----------
    folder : Path
    key : VerifyKey, optional
        Whose signatures the log, the model and the checkpoint have to carry.

    Raises
    ------
    ValueError
        If the folder has no audit log.
    """
    log = folder / AUDIT
    if not log.is_file():
        _check.fail("folder", f"hold an {AUDIT}", folder, "write one by pyfedlite run --audit-log")
    report = check_log(log, key)
    findings = [*report.findings, *_wrong_config(folder, report)]
    warnings = list(report.warnings)
    if (folder / MODEL).exists() or report.fingerprint is not None:
        findings += _wrong_results(folder, report, key)
    else:
        warnings.append("the run is not done, or its end was cut off: there is no model")
    findings += _wrong_checkpoint(folder, key)
    return replace(report, findings=tuple(findings), warnings=tuple(warnings))


def _wrong_config(folder: Path, report: AuditReport) -> Iterator[str]:
    try:
        about = about_of(folder)
    except OSError:
        yield f"{CONFIG} is missing"
        return
    if about != report.about:
        yield f"{CONFIG} is not the one that the log is about"


def _wrong_results(folder: Path, report: AuditReport, key: VerifyKey | None) -> Iterator[str]:
    """Yield where the model and the history differ from the log."""
    path = folder / MODEL
    if report.fingerprint is None:
        yield "the log has no end, though the run is done: its last lines are missing"
    theta: Vector | None = None
    try:
        theta = load_model(path if key is None else verified(path, key)).theta
    except FileFormatError as error:
        yield str(error)
    content = _content(folder)
    records = _records(content)
    if records is None:
        yield f"{HISTORY} is missing or damaged"
    else:
        if report.history not in (None, content_hash(content)):
            yield f"{HISTORY} does not hold what the run has written"
        yield from _wrong_records(records, report)
        yield from _wrong_table(folder, records)
    if theta is None:
        return
    if _canonical.digest(theta) != report.thetas.get(report.num_rounds):
        yield f"{MODEL} is not the model after round {report.num_rounds} of the log"
    if records is not None and report.fingerprint not in (None, result_fingerprint(theta, records)):
        yield f"{HISTORY} or {MODEL} was changed: the result has another fingerprint than the log"


def _content(folder: Path) -> Any:
    try:
        return json.loads((folder / HISTORY).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _records(content: Any) -> list[RoundRecord] | None:
    try:
        return records_from_json(content["records"])
    except (ValueError, LookupError, TypeError, AttributeError, FileFormatError):
        return None


def _wrong_records(records: list[RoundRecord], report: AuditReport) -> Iterator[str]:
    for record in records:
        logged = report.cohorts.get(record.round), report.failures.get(record.round)
        if logged != (_canonical.digest(list(record.cohort)), record.failure):
            yield f"round {record.round} of {HISTORY} has another cohort or failure than the log"
    rounds = {record.round for record in records}
    for number in sorted(set(report.cohorts) - rounds):
        yield f"round {number} of the log is missing in {HISTORY}"


def _wrong_table(folder: Path, records: list[RoundRecord]) -> Iterator[str]:
    try:
        text = (folder / TABLE).read_bytes().decode()
    except (OSError, ValueError):
        text = ""
    if text != records_to_csv(records):
        yield f"{TABLE} is missing, or does not say what {HISTORY} says"


def _wrong_checkpoint(folder: Path, key: VerifyKey | None) -> Iterator[str]:
    path = folder / CHECKPOINT
    if key is None or not path.exists():
        return
    try:
        _npz.read_npz(verified(path, key))
    except (*_npz.DAMAGE, FileFormatError) as error:
        yield f"{CHECKPOINT}: {error}"

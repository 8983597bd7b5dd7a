"""Signatures on model files and checkpoints: who wrote a file, and that it is as it was written.

Adversary: somebody who can change, replace or add files where a model or a checkpoint lies or
travels, but has no signing key. Protected: every array of the file, by its name, dtype, shape and
content; a change of any is refused before a number of it is used. Not protected: the secrecy of the
file; whether the model is any good, or was trained honestly, since a signature says who, not what;
an older file of the same key in the place of a newer one, which verifies as it always did, unless
the reader knows the fingerprint that it expects or each release has a key of its own; a file that
was deleted; and a key that was stolen. A file is unpacked before its signature is looked at, with
the care of the reader of NPZ files. For teaching and research: not audited.

A path carries the key, so whatever takes a path can be signed or verified::

    key = signing.new_key()
    history.save(signing.signed("model.npz", key))
    fl.load_model(signing.verified("model.npz", key.verify_key))
    fl.simulate(..., checkpoint=signing.signed("run.npz", key))

Left neighbour: ``errors``. Right neighbours: ``models`` and ``history``, whose files are signed;
neither names this room. `AuditLog` is a callback of ``simulate``, and writes what `check_log`
reads. The signature is Ed25519 (RFC 8032), of the package cryptography.

References
----------
S. Josefsson and I. Liusvaara, "Edwards-Curve Digital Signature Algorithm (EdDSA)", RFC 8032, 2017,
https://www.rfc-editor.org/rfc/rfc8032
"""

from pyfedlite.signing.audit_check import AuditReport, check_log
from pyfedlite.signing.audit_log import AuditLog
from pyfedlite.signing.keys import (
    SigningKey,
    VerifyKey,
    load_signing_key,
    load_verify_key,
    new_key,
)
from pyfedlite.signing.paths import SignedPath, VerifiedPath, signed, verified

__all__ = [
    "AuditLog",
    "AuditReport",
    "SignedPath",
    "SigningKey",
    "VerifiedPath",
    "VerifyKey",
    "check_log",
    "load_signing_key",
    "load_verify_key",
    "new_key",
    "signed",
    "verified",
]

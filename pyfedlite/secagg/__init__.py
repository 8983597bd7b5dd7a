"""Secure aggregation: the server learns the sum of the clients' vectors and who took part.

The protocol of Bonawitz et al. 2017, and its k-regular form of Bell et al. 2020. Each client adds a
mask for itself and one with every peer, which cancel in the sum; when a client drops out, those
left give the server shares that open what would not cancel. Adversary: the server, alone or with
n_c clients; it follows the protocol and remembers, or it lies (`ThreatModel`). Protected: on the
complete graph, every sum over fewer than t - n_c honest clients; against a server that lies by
signatures, with which clients agree on one list of survivors before they open anything. The
k-regular graph is for a server that follows the protocol. Not protected: what the sum itself gives
away (that is for differential privacy), clients who accept a weak configuration (`Policy`), false
inputs, denial of service, side channels. For teaching and research: not audited; not for
protecting the data of real people without independent review.

Read ``client`` and ``server`` with Figure 4 of the paper open beside them; ``run`` plays everybody.
Curve, cipher and signatures come from ``cryptography``: ``pip install 'pyfedlite[secagg]'``.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, https://eprint.iacr.org/2017/281
J. Bell et al., "Secure Single-Server Aggregation with (Poly)Logarithmic Overhead", CCS 2020,
https://eprint.iacr.org/2020/704
"""

from pyfedlite.errors import AbortError, DecodeError
from pyfedlite.secagg.codes import AbortCode
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.graph import GraphChoice, choose_graph
from pyfedlite.secagg.policy import Policy
from pyfedlite.secagg.run import Outcome, run
from pyfedlite.secagg.sessions import Client, Server
from pyfedlite.secagg.terms import Member, Quantiser
from pyfedlite.secagg.threshold import ThreatModel, choose_threshold
from pyfedlite.secagg.transcript import Transcript
from pyfedlite.secagg.vectors import decode_sum, decode_vector, encode_update, encode_vector

__all__ = [
    "AbortCode",
    "AbortError",
    "Client",
    "Config",
    "DecodeError",
    "GraphChoice",
    "Member",
    "Outcome",
    "Policy",
    "Quantiser",
    "Server",
    "ThreatModel",
    "Transcript",
    "choose_graph",
    "choose_threshold",
    "decode_sum",
    "decode_vector",
    "encode_update",
    "encode_vector",
    "run",
]

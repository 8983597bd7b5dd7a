"""Attacks on secure aggregation: on its masks, on clients who do not check, and on its graph.

Adversary: the server, alone or with some clients; each file says which. For teaching and research:
not audited.
"""

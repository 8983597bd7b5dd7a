"""Random and damaged messages and files, thrown at whatever reads them.

``python -m pyfedlite.testing.fuzzing 1000000`` throws a million messages and a thousandth as many
files of each kind. For teaching and research: not audited.
"""

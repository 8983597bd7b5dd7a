"""Lessons: the tutorials as a user carries them away, notebooks for Jupyter.

Left neighbour: the pages of ``tutorials/``. Right neighbour: the command ``pyfedlite tutorial``.
"""

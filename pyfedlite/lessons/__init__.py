"""Lessons: the tutorials as notebooks for Jupyter, and how long each of them takes.

Left neighbour: the pages of ``tutorials/``. Right neighbour: ``cli`` has the command
``pyfedlite tutorial``.
"""

"""What makes models fast, and nothing else: a reader of the formulas need not open this room.

Every file says in its first lines what it makes faster, and which law compares it with the formula.

Left neighbour: ``local`` takes its steps here, and ``models.outputs`` its sums over classes. Right
neighbour: the formulas of ``models``.
"""

"""What makes models fast, and nothing else: a reader of the formulas need not open this room.

Every file says in its first lines what it makes faster, by how much, and which law ties it to the
formula.
"""

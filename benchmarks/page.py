"""Write what the performance page shows from results/*.json: ``python -m benchmarks.page``."""

import json
from pathlib import Path

from benchmarks.timing import Table
from pyfedlite.plotting import COLOURS

HERE = Path(__file__).parent
STATIC = HERE.parent / "docs" / "_static"
NAMES = (
    "round",
    "start",
    "step",
    "stacking",
    "population",
    "client",
    "overhead",
    "robust",
    "weighted_sum",
    "masks",
    "discrete_gaussian",
    "rust",
    "secagg",
    "import",
)


def main() -> None:
    """Write the tables as text, and the bars of the rounds."""
    results = {}
    for name in NAMES:
        path = HERE / "results" / f"{name}.json"
        if path.exists():
            results[name] = json.loads(path.read_text(encoding="utf-8"))
    machine = results["round"]["machine"]
    parts = ["\n".join(f"{key}: {value}" for key, value in machine.items())]
    for name, result in results.items():
        tables = [Table(**table) for table in result["tables"]]
        parts += [f"$ make bench ARGS={name}", *map(str, tables)]
    (STATIC / "performance.txt").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    rounds = [Table(**table) for table in results["round"]["tables"]]
    draw([table for table in rounds if ": " not in table.title])  # everybody, not the pairs alone


def draw(tables: list[Table]) -> None:
    """Draw how long each contender takes in terms of the plain NumPy loop."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(tables), figsize=(12, 3.4), sharey=True, layout="constrained")
    ratio = tables[0].columns.index("ratio") + 1
    for ax, table in zip(axes, tables, strict=True):
        rounds = [row for row in table.rows if "half a round" not in row[0]]
        names, values = zip(*((row[0], row[ratio]) for row in rounds), strict=True)
        ours = [name.startswith("pyfedlite") for name in names]
        bars = ax.barh(names, values, color=[COLOURS[0] if own else COLOURS[8] for own in ours])
        labels = ax.bar_label(bars, fmt="%.2f", padding=3)
        for label in labels:
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
        ax.axvline(1, color="black", lw=0.8, ls=":", zorder=0)
        ax.set(
            title=heading(table.title),
            xlabel="time, plain NumPy loop = 1",
        )
        ax.margins(x=0.15)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].invert_yaxis()
    fig.savefig(STATIC / "performance.png", dpi=150)


def heading(title: str) -> str:
    """Return what is trained on what, and the epochs."""
    what, *settings = title.removeprefix("A round of ").split(", ")
    return ", ".join([what, *(setting for setting in settings if setting.startswith("E="))])


if __name__ == "__main__":
    main()

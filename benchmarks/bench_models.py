"""City models to 3D Tiles: `cim tiles build` from file to folder, features a CPU second.

The inputs are real models repeated side by side, see `benchmarks.repeat_models`; the command's
start-up is in all numbers.
"""

import argparse
from pathlib import Path

from benchmarks import repeat_models
from benchmarks.commands import built, median

CITYJSON, CITYGML = 2_000, 1_000
"""Buildings a CPU second that are asked for."""

VIENNA_SHARE = 5
"""A fifth of the buildings: each has twelve times the triangles of one in Rotterdam."""


def cases(buildings: int) -> list[tuple[str, Path, tuple[str, ...], int]]:
    """Name, file, options and target of each input."""
    return [
        ("Rotterdam, CityJSONSeq", repeat_models.rotterdam_lines(buildings), (), CITYJSON),
        (
            "Vienna with parts, CityJSONSeq",
            repeat_models.vienna_lines(buildings // VIENNA_SHARE),
            ("--crs", "EPSG:31256"),
            CITYJSON,
        ),
        ("LoD 2 buildings, CityGML 3", repeat_models.citygml(buildings), (), CITYGML),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--buildings", type=int, default=50_000)
    given = parser.parse_args()
    print(
        "| model | buildings | triangles / building | buildings / CPU s | x target |"
        " triangles / CPU s | wall s | bytes / building | peak MB |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    for name, path, options, target in cases(given.buildings):
        costs = built(given.rounds, path, *options)
        made = costs[0].result
        features, triangles = made["features"], made["triangles"]
        rate = median(costs, lambda cost: cost.result["features"] / cost.cpu_s)
        print(
            f"| {name} | {features:,} | {triangles / features:.0f} | {rate:,.0f} |"
            f" {rate / target:.1f} | {rate * triangles / features:,.0f} |"
            f" {median(costs, lambda cost: cost.wall_s):.1f} |"
            f" {sum(made['bytes'].values()) / features:,.0f} |"
            f" {median(costs, lambda cost: cost.peak_mb):.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

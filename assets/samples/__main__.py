"""`python -m assets.samples OUT_DIR` makes the sample city."""

import argparse
import sys
from pathlib import Path

from assets.samples.generate import generate


def main() -> None:
    """Make the files and name them, one a line."""
    parser = argparse.ArgumentParser(prog="python -m assets.samples", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the files; made if missing")
    for path in generate(parser.parse_args().out):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()

"""Draws a run of stanchion as SVG, for the README.

    pip install rich
    python docs/screenshot.py docs/check.svg -- stanchion check examples/

The command runs with color forced; what it prints is drawn as a terminal of the given width.
"""

import argparse
import io
import os
import subprocess
from pathlib import Path

from rich.console import Console
from rich.text import Text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("svg", type=Path, help="file to write")
    parser.add_argument("--width", type=int, default=100, help="columns of the terminal")
    parser.add_argument("--lines", type=int, default=None, help="draw only the first lines")
    parser.add_argument("command", nargs="+", help="command and arguments, after --")
    arguments = parser.parse_args()
    text = run(arguments.command, arguments.width)
    if arguments.lines is not None:
        text = "\n".join(text.splitlines()[: arguments.lines])
    draw(text, arguments.svg, arguments.width, " ".join(arguments.command))


def run(command: list[str], width: int) -> str:
    """Gives the command's output with its colors; findings are no failure here."""
    environment = {**os.environ, "CLICOLOR_FORCE": "1", "COLUMNS": str(width), "LC_ALL": "C.UTF-8"}
    environment.pop("NO_COLOR", None)
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False).stdout.decode()


def draw(text: str, svg: Path, width: int, title: str) -> None:
    # One column more on the right, so that a full line does not wrap.
    console = Console(record=True, width=width + 1, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(text), end="")
    console.save_svg(str(svg), title=title, unique_id="stanchion")


if __name__ == "__main__":
    main()

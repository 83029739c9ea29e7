"""Gives mdBook a chapter for each page of rules/, below the index of all rules.

mdBook runs it as `python3 rule_chapters.py`: the context and the book come as JSON on standard input, and
the book goes to standard output. See `book.toml`.
"""

import json
import sys
from pathlib import Path

INDEX = "rules/README.md"


def main() -> None:
    if sys.argv[1:2] == ["supports"]:
        sys.exit(0 if sys.argv[2] == "html" else 1)
    context, book = json.load(sys.stdin)
    index = next(item["Chapter"] for item in book["items"] if source(item) == INDEX)
    pages = sorted((Path(context["root"]) / "rules").glob("*.md"))
    index["sub_items"] = [
        chapter(page, [*index["number"], n], index["name"])
        for n, page in enumerate((page for page in pages if page.name != "README.md"), 1)
    ]
    json.dump(book, sys.stdout)


def source(item: object) -> str | None:
    """Where an item comes from; separators and titles of parts come from nowhere."""
    return item["Chapter"]["source_path"] if isinstance(item, dict) and "Chapter" in item else None


def chapter(page: Path, number: list[int], parent: str) -> dict:
    path = f"rules/{page.name}"
    return {
        "Chapter": {
            "name": page.stem,
            "content": page.read_text(encoding="utf-8"),
            "number": number,
            "sub_items": [],
            "path": path,
            "source_path": path,
            "parent_names": [parent],
        }
    }


if __name__ == "__main__":
    main()

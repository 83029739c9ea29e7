"""Holds every link of the Markdown pages against what is there.

    python3 docs/check_links.py

A link to a file has to lead to one, a link to a heading to one of that page. Pages of the book may not lead
out of it, and SUMMARY.md has to name each of them. Nothing is looked up in the network: addresses of other
hosts are left alone. Prints what is wrong, and exits with 1 if anything is.
"""

import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
# Code ends in its own paragraph, so that a lone backtick does not turn the rest of a page inside out.
CODE = re.compile(r"(`+)((?:(?!\n\s*\n).)+?)\1(?!`)", re.DOTALL)
LINK = re.compile(r"\]\(<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def main() -> None:
    book = {page for page in DOCS.rglob("*.md") if page.name != "SUMMARY.md"}
    pages = book | {DOCS / "SUMMARY.md"} | set(ROOT.glob("*.md"))
    n_links, wrong = 0, []
    for page in sorted(pages):
        for link in links(page):
            n_links += 1
            fault = fault_of(link, page, book)
            if fault:
                wrong.append(f"{page.relative_to(ROOT)}: `{link}` {fault}")
    named = {(DOCS / link).resolve() for link in links(DOCS / "SUMMARY.md")}
    # The pages of rules are added when the book is made: rule_chapters.py.
    for page in sorted(book - named):
        if page.parent != DOCS / "rules":
            wrong.append(f"docs/SUMMARY.md: does not name `{page.relative_to(DOCS)}`")
    print(*wrong, f"{n_links} links of {len(pages)} pages, {len(wrong)} wrong", sep="\n")
    sys.exit(1 if wrong else 0)


def links(page: Path) -> list[str]:
    """What is written as a link, outside of code, and leads to a file or heading of ours."""
    text = page.read_text(encoding="utf-8")
    # A link's text may be code: only what stands between the brackets and no link is taken away.
    text = CODE.sub(lambda code: "" if "](" in code[2] else "code", FENCE.sub("", text))
    return [link for link in LINK.findall(text) if not re.match(r"[a-z][a-z0-9+.-]*:", link)]


def fault_of(link: str, page: Path, book: set[Path]) -> str | None:
    path, _, heading = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return "leads to no file"
    if page in book and not target.is_relative_to(DOCS):
        return "leads out of the book"
    if heading and (target.suffix != ".md" or heading not in headings(target)):
        return "leads to no heading"
    return None


def headings(page: Path) -> set[str]:
    """The names that code hosts and mdBook give to headings."""
    names: set[str] = set()
    for title in HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        name = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        n = 0
        while (unique := f"{name}-{n}" if n else name) in names:
            n += 1
        names.add(unique)
    return names


if __name__ == "__main__":
    main()

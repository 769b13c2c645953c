"""What the reader finds in documents, and in what time: `python -m tests.benchmarks.reading FOLDER`.

Beside it stands the time that markdown-it-py alone takes for the same text: only the ratio means something.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from todo_db.spec.document import ReferenceSpec, Specification
from todo_db.spec.read import read_markdown

OWN = Path(__file__).parents[1] / "cases"
QUESTIONS = tuple(f"TD13{digit}" for digit in range(10))
CONTRADICTIONS = tuple(f"TD11{digit}" for digit in range(10))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each a document states."""

    tables: int = 0
    columns: int = 0
    keys: int = 0
    references: int = 0
    indexes: int = 0
    uniques: int = 0
    checks: int = 0
    questions: int = 0
    contradictions: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def counts(spec: Specification) -> Counts:
    """What a specification states, counted."""
    columns = [c for t in spec.tables for c in t.columns]
    return Counts(
        tables=len(spec.tables),
        columns=len(columns),
        keys=sum(c.primary_key is True for c in columns),
        references=sum(isinstance(c.references, ReferenceSpec) for c in columns),
        indexes=sum(len(t.indexes) for t in spec.tables),
        uniques=sum(c.unique is True for c in columns) + sum(len(t.uniques) for t in spec.tables),
        checks=sum(len(t.checks) for t in spec.tables),
        questions=sum(f.code in QUESTIONS for f in spec.findings),
        contradictions=sum(f.code in CONTRADICTIONS for f in spec.findings),
    )


def large(tables: int) -> str:
    """A document of many tables in the commonest form; 1,800 make a megabyte."""
    return "# Schema\n" + "".join(_SECTION.format(i=i, length=i % 200 + 1) for i in range(tables))


_SECTION = """
## table_{i}

The rows of table_{i}.

| Column | Type | Constraints | Description |
|---|---|---|---|
| id | UUID | PRIMARY KEY, DEFAULT gen_random_uuid() | The key of row {i} |
| owner_{i} | UUID | NOT NULL, FK → table_0.id ON DELETE CASCADE | Owner of {i} |
| title_{i} | VARCHAR({length}) | NOT NULL | Title |
| created_at | TIMESTAMPTZ | NOT NULL, DEFAULT now() | When it was made |

**Indexes:**
- `idx_table_{i}_owner` on `owner_{i}` for lists
- Composite index on (title_{i}, created_at)

Some text about table {i} that says that nothing else is here to be read.
"""


def seconds(text: str) -> tuple[float, float]:
    """CPU seconds of the reader, and of markdown-it-py alone, each the best of three runs."""
    from markdown_it import MarkdownIt

    def alone() -> object:
        return MarkdownIt("commonmark").enable("table").disable("inline").parse(text)

    def ours() -> object:
        return read_markdown(text, "large.md")

    return min(_took(ours) for _ in range(3)), min(_took(alone) for _ in range(3))


def _took(run: object) -> float:
    assert callable(run)
    start = time.process_time()
    run()
    return time.process_time() - start


def report(folder: Path) -> Iterator[str]:
    """A line per file, their sum, and the speed."""
    names = [f.name for f in fields(Counts)]
    yield "".join((f"{'file':50}", *(f"{n:>16}" for n in names), f"{'ms':>8}"))
    total = Counts()
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        start = time.process_time()
        found = counts(read_markdown(text, path.name))
        taken = (time.process_time() - start) * 1000
        total += found
        yield "".join((f"{path.name[:50]:50}", *(f"{n:>16}" for n in astuple(found)), f"{taken:>8.1f}"))
    yield "".join((f"{'all':50}", *(f"{n:>16}" for n in astuple(total))))
    ours, alone = seconds(large(1800))
    yield (f"1 MB of Markdown: {ours:.2f} s; markdown-it-py alone {alone:.2f} s; ratio {ours / alone:.1f}")


if __name__ == "__main__":
    for line in report(Path(sys.argv[1]) if len(sys.argv) > 1 else OWN):
        sys.stdout.write(line + "\n")

"""Files and folders → one specification."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from todo_db.collecting import no_garbage_collection
from todo_db.errors import UsageError
from todo_db.findings import Finding, Place, ordered
from todo_db.spec import names, rules
from todo_db.spec.answers import Answer, answered, in_document, read_answers
from todo_db.spec.assemble import assemble
from todo_db.spec.document import Specification
from todo_db.spec.grouping import group
from todo_db.spec.headed import without_columns
from todo_db.spec.known import Known
from todo_db.spec.markdown import Context, Document, Fence, parse
from todo_db.spec.mentions import tables_in_text, unknown_names, unknown_tables
from todo_db.spec.notations.boxes import read_boxes
from todo_db.spec.notations.bullets import read_bullets
from todo_db.spec.notations.columntable import read_column_tables, read_tables_of_tables, tables_named
from todo_db.spec.notations.constraintlists import read_constraint_lists
from todo_db.spec.notations.constrainttables import read_constraint_tables
from todo_db.spec.notations.dbml import read_dbml
from todo_db.spec.notations.django import read_django
from todo_db.spec.notations.drizzle import read_drizzle
from todo_db.spec.notations.enumlists import read_enum_lists
from todo_db.spec.notations.fences import read_fences
from todo_db.spec.notations.house import read_house_lists
from todo_db.spec.notations.indexlists import read_index_lists
from todo_db.spec.notations.inlinelists import read_inline_lists
from todo_db.spec.notations.mermaid import read_mermaid
from todo_db.spec.notations.prisma import read_prisma
from todo_db.spec.notations.prose import from_descriptions, read_external_tables, read_prose_statements
from todo_db.spec.notations.psql import read_psql
from todo_db.spec.notations.pycode import read_plain_classes, read_python
from todo_db.spec.notations.sql import read_sql, read_sql_recipes
from todo_db.spec.notations.sqlsketch import read_sql_sketches
from todo_db.spec.notations.unreadcode import read_unread_code
from todo_db.spec.sections import passages
from todo_db.spec.source import Source
from todo_db.spec.spelling import spelled_once
from todo_db.spec.statements import Statement
from todo_db.spec.yamlnodes import MAX_BYTES
from todo_db.spec.yamlspec import read_yaml

DEFINING: Final[tuple[Callable[[Source], Iterator[Statement]], ...]] = (
    read_column_tables,
    read_bullets,
    read_sql,
    read_sql_sketches,
    read_python,
    read_fences,
    read_enum_lists,
    read_django,
    read_drizzle,
    read_prisma,
    read_dbml,
    read_mermaid,
    read_boxes,
    read_psql,
)
"""Notations that define tables and columns; a new one is a file in `notations/` and a line here."""

FALLBACKS: Final = (read_sql_recipes, read_tables_of_tables, read_inline_lists, read_plain_classes)
"""Notations that count for tables that no other defines; plain classes only where there is no table."""

REFINING: Final[tuple[Callable[[Source, Known], Iterator[Statement]], ...]] = (
    read_house_lists,
    read_index_lists,
    read_constraint_lists,
    read_constraint_tables,
    read_prose_statements,
)
"""Notations that say more about tables and columns that others define."""

SUFFIXES: Final = (".md", ".markdown", ".yaml", ".yml", ".sql")

_MENTION = re.compile(
    r"\b(?:from|into|update|join|references|table)\s+[\"`]?([a-z_]\w*)[\"`]?(?![\w.:])", re.IGNORECASE
)


@no_garbage_collection()
def read_markdown(text: str, path: str) -> Specification:
    """The specification in the text of one Markdown file."""
    return _assemble([Source(parse(text, path))], [])


@no_garbage_collection()
def read_yaml_text(text: str, path: str) -> Specification:
    """The specification in the text of one YAML file."""
    statements, findings = read_yaml(text, path)
    return _assemble([], findings, statements)


@no_garbage_collection()
def read_texts(texts: Mapping[str, str]) -> Specification:
    """The specification in the texts of several files, by path, together as one."""
    sources: list[Source] = []
    findings: list[Finding] = []
    strict: list[Statement] = []
    for path, text in texts.items():
        if path.lower().endswith((".yaml", ".yml")):
            stated, wrong = read_yaml(text, path)
            strict += stated
            findings += wrong
        else:
            sources.append(_source(text, path))
    return _assemble(sources, findings, strict)


@no_garbage_collection()
def read_specification(paths: Sequence[Path], *, root: Path, answers: Sequence[Path] = ()) -> Specification:
    """The specification in files and folders (their `.md`, `.yaml` and `.sql` files), together as one.

    answers: files that answer its questions. Places are relative to `root`.
    UsageError: a path does not exist.
    """
    sources: list[Source] = []
    findings: list[Finding] = []
    strict: list[Statement] = []
    for path in files_in(paths, root):
        name = _relative(path, root)
        text = _text(path, name, findings)
        if text is None:
            continue
        if path.suffix.lower() in (".yaml", ".yml"):
            stated, wrong = read_yaml(text, name)
            strict += stated
            findings += wrong
        else:
            sources.append(_source(text, name))
    return _assemble(sources, findings, strict, _given(answers, root, findings))


def _source(text: str, path: str) -> Source:
    """A document; a file of SQL is one that holds nothing but SQL."""
    if path.lower().endswith(".sql"):
        return Source(Document(path, (Fence("sql", text, 1, Context()),), ()))
    return Source(parse(text, path))


def _given(paths: Sequence[Path], root: Path, findings: list[Finding]) -> list[Answer]:
    given: list[Answer] = []
    for path in paths:
        if not (root / path).is_file():
            raise UsageError(f"There is no file of answers at {path}.", where=str(path))
        name = _relative(root / path, root)
        text = _text(root / path, name, findings, may_be_empty=True)
        stated, wrong = read_answers(text, name) if text is not None else ([], [])
        given += stated
        findings += wrong
    return given


def missing() -> Finding:
    """The finding that no specification was named and none was found."""
    hint = (
        "Write schema/schema.md. From the models: `mkdir -p schema && todo-db inspect models --format "
        "markdown --output schema/schema.md`; from the database: the same with `inspect live`."
    )
    return rules.finding(rules.MISSING, "file", "specification", "There is no specification.", (), hint=hint)


def _assemble(
    sources: list[Source],
    findings: list[Finding],
    yaml: Iterable[Statement] = (),
    answers: Iterable[Answer] = (),
) -> Specification:
    statements: list[Statement] = [*yaml]
    for source in sources:
        for reader in DEFINING:
            statements += reader(source)
    for fallback in FALLBACKS:
        defined = {names.key(s.table.text) for s in statements if s.table and s.fact == "exists"}
        if fallback is not read_plain_classes or not defined:
            more = [s for source in sources for s in fallback(source)]
            statements += [s for s in more if s.table is None or names.key(s.table.text) not in defined]
    defined = {names.key(s.table.text) for s in statements if s.table and s.fact == "exists"}
    outside = [s for source in sources for s in read_external_tables(source, statements)]
    statements += [s for s in outside if s.table and names.key(s.table.text) not in defined]
    stated = {names.key(s.table.text) for s in statements if s.table}
    statements += [s for source in sources for s in read_unread_code(source, stated)]
    findings = [*findings, *(s.value for s in statements if isinstance(s.value, Finding))]
    mentions = [
        m
        for s in sources
        for f in s.document.blocks
        if isinstance(f, Fence)
        for m in _MENTION.findall(f.text)
    ]
    called = tables_in_text(sources, statements)
    grouping = group(statements, mentions, called)
    statements, spelled = spelled_once(statements, grouping)
    findings += spelled
    known = Known.of(statements, grouping)
    refined = [s for source in sources for refine in REFINING for s in refine(source, known)]
    refined += from_descriptions(statements, known)
    over = [p for source in sources for p in passages(source.document)]
    paths = [s.document.path for s in sources]
    if not known.columns and not findings:
        findings = [_no_table(paths, sources)]
    spec = assemble(
        [*statements, *refined],
        mentions=mentions,
        called=called,
        passed_over=over,
        findings=findings,
        paths=paths,
    )
    unknown = [*unknown_names(sources, spec), *unknown_tables(sources, spec), *without_columns(sources, spec)]
    spec = replace(spec, findings=ordered([*spec.findings, *unknown])) if unknown else spec
    return answered(spec, [*answers, *(a for s in sources for a in in_document(s))])


def _no_table(paths: Sequence[str], sources: Iterable[Source]) -> Finding:
    where = ", ".join(paths) or "the specification"
    named = [found for source in sources for found in tables_named(source)]
    places = tuple(dict.fromkeys(place for _, place in named)) or tuple(
        Place("spec", path, 1) for path in paths
    )
    called = list(dict.fromkeys(name for name, _ in named))
    more = f" and {len(called) - 5} more" if len(called) > 5 else ""
    but = f": it names {', '.join(called[:5])}{more} without their columns" if called else ""
    return rules.finding(rules.NO_TABLE, "file", where, f"No table is stated in {where}{but}.", places[:5])


def files_in(paths: Iterable[Path], root: Path) -> list[Path]:
    """The files that these files and folders are, each once. UsageError: one does not exist."""
    found: list[Path] = []
    for given in paths:
        path = given if given.is_absolute() else root / given
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        elif path.exists():
            found.append(path)
        else:
            raise UsageError(
                f"There is no specification at {given}.",
                where=str(given),
                hint="Name it in [tool.todo-db] as spec, or write schema/schema.md.",
            )
    return list(dict.fromkeys(found))


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _text(path: Path, name: str, findings: list[Finding], *, may_be_empty: bool = False) -> str | None:
    place = (Place("spec", name, 1),)
    if path.stat().st_size > MAX_BYTES:
        message = f"{name} was refused: it is larger than {MAX_BYTES // 1_000_000} MB."
        hint = "A specification is never so large; name its own files or folder as the spec."
        findings.append(rules.finding(rules.REFUSED, "file", name, message, place, hint=hint))
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        findings.append(rules.finding(rules.NOT_TEXT, "file", name, f"{name} is not UTF-8 text.", place))
        return None
    if not text.strip() and not may_be_empty:
        findings.append(rules.finding(rules.EMPTY, "file", name, f"{name} is empty.", place))
    return text

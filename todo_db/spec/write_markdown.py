"""A specification → the tidy schema.md that the reader reads back to the same specification."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from todo_db.findings import Finding
from todo_db.spec import names, types
from todo_db.spec.answering import ANSWERABLE
from todo_db.spec.defaults import escaped, quoted
from todo_db.spec.document import (
    UNSAID,
    ColumnSpec,
    ForeignKeySpec,
    IndexSpec,
    ReferenceSpec,
    Specification,
    TableSpec,
    UniqueSpec,
)
from todo_db.spec.markdown import Heading
from todo_db.spec.sections import reason

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


def to_markdown(spec: Specification) -> str:
    """The house format: a column table per table, lists of indexes and constraints, and the open
    questions."""
    lines = ["# Database schema", ""]
    lines += _section("Extensions", (f"- `{e}`" for e in spec.extensions))
    lines += _section("Schemas", (f"- `{s}`" for s in spec.schemas))
    if types_ := list(_types(spec)):
        lines += ["## Types", "", "```sql", *types_, "```", ""]
    lines += ["## Tables", ""]
    for table in spec.tables:
        lines += _table(table)
    lines += _section("Open questions", (question(f) for f in spec.findings if f.question))
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(title: str, items: Iterable[str]) -> list[str]:
    listed = list(items)
    return [f"## {title}", "", *listed, ""] if listed else []


def _types(spec: Specification) -> Iterator[str]:
    """Types and sequences, as the SQL that makes them."""
    for enum in spec.enums:
        yield f"CREATE TYPE {_sql(enum.name)} AS ENUM ({', '.join(quoted(v) for v in enum.values)});"
    for domain in spec.domains:
        parts = [f"CREATE DOMAIN {_sql(domain.name)} AS {domain.type}"]
        if domain.default is not UNSAID:
            parts.append(f"DEFAULT {domain.default or 'NULL'}")
        if domain.nullable is not UNSAID:
            parts.append("NULL" if domain.nullable else "NOT NULL")
        for check in domain.checks:
            name = f"CONSTRAINT {_sql(check.name)} " if check.name else ""
            parts.append(f"{name}CHECK ({check.expr})")
        yield " ".join(parts) + ";"
    for sequence in spec.sequences:
        parts = [f"CREATE SEQUENCE {_sql(sequence.name)}"]
        parts += [f"AS {sequence.type}"] if sequence.type else []
        parts += [f"INCREMENT BY {sequence.increment}"] if sequence.increment is not UNSAID else []
        parts += [f"START WITH {sequence.start}"] if sequence.start is not UNSAID else []
        yield " ".join(parts) + ";"


def _sql(name: str) -> str:
    """An SQL identifier, quoted where it is not plain; a schema in front of it stays apart."""
    return ".".join(map(_ident, name.split(".", 1)))


def _ident(name: str) -> str:
    """One SQL identifier, quoted where it is not plain."""
    return name if _PLAIN.match(name) else '"' + name.replace('"', '""') + '"'


def _table(table: TableSpec) -> list[str]:
    lines = [f"### {heading(table.name)}", ""]
    if table.description:
        lines += [_one_line(table.description, start=True), ""]
    for fact in _facts_above(table):
        lines += [fact, ""]
    return [*lines, *_columns_table(table), *_lists(table)]


def _columns_table(table: TableSpec) -> list[str]:
    head = ["| Column | Type | Constraints | Description |", "| --- | --- | --- | --- |"]
    return [*head, *(_row(c) for c in table.columns), ""]


def table_body(
    table: TableSpec,
    questions: Iterable[Finding] = (),
    marker: str = "-",
    remarks: Mapping[str, str] | None = None,
) -> list[str]:
    """A table as it stands below a heading of somebody's own: facts, columns, lists under labels.

    remarks: prose behind an index or a constraint, by its `label`.
    """
    lines = [line for fact in _facts_above(table) for line in (fact, "")]
    lines += _columns_table(table)
    for line in _lists(table, remarks or {}):
        title = re.match(r"#### (?P<text>.+)", line)
        lines.append(f"**{title['text']}:**" if title else re.sub(r"\A- ", f"{marker} ", line))
    if asked := [question(f) for f in questions]:
        lines += ["**Open questions:**", "", *(re.sub(r"\A- ", f"{marker} ", q) for q in asked), ""]
    return lines


def question(finding: Finding) -> str:
    """A question as an item; behind the arrow it can be answered."""
    name = finding.object.replace('"', "").removeprefix("public.")
    message = _one_line(finding.message.replace("→", "to"))
    return f"- `{finding.code}` {_code(name)}: {message}{' →' if finding.code in ANSWERABLE else ''}"


def _facts_above(table: TableSpec) -> Iterator[str]:
    if table.managed_by:
        yield f"**Managed by**: {table.managed_by}"
    if table.owner is not UNSAID:
        said = "Owner" if table.owner_place is not None else "Probable owner"
        yield f"**{said}**: {f'`{table.owner}`' if table.owner else 'none'}"
    if table.states_policies:
        yield "**Policies**: its own"
    if table.renamed_from:
        yield f"**Renamed from**: `{table.renamed_from}`"
    if table.comment is not UNSAID:
        yield f"**Comment**: {_code(_comment(table.comment)) if table.comment else 'none'}"


def _comment(text: str) -> str:
    line = escaped(text)
    return line if line != text else quoted(text)


def heading(name: str) -> str:
    """A table's name as a heading; in code where it could be taken for something else."""
    safe = (
        _PLAIN.match(name)
        and not names.is_generic(name)
        and not reason(Heading(3, name, 0))
        and not names.named(name)
    )
    if safe and not re.match(r"[ivx]+\Z", name):
        return name
    return f"`{name}`" if "`" not in name else f'"{name}"'


def _one_line(text: str, *, start: bool = False) -> str:
    """A description on one line, without what Markdown would read as structure."""
    flat = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\A(?=[#>|+*-]|\d+[.)]|[`~]{3})", r"\\", flat) if start else flat


def _row(column: ColumnSpec) -> str:
    cells = (
        _name(column.name),
        _type(column),
        ", ".join(_facts(column)),
        _one_line(column.description),
    )
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def _name(name: str) -> str:
    return name if re.fullmatch(r"[^\W\d]\w*", name) else _ident(name)


def _type(column: ColumnSpec) -> str:
    if column.type is UNSAID:
        return ""
    reading = types.read(column.type)
    return (
        column.type
        if reading and reading.type == column.type and "(" not in column.type[:5]
        else _code(column.type)
    )


def _code(text: str) -> str:
    marks = "``" if "`" in text else "`"
    return f"{marks}{text}{marks}"


def _facts(column: ColumnSpec) -> Iterator[str]:
    """What is said about a column, in the words of SQL where SQL has them."""
    yield from _flag(column.primary_key, "PRIMARY KEY", "NOT PRIMARY KEY")
    yield from _flag(column.autoincrement, "AUTOINCREMENT", "NO AUTOINCREMENT")
    if column.identity:
        yield f"GENERATED {column.identity.upper()} AS IDENTITY"
    elif column.identity is None:
        yield "NO IDENTITY"
    if column.nullable is not UNSAID and column.primary_key is not True:
        yield "NULL" if column.nullable else "NOT NULL"
    yield from _flag(column.unique, "UNIQUE", "NOT UNIQUE")
    yield from _flag(column.index, "INDEX", "NO INDEX")
    yield from _references(column.references)
    for fact, value, none in (
        ("DEFAULT", column.server_default, "NO DEFAULT"),
        ("APPLICATION DEFAULT", column.default, "NO APPLICATION DEFAULT"),
        ("GENERATED AS", column.generated, "NOT GENERATED"),
        ("COLLATE", column.collation, "NO COLLATION"),
        ("REFRESHED ON UPDATE TO", column.on_update, "NOT REFRESHED ON UPDATE"),
        ("COMMENT", escaped(column.comment) if column.comment else column.comment, "NO COMMENT"),
    ):
        if value is not UNSAID:
            yield none if value is None else f"{fact} {_code(value)}"
    if column.max_length is not UNSAID:
        yield f"max {column.max_length} characters"
    if column.renamed_from:
        yield f"RENAMED FROM {_code(column.renamed_from)}"


def _flag(value: object, yes: str, no: str) -> Iterator[str]:
    if value is not UNSAID:
        yield yes if value else no


def _references(reference: object) -> Iterator[str]:
    if reference is None:
        yield "NO FOREIGN KEY"
    if isinstance(reference, ReferenceSpec):
        target = ", ".join(map(_ident, reference.columns))
        yield f"FK → {_sql(reference.table)}({target})" if target else f"FK → {_sql(reference.table)}"
        if reference.on_delete:
            yield f"ON DELETE {str(reference.on_delete).upper()}"
        if reference.on_update:
            yield f"ON UPDATE {str(reference.on_update).upper()}"
        if reference.name:
            yield f"FK NAME {_code(str(reference.name))}"
        if reference.deferrable:
            yield str(reference.deferrable).upper()


def label(member: object) -> str:
    """What tells an index or a constraint from the others of its table."""
    return repr([getattr(member, f, None) for f in ("name", "columns", "expr")])


def _remarked(line: str, member: object, remarks: Mapping[str, str]) -> str:
    remark = _one_line(remarks.get(label(member), ""))
    return f"{line}: {remark}" if remark else line


def _lists(table: TableSpec, remarks: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    indexes = [_remarked(_index(i), i, remarks) for i in table.indexes]
    if table.lists_indexes and not indexes:
        indexes = ["- none"]
    lines = (
        ["#### Indexes" if table.lists_indexes else "#### Indexes, among others", "", *indexes, ""]
        if indexes
        else []
    )
    constraints = list(_constraints(table, remarks))
    if table.lists_constraints and not constraints:
        constraints = ["- none"]
    if constraints:
        title = "#### Constraints" if table.lists_constraints else "#### Constraints, among others"
        lines += [title, "", *constraints, ""]
    return lines


def _constraints(table: TableSpec, remarks: Mapping[str, str]) -> Iterator[str]:
    if table.primary_key:
        yield _item(table.primary_key.name, f"PRIMARY KEY ({_columns(table.primary_key.columns)})")
    for unique in table.uniques:
        yield _remarked(_item(unique.name, _unique(unique)), unique, remarks)
    for key in table.foreign_keys:
        yield _remarked(_item(key.name, _foreign_key(key)), key, remarks)
    for check in table.checks:
        yield _remarked(_item(check.name, f"CHECK ({check.expr})"), check, remarks)
    for exclusion in table.exclusions:
        yield _item(exclusion.name, exclusion.definition)


def _item(name: object, sql: str) -> str:
    text = f"CONSTRAINT {_sql(str(name))} {sql}" if name else sql
    return f"- {_code(re.sub(chr(10), ' ', text))}"


def _columns(columns: Iterable[str]) -> str:
    return ", ".join(map(_ident, columns))


def _unique(unique: UniqueSpec) -> str:
    nulls = (
        ""
        if unique.nulls_not_distinct is UNSAID
        else ("NULLS NOT DISTINCT " if unique.nulls_not_distinct else "NULLS DISTINCT ")
    )
    return f"UNIQUE {nulls}({_columns(unique.columns)}){_deferrable(unique.deferrable)}"


def _foreign_key(key: ForeignKeySpec) -> str:
    target = key.references
    text = f"FOREIGN KEY ({_columns(key.columns)}) REFERENCES {_sql(target.table)}"
    text += f" ({_columns(target.columns)})" if target.columns else ""
    text += f" ON DELETE {str(target.on_delete).upper()}" if target.on_delete else ""
    text += f" ON UPDATE {str(target.on_update).upper()}" if target.on_update else ""
    return text + _deferrable(key.deferrable)


def _deferrable(value: object) -> str:
    return f" {str(value).upper()}" if value else ""


def _index(index: IndexSpec) -> str:
    kind = "INDEX" if index.unique is UNSAID else "UNIQUE INDEX" if index.unique else "PLAIN INDEX"
    text = f"{kind} {_sql(index.name)}" if index.name else kind
    text += f" USING {index.method}" if index.method else ""
    text += f" ({', '.join(map(_entry, index.columns))})"
    text += f" INCLUDE ({_columns(index.include)})" if index.include else ""
    if index.where is not UNSAID:
        text += f" WHERE {index.where}" if index.where else " UNCONDITIONAL"
    return f"- {_code(text)}"


def _entry(entry: str) -> str:
    """A column of an index; its name is quoted where it is not plain, a direction and an expression stay."""
    if entry.startswith("("):
        return entry
    found = re.fullmatch(r"(?s)(?P<name>.+?)(?P<direction>(?: ASC| DESC)?(?: NULLS (?:FIRST|LAST))?)", entry)
    return f"{_ident(found['name'])}{found['direction']}" if found else _ident(entry)

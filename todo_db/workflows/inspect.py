"""inspect: one side, written out as YAML, Markdown, SQL, JSON, Mermaid or HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from todo_db.errors import Exit, UsageError
from todo_db.masking import mask
from todo_db.plan import plan
from todo_db.report import Document
from todo_db.schema import Key, Schema
from todo_db.sources.workspace import Workspace
from todo_db.spec.document import Specification

FORMATS = ("yaml", "json", "sql", "markdown", "mermaid", "html", "answers")
SCHEMA_OF_SPEC = ("schema-of-spec", "json-schema")
_SPEC_FILES = (".md", ".markdown", ".yaml", ".yml")


def inspect(ws: Workspace, side: str, format_name: str = "yaml") -> Document:
    """The side in one of FORMATS; what the format cannot say is counted in the document's notes.

    A specification is written from the document itself, so that what it leaves unsaid stays unsaid.
    'answers' is its open questions as a file to be filled in.
    """
    if side in SCHEMA_OF_SPEC:
        from todo_db.spec.write import json_schema

        return Document(json_schema())
    if format_name == "answers":
        return _questions(ws, side)
    if format_name == "sql":
        return _as_sql(ws.side(side))
    if format_name in ("mermaid", "html"):
        return _drawn(ws.side(side), mask(side), format_name)
    document = _document(ws, side)
    if document is not None:
        return Document(_written(document, format_name), notes=_about(document))
    from todo_db.spec.from_schema import to_specification

    schema = ws.side(side)
    converted = to_specification(schema)
    left_out = [_wordless(format_name, converted.left_out)] if converted.left_out else []
    return _told(_written(converted.specification, format_name), left_out, schema)


def _questions(ws: Workspace, side: str) -> Document:
    from todo_db.rules import check_specification
    from todo_db.spec.answers import to_answers

    document = _document(ws, side)
    if document is None:
        raise UsageError(
            f"{side} is no spec, and has no questions", hint="todo-db inspect spec --format answers"
        )
    return Document(to_answers([*document.findings, *check_specification(document, ws.settings)]))


def _document(ws: Workspace, side: str) -> Specification | None:
    """The specification that a side is, or None where it is something else."""
    if side == "spec":
        return ws.specification
    path = Path(side)
    if "://" in side or not (path.suffix.lower() in _SPEC_FILES or path.is_dir()):
        return None
    from todo_db.spec.read import read_specification

    return read_specification([Path.cwd() / path], root=ws.settings.root)


def _written(specification: Specification, format_name: str) -> str:
    from todo_db.spec import write

    if format_name == "json":
        return json.dumps(write.to_plain(specification, unsaid="null"), indent=2, ensure_ascii=False)
    return write.to_yaml(specification) if format_name == "yaml" else write.to_markdown(specification)


def _wordless(format_name: str, counts: Mapping[str, int]) -> str:
    listed = ", ".join(f"{count} × {what}" for what, count in counts.items())
    return f"left out, since {format_name} has no words for it: {listed}"


def _as_sql(schema: Schema) -> Document:
    given = {Key("schema", "public")} & schema.objects.keys()  # every new database has it
    planned = plan(Schema(side="nothing", objects={k: schema.objects[k] for k in given}), schema)
    refused = [f"no statement for {r.key.kind} {r.key.name}: {r.reason}" for r in planned.refusals]
    text = "".join(f"{s.sql};\n" for s in planned.statements)
    return _told(text, refused, schema)


def _drawn(schema: Schema, title: str, format_name: str) -> Document:
    if format_name == "html":
        from todo_db.report.schema_page import schema_page

        return _told(schema_page(schema, title), (), schema)
    from todo_db.report.mermaid import to_mermaid
    from todo_db.report.outline import outline

    return _told(*to_mermaid(outline([schema])), schema)


def _told(text: str, notes: Sequence[str], schema: Schema) -> Document:
    """The text, and that it is not all where something could not be read."""
    unread = [f"not known: {u.object}: {u.reason}" for u in schema.unknown]
    return Document(text, Exit.UNDETERMINED if unread else Exit.CLEAN, (*notes, *unread))


def _about(specification: Specification) -> tuple[str, ...]:
    """How many questions and contradictions the document holds; `check-spec` tells them."""
    questions = sum(f.question for f in specification.findings)
    others = len(specification.findings) - questions
    counted = [f"{n} {what}" for n, what in ((questions, "questions"), (others, "findings")) if n]
    return (f"the specification has {' and '.join(counted)}: see `todo-db check-spec`",) if counted else ()

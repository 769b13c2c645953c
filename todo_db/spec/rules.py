"""The findings that a specification gives by itself: what is missing, contradicts itself, is unclear or
unreadable."""

from __future__ import annotations

from typing import Final

from todo_db.findings import Finding, Place, Rule, Severity, register
from todo_db.schema import display


def _error(code: str, name: str, title: str, explain: str) -> Rule:
    return register(Rule(code, name, Severity.ERROR, title, explain))


def _question(code: str, name: str, title: str, explain: str) -> Rule:
    return register(Rule(code, name, Severity.WARNING, title, explain))


NO_TABLE: Final = _error(
    "TD101",
    "spec-states-no-table",
    "The specification states no table",
    "The document was read, but nothing in it states a table: no table of columns, no list of "
    "typed columns, no "
    "CREATE TABLE, no model. Sections about the future, examples and queries do not count (`-v` "
    "lists them).\n\n"
    "**To mend it**, describe each table under a heading of its own, for example\n\n"
    "    ### tasks\n\n    | Column | Type | Constraints | Description |\n    |---|---|---|---|\n"
    "    | id | integer | PRIMARY KEY | |\n    | title | varchar(200) | NOT NULL | |\n",
)
EMPTY: Final = _error(
    "TD102",
    "spec-empty",
    "The specification is empty",
    "The file holds nothing but white space. Write the specification, or take the file out of `spec` in "
    "`[tool.todo-db]`. `todo-db inspect live --format markdown` writes one from a database.",
)
MISSING: Final = _error(
    "TD103",
    "spec-missing",
    "There is no specification",
    "No file was named and none was found at the usual places (`schema/`, `specs/database/schema.md`, "
    "`specs/*/database/schema.md`, `data-model.md`). Name it in `[tool.todo-db]` as `spec`.",
)

_CONTRADICTION = (
    "Two places of the specification state different values for the same thing, so that a reader "
    "may follow either. "
    "Until they agree, the one with the higher authority counts: YAML, SQL, column tables, "
    "bullets, fenced columns, lists, Prisma, DBML, SQLModel and SQLAlchemy code, Django, Drizzle, mermaid "
    "diagrams, boxes, prose; and what is said counts before what only follows from the rules of SQL or of "
    "an ORM (a column without NOT NULL may be null).\n\n**To mend "
    "it**, change one of the two places, or settle it in the file of answers (`todo-db explain TD167`), "
    "which counts before both.\n\n"
)
TABLE_NAME: Final = _error(
    "TD110",
    "spec-contradicts-table-name",
    "One table has two names in the specification",
    _CONTRADICTION
    + "The commonest case: SQL says `CREATE TABLE tasks`, but `class Task(SQLModel, table=True)` "
    'without `__tablename__ = "tasks"` makes a table `task`.',
)
TYPE: Final = _error(
    "TD111",
    "spec-contradicts-type",
    "One column has two types in the specification",
    _CONTRADICTION
    + "A word that is looser than a PostgreSQL type (`string`) contradicts no type in its family (`text`, "
    "`varchar(200)`), and a type without a length contradicts no length.",
)
TIME_ZONE: Final = _error(
    "TD112",
    "spec-contradicts-time-zone",
    "One column is with time zone in one place and without in another",
    _CONTRADICTION
    + "`timestamp` keeps no zone: what it stands for depends on who reads it. Use `timestamptz` "
    "in both places.",
)
NULLABILITY: Final = _error(
    "TD113",
    "spec-contradicts-nullability",
    "One column may be null in one place and not in another",
    _CONTRADICTION
    + "In SQL a column without NOT NULL may be null even where it has a default; in SQLModel `str` may not, "
    "`str | None` may.",
)
DEFAULT: Final = _error(
    "TD114",
    "spec-contradicts-default",
    "One column has two defaults in the specification",
    _CONTRADICTION
    + "A default that only Python sets (`Field(default=…)`) and one that the database has are different "
    "things and are not held against each other.",
)
FOREIGN_KEY: Final = _error(
    "TD115",
    "spec-contradicts-foreign-key",
    "A foreign key stands in one place only, or points to different targets",
    _CONTRADICTION
    + "CREATE TABLE and SQLModel classes are complete: where they state the column without the key, there "
    "is none.",
)
ON_DELETE: Final = _error(
    "TD116",
    "spec-contradicts-on-delete",
    "One foreign key has two ON DELETE rules in the specification",
    _CONTRADICTION
    + "CREATE TABLE and SQLModel classes are complete: a foreign key without ON DELETE refuses to delete a "
    "row that others refer to (NO ACTION).",
)
PRIMARY_KEY: Final = _error(
    "TD117",
    "spec-contradicts-primary-key",
    "One table has two primary keys in the specification",
    _CONTRADICTION,
)
UNIQUE: Final = _error(
    "TD118", "spec-contradicts-unique", "One column is unique in one place and not in another", _CONTRADICTION
)
OBJECT: Final = _error(
    "TD119",
    "spec-contradicts-object",
    "An index, a constraint or an enum is defined in two ways",
    _CONTRADICTION,
)

COLUMN_NAME: Final = register(
    Rule(
        "TD120",
        "spec-spells-column-twice",
        Severity.WARNING,
        "One column is spelled in two ways",
        "The names differ only in upper case and underscores: `createdAt` here, `created_at` there. They "
        "were taken for one column, which is called as SQL, or else the code that makes the table, calls it. "
        "To PostgreSQL they are two names, and `createdAt` without quotes is `createdat`.\n\n"
        "**To mend it**, write one name everywhere. In a model that gives its fields other names, say so "
        "there (`@map(\"created_at\")`, `timestamp('created_at')`): then nothing is reported.",
    )
)

_ASKED = "\n\nThe specification leaves this open, so nothing is compared for it and nothing was guessed."
ASK_NULLABLE: Final = _question(
    "TD130",
    "spec-nullability-unsaid",
    "May the column be null?",
    "Write NOT NULL or NULL in its constraints, or answer for the whole table in its list of constraints."
    + _ASKED,
)
ASK_TYPE: Final = _question(
    "TD131",
    "spec-type-unsaid",
    "Which type has the column?",
    "The column is named without a type, or with alternatives (`UUID/string`). Write one type." + _ASKED,
)
ASK_UNKNOWN_TYPE: Final = _question(
    "TD132",
    "spec-type-unknown",
    "What is this type?",
    "The word is no type of PostgreSQL, none of the common words for one (`string`, `datetime`), "
    "and the document "
    "defines no enum or domain of that name." + _ASKED,
)
ASK_TARGET: Final = _question(
    "TD133",
    "spec-foreign-key-without-target",
    "Which table does the foreign key point to?",
    "A foreign key is stated without a target. Write it as `FK → users.id`." + _ASKED,
)
ASK_PRIMARY_KEY: Final = _question(
    "TD134",
    "spec-primary-key-unsaid",
    "What is the table's primary key?",
    "No column is called a primary key. Write PRIMARY KEY in the constraints of the column." + _ASKED,
)
ASK_TABLE_NAME: Final = _question(
    "TD135",
    "spec-table-name-unsaid",
    "What is the table called?",
    "The document describes a model or an entity, not a table by its name. SQLModel calls the "
    "table of `class Task` "
    "`task`; many people mean `tasks`. Write `**Table Name**: tasks` below the heading. Until "
    "then the name shown here is used.",
)
ASK_DEFAULT: Final = _question(
    "TD136",
    "spec-default-unclear",
    "What is the column's default?",
    "A default is stated in words that are no value. Write it as SQL: `DEFAULT 'pending'`, `DEFAULT now()`."
    + _ASKED,
)
ASK_TARGET_TABLE: Final = _question(
    "TD137",
    "spec-target-unknown",
    "Where is the table that the foreign key points to?",
    "The specification does not state the table that is referred to. Add it; if somebody else "
    "manages it, say so "
    "(`(managed by Better Auth)`) and list the columns that you rely on.",
)
ASK_VALUES: Final = _question(
    "TD138",
    "spec-values-unenforced",
    "How are the column's values enforced?",
    "Values are listed beside a plain type. Say whether it is a CHECK constraint, an enum type, "
    "or the application's business." + _ASKED,
)
ASK_DEFINITION: Final = _question(
    "TD139",
    "spec-definition-unclear",
    "What exactly is the index or constraint?",
    "An index without its columns, or a constraint without an expression that could be read, is named. "
    "Write `idx_tasks_user_id: INDEX on (user_id)` or `CHECK (priority IN ('low', 'high'))`." + _ASKED,
)

UNREADABLE: Final = _error(
    "TD150",
    "spec-unreadable-code",
    "A fence could not be read",
    "A fence holds code that states tables, but it is not valid in its language, so nothing in it was taken.",
)
NOT_TEXT: Final = _error(
    "TD151",
    "spec-not-text",
    "The file is not UTF-8 text",
    "The file could not be decoded. Save it as UTF-8.",
)
ASK_COLUMNS: Final = _question(
    "TD156",
    "spec-table-without-columns",
    "Which columns has the table?",
    "A section is headed by the name of a table, between sections that state tables, but no columns could be "
    "read in it, so that the specification does not have the table. Write them as a table of columns "
    "(`| Column | Type | Constraints |`), or waive the question where the section is about something else."
    + _ASKED,
)
NAMELESS: Final = _question(
    "TD152",
    "spec-columns-without-table",
    "Which table do these columns belong to?",
    "Columns are listed, but no heading, label or line names their table, and no table of the "
    "document has the same columns. "
    "Put them under a heading with the table's name." + _ASKED,
)
UNKNOWN_NAME: Final = register(
    Rule(
        "TD153",
        "spec-unknown-name",
        Severity.WARNING,
        "A document names a table or a column that the specification does not state",
        "A feature's document, or another part of the same one, speaks of a table or a column as if it "
        "were there: `tasks.titel` in its text, a table in its SQL. It is a slip of the pen, or the "
        "specification lacks something. Columns of tables that others manage are not judged, since more "
        "of them than are stated may exist.\n\n"
        "**To mend it**, correct the name, or state the table or column.",
    )
)
FOREIGN_SQL: Final = register(
    Rule(
        "TD154",
        "spec-foreign-sql",
        Severity.WARNING,
        "SQL of another database",
        "A statement that makes a table has words that PostgreSQL does not have (`AUTO_INCREMENT`, "
        "`ENGINE=`, `IDENTITY(1,1)`, `NVARCHAR`), or that mean something else there (`BIT` is SQL "
        "Server's boolean). They were read as what comes nearest; the message says as what. The statement "
        "itself would fail in PostgreSQL, and whoever copies it will find that out.\n\n"
        "**To mend it**, write PostgreSQL's words: `GENERATED BY DEFAULT AS IDENTITY`, `varchar`, `boolean`.",
    )
)
CODE_NOT_READ: Final = register(
    Rule(
        "TD155",
        "spec-code-not-read",
        Severity.WARNING,
        "Code that states a table, but is not read",
        "Lines look like a table in a language or a library that is not read as a specification "
        "(a TypeScript interface, GORM, TypeORM, Sequelize, Mongoose, JSON Schema, Rails, Laravel), and "
        "nothing else in the document states that table.\n\n"
        "**To mend it**, state the table in words or SQL that are read: a table of columns, typed bullets, "
        "CREATE TABLE, SQLModel, Django, Drizzle, Prisma or DBML.",
    )
)
YAML_SYNTAX: Final = _error(
    "TD160", "spec-yaml-syntax", "The file is not valid YAML", "The YAML parser could not read the file."
)
YAML_KEY: Final = _error(
    "TD161",
    "spec-yaml-unknown-key",
    "An unknown key in the YAML",
    "The key is none that a specification has at this place; it would have been ignored silently. "
    "`todo-db inspect schema-of-spec` prints the JSON Schema that editors complete from.",
)
YAML_VALUE: Final = _error(
    "TD162",
    "spec-yaml-value",
    "A value of the wrong kind in the YAML",
    "The value is not of the kind that the key takes.",
)
YAML_DUPLICATE: Final = _error(
    "TD163",
    "spec-yaml-duplicate",
    "Something is stated twice in the YAML",
    "A key, a table or a column stands twice in one place.",
)
REFUSED: Final = _error(
    "TD164",
    "spec-refused",
    "The file was refused",
    "YAML with aliases, or a file, a nesting or a table far larger than any specification, is not read.",
)
ANSWER_UNKNOWN: Final = _error(
    "TD165",
    "spec-answer-unknown",
    "An answer is about nothing",
    "A file of answers, or a list of open questions in the specification, answers a question that "
    "there is not: its code is none, or the specification states no such table or column. It would "
    "have been without effect.",
)
ANSWER_NOT_NEEDED: Final = register(
    Rule(
        "TD166",
        "spec-answer-not-needed",
        Severity.WARNING,
        "An answer comes too late",
        "The specification itself says what a file of answers, or a list of open questions, answers. "
        "What the specification says counts. Take the answer out, so that nobody reads two truths.",
    )
)
ANSWER_UNCLEAR: Final = _error(
    "TD167",
    "spec-answer-unclear",
    "An answer was not understood",
    "The text is none of the answers that the question takes.\n\n"
    "| question | answer |\n|---|---|\n"
    "| TD110 two names of a table | `tasks` |\n"
    "| TD111, TD112 two types | `varchar(200)`, `timestamptz` |\n"
    "| TD113 null and not null | `NULL`, `NOT NULL` |\n"
    "| TD114 two defaults | `'pending'`, `now()`, `none` |\n"
    "| TD115 a foreign key, and none or another | `users.id`, `none` |\n"
    "| TD116 two ON DELETE rules | `CASCADE`, `SET NULL`, `RESTRICT`, `NO ACTION` |\n"
    "| TD117 in the primary key and not | `PRIMARY KEY`, `NOT PRIMARY KEY` |\n"
    "| TD118 unique and not | `UNIQUE`, `NOT UNIQUE` |\n"
    "| TD119 an index, a check in two ways | `(user_id, status)`, `CHECK (status IN ('a', 'b'))` |\n"
    "| TD130 may it be null? | `NULL`, `NOT NULL` |\n"
    "| TD131, TD132 which type? | `varchar(200)`, `enum('a', 'b')` |\n"
    "| TD133, TD305 which table does it point to? | `users.id`, `users.id ON DELETE CASCADE`, `none` |\n"
    "| TD134 what is the primary key? | `id`, `(a, b)` |\n"
    "| TD135 what is the table called? | `tasks` |\n"
    "| TD136 which default? | `'pending'`, `now()`, `none` |\n"
    "| TD137 where is the table that it points to? | `managed by better-auth`, another table |\n"
    "| TD138 how are values enforced? | `CHECK`, `enum`, `application` |\n"
    "| TD139 what exactly is it? | `(user_id, status)` for an index, `CHECK (…)`, `none` |\n"
    "| TD303 with time zone? | `timestamptz`, `timestamp` |\n"
    "| TD306, TD308 is it indexed? | `yes`, `no` |\n"
    "| TD307 whose are the rows? | `user_id`, `shared` |\n"
    "| TD309 ON DELETE? | `CASCADE`, `SET NULL`, `RESTRICT` |\n\n"
    "A contradiction that is answered is settled: the answer counts before every place of the document. What "
    "is answered stands below its code, by the name of its object:\n\n"
    "    TD113:\n      tasks.completed: NOT NULL\n",
)


def finding(
    rule: Rule,
    kind: str,
    object_: str,
    message: str,
    places: tuple[Place, ...],
    *,
    hint: str | None = None,
    stated: str | None = None,
) -> Finding:
    """A finding about the specification itself; the rules whose codes are TD130 to TD139 and TD152 are
    questions."""
    return Finding(
        code=rule.code,
        rule=rule.name,
        severity=rule.severity,
        kind=kind,
        object=_qualified(kind, object_),
        message=message,
        sides={"spec": stated} if stated is not None else {},
        places=places,
        verdict=None
        if rule.severity is Severity.WARNING
        else "spec-contradicts-itself"
        if "TD110" <= rule.code <= "TD119"
        else None,
        hint=hint,
        question=rule.severity is Severity.WARNING
        and rule not in (ANSWER_NOT_NEEDED, UNKNOWN_NAME, FOREIGN_SQL, COLUMN_NAME),
    )


def _qualified(kind: str, name: str) -> str:
    """The name as every other check shows it: with its schema, and quoted where SQL would need it."""
    parts = name.split(".")
    if kind == "file" or not all(parts) or name == "?":
        return name
    own = 1 if kind in ("table", "enum", "domain", "sequence") else 2
    return display(*(("public", *parts) if len(parts) == own else parts))

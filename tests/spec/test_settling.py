"""Contradictions are settled in the file of answers: the answer counts before both places of the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.spec.test_answers import column, read, table
from todo_db.spec.answering import CONTRADICTIONS
from todo_db.spec.answers import to_answers
from todo_db.spec.document import UNSAID, ReferenceSpec, Specification

SPEC = """# Schema

### tasks

| Column | Type | Constraints |
|---|---|---|
| id | integer | PRIMARY KEY |
| part | integer | NOT NULL, NOT PRIMARY KEY |
| user_id | text | NOT NULL, FK → users.id ON DELETE CASCADE |
| team_id | text | NOT NULL, FK → users.id |
| title | varchar(200) | NOT NULL |
| code | varchar(20) | UNIQUE, NOT NULL |
| done | boolean | NOT NULL, DEFAULT false |
| due | timestamp | NULL |
| kind | varchar(20) | NOT NULL |
| status | varchar(20) | NOT NULL |

#### Indexes

- `idx_tasks_user` on `tasks` (user_id, status)

#### Constraints

- status must be one of: 'new', 'old'

### users

| Column | Type | Constraints |
|---|---|---|
| id | text | PRIMARY KEY |

### SQL

```sql
CREATE TYPE task_kind AS ENUM ('a', 'b');
CREATE TABLE tasks (
  id integer PRIMARY KEY,
  part integer NOT NULL,
  user_id text NOT NULL REFERENCES users(id),
  team_id text NOT NULL REFERENCES teams(id),
  title varchar(255) NOT NULL,
  code varchar(20) NOT NULL,
  done boolean DEFAULT true,
  due timestamptz,
  kind task_kind NOT NULL,
  status varchar(20) NOT NULL CHECK (status IN ('new', 'done'))
);
CREATE INDEX idx_tasks_user ON tasks (user_id);
```

### tasks

- part: integer, PRIMARY KEY
- code: varchar(20), NOT UNIQUE
"""
TWO_NAMES = """# Schema

```sql
CREATE TABLE tasks (id integer PRIMARY KEY, done boolean NOT NULL);
```

```python
class Task(SQLModel, table=True):
    id: int = Field(primary_key=True)
    done: bool | None
```
"""


def contradictions(spec: Specification) -> set[tuple[str, str]]:
    found = (f for f in spec.findings if f.code in CONTRADICTIONS)
    return {(f.code, f.object.removeprefix("public.")) for f in found}


def key(*columns: str, on_delete: Any = UNSAID, to: str = "users") -> ReferenceSpec:
    return ReferenceSpec(table=to, columns=columns, on_delete=on_delete)


@pytest.mark.parametrize(
    ("code", "about", "answer", "becomes"),
    [
        ("TD111", "tasks.title", "varchar(200)", {"type": "varchar(200)"}),
        ("TD111", "tasks.kind", "task_kind", {"type": "task_kind"}),
        ("TD112", "tasks.due", "timestamp", {"type": "timestamp"}),
        ("TD113", "tasks.done", "NULL", {"nullable": True}),
        ("TD114", "tasks.done", "false", {"server_default": "false"}),
        ("TD114", "tasks.done", "none", {"server_default": None}),
        ("TD115", "tasks.team_id", "users.id", {"references": key("id")}),
        ("TD115", "tasks.team_id", "none", {"references": None}),
        ("TD116", "tasks.user_id", "SET NULL", {"references": key("id", on_delete="set null")}),
        ("TD117", "tasks.part", "NOT PRIMARY KEY", {"primary_key": False, "nullable": UNSAID}),
        ("TD117", "tasks.part", "PRIMARY KEY", {"primary_key": True, "nullable": False}),
        ("TD118", "tasks.code", "NOT UNIQUE", {"unique": False}),
        ("spec-contradicts-unique", "tasks.code", "yes", {"unique": True}),
    ],
)
def test_an_answer_settles_what_a_column_is(
    tmp_path: Path, code: str, about: str, answer: str, becomes: dict[str, object]
) -> None:
    before = contradictions(read(tmp_path, "", SPEC))
    spec = read(tmp_path, f'{code}:\n  {about}: "{answer}"\n', SPEC)
    found = column(spec, about)
    assert {fact: getattr(found, fact) for fact in becomes} == becomes
    assert str(found.places[next(iter(becomes))]) == "answers.yaml:2"
    (gone,) = before - contradictions(spec)
    assert gone[1] == about
    assert code in (gone[0], "spec-contradicts-unique")
    assert not contradictions(spec) - before
    assert not {f.code for f in spec.findings} & {"TD165", "TD166", "TD167"}


def test_what_leaves_the_key_is_asked_whether_it_may_be_null(tmp_path: Path) -> None:
    answers = "TD117:\n  tasks.part: NOT PRIMARY KEY\n"
    assert ("TD130", "public.tasks.part") in {
        (f.code, f.object) for f in read(tmp_path, answers, SPEC).findings
    }
    spec = read(tmp_path, answers + "TD130:\n  tasks.part: NOT NULL\n", SPEC)
    assert column(spec, "tasks.part").nullable is False
    assert "TD130" not in {f.code for f in spec.findings}


def test_an_index_and_a_check_are_settled_by_their_definition(tmp_path: Path) -> None:
    answers = "TD119:\n  tasks.idx_tasks_user: (user_id, status)\n  tasks: CHECK (status IN ('new', 'old'))\n"
    spec = read(tmp_path, answers, SPEC)
    assert [i.columns for i in table(spec, "tasks").indexes] == [("user_id", "status")]
    assert [c.expr for c in table(spec, "tasks").checks] == ["status IN ('new', 'old')"]
    assert "TD119" not in {f.code for f in spec.findings}


def test_a_table_has_the_name_that_is_answered(tmp_path: Path) -> None:
    before = contradictions(read(tmp_path, "", TWO_NAMES))
    assert before == {("TD110", "tasks"), ("TD113", "tasks.done")}
    spec = read(tmp_path, "TD110:\n  tasks: jobs\nTD113:\n  jobs.done: NOT NULL\n", TWO_NAMES)
    assert column(spec, "jobs.done").nullable is False
    assert spec.table("tasks") is None
    assert contradictions(spec) == set()


def test_answers_to_everything_leave_no_contradiction(tmp_path: Path) -> None:
    blank = to_answers(read(tmp_path, "", SPEC).findings)
    said = {
        "tasks.done": {"TD113": "NOT NULL", "TD114": "false"},
        "tasks.due": {"TD112": "timestamptz"},
        "tasks.kind": {"TD111": "task_kind"},
        "tasks.title": {"TD111": "varchar(200)"},
        "tasks.team_id": {"TD115": "none"},
        "tasks.user_id": {"TD116": "CASCADE"},
        "tasks.part": {"TD117": "no"},
        "tasks.code": {"TD118": "yes"},
        "tasks.idx_tasks_user": {"TD119": "(user_id)"},
        "tasks": {"TD119": "CHECK (status IN ('new'))"},
    }
    for about, answers in said.items():
        for code, answer in answers.items():
            head, _, rest = blank.partition(f"{code}:")
            assert f"\n  {about}:  #" in rest, (code, about)
            blank = head + f"{code}:" + rest.replace(f"\n  {about}:  #", f'\n  {about}: "{answer}"  #', 1)
    assert contradictions(read(tmp_path, blank, SPEC)) == set()


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ("TD113:\n  tasks.title: NULL\n", "TD166", "is not open"),
        ("TD113:\n  tasks.done: perhaps\n", "TD167", "NULL or NOT NULL"),
        ("TD117:\n  tasks.part: id\n", "TD167", "PRIMARY KEY or NOT PRIMARY KEY"),
        ("TD119:\n  tasks.idx_tasks_user: (nobody)\n", "TD167", "columns of tasks"),
        ("TD119:\n  tasks: CHECK (kind <> 'x')\n", "TD167", "status IN"),
        ("TD116:\n  tasks.user_id: EXPLODE\n", "TD167", "CASCADE"),
    ],
)
def test_what_settles_nothing_is_a_finding(tmp_path: Path, answers: str, code: str, said: str) -> None:
    before = contradictions(read(tmp_path, "", SPEC))
    spec = read(tmp_path, answers, SPEC)
    (found,) = (f for f in spec.findings if f.places and f.places[0].path == "answers.yaml")
    assert (found.code, said in f"{found.message} {found.hint}") == (code, True), found
    assert contradictions(spec) == before

"""Every way to another user's rows that is known: each is closed or refused, with policies and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    bindparam,
    case,
    cast,
    column,
    create_engine,
    delete,
    event,
    exists,
    extract,
    func,
    insert,
    lateral,
    literal_column,
    select,
    table,
    text,
    true,
    union_all,
    update,
    values,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, InvalidRequestError, NoResultFound, ProgrammingError
from sqlalchemy.orm import aliased, joinedload, make_transient_to_detached, selectinload, subqueryload
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql import quoted_name
from sqlalchemy.types import UserDefinedType

from tests.access.conftest import Shared
from tests.access.world import (
    OWNERSHIPS,
    Attachment,
    Comment,
    Draft,
    Member,
    Organization,
    Project,
    Secret,
    Tag,
    Task,
)
from todo_db.access import AccessError, UnscopedError, UserSession, UserSessions
from todo_db.errors import TodoDbError

TASKS: Table = Task.__table__  # type: ignore[attr-defined]
COMMENTS: Table = Comment.__table__  # type: ignore[attr-defined]
_B = re.compile(r"\bb1\b|\bb2\b|bob|org_b|b project|plugh")

OWNED = ("tasks", "comments", "attachments", "projects", "members", "drafts", "organizations")

Attack = Callable[[UserSession], Any]


def rows(statement: Any) -> Attack:
    return lambda s: s.execute(statement).all()


def objects(statement: Any) -> Attack:
    return lambda s: s.execute(statement).scalars().all()


t, u = aliased(Task), aliased(Task)
cte = select(Task.id, Task.title).cte("c")
recursive = select(Task.id, Task.parent_id, Task.title).where(Task.id == 2).cte("r", recursive=True)
recursive = recursive.union_all(
    select(TASKS.c.id, TASKS.c.parent_id, TASKS.c.title).join(recursive, TASKS.c.parent_id == recursive.c.id)
)

READS: dict[str, Attack] = {
    "orm select": objects(select(Task)),
    "columns": rows(select(Task.title, Task.user_id)),
    "where the other": objects(select(Task).where(Task.user_id == "bob")),
    "or true": objects(select(Task).where((Task.id == 1) | true())),
    "core select": rows(select(TASKS)),
    "core alias": rows(select(TASKS.alias("x"))),
    "lightweight table": rows(select(table("tasks", column("id"), column("title")))),
    "another metadata": rows(select(Table("tasks", MetaData(), Column("title", String)))),
    "qualified table": rows(select(Table("tasks", MetaData(), Column("title", String), schema="public"))),
    "orm alias": objects(select(t)),
    "alias of alias": rows(select(TASKS.alias("x").alias("y"))),
    "join of two": rows(select(t.title, u.title).join(u, true())),
    "outer join": rows(select(Comment.body, Task.title).join(Task, true(), isouter=True)),
    "outer join, right": rows(select(Task.title, Comment.body).outerjoin(Comment, true())),
    "join of children": rows(select(Attachment.name, Comment.body).join(Comment, true())),
    "nested join": rows(
        select(TASKS.c.title, COMMENTS.c.body).select_from(
            TASKS.outerjoin(COMMENTS.join(TASKS.alias("z"), true()), true())
        )
    ),
    "subquery": rows(select(select(Task).subquery())),
    "scalar subquery": rows(select(select(Task.title).where(Task.id == 2).scalar_subquery())),
    "correlated": rows(
        select(Tag.name, select(func.string_agg(Task.title, "literal")).correlate(Tag).scalar_subquery())
    ),
    "exists": lambda s: ["b1"] * s.execute(select(exists().where(Task.id == 2))).scalar(),
    "in": rows(select(Tag.name, case((select(Task.id).where(Task.id == 2).exists(), "b1"), else_="no"))),
    "cte": rows(select(cte)),
    "recursive cte": rows(select(recursive)),
    "union": rows(union_all(select(Task.title), select(Comment.body))),
    "union subquery": rows(select(union_all(select(Task.title), select(Comment.body)).subquery())),
    "lateral": rows(select(Tag.name, (x := lateral(select(Task.title))).c.title).join(x, true())),
    "aggregate": rows(select(func.string_agg(Task.title, "literal"))),
    "count": lambda s: ["b1"] * (s.scalar(select(func.count()).select_from(Task)) - 2),
    "window": rows(select(func.first_value(Task.title).over(order_by=Task.id.desc()))),
    "having": rows(select(Task.user_id, func.count()).group_by(Task.user_id)),
    "group by key": rows(select(Task, func.count(Comment.id)).join(Comment, isouter=True).group_by(Task.id)),
    "for update": objects(select(Task).with_for_update(of=Task)),
    "values join": rows(select(Task.title).join(values(column("n", Integer), name="v").data([(2,)]), true())),
    "through": objects(select(Comment)),
    "two steps": objects(select(Attachment)),
    "organization": objects(select(Project)),
    "organizations": objects(select(Organization)),
    "members": objects(select(Member)),
    "drafts": objects(select(Draft).where(Draft.organization_id == "org_b")),
    "get": lambda s: s.get(Task, 2),
    "get through": lambda s: s.get(Comment, 2),
    "get one": lambda s: s.get_one(Task, 2),
    "lazy load of a child": lambda s: s.get(Task, 1).comments,
    "joined load": lambda s: [c.task for c in s.scalars(select(Comment).options(joinedload(Comment.task)))],
    "select in load": lambda s: [
        x.comments for x in s.scalars(select(Task).options(selectinload(Task.comments)))
    ],
    "subquery load": lambda s: [
        x.comments for x in s.scalars(select(Task).options(subqueryload(Task.comments)))
    ],
    "scalars": lambda s: s.scalars(select(Task.title)).all(),
    "stream": lambda s: list(s.execute(select(Task).execution_options(yield_per=1)).scalars()),
}


def lazy_on_new_parent(s: UserSession) -> Any:
    made = Comment(task_id=2, body="mine")
    s.enable_relationship_loading(made)
    return made.task


def lazy_on_pending(s: UserSession) -> Any:
    with s.no_autoflush:
        parent = Task(id=2, title="x", user_id="alice")
        s.enable_relationship_loading(parent)
        return parent.comments


def refresh_foreign(s: UserSession) -> Any:
    mine = s.get(Task, 1)
    mine.id = 2
    with s.no_autoflush:
        s.refresh(mine)
    return mine.title


def attach_detached(s: UserSession) -> Any:
    foreign = Task(id=2, title="stolen", user_id="alice")
    make_transient_to_detached(foreign)
    s.add(foreign)
    s.expire(foreign)
    return foreign.title


def delete_detached(s: UserSession) -> Any:
    foreign = Task(id=2, title="stolen", user_id="alice")
    make_transient_to_detached(foreign)
    s.delete(foreign)
    s.flush()


def delete_by_changed_key(s: UserSession) -> Any:
    mine = s.get(Task, 3)
    s.expunge(mine)
    s.delete(mine)


def give_away(s: UserSession) -> Any:
    s.get(Task, 1).user_id = "bob"
    s.flush()


def move_comment(s: UserSession) -> Any:
    s.get(Comment, 1).task_id = 2
    s.flush()


def point_to(s: UserSession) -> Any:
    s.get(Task, 1).parent_id = 2
    s.flush()


def add(instance: Callable[[], Any]) -> Attack:
    def attack(s: UserSession) -> Any:
        s.add(instance())
        s.flush()

    return attack


class Text2(UserDefinedType[Any]):
    """A type whose name goes on."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "int), (select title from tasks), cast('1' as int"


def using(connection: Any, statement: Any) -> Any:
    with connection:
        if isinstance(statement, str):
            return connection.exec_driver_sql(statement)
        return connection.execute(statement)


def beneath(connection: Any) -> Any:
    with connection:
        return connection.connection.cursor()


def run(statement: Any, parameters: Any = None) -> Attack:
    def attack(s: UserSession) -> Any:
        result = s.execute(statement, parameters)
        return result.all() if getattr(result, "returns_rows", True) else None

    return attack


class Disguised(str):
    """Says that it is alice, and is sent as what it is."""

    def __str__(self) -> str:
        return "alice"


def write_what_an_event_changed(s: UserSession) -> Any:
    def give_away(mapper: Any, connection: Any, made: Task) -> None:
        made.user_id = "bob"

    event.listen(Task, "before_insert", give_away)
    try:
        s.add(Task(title="x"))
        s.flush()
    finally:
        event.remove(Task, "before_insert", give_away)


def cursor_of_an_event(s: UserSession) -> Any:
    found: list[Any] = []

    def keep(connection: Any, cursor: Any, *rest: Any) -> None:
        found.append(cursor)

    event.listen(s.get_bind(), "after_cursor_execute", keep)
    s.execute(select(TASKS)).all()
    return found[0].connection


def cursor_of_the_server(s: UserSession) -> Any:
    with s.execute(select(TASKS), execution_options={"stream_results": True}) as result:
        return result.cursor.connection  # type: ignore[attr-defined]


pg = postgresql.insert(Task)
other = TASKS.alias("o")

WRITES: dict[str, Attack] = {
    "bulk update": run(update(Task).values(title="pwned")),
    "bulk update where": run(update(Task).where(Task.id == 2).values(title="pwned")),
    "bulk update, core": run(TASKS.update().values(title="pwned")),
    "bulk update, alias": run(update(TASKS).where(TASKS.c.id == 2).values(title="pwned").returning(TASKS)),
    "bulk update, fetch": run(update(Task).where(Task.id == 2).values(title="pwned"), None),
    "bulk update by key": run(update(Task), [{"id": 2, "title": "pwned"}]),
    "bulk update by keys": run(update(Task), [{"id": 1, "title": "x"}, {"id": 2, "title": "pwned"}]),
    "bulk update mappings": lambda s: s.bulk_update_mappings(Task, [{"id": 2, "title": "pwned"}]),
    "bulk update, bindparam": run(
        update(TASKS).where(TASKS.c.id == bindparam("b")).values(title="pwned"), [{"b": 2}, {"b": 4}]
    ),
    "update through": run(update(Comment).values(body="pwned")),
    "update from": run(update(Task).where(Task.id == Comment.task_id).values(title=Comment.body)),
    "update from alias": run(update(Task).where(other.c.id == 2).values(title=other.c.title)),
    "update by subquery": run(
        update(Task).values(title=select(other.c.title).where(other.c.id == 2).scalar_subquery())
    ),
    "update of two steps": run(update(Attachment).values(name="pwned")),
    "update organization": run(update(Project).values(name="pwned")),
    "give away by bulk": run(update(Task).where(Task.id == 1).values(user_id="bob")),
    "give away by expression": run(update(Task).values(user_id=func.lower("BOB"))),
    "give away, ordered": run(update(TASKS).ordered_values((TASKS.c.user_id, "bob"))),
    "give away, parameters": run(update(TASKS).where(TASKS.c.id == 1), {"user_id": "bob"}),
    "give away, mappings": lambda s: s.bulk_update_mappings(Task, [{"id": 1, "user_id": "bob"}]),
    "give away, object": give_away,
    "move a comment": move_comment,
    "move a comment by bulk": run(update(Comment).values(task_id=2)),
    "move a comment by expression": run(update(Comment).values(task_id=Comment.task_id + 1)),
    "point to another's": point_to,
    "point by bulk": run(update(Task).values(parent_id=2)),
    "bulk delete": run(delete(Task).where(Task.id != 0)),
    "bulk delete, core": run(TASKS.delete().where(TASKS.c.id == 2)),
    "delete through": run(delete(Comment)),
    "delete using": run(delete(Task).where(Task.id == other.c.id)),
    "delete returning": run(delete(Attachment).returning(Attachment.name)),
    "delete organization's": run(delete(Project)),
    "insert another's": add(lambda: Task(title="x", user_id="bob")),
    "insert another's by bulk": run(insert(Task), [{"title": "x", "user_id": "bob"}]),
    "insert another's by values": run(insert(Task).values(title="x", user_id="bob", done=False)),
    "insert another's, multi": run(insert(Task).values([{"title": "x", "user_id": "bob", "done": False}])),
    "insert another's, core": run(TASKS.insert(), {"title": "x", "user_id": "bob", "done": False}),
    "insert another's, expression": run(
        insert(Task).values(title="x", user_id=func.lower("BOB"), done=False)
    ),
    "insert another's, mappings": lambda s: s.bulk_insert_mappings(Task, [{"title": "x", "user_id": "bob"}]),
    "insert another's, bulk save": lambda s: s.bulk_save_objects([Task(title="x", user_id="bob")]),
    "insert from select": run(
        insert(Task).from_select(["title", "user_id", "done"], select(Task.title, Task.user_id, Task.done))
    ),
    "insert from literals": run(
        insert(TASKS).from_select(
            ["title", "user_id", "done"], select(literal_column("'x'"), literal_column("'bob'"), true())
        )
    ),
    "insert on another's parent": add(lambda: Comment(task_id=2, body="x")),
    "insert on another's parent, bulk": run(insert(Comment), [{"task_id": 2, "body": "x"}]),
    "insert on a mixed lot": run(insert(Comment), [{"task_id": 1, "body": "x"}, {"task_id": 2, "body": "x"}]),
    "insert without a parent": run(insert(COMMENTS).values(body="x")),
    "insert two steps": add(lambda: Attachment(comment_id=2, name="x")),
    "insert pointing to another's": add(lambda: Task(title="x", user_id="alice", parent_id=2)),
    "insert into an organization": add(lambda: Project(organization_id="org_b", name="x")),
    "join an organization": add(lambda: Member(organization_id="org_b", user_id="alice")),
    "insert into shared": add(lambda: Tag(name="x")),
    "insert another's, parameter": run(
        TASKS.insert().values(title="x", user_id=bindparam("u", "alice"), done=False), {"u": "bob"}
    ),
    "insert another's, callable": run(
        TASKS.insert().values(title="x", user_id=bindparam("u", callable_=lambda: "bob"), done=False)
    ),
    "insert another's, in disguise": add(lambda: Task(title="x", user_id=Disguised("bob"))),
    "insert on another's parent, parameter": run(
        COMMENTS.insert().values(task_id=bindparam("t", 1), body="x"), {"t": 2}
    ),
    "give away, parameter": run(update(Task).values(user_id=bindparam("u", "alice")), {"u": "bob"}),
    "move a comment, parameter": run(update(COMMENTS).values(task_id=bindparam("t", 1)), {"t": 2}),
    "write what an event changed": write_what_an_event_changed,
    "update shared": run(update(Tag).values(name="x")),
    "delete shared": run(delete(Tag)),
    "upsert": run(
        pg.values(id=2, title="pwned", user_id="alice", done=False).on_conflict_do_update(
            index_elements=["id"], set_={"title": "pwned", "user_id": "alice"}
        )
    ),
    "write within a cte": run(select(delete(Task).returning(Task.id).cte())),
    "insert within a cte": run(
        select(insert(TASKS).values(title="x", user_id="bob", done=False).returning(TASKS.c.id).cte())
    ),
    "independent cte": run(select(Tag).add_cte(delete(TASKS).returning(TASKS.c.id).cte("d"))),
}

REFUSED: dict[str, Attack] = {
    "text": run(text("select title from tasks")),
    "text in select": run(select(text("title")).select_from(Task)),
    "text as from": run(select(literal_column("title")).select_from(text("tasks"))),
    "text in where": run(select(Task).where(text("true) or (true"))),
    "text in order": run(select(Task).order_by(text("1"))),
    "text columns": run(text("select id, title from tasks").columns(TASKS.c.id, TASKS.c.title)),
    "from statement": lambda s: s.scalars(select(Task).from_statement(text("select * from tasks"))).all(),
    "text cte": run(select(text("select title from tasks").columns(column("title")).cte("x"))),
    "literal column": run(select(literal_column("(select string_agg(title, ',') from tasks)"))),
    "literal column with from": run(select(literal_column("title from tasks --"))),
    "operator": run(select(Task).where(Task.id.op("= 0 or 1 =")(1))),
    "comment operator": run(select(Task).where(Task.id.op("--")(1))),
    "bool operator": run(select(Task).where(Task.id.bool_op("in (select id from tasks) or 1 =")(1))),
    "prefix": run(select(Task).prefix_with("title from tasks --")),
    "suffix": run(select(Task.title).suffix_with("union all select title from tasks")),
    "hint": run(select(Task).with_hint(Task, "union all select", "postgresql")),
    "statement hint": run(select(Task.title).with_statement_hint("union all select title from tasks")),
    "query_to_xml": run(select(func.query_to_xml("select * from tasks", True, False, "literal"))),
    "table_to_xml": run(select(func.table_to_xml("tasks", True, False, "literal"))),
    "qualified function": run(select(func.pg_catalog.query_to_xml("select * from tasks", True, False, ""))),
    "set_config": run(select(func.set_config("app.user_id", "bob", True))),
    "own function": run(select(func.leak())),
    "function as table": run(select(func.leak().table_valued("title"))),
    "statistics": run(select(table("pg_stats", column("most_common_vals"), schema="pg_catalog"))),
    "undeclared table": run(select(Secret)),
    "undeclared insert": add(lambda: Secret(word="x")),
    "undeclared in a subquery": run(select(Task).where(Task.id.in_(select(Secret.id)))),
    "view": run(select(table("all_tasks", column("title")))),
    "full join": run(select(t, u).join(u, true(), full=True)),
    "tablesample": run(select(TASKS.tablesample(100))),
    "another schema": lambda s: s.execute(
        select(Task.title), execution_options={"schema_translate_map": {None: "other"}}
    ).all(),
    "connection": lambda s: s.connection().execute(text("select title from tasks")).all(),
    "raw cursor": lambda s: s.connection().connection.cursor(),
    "transaction's connection": lambda s: s.begin().connection(None).connection.cursor(),
    "transaction's driver": lambda s: s.begin().connection(None).connection.driver_connection,
    "transaction's strings": lambda s: s.begin().connection(None).exec_driver_sql("select 1"),
    "get_transaction": lambda s: s.get_transaction(),
    "bind connect": lambda s: using(s.get_bind().connect(), select(Task.title)),
    "bind strings": lambda s: using(s.get_bind().connect(), "select title from tasks"),
    "bind raw": lambda s: s.get_bind().raw_connection(),
    "bind begin": lambda s: using(s.get_bind().connect(), delete(Task)),
    "another engine": lambda s: s.execute(
        select(Task),
        bind_arguments={"bind": s.get_bind()._proxied},  # type: ignore[attr-defined]
    ).all(),
    "bind's connection": lambda s: beneath(s.get_bind().connect()),
    "bind's pool": lambda s: s.get_bind().pool.connect(),
    "bind with options": lambda s: s.get_bind().execution_options(a=1).raw_connection(),
    "result's cursor": lambda s: s.execute(select(TASKS)).cursor.connection,  # type: ignore[attr-defined]
    "result's cursor, executed": lambda s: s.execute(select(TASKS)).cursor.execute("select 1"),  # type: ignore[attr-defined]
    "object's cursor": lambda s: s.execute(select(Task)).raw.cursor.connection,  # type: ignore[attr-defined]
    "write's cursor": lambda s: s.execute(update(Task).values(done=True)).context.cursor.connection,  # type: ignore[attr-defined]
    "event's cursor": cursor_of_an_event,
    "server's cursor": cursor_of_the_server,
    "transaction without settings": lambda s: s.begin().connection(
        None, execution_options={"isolation_level": "AUTOCOMMIT"}
    ),
    "two phases": lambda s: UserSession(
        s.get_bind(),  # type: ignore[arg-type]
        "alice",
        ownerships=s.scope.ownerships,
        twophase=True,
    ),
    "extract": run(select(func.now(), extract("day from now()), (select title from tasks", func.now()))),
    "type": run(select(cast("1", postgresql.INTERVAL(fields="day), (select title from tasks")))),
    "type of one's own": run(select(cast("1", Text2()))),
    "merge all": lambda s: s.merge_all([Task(id=2, title="stolen", user_id="alice")]),
    "merge": lambda s: s.merge(Task(id=2, title="stolen", user_id="alice")),
    "merge without load": lambda s: s.merge(Task(id=2, title="x", user_id="alice"), load=False),
    "attach a detached": attach_detached,
    "delete a detached": delete_detached,
    "attach again": delete_by_changed_key,
    "ddl": run(text("truncate tasks")),
    "truncate": lambda s: s.execute(Table("tasks", MetaData()).delete().prefix_with("x")).all(),
    "raw without reason": lambda s: s.raw("select 1", reason=" "),
    "raw set_config": lambda s: s.raw("select set_config('app.user_id', 'bob', true)", reason="x"),
    "raw set role": lambda s: s.raw("set role none", reason="x"),
    "raw reset": lambda s: s.raw("RESET app.user_id", reason="x"),
    "raw set behind a comment": lambda s: s.raw("/* x */ set app.user_id = 'bob'", reason="x"),
    "raw set behind a line": lambda s: s.raw("-- x\nset local app.user_id = 'bob'", reason="x"),
    "raw escaped": lambda s: s.raw("select U&\"set\\005fconfig\"('app.user_id', 'bob', true)", reason="x"),
    "raw close by": lambda s: s.raw("select 1,set_config/**/('app.user_id', 'bob', true)", reason="x"),
    "raw settings": lambda s: s.raw("update pg_settings set setting = 'bob'", reason="x"),
    "raw block": lambda s: s.raw("(/**/do $$ begin end $$", reason="x"),
    "raw nothing": lambda s: s.raw(" -- ", reason="x"),
    "raw two": lambda s: s.raw("select 1; set app.user_id = 'bob'", reason="x"),
    "raw quoted": lambda s: s.raw("select pg_catalog.\"set_config\" ('a.b', 'bob', true)", reason="x"),
    "nobody": lambda s: UserSession(s.get_bind(), " ", ownerships=s.scope.ownerships),  # type: ignore[arg-type]
}
ODD: dict[str, Attack] = {
    "lazy load on a new parent": lazy_on_new_parent,
    "lazy load on a pending parent": lazy_on_pending,
    "refresh as another": refresh_foreign,
}


def visible(result: Any) -> str:
    """Everything in a result, as text."""
    if hasattr(result, "model_dump"):
        return str(result.model_dump())
    if isinstance(result, (list, tuple)) or hasattr(result, "_mapping"):
        return " ".join(visible(x) for x in result)
    return str(result)


def snapshot(cursor: Any) -> Any:
    found = []
    for query in (
        "select * from tasks where user_id is distinct from 'alice' order by id",
        "select * from tasks where parent_id is not null order by id",
        "select c.* from comments c join tasks t on t.id = c.task_id where t.user_id <> 'alice' order by id",
        "select a.* from attachments a join comments c on c.id = a.comment_id where c.task_id <> 1",
        "select * from projects where organization_id <> 'org_a' order by id",
        "select * from members order by 1",
        "select * from tags order by 1",
        "select * from secrets order by 1",
    ):
        cursor.execute(query)
        found.append(cursor.fetchall())
    return found


@pytest.fixture
def bobs(shared: Shared) -> Callable[[], Any]:
    """What must never change, read past every policy."""

    def read() -> Any:
        connection = shared.owner.raw_connection()
        try:
            cursor = connection.cursor()
            for name in OWNED:
                cursor.execute(f"alter table {name} no force row level security")
            return snapshot(cursor)
        finally:
            connection.rollback()
            connection.close()

    return read


@pytest.mark.parametrize("name", READS)
def test_reading_shows_nothing_of_others(sessions: UserSessions, name: str) -> None:
    for user in (
        {"user_id": "alice", "organization_id": "org_a"},
        {"user_id": "alice", "organization_id": None},
    ):
        with sessions(**user) as session:
            try:
                result = READS[name](session)
            except (AccessError, NoResultFound):
                result = None
            assert not _B.search(visible(result)), result


def test_reading_shows_what_is_ones_own(sessions: UserSessions) -> None:
    """So that nothing above is empty for another reason."""
    silent = []
    with sessions("alice", organization_id="org_a") as session:
        for name, attack in READS.items():
            try:
                shown = visible(attack(session))
            except (AccessError, InvalidRequestError):
                continue
            if not re.search(r"a1|a2|a project|org_a|alice|red|\(|True|None", shown):
                silent.append(name)
    expected = {"where the other", "scalar subquery", "recursive cte", "drafts", "exists", "count"}
    assert set(silent) <= expected


@pytest.mark.parametrize("name", WRITES)
def test_writing_changes_nothing_of_others(
    sessions: UserSessions, bobs: Callable[[], Any], name: str
) -> None:
    before = bobs()
    with sessions("alice", organization_id="org_a") as session:
        try:
            shown = visible(WRITES[name](session))
            session.commit()
        except (TodoDbError, StaleDataError, IntegrityError):
            session.rollback()
            shown = ""
        assert not _B.search(shown)
    assert bobs() == before


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_safe_call(sessions: UserSessions, bobs: Callable[[], Any], name: str) -> None:
    before = bobs()
    with sessions("alice", organization_id="org_a") as session, pytest.raises(UnscopedError) as caught:
        REFUSED[name](session)
    assert caught.value.hint
    assert bobs() == before


@pytest.mark.parametrize("name", ODD)
def test_odd_ways(sessions: UserSessions, name: str) -> None:
    with sessions("alice") as session:
        try:
            result = ODD[name](session)
        except (AccessError, InvalidRequestError):
            result = None
        assert not _B.search(visible(result)), result
        session.rollback()


def test_a_name_that_asks_not_to_be_quoted_is_quoted(sessions: UserSessions) -> None:
    statement = select(column(quoted_name("title from tasks --", False)))
    with sessions("alice") as session, pytest.raises(ProgrammingError, match='column "title from tasks --"'):
        session.execute(statement)


def test_a_session_that_is_gone_leaves_nobody_behind(sessions: UserSessions) -> None:
    """The next transaction on the same connection is not the last one's user."""
    with sessions("bob") as session:
        assert session.scalars(select(Task.title)).all() == ["b1", "b2"]
        session.commit()
    connection = sessions.engine._proxied.raw_connection()  # type: ignore[attr-defined]
    cursor = connection.cursor()
    cursor.execute("select nullif(current_setting('app.user_id', true), '')")
    assert cursor.fetchone() == (None,)
    connection.close()
    with sessions("alice") as session:
        assert session.scalars(select(Task.title).order_by(Task.id)).all() == ["a1", "a2"]
        session.rollback()
        assert session.scalars(select(Task.title).order_by(Task.id)).all() == ["a1", "a2"]


def test_one_cached_statement_serves_two_users(sessions: UserSessions) -> None:
    statement = select(Task.title).order_by(Task.id)
    with sessions("alice") as alice, sessions("bob") as bob:
        for _ in range(8):  # beyond the number after which psycopg prepares on the server
            assert alice.scalars(statement).all() == ["a1", "a2"]
            assert bob.scalars(statement).all() == ["b1", "b2"]


def test_the_owner_is_filled_in(sessions: UserSessions) -> None:
    with sessions("alice", organization_id="org_a") as session:
        session.add(Task(title="one"))
        session.execute(insert(Task), [{"title": "two"}, {"title": "three"}])
        session.execute(insert(Task).values(title="four", done=False))
        session.bulk_insert_mappings(Task, [{"title": "five"}])  # type: ignore[arg-type]
        session.add(Project(name="p"))
        session.commit()
        assert len(session.scalars(select(Task)).all()) == 7
        assert {p.organization_id for p in session.scalars(select(Project))} == {"org_a"}


def test_claiming_an_organization_without_belonging_to_it(sessions: UserSessions) -> None:
    with sessions("alice", organization_id="org_b") as session:
        assert session.scalars(select(Project)).all() == []
        assert session.scalars(select(Organization)).all() == []


def test_raw_text_may_hold_what_strings_and_comments_hold(filled: dict[bool, Shared]) -> None:
    engine = create_engine(filled[True].url)
    with UserSessions(engine, OWNERSHIPS)("alice") as session:
        text_ = "/* set; */ (select 'a;b', $x$;set$x$, \"title\" from tasks -- reset\n where id = :id) ;"
        assert session.raw(text_, {"id": 1}, reason="x").all() == [("a;b", ";set", "a1")]
    engine.dispose()


def test_types_that_are_types(sessions: UserSessions) -> None:
    types = (String(3), postgresql.ARRAY(Integer), postgresql.TIMESTAMP(timezone=True, precision=3))
    types += (Numeric(10, 2), postgresql.INTERVAL(fields="DAY"), String(collation="C"), postgresql.JSONB())
    with sessions("alice") as session:
        assert len(session.execute(select(*(cast(None, t) for t in types))).one()) == len(types)


def test_an_isolation_level_before_the_first_connection(shared: Shared) -> None:
    """What the dialect learns of the server, on its first connection, reaches user sessions."""
    engine = create_engine(shared.url)
    sessions = UserSessions(engine, OWNERSHIPS, isolation_level="SERIALIZABLE")
    for _ in range(2):
        with sessions("alice") as session:
            assert session.scalars(select(Task.title).order_by(Task.id)).all() == ["a1", "a2"]
            assert session.scalar(select(func.count()).select_from(Task)) == 2
    assert sessions.engine.dialect.server_version_info == engine.dialect.server_version_info  # type: ignore[attr-defined]
    engine.dispose()


def test_savepoints_keep_the_user(sessions: UserSessions) -> None:
    with sessions("alice") as session:
        with pytest.raises(AccessError), session.begin_nested():
            session.add(Task(title="x", user_id="bob"))  # flushed at the end of the block
        with session.begin_nested():
            session.add(Task(title="mine"))
        assert len(session.scalars(select(Task)).all()) == 3

from datetime import datetime

import sqlalchemy as sa
import models
from models import Comment, Task
from models import Task as TaskRow
from sqlalchemy import func, text
from sqlalchemy.orm import aliased, with_loader_criteria
from sqlmodel import Session, delete, select, update

from todo_db.access import UserSessions

sessions = UserSessions(engine, ownerships)


def by_module(session, task_id):
    return session.exec(select(models.Task).where(models.Task.id == task_id)).first()  # expect: TD851


def by_another_name(session, task_id):
    return session.get(TaskRow, ident=task_id)  # expect: TD851


class Repository:
    def __init__(self, session, model):
        self.session, self.model = session, model

    def find(self, key):
        return self.session.get(self.model, key)  # expect: TD851

    def all(self):
        return self.session.exec(select(self.model)).all()  # expect: TD851


class Tasks(Repository):
    model = Task


async def by_a_key_that_was_kept(session, cache, user_id, key):
    kept = await cache.get(f"{user_id}:{key}")
    if kept:
        return await session.get(Task, int(kept))  # expect: TD851
    return None


def by_what_the_client_sent(session, body: "TaskChange"):
    return session.exec(select(Task).where(Task.id == body.id)).one()  # expect: TD851


def by_rows_of_all(session):
    everybodys = session.exec(select(Task.id)).all()  # expect: TD851
    session.exec(delete(Comment).where(Comment.task_id.in_(everybodys)))  # expect: TD851


def noted_but_not_checked(session, log, user, task_id):
    task = session.get(Task, task_id)  # expect: TD851
    log.info("shown", task, user)
    return task


def everything(session):
    return session.exec(select(Task)).all()  # expect: TD851


def by_key(session, task_id):
    return session.get(Task, task_id)  # expect: TD851


def by_id_only(session, task_id):
    return session.exec(select(Task).where(Task.id == task_id)).first()  # expect: TD851


def through_sqlalchemy(session):
    return session.scalars(sa.select(Task.title)).all()  # expect: TD851


def counted(session):
    return session.exec(select(func.count()).select_from(Task)).one()  # expect: TD851


def through_an_alias(session):
    t = aliased(Task)
    return session.exec(select(t).where(t.title == "x")).all()  # expect: TD851


def of_a_child(session, comment_id):
    return session.exec(select(Comment).where(Comment.id == comment_id)).one()  # expect: TD851


def wiped(session, task_id):
    session.exec(delete(Task).where(Task.id == task_id))  # expect: TD851


def changed(session, task_id):
    statement = update(Task).where(Task.id == task_id)  # expect: TD851
    session.exec(statement.values(title="x"))


def selected_but_not_compared(session):
    return session.exec(select(Task.user_id, Task.title)).all()  # expect: TD851


def old_style(session, task_id):
    return session.query(Task).filter(Task.id == task_id).first()  # expect: TD851


def raw(session, user_id):
    return session.execute(text("select * from tasks where user_id = :u"), {"u": user_id})  # expect: TD852


def raw_without_words(session):
    # raw-sql:
    return session.execute(text("delete from tasks"))  # expect: TD852


def counted_as_text(session, name):
    return session.execute(text(f"select count(*) from {name}"))  # expect: TD852 TD853


def locked(session, key):
    return session.execute(text(f"SELECT pg_advisory_xact_lock({key})"))  # expect: TD853


def built(session, name):
    query = f"select * from tasks where title = '{name}'"
    return session.execute(text(query))  # expect: TD852 TD853


def concatenated(session, name):
    # raw-sql: ranking, approved in #12
    return session.execute(text("select * from tasks where title = '" + name + "'"))  # expect: TD853


def formatted(cursor, name):
    # raw-sql: ranking, approved in #12
    cursor.execute("select * from tasks where title = '%s'" % name)  # expect: TD853


def ordered(session, column, user):
    return select(Task).where(Task.user_id == user.id).order_by(sa.literal_column(f"{column}"))  # expect: TD853


def plain(engine):
    with Session(engine) as session:  # expect: TD854
        return session


def connected(engine):
    return engine.connect()  # expect: TD854


def criteria(statement, user):
    return statement.options(with_loader_criteria(Task, Task.user_id == user.id))  # expect: TD855


def lazily(session, user):
    tasks = session.exec(select(Task).where(Task.user_id == user.id)).all()
    return [len(task.comments) for task in tasks]  # expect: TD856


def one_by_one(session, user):
    for task in session.exec(select(Task).where(Task.user_id == user.id)).all():
        session.refresh(task)  # expect: TD856


def now():
    return datetime.utcnow()  # expect: TD857


def waived(session):
    return session.exec(select(Task)).all()  # expect: TD851


def waived_without_a_reason(session):
    # todo-db: ignore[TD851]
    return session.exec(select(Task)).all()  # expect: TD851 TD859@-1

from datetime import datetime, timezone
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, HTTPException
from models import Comment, Label, Task
from sqlalchemy import CheckConstraint, Column, Index, func, text
from sqlalchemy.orm import aliased, selectinload, with_loader_criteria
from sqlmodel import Field, Session, delete, select, update

from todo_db.access import Repository, UserSession, UserSessions

sessions = UserSessions(engine, ownerships)
LIMIT = 50
Mine = Annotated[UserSession, Depends(sessions)]


def scoped(session, user):
    return session.exec(select(Task).where(Task.user_id == user.id)).all()


def by_users_session(session: UserSession):
    return session.exec(select(Task)).all(), session.get(Task, 1)


def by_dependency(session: Mine, task_id: int):
    for task in session.exec(select(Task).options(selectinload(Task.comments))).all():
        print(task.comments, task.labels)


def by_factory(user):
    with sessions(user.id) as session:
        return session.exec(select(Comment)).all()


def by_repository(tasks: "Repository[Task]"):
    return tasks.session.exec(select(Task)).all()


def step_by_step(session, user, done: bool | None):
    statement = select(Task)
    statement = statement.where(Task.user_id == user.id)
    if done is not None:
        statement = statement.where(Task.done == done)
    return session.exec(statement.order_by(Task.id).limit(LIMIT)).all()


def with_filters(session, user, title):
    filters = [Task.user_id == user.id]
    if title:
        filters.append(Task.title == title)
    return session.exec(select(Task).where(*filters)).all()


def handed_in(session, condition):
    return session.exec(select(Task).where(condition)).all()


def owned_by(user):
    return Task.user_id == user.id


def by_function(session, user):
    return session.exec(select(Task).where(owned_by(user))).all()


def checked_afterwards(session, user, task_id):
    task = session.get(Task, task_id)
    if task is None or task.user_id != user.id:
        raise HTTPException(404)
    return task


def checked_by_a_function(session, user, task_id):
    task = session.get(Task, task_id)
    if task is None or not is_owned_by(task, user.id):
        raise HTTPException(404)
    return task


async def authorized(session, current_user, task_id):
    task = (await session.exec(select(Task).where(Task.id == task_id))).first()
    await ensure_permission(current_user, "read", task_user_id=task.user_id)
    return task


def narrowed_by_a_function(session, user):
    statement = visible_to(select(Task), user=user)
    counting = select(func.count(Task.id)).where(Task.done)
    counting = scoped_to_owner(counting, user_id=user.id)
    return session.exec(statement).all(), session.exec(counting).one()


def by_a_key_with_the_owner(session, task_id, owner):
    return session.get(Task, (task_id, owner)), session.get(Task, {"id": task_id, "user_id": owner})


def what_was_found_for_the_user(session, user, title):
    task = session.exec(select(Task).where(Task.user_id == user.id, Task.title == title)).first()
    session.exec(update(Task).where(Task.id == task.id).values(done=True))
    mine = select(Task.id).where(Task.user_id == user.id)
    session.exec(delete(Comment).where(Comment.task_id.in_(mine)))
    for row in session.exec(select(Task).where(Task.user_id == user.id)).all():
        keys = [row.id]
    return session.exec(select(Comment).where(Comment.task_id.in_(keys))).all()


async def what_a_service_gave(session, service, user, task_id):
    task = await service.get_task(task_id, user)
    await session.exec(delete(Comment).where(Comment.task_id == task.id))


def what_was_handed_in(session, task: Task):
    return session.exec(select(Comment).where(Comment.task_id == task.id)).all()


def by_the_joined_user(session, current_user):
    return session.exec(select(Task).join(User).where(User.id == current_user.id)).all()


class OwnTasks:
    model = Task

    def find(self, session, user_id, key):
        return session.exec(select(self.model).where(self.model.id == key, self.model.user_id == user_id)).first()


def child_by_its_parent(session, user):
    return session.exec(select(Comment).join(Task).where(Task.user_id == user.id)).all()


def child_by_a_subquery(session, user):
    mine = select(Task.id).where(Task.user_id == user.id)
    return session.exec(select(Comment).where(Comment.task_id.in_(select(Task.id).where(Task.user_id == user.id))))


def inner_of_a_scoped_one(session, user):
    commented = select(Comment.task_id)
    also = Task.id.in_(select(Comment.task_id))
    session.exec(select(Task).where(Task.user_id == user.id, also, Task.id.in_(commented))).all()
    return session.exec(select(Task).where(Task.user_id == user.id, Task.id.in_(select(Comment.task_id)))).all()


def by_alias(session, user):
    t = aliased(Task)
    return session.exec(select(t).where(t.user_id == user.id)).all()


def by_keyword(session, user):
    return session.query(Task).filter_by(user_id=user.id).all()


def counted(session, user):
    return session.exec(select(func.count()).select_from(Task).where(Task.user_id == user.id)).one()


def wiped(session, user, task_id):
    session.exec(delete(Task).where(Task.id == task_id, Task.user_id == user.id))
    session.exec(update(Task).where(Task.user_id == user.id).values(title="x"))


def shared(session):
    return session.exec(select(Label)).all()


def healthy(session):
    return session.execute(text("SELECT 1")).scalar()


def reasoned(session):
    # raw-sql: ranks by ts_rank_cd with weights that the ORM cannot say, approved in #7
    return session.execute(text("select id from tasks where tsv @@ plainto_tsquery(:q)"), {"q": "x"})


def constant(session):
    # raw-sql: same words in two places, approved in #7
    return session.execute(text(f"select 1 from tasks limit {LIMIT}"))


created: datetime = Field(sa_column=Column(sa.DateTime(timezone=True), server_default=text("now()")))
partial = Index("i", "user_id", postgresql_where=text("deleted_at is null"))
check = CheckConstraint(text("title <> ''"))


def criteria(statement, user):
    return statement.options(with_loader_criteria(Task, Task.user_id == user.id, include_aliases=True))


def now():
    return datetime.now(timezone.utc)


def sign_up(engine, name):
    # todo-db: ignore[TD854] nobody is signed in yet
    with Session(engine) as session:
        session.add(name)


def for_statistics(session):
    return session.exec(select(Task)).all()  # todo-db: ignore[unscoped-query] counts for operators only


def plain_get(cache, settings):
    cache.get("task", None)
    return settings.get(Label, 1), {}.get(Task)


def a_loop_over_other_things(session, names, user):
    for name in names:
        print(name.comments)
    return [task.title for task in session.exec(select(Task).where(Task.user_id == user.id)).all()]

"""A small web service over the todo application's tables: tasks and comments of whoever is signed in."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query
from fastapi.responses import JSONResponse
from sqlalchemy import Engine
from sqlmodel import SQLModel

from todo_db.access import (
    AccessError,
    NotFoundError,
    Ownerships,
    Repository,
    UserSession,
    UserSessions,
    user_transaction,
)
from todo_db.errors import UsageError
from todo_db.models import Comment, Task


class TaskIn(SQLModel):
    title: str
    description: str | None = None


class CommentIn(SQLModel):
    body: str


def make_app(engine: Engine, ownerships: Ownerships) -> FastAPI:
    """The service; who is signed in is said by a header here, by a checked token in earnest."""
    app = FastAPI()
    sessions = UserSessions(engine, ownerships)

    def session(user: Annotated[str, Header(alias="x-user")]) -> Iterator[UserSession]:
        yield from user_transaction(sessions, user)

    Mine = Annotated[UserSession, Depends(session, scope="function")]  # noqa: N806

    def tasks(session: Mine) -> Repository[Task]:
        return Repository(session, Task)

    Tasks = Annotated[Repository[Task], Depends(tasks)]  # noqa: N806
    app.add_exception_handler(NotFoundError, _answer(404))
    app.add_exception_handler(AccessError, _answer(403))
    app.add_exception_handler(UsageError, _answer(422))

    @app.post("/tasks", status_code=201)
    def create(task: TaskIn, tasks: Tasks) -> Task:
        return tasks.create(task)

    @app.get("/tasks")
    def listed(
        tasks: Tasks,
        order: str = "-created_at",
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        status: str | None = None,
    ) -> dict[str, Any]:
        page = tasks.page(*([Task.status == status] if status else []), order=order, after=after, limit=limit)
        return {"items": [t.model_dump() for t in page.items], "next": page.next}

    @app.get("/tasks/{key}")
    def read(key: int, tasks: Tasks) -> Task:
        return tasks.get(key)

    @app.patch("/tasks/{key}")
    def change(key: int, values: dict[str, Any], tasks: Tasks) -> Task:
        return tasks.update(key, values)

    @app.delete("/tasks/{key}", status_code=204)
    def remove(key: int, tasks: Tasks) -> None:
        tasks.delete(key)

    @app.post("/tasks/{key}/restore")
    def restore(key: int, tasks: Tasks) -> Task:
        return tasks.restore(key)

    @app.post("/tasks/{key}/comments", status_code=201)
    def comment(key: int, comment: CommentIn, session: Mine) -> Comment:
        return Repository(session, Comment).create(comment, task_id=Repository(session, Task).get(key).id)

    @app.get("/tasks/{key}/comments")
    def comments(key: int, session: Mine) -> list[Comment]:
        Repository(session, Task).get(key)
        return list(Repository(session, Comment).page(task_id=key, order="created_at").items)

    return app


def _answer(code: int) -> Callable[[Any, Any], JSONResponse]:
    def handler(request: Any, error: Any) -> JSONResponse:
        return JSONResponse({"error": error.what}, code)

    return handler

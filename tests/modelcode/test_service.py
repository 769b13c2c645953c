"""The written create, update and read models carry a FastAPI service over a real database."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from tests.modelcode.conftest import Project
from tests.modelcode.test_written import run
from todo_db.workflows.models import target, write

SPEC = """
    enums: {mood: [in-good-health, ill]}
    tables:
      people:
        owner: null
        columns:
          - {name: id, type: integer, primary_key: true, autoincrement: true}
          - {name: name, type: varchar(20), nullable: false}
          - {name: mood, type: mood, nullable: false, server_default: "'in-good-health'"}
          - {name: created_at, type: timestamptz, nullable: false, server_default: now()}
          - {name: updated_at, type: timestamptz, nullable: false, server_default: now(), on_update: now()}
      notes:
        owner: null
        columns:
          - {name: id, type: uuid, primary_key: true, server_default: gen_random_uuid()}
          - name: person_id
            type: integer
            nullable: false
            references: {table: people, column: id, on_delete: cascade}
          - {name: body, type: text, nullable: true}
          - {name: data, type: jsonb, nullable: false, server_default: "'{}'"}
"""
SERVICE = """
    import json, os
    from fastapi import FastAPI
    from fastapi.testclient import TestClient
    from sqlalchemy import create_engine
    from sqlmodel import Session, SQLModel
    from models import Note, NoteCreate, NoteRead, Person, PersonCreate, PersonRead, PersonUpdate

    engine = create_engine(os.environ["URL"].replace("postgresql:", "postgresql+psycopg:"))
    SQLModel.metadata.create_all(engine)
    app = FastAPI()

    def kept(session, row):
        session.add(row)
        session.commit()
        session.refresh(row)
        return row

    @app.post("/people", response_model=PersonRead)
    def add_person(given: PersonCreate):
        with Session(engine) as session:
            return kept(session, Person.model_validate(given))

    @app.patch("/people/{number}", response_model=PersonRead)
    def change_person(number: int, given: PersonUpdate):
        with Session(engine) as session:
            row = session.get(Person, number)
            row.sqlmodel_update(given.model_dump(exclude_unset=True))
            return kept(session, row)

    @app.post("/notes", response_model=NoteRead)
    def add_note(given: NoteCreate):
        with Session(engine) as session:
            return kept(session, Note.model_validate(given))

    with TestClient(app) as client:
        ann = client.post("/people", json={"name": "Ann"}).json()
        ill = client.patch(f"/people/{ann['id']}", json={"mood": "ill"}).json()
        note = client.post("/notes", json={"person_id": ann["id"], "data": {"a": [1]}}).json()
        print(json.dumps({
            "created": sorted(ann), "mood": ann["mood"], "changed": [ill["name"], ill["mood"]],
            "moved": ill["updated_at"] > ann["updated_at"], "note": [note["body"], note["data"]],
            "too long": client.post("/people", json={"name": "x" * 21}).status_code,
            "no mood": client.post("/people", json={"name": "Bob", "mood": "blue"}).status_code,
            "documented": sorted(client.get("/openapi.json").json()["components"]["schemas"]),
        }))
"""


def test_a_service_takes_and_answers_the_written_models(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fastapi")
    ws = project(SPEC)
    write(ws, target(ws, ws.settings.root / "models", None), schemas=True)
    connection = ws.scratch.database("service")
    monkeypatch.setenv("URL", ws.scratch.url(connection))

    assert json.loads(run(ws.settings.root, "-W", "ignore", "-c", dedent(SERVICE))) == {
        "created": ["created_at", "id", "mood", "name", "updated_at"],
        "mood": "in-good-health",
        "changed": ["Ann", "ill"],
        "moved": True,
        "note": [None, {"a": [1]}],
        "too long": 422,
        "no mood": 422,
        "documented": [
            *("HTTPValidationError", "Mood", "NoteCreate", "NoteRead", "PersonCreate", "PersonRead"),
            *("PersonUpdate", "ValidationError"),
        ],
    }

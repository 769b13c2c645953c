"""What `create_all` makes of models of any shape is adopted, altered, migrated, and then without drift."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from textwrap import dedent

import pytest

from tests.support.histories import Project
from todo_db.errors import Exit
from todo_db.findings import Severity
from todo_db.postgres.target import from_url
from todo_db.workflows.adopt import adopt
from todo_db.workflows.drift import drift
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_new import new

HEAD = """
import datetime as dt
import enum
import uuid
from decimal import Decimal
import sqlalchemy as sa
from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT, JSONB
from sqlmodel import Field, Relationship, SQLModel
"""


@dataclass(frozen=True, slots=True)
class Case:
    """Models, and what is altered in them: each text in place of another, or at the end where it is ''.

    before: what is in the database already. rows: what create_all's tables hold when they are taken over.
    """

    models: str
    altered: tuple[tuple[str, str], ...]
    before: str = ""
    rows: str = ""
    spec: str = ""


CASES = {
    "enums": Case(
        """
        class Mood(str, enum.Enum):
            good = "good"
            bad = "bad"

        class Diary(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            mood: Mood = Mood.good
            moods: list[Mood] = Field(sa_column=sa.Column(ARRAY(sa.Enum(Mood)), nullable=False))
        """,
        (('    bad = "bad"', '    bad = "bad"\n    odd = "odd"'), ("", "    note: str | None = None")),
        rows="insert into diary (mood, moods) values ('good', '{bad,good}')",
    ),
    "many to many": Case(
        """
        class Link(SQLModel, table=True):
            hero_id: int = Field(foreign_key="hero.id", primary_key=True, ondelete="CASCADE")
            team_id: int = Field(foreign_key="team.id", primary_key=True)

        class Team(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            name: str = Field(index=True, unique=True, max_length=40)
            heroes: list["Hero"] = Relationship(back_populates="teams", link_model=Link)

        class Hero(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            teams: list[Team] = Relationship(back_populates="heroes", link_model=Link)
        """,
        (
            (
                'foreign_key="team.id", primary_key=True)',
                'foreign_key="team.id", primary_key=True, index=True)',
            ),
            ("max_length=40", "max_length=80"),
        ),
        rows="""
        insert into team (name) values ('a'); insert into hero default values; insert into link values (1, 1)
        """,
    ),
    "self reference": Case(
        """
        class Node(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            parent_id: int | None = Field(default=None, foreign_key="node.id")
            rank: float = 0.0
        """,
        (
            ('foreign_key="node.id")', 'foreign_key="node.id", ondelete="SET NULL", index=True)'),
            ("rank: float = 0.0", "rank: float | None = None"),
        ),
        rows="insert into node (rank) values (1); insert into node (parent_id, rank) values (1, 2)",
    ),
    "composite keys": Case(
        """
        class Slot(SQLModel, table=True):
            room: str = Field(primary_key=True, max_length=10)
            hour: int = Field(primary_key=True)

        class Booking(SQLModel, table=True):
            __table_args__ = (sa.ForeignKeyConstraint(["room", "hour"], ["slot.room", "slot.hour"]),)
            id: int | None = Field(default=None, primary_key=True)
            room: str = Field(max_length=10)
            hour: int
        """,
        (
            (
                '["slot.room", "slot.hour"]),)',
                '["slot.room", "slot.hour"]), sa.UniqueConstraint("room", "hour"))',
            ),
            ("", "    guests: int = Field(default=1, sa_column_kwargs={'server_default': text('1')})"),
        ),
        rows="insert into slot values ('a', 1); insert into booking (room, hour) values ('a', 1)",
    ),
    "schemas": Case(
        """
        class Customer(SQLModel, table=True):
            __table_args__ = {"schema": "crm"}
            id: int | None = Field(default=None, primary_key=True)
            name: str

        class Invoice(SQLModel, table=True):
            __table_args__ = {"schema": "billing"}
            id: int | None = Field(default=None, primary_key=True)
            customer_id: int = Field(foreign_key="crm.customer.id")
        """,
        (
            (
                "",
                """
class Line(SQLModel, table=True):
    __table_args__ = {"schema": "billing"}
    id: int | None = Field(default=None, primary_key=True)
    invoice_id: int = Field(foreign_key="billing.invoice.id", index=True)
""",
            ),
            ("    name: str", "    name: str = Field(index=True)"),
        ),
        before="create schema crm; create schema billing",
        rows="insert into crm.customer (name) values ('x')",
    ),
    "types of PostgreSQL": Case(
        """
        class Document(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            title: str = Field(sa_column=sa.Column(CITEXT, nullable=False, unique=True))
            tags: list[str] = Field(sa_column=sa.Column(ARRAY(sa.Text), nullable=False))
            body: dict = Field(sa_column=sa.Column(JSONB, nullable=False, server_default="{}"))
            price: Decimal = Field(max_digits=8, decimal_places=2)
            at: dt.datetime = Field(sa_column=sa.Column(sa.DateTime(timezone=True), nullable=False))
        """,
        (
            ("", '    __table_args__ = (sa.Index("document_body", "body", postgresql_using="gin"),)'),
            ("max_digits=8", "max_digits=12"),
        ),
        before="create extension citext",
        rows="insert into document (title, tags, price, at) values ('A', '{x}', 1.5, now())",
    ),
    "mixins": Case(
        """
        class Stamped(SQLModel):
            created: dt.datetime = Field(
                sa_type=sa.DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
            )

        class Person(SQLModel):
            name: str

        class Author(Stamped, Person, table=True):
            id: int | None = Field(default=None, primary_key=True)

        class Editor(Stamped, Person, table=True):
            id: int | None = Field(default=None, primary_key=True)
        """,
        (("    name: str", "    name: str\n    email: str | None = Field(default=None, unique=True)"),),
        rows="insert into author (name) values ('a'); insert into editor (name) values ('b')",
    ),
    "defaults of the server": Case(
        """
        class Item(SQLModel, table=True):
            __table_args__ = (sa.CheckConstraint("net >= 0", name="net_not_negative"),)
            id: int | None = Field(
                default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True)
            )
            net: int = Field(sa_column_kwargs={"server_default": text("0")})
            gross: int | None = Field(
                default=None, sa_column=sa.Column(sa.Integer, sa.Computed("net * 119 / 100"))
            )
            state: str = Field(sa_column_kwargs={"server_default": "new"})
        """,
        (
            ('"server_default": "new"', '"server_default": "fresh"'),
            (
                "(sa.CheckConstraint(",
                '(sa.CheckConstraint("net < 1000000", name="net_small"), sa.CheckConstraint(',
            ),
        ),
        rows="insert into item (net) values (100)",
    ),
    "users of somebody else": Case(
        """
        user = sa.Table("user", SQLModel.metadata, sa.Column("id", sa.Text, primary_key=True),
                        info={"external": True})

        class Note(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=sa.Text)
        """,
        (
            (
                "",
                """
class Tag(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(sa_column=sa.Column(sa.ForeignKey("user.id"), nullable=False, index=True))
""",
            ),
        ),
        before='create table "user" (id text primary key, email text not null unique, image text)',
        rows="""insert into "user" values ('u', 'e'); insert into note (user_id) values ('u')""",
        spec="""
        version: 1
        tables:
          user: {managed_by: better-auth, columns: [{name: id, type: text, primary_key: true}]}
        """,
    ),
    "uuids and odd names": Case(
        """
        class Order(SQLModel, table=True):
            __tablename__ = "Order"
            id: uuid.UUID = Field(
                default_factory=uuid.uuid4, primary_key=True,
                sa_column_kwargs={"server_default": func.gen_random_uuid()},
            )
            group: str = Field(sa_column=sa.Column("select", sa.String, nullable=False))
            size: int | None = Field(default=None, sa_column=sa.Column("Größe in %", sa.Integer, index=True))
        """,
        (
            (
                "",
                """
class Position(SQLModel, table=True):
    __tablename__ = "order position"
    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    order_id: uuid.UUID = Field(foreign_key="Order.id", index=True)
""",
            ),
            ("sa.String, nullable=False", "sa.String, nullable=True"),
        ),
        rows="""insert into "Order" ("select") values ('x')""",
    ),
}
CREATE = """
import sys, models, sqlalchemy
models.SQLModel.metadata.create_all(sqlalchemy.create_engine(sys.argv[1]))
"""


# each takes some seconds: these always, the others with `-m long`
ALWAYS = ("types of PostgreSQL", "users of somebody else")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in ALWAYS else pytest.mark.long) for n in CASES]
)
def test_a_database_of_create_all_is_taken_over(project: Project, name: str) -> None:
    case = CASES[name]
    models = HEAD + dedent(case.models).rstrip() + "\n"
    project.write({"models.py": models, **({"schema.yaml": case.spec} if case.spec else {})})
    project.settings(models="models", **({"spec": "schema.yaml"} if case.spec else {}))
    project.live.execute(case.before.encode())
    url = from_url(project.url).sqlalchemy_url()
    subprocess.run([sys.executable, "-c", CREATE, url], cwd=project.root, check=True)
    project.live.execute(case.rows.encode())

    taken = adopt(project.open(), confirm=lambda _: True)
    assert "it builds exactly this database" in taken.text
    assert not drifting(project)

    for was, becomes in case.altered:
        assert was in models
        models = models.replace(was, becomes) if was else f"{models}{becomes}\n"
    project.write({"models.py": models})
    written = new(project.open(), "Alter it")
    assert written.report.exit_code() == Exit.CLEAN, written.report.findings
    assert len(list(project.versions.glob("*.py"))) > 1
    assert migrate(project.open()).report.exit_code() == Exit.CLEAN
    assert not drifting(project)


def drifting(project: Project) -> list[str]:
    """What differs, or could not be compared."""
    report = drift(project.open())
    return [f.message for f in report.findings if f.severity is not Severity.INFO] + [
        u.reason for u in report.unknown
    ]

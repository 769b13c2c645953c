"""Objects are traced to the line of the revision that states them."""

from __future__ import annotations

from pathlib import Path

from todo_db.schema import Key
from todo_db.sources.history import read_file
from todo_db.sources.opplaces import places

SOURCE = '''\
"""first"""
revision = "a"
down_revision = None
def upgrade():
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer()),
        sa.Column("state", sa.Enum("a", name="state")),
        sa.CheckConstraint("id > 0", name=op.f("positive")),
    )
    op.add_column("tasks", sa.Column("title", sa.Text()), schema="other")
    op.alter_column("tasks", "id", nullable=True, type_=sa.Text())
    op.create_index(op.f("by_state"), "tasks", ["state"])
    with op.batch_alter_table("tasks") as batch_op:
        batch_op.add_column(sa.Column("extra", sa.Text()))
        batch_op.create_unique_constraint("one", ["extra"])
    op.execute("""
        CREATE TYPE mood AS ENUM ('x');
        create unique index concurrently if not exists "By X" on "Tasks" (x)
    """)
    op.execute(sa.text("ALTER TABLE tasks ADD CONSTRAINT fk_x FOREIGN KEY (id) REFERENCES x"))
def downgrade():
    op.create_table("gone", sa.Column("id", sa.Integer()))
'''


def test_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOURCE)
    found = {key: place.line for key, place in places([read_file(path)], tmp_path).items()}
    expected = {
        ("table", "public.tasks", ""): 5,
        ("column", "public.tasks.id", ""): 7,
        ("enum", "public.state", ""): 8,
        ("check", "public.tasks.positive", ""): 9,
        ("column", "other.tasks.title", ""): 11,
        ("column", "public.tasks.id", "nullable"): 12,
        ("column", "public.tasks.id", "type"): 12,
        ("index", "public.tasks.by_state", ""): 13,
        ("column", "public.tasks.extra", ""): 15,
        ("unique", "public.tasks.one", ""): 16,
        ("enum", "public.mood", ""): 18,
        ("index", 'public."Tasks"."By X"', ""): 19,
        ("foreign key", "public.tasks.fk_x", ""): 21,
    }
    for (kind, name, fact), line in expected.items():
        assert found[Key(kind, name), fact] == line, name
    assert (Key("table", "public.gone"), "") not in found

"""Verdicts: the odd one out for every pattern of agreement, in words that name the sides."""

import datetime as dt

import pytest

from todo_db.compare import Difference, compare
from todo_db.findings import Place
from todo_db.objects import Column, Sequence, Table
from todo_db.schema import Schema, index_by_key
from todo_db.settings import Settings, Waiver
from todo_db.workflows.judge import judge, waive
from todo_db.workflows.verdicts import VERDICTS, odd_one_out

TASKS = Table(schema="public", name="tasks")
SIDES = ("spec", "models", "migrations", "live")


def column(type_="text", **facts):
    return Column(
        schema="public", table="tasks", name="title", position=1, type=type_, nullable=False, **facts
    )


def difference(values, fact="type", stamped=None):
    objects = {s: column(v) for s, v in values.items() if v is not None}
    return odd_one_out(Difference(column().key, fact, values, objects), stamped)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ("aaab", "changed-in-live"),
        ("aabb", "migration-missing"),
        ("abaa", "model-differs"),
        ("baaa", "spec-differs"),
        ("aaba", "applied-by-hand"),
        ("abab", "applied-by-hand"),
        ("abcc", "conflict"),
        ("abca", "conflict"),
        ("baab", "conflict"),
        ("ab--", "model-differs"),
        ("-ab-", "migration-missing"),
        ("--ab", "changed-in-live"),
        ("a--b", "live-differs"),
        ("aa-b", "live-differs"),
        ("-abb", "migration-missing"),
        ("-aab", "changed-in-live"),
    ],
)
def test_the_odd_one_out(values, verdict):
    found = difference({side: value for side, value in zip(SIDES, values, strict=True) if value != "-"})
    assert found == verdict


def test_what_only_the_spec_lacks_is_to_be_written_into_it():
    values = {"spec": None, "models": "present", "migrations": "present", "live": "present"}
    assert difference(values, fact="") == "spec-behind"


def test_live_that_equals_its_own_stamp_is_pending():
    values = dict(zip(SIDES, "aaab", strict=True))
    assert difference(values, stamped={column().key: column("b")}) == "pending"
    assert difference(values, stamped={column().key: column("c")}) == "changed-in-live"


def test_other_sides_merely_differ():
    assert difference({"a": "text", "b": "uuid"}) == "differs"


def test_a_finding_names_the_sides_the_values_and_the_places():
    places = {(column().key, "type"): Place("spec", "schema.md", 12)}
    spec = Schema("spec", index_by_key([TASKS, column("character varying(200)")]), places)
    models = Schema("models", index_by_key([TASKS, column("character varying(255)")]))
    (finding,) = judge(compare([spec, models]))
    assert (finding.code, finding.rule, finding.object) == ("TD203", "column-type", "public.tasks.title")
    assert finding.sides == {"spec": "character varying(200)", "models": "character varying(255)"}
    assert finding.places == (Place("spec", "schema.md", 12),)
    assert finding.verdict == "model-differs"
    assert "character varying(200) in spec" in finding.message


def test_a_default_that_only_python_sets_is_told_apart():
    spec = Schema("spec", index_by_key([TASKS, column(default="'x'::text")]))
    key = (column().key, "default")
    models = Schema("models", index_by_key([TASKS, column()]), notes={key: "Python sets it: default='x'"})
    (finding,) = judge(compare([spec, models]))
    assert finding.code == "TD210"
    assert "Python sets it" in finding.message
    assert "server_default" in (finding.hint or "")


def test_a_possible_rename_is_asked():
    other = Column(schema="public", table="tasks", name="name", position=1, type="text", nullable=False)
    found = judge(
        compare([Schema("a", index_by_key([TASKS, column()])), Schema("b", index_by_key([TASKS, other]))])
    )
    assert [f.object for f in found] == ["public.tasks.name", "public.tasks.title"]
    assert all("was it renamed?" in f.message for f in found)


def test_waivers_need_a_match_and_end_at_their_date(tmp_path):
    spec = Schema("spec", index_by_key([TASKS, column()]))
    findings = judge(compare([spec, Schema("models", index_by_key([TASKS, column("uuid")]))]))

    def kept(**waiver):
        return waive(findings, Settings(root=tmp_path, ignore=(Waiver(reason="known", **waiver),)))

    assert kept(rule="column-type") == ([], ["1 ignored: known"])
    assert kept(rule="TD203", object="public.tasks.*")[0] == []
    assert kept(rule="TD203", object="tasks.*")[0] == []
    assert kept(rule="TD204")[0] == findings
    late, notes = kept(rule="TD203", until=dt.date(2020, 1, 1))
    assert late == findings
    assert "ended on 2020-01-01" in notes[0]


def test_every_verdict_says_what_to_do():
    assert all(v.meaning and v.hint for v in VERDICTS.values())


def test_a_serial_columns_sequence_is_no_finding_of_its_own_where_the_column_is_missing():
    facts = {
        "type": "integer",
        "start": 1,
        "increment": 1,
        "minimum": 1,
        "maximum": 9,
        "cache": 1,
        "cycle": False,
    }
    sequence = Sequence(schema="public", name="tasks_title_seq", owned_by="public.tasks.title", **facts)

    def kinds(*there):
        sides = [Schema("a", index_by_key([TASKS, column(), sequence])), Schema("b", index_by_key(there))]
        return [f.kind for f in judge(compare(sides))]

    assert kinds() == ["table"]
    assert kinds(TASKS) == ["column"]
    assert kinds(TASKS, column()) == ["sequence"]

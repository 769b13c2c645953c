# ruff: noqa: E501 - the names of columns are easier to read in one piece
"""Every column of PostgreSQL's own catalogs is read, or stands here with the reason why it is not."""

from __future__ import annotations

import re

import pytest

from todo_db.postgres import catalog, queries
from todo_db.postgres.catalog import read

# Catalogs that hold nothing of a schema.
CATALOGS = {
    "pg_auth_members": "roles belong to the server",
    "pg_authid": "roles belong to the server",
    "pg_largeobject": "data",
    "pg_largeobject_metadata": "data",
    "pg_parameter_acl": "settings belong to the server",
    "pg_replication_origin": "belongs to the server",
    "pg_shdepend": "which roles are used: told by owners, grants and policies",
    "pg_shseclabel": "labels of databases and roles belong to the server",
    "pg_statistic": "data",
    "pg_statistic_ext_data": "data",
    "pg_subscription_rel": "the state of a subscription",
}

_TOLD = "told by what PostgreSQL deparses"
_UNKNOWN = "such an object is reported as unknown"
_STATE = "the state of the data, not of the schema"
_SERVER = "belongs to the server"

COLUMNS = {
    "pg_aggregate": {"aggnumdirectargs": _TOLD},
    "pg_am": dict.fromkeys(("amhandler", "amtype"), _UNKNOWN),
    "pg_amop": dict.fromkeys(("amoplefttype", "amoprighttype", "amopmethod"), "told by the operator and its family"),
    "pg_attribute": {
        **dict.fromkeys(("attlen", "attbyval", "attalign", "attcacheoff"), "a copy of the type's"),
        "attndims": "PostgreSQL itself ignores it",
        **dict.fromkeys(("atthasmissing", "attmissingval"), _STATE),
    },
    "pg_class": {
        **dict.fromkeys(
            ("relfilenode", "relpages", "reltuples", "relallvisible", "relallfrozen", "relrewrite", "relfrozenxid",
             "relminmxid"),
            _STATE,
        ),
        **dict.fromkeys(
            ("relhasindex", "relnatts", "relchecks", "relhasrules", "relhastriggers", "relhassubclass"),
            "only whether to look elsewhere",
        ),
        "relisshared": _SERVER,
    },
    "pg_collation": {"collencoding": "names may repeat for encodings other than the database's",
                     "collversion": "the version of the operating system's library"},
    "pg_constraint": dict.fromkeys(("conpfeqop", "conppeqop", "conffeqop"), "follow from the types")
    | {"conexclop": _TOLD},
    "pg_conversion": dict.fromkeys(("conowner", "conforencoding", "contoencoding", "conproc", "condefault"), _UNKNOWN),
    "pg_database": dict.fromkeys(
        ("encoding", "datlocprovider", "datistemplate", "datallowconn", "dathasloginevt", "datfrozenxid",
         "datminmxid", "dattablespace", "datcollate", "datctype", "datlocale", "daticulocale", "daticurules",
         "datcollversion"),
        "chosen when the database was made",
    ),
    "pg_extension": {"extowner": "cannot be changed", "extrelocatable": "the extension's own",
                     **dict.fromkeys(("extconfig", "extcondition"), "what pg_dump takes along, set by its script")},
    "pg_index": {"indnatts": "the number of columns", "indisprimary": "told by the constraint",
                 "indisexclusion": "told by the constraint", "indimmediate": "told by the constraint",
                 "indcheckxmin": _STATE, "indexprs": _TOLD},
    "pg_init_privs": {"privtype": "initdb's and extensions' rights are alike"},
    "pg_language": dict.fromkeys(
        ("lanispl", "lanpltrusted", "lanplcallfoid", "laninline", "lanvalidator"), _UNKNOWN
    ),
    "pg_operator": {"oprkind": "told by its sides", "oprresult": "its function's"},
    "pg_partitioned_table": dict.fromkeys(
        ("partrelid", "partstrat", "partnatts", "partdefid", "partattrs", "partclass", "partcollation", "partexprs"),
        _TOLD,
    ),
    "pg_proc": dict.fromkeys(
        ("provariadic", "proretset", "pronargdefaults", "prorettype", "proallargtypes", "proargmodes", "proargnames",
         "proargdefaults"),
        _TOLD,
    ),
    "pg_rewrite": dict.fromkeys(("ev_type", "is_instead", "ev_qual", "ev_action"), _TOLD),
    "pg_statistic_ext": dict.fromkeys(("stxkind", "stxexprs"), _TOLD),
    "pg_subscription": dict.fromkeys(
        ("subskiplsn", "subowner", "subenabled", "subbinary", "substream", "subtwophasestate", "subdisableonerr",
         "subpasswordrequired", "subrunasowner", "subfailover", "subconninfo", "subslotname", "subsynccommit",
         "subpublications", "suborigin"),
        _UNKNOWN,
    ),
    "pg_tablespace": dict.fromkeys(("spcowner", "spcacl", "spcoptions"), _SERVER),
    "pg_transform": dict.fromkeys(("trffromsql", "trftosql"), _UNKNOWN),
    "pg_trigger": dict.fromkeys(
        ("tgfoid", "tgtype", "tgconstrrelid", "tgconstrindid", "tgdeferrable", "tginitdeferred", "tgnargs", "tgargs",
         "tgqual", "tgoldtable", "tgnewtable"),
        _TOLD,
    ),
    "pg_type": {
        **dict.fromkeys(
            ("typbyval", "typcategory", "typispreferred", "typisdefined", "typdelim", "typsubscript", "typinput",
             "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze", "typalign"),
            "of a base type, which is reported as unknown",
        ),
        "typndims": "PostgreSQL itself ignores it",
    },
    "pg_user_mapping": {"umserver": "read through pg_user_mappings"},
}  # fmt: skip


def _words(version: int) -> set[str]:
    """Every word of the queries that a server of that version is sent."""
    folders = (queries.HERE, queries.HERE.parent / "objects")
    texts = [queries.plain(path, version) for folder in folders for path in folder.glob("*.sql")]
    return {word for text in texts for word in re.findall(r"\w+", text)}


@pytest.fixture(params=["server", "pg15"])
def database(request):
    server = request.getfixturevalue(request.param)
    connection = server.database("columns")
    yield connection
    server.drop(connection)


def _columns(connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, column in connection.execute("""
        SELECT c.relname, a.attname
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped"""):
        found.setdefault(table, set()).add(column)
    return found


def test_each_column_is_read_or_left_out_for_a_reason(database) -> None:
    words = _words(database.info.server_version)
    columns = _columns(database)
    assert {t for t in columns if t not in words and t not in CATALOGS} - set(COLUMNS) == set()
    unread = {(t, c) for t in columns if t not in CATALOGS for c in columns[t] if c not in words}
    assert unread - {(t, c) for t, reasons in COLUMNS.items() for c in reasons} == set()


def test_no_reason_is_left_over(server, pg15) -> None:
    """A reason for what is read, or for what no server has, would hide the next one."""
    known: set[tuple[str, str]] = set()
    read_somewhere: set[tuple[str, str]] = set()
    for one in (server, pg15):
        connection = one.database("left over")
        words = _words(connection.info.server_version)
        pairs = {(t, c) for t, columns in _columns(connection).items() for c in columns}
        known |= pairs
        read_somewhere |= {(t, c) for t, c in pairs if c in words and t in words}
        one.drop(connection)
    reasons = {(t, c) for t, columns in COLUMNS.items() for c in columns}
    assert reasons - known == set()
    assert reasons & read_somewhere == set()
    assert set(CATALOGS) <= {t for t, _ in known}


def test_a_server_that_is_newer_than_we_know_is_unknown(db, monkeypatch) -> None:
    assert read(db).unknown == ()
    monkeypatch.setattr(catalog, "NEWEST", db.info.server_version // 10000 - 1)
    (said,) = read(db).unknown
    assert said.object == f"PostgreSQL {db.info.server_version // 10000}"

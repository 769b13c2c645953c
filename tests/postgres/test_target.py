"""Which database a command talks to, and that nothing shows its password."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from todo_db.errors import UsageError
from todo_db.postgres.target import Purpose, Target, resolve

SECRET = "s3cr3tPw"  # noqa: S105 - a made-up one
NEON = "postgresql://owner:s3cr3tPw@ep-calm-tree-123{}.eu-central-1.aws.neon.tech/app?sslmode=require"
POOLED, DIRECT = NEON.format("-pooler"), NEON.format("")


def _resolve(project: Path, purpose: Purpose = "read", url: str | None = None, **environ: str) -> Target:
    return resolve(url, project=project, purpose=purpose, environ=environ)


def _host(target: Target) -> str:
    return str(conninfo_to_dict(target.conninfo)["host"])


def test_option_before_environment_before_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=postgres://file/d\n")
    assert _host(_resolve(tmp_path)) == "file"
    assert _resolve(tmp_path).origin == "DATABASE_URL in .env"
    in_environment = _resolve(tmp_path, DATABASE_URL="postgres://environment/d")
    assert (_host(in_environment), in_environment.origin) == ("environment", "DATABASE_URL")
    by_option = _resolve(tmp_path, url="postgres://option/d", DATABASE_URL="postgres://environment/d")
    assert (_host(by_option), by_option.origin) == ("option", "--url")
    assert _host(_resolve(tmp_path, DATABASE_URL=" ")) == "file"


def test_other_names_of_the_variables(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": "postgres://no/d", "POSTGRES_URL": "postgres://yes/d"}
    target = resolve(
        None, project=tmp_path, purpose="read", environ=environ, names=("POSTGRES_URL", "DIRECT")
    )
    assert _host(target) == "yes"


def test_reading_goes_through_the_pooler(tmp_path: Path) -> None:
    target = _resolve(tmp_path, DATABASE_URL=POOLED, DATABASE_URL_UNPOOLED=DIRECT)
    assert target.pooled
    assert not target.direct
    assert "-pooler" in _host(target)


def test_migrating_uses_the_direct_url_and_says_so(tmp_path: Path) -> None:
    target = _resolve(tmp_path, "migrate", DATABASE_URL=POOLED, DATABASE_URL_UNPOOLED=DIRECT)
    assert target.direct
    assert target.origin == "DATABASE_URL_UNPOOLED"
    assert target.notes == ("migrating over DATABASE_URL_UNPOOLED instead of DATABASE_URL",)


@pytest.mark.parametrize("where", ["option", "environment", "file"])
def test_migrating_goes_around_a_pooler(tmp_path: Path, where: str) -> None:
    if where == "file":
        (tmp_path / ".env").write_text(f"export DATABASE_URL='{POOLED}'\n")
    environ = {"DATABASE_URL": POOLED} if where == "environment" else {}
    target = _resolve(tmp_path, "migrate", url=POOLED if where == "option" else None, **environ)
    assert target.direct
    assert _host(target) == "ep-calm-tree-123.eu-central-1.aws.neon.tech"
    assert "-pooler" in target.notes[0]
    assert conninfo_to_dict(target.conninfo)["password"] == SECRET


def test_a_direct_url_of_another_place_is_not_mixed_in(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL_UNPOOLED={DIRECT}\n")
    target = _resolve(tmp_path, "migrate", DATABASE_URL="postgres://localhost/test")
    assert _host(target) == "localhost"


def test_only_the_direct_url(tmp_path: Path) -> None:
    for purpose in ("read", "migrate"):
        target = _resolve(tmp_path, purpose, DATABASE_URL_UNPOOLED=DIRECT)
        assert target.direct
        assert target.origin == "DATABASE_URL_UNPOOLED"


@pytest.mark.parametrize(
    "direct", [DIRECT.replace("calm-tree", "other-branch"), DIRECT.replace("/app", "/other")]
)
def test_two_urls_that_lead_to_different_databases(tmp_path: Path, direct: str) -> None:
    with pytest.raises(UsageError, match="different databases") as caught:
        _resolve(tmp_path, "migrate", DATABASE_URL=POOLED, DATABASE_URL_UNPOOLED=direct)
    assert "s3cr3tPw" not in caught.value.where


def test_migrating_over_a_pooler_whose_direct_host_is_unknown(tmp_path: Path) -> None:
    url = "postgres://u:s3cr3tPw@aws-0-eu.pooler.supabase.com:6543/postgres"
    with pytest.raises(UsageError, match="pooler"):
        _resolve(tmp_path, "migrate", DATABASE_URL=url)
    direct = "postgres://u:s3cr3tPw@db.x.supabase.co/postgres"
    assert (
        _host(_resolve(tmp_path, "migrate", DATABASE_URL=url, DATABASE_URL_UNPOOLED=direct))
        == "db.x.supabase.co"
    )


def test_nothing_shows_the_password(tmp_path: Path) -> None:
    target = _resolve(tmp_path, DATABASE_URL=POOLED)
    for text in (repr(target), str(target), target.shown, target.origin, *target.notes):
        assert "s3cr3tPw" not in text
    assert target.shown == "postgresql://owner:***@ep-calm-tree-123-pooler.eu-central-1.aws.neon.tech/app"
    assert "s3cr3tPw" in target.sqlalchemy_url()
    masked = target.mask(f"failed: {POOLED} and s3cr3tPw and password=s3cr3tPw")
    assert "s3cr3tPw" not in masked


@pytest.mark.parametrize(
    "text",
    ["mysql://u:s3cr3tPw@h/d", "s3cr3tPw", "postgres://u:s3cr3tPw@h:port/d", "postgres://u%ff@h/s3cr3tPw"],
)
def test_an_unreadable_url_names_the_variable_and_not_its_value(tmp_path: Path, text: str) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={text}")
    with pytest.raises(UsageError) as caught:
        _resolve(tmp_path)
    assert caught.value.where == "DATABASE_URL in .env"
    assert "s3cr3tPw" not in f"{caught.value.what}{caught.value.hint}"


def test_a_url_that_other_tools_would_put_together(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PW=x\nDATABASE_URL=postgres://u:${PW}@h/d\n")
    with pytest.raises(UsageError, match="put together"):
        _resolve(tmp_path)


def test_a_ca_file_instead_of_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = tmp_path / "ca.crt"
    ca.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    target = _resolve(tmp_path, DATABASE_URL="postgres://h/d?sslrootcert=system")
    facts = conninfo_to_dict(target.conninfo)
    assert (facts["sslrootcert"], facts["sslmode"]) == (str(ca), "verify-full")
    assert "sslrootcert=system" in target.notes[0]


def test_without_any_url_it_is_our_own_server(tmp_path: Path) -> None:
    target = _resolve(tmp_path, "migrate")
    assert target.embedded
    assert target.direct
    assert target.origin == "embedded server"
    assert ".todo-db/postgres" in target.shown

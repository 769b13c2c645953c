"""Chooses the database that a command talks to: an option, the environment, `.env`, or our own server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from todo_db import masking
from todo_db.errors import TodoDbError, UndeterminedError, UsageError
from todo_db.postgres import dotenv, urls

Purpose = Literal["read", "migrate"]
mask = masking.mask

_POOLER_LABEL = re.compile(r"^([^.]+)-pooler(\..+)$")
# Poolers of other hosts, known by name: there is no rule that leads to the direct host.
_OTHER_POOLERS = re.compile(r"\.pooler\.|(^|[.-])pgbouncer([.-]|$)", re.IGNORECASE)
_NEON_HOST = ".neon.tech"
_CA_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A database to connect to.

    conninfo: libpq's connection string, never shown. shown: the same for people, without a secret.
    origin: where it was named. pooled: a transaction pooler stands before it. direct: none does, as far as
    names tell. notes: what people should know about the choice.
    """

    conninfo: str = field(repr=False)
    shown: str
    origin: str
    pooled: bool = False
    notes: tuple[str, ...] = ()
    embedded: bool = False
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def direct(self) -> bool:
        """Whether session state (locks, settings) can be relied on."""
        return not self.pooled

    @property
    def on_neon(self) -> bool:
        """Whether the host is one of Neon's."""
        from psycopg.conninfo import conninfo_to_dict

        hosts = str(conninfo_to_dict(self.conninfo).get("host") or "").split(",")
        return any(host.endswith(_NEON_HOST) for host in hosts)

    def sqlalchemy_url(self) -> str:
        """The URL for `create_engine` with psycopg 3; holds the password."""
        return urls.sqlalchemy_url(self.conninfo)

    def mask(self, text: str) -> str:
        """The text without this target's password and without any other."""
        return masking.mask_all(text, self.secrets)


@dataclass(frozen=True, slots=True)
class Named:
    """A connection string and where it was named."""

    text: str = field(repr=False)
    origin: str


def resolve(
    url: str | None,
    *,
    project: Path,
    purpose: Purpose,
    environ: Mapping[str, str] = os.environ,
    names: tuple[str, str] = ("DATABASE_URL", "DATABASE_URL_UNPOOLED"),
    option: str = "--url",
) -> Target:
    """The database to use: the option, else the environment, else the project's `.env`, else our own server.

    names: the variables that hold the URL and the direct URL. A pooled and a direct one are only ever taken
    from the same place, so that no two databases are mixed. Our own server is started if need be.
    Raises UsageError for what cannot be read or contradicts itself, UndeterminedError without a server.
    """
    if url:
        return _choose(Named(url, option), None, purpose)
    for pooled, direct in _places(project, environ, names):
        if pooled or direct:
            return _choose(pooled, direct, purpose)
    return _embedded(project, environ, names[0])


def from_url(url: str, *, purpose: Purpose = "read", origin: str = "argument") -> Target:
    """A target for a URL that was given outright, such as a side of `diff`."""
    return _choose(Named(url, origin), None, purpose)


def named_urls(project: Path, environ: Mapping[str, str], names: tuple[str, str]) -> list[Named]:
    """Every URL that is set anywhere, the one that counts first; for `doctor`."""
    return [named for pair in _places(project, environ, names) for named in pair if named]


def _places(
    project: Path, environ: Mapping[str, str], names: tuple[str, str]
) -> Iterator[tuple[Named | None, Named | None]]:
    """The pairs (URL, direct URL) of the environment and of `.env`."""
    first, second = (
        Named(value, name) if (value := environ.get(name, "").strip()) else None for name in names
    )
    yield first, second
    file = project / ".env"
    values = dotenv.read(file)
    first, second = map(partial(_from_file, values, file), names)
    yield first, second


def _from_file(values: Mapping[str, dotenv.Value], file: Path, name: str) -> Named | None:
    value = values.get(name)
    if value is None or not value.text.strip():
        return None
    if value.interpolated:
        raise UsageError(
            f"{name} is put together from other variables, which is not carried out here",
            where=str(file),
            hint=f"write the whole URL, or export {name}; put a password with ${{ in single quotes",
        )
    return Named(value.text.strip(), f"{name} in .env")


def _choose(pooled: Named | None, direct: Named | None, purpose: Purpose) -> Target:
    main = pooled or direct
    assert main is not None  # noqa: S101
    target = _target(main)
    if purpose == "read" or direct is main:
        return target
    if direct is None:
        return _around_pooler(target)
    other = _target(direct)
    _same_database(target, other)
    note = f"migrating over {direct.origin} instead of {main.origin}"
    return _with_notes(other, note, *other.notes)


def _target(named: Named) -> Target:
    try:
        parsed = urls.parse(named.text)
    except TodoDbError as error:
        raise UsageError(error.what, where=named.origin, hint=error.hint) from None
    except UnicodeDecodeError:
        raise UsageError("the percent-encoded text in the URL is not UTF-8", where=named.origin) from None
    facts, notes = _with_ca_file(parsed.facts, named.origin)
    return _build(facts, named.origin, (*parsed.notes, *notes))


def _build(facts: Mapping[str, str], origin: str, notes: tuple[str, ...]) -> Target:
    from psycopg.conninfo import make_conninfo

    hosts = facts.get("host", "").split(",")
    return Target(
        conninfo=make_conninfo("", **facts),
        shown=show(facts),
        origin=origin,
        pooled=any(_POOLER_LABEL.match(host) or _OTHER_POOLERS.search(host) for host in hosts),
        notes=notes,
        secrets=_secrets(facts),
    )


def _secrets(facts: Mapping[str, str]) -> frozenset[str]:
    """Passwords to look for in texts; not those that are ordinary words of the very same texts."""
    ordinary = {facts.get("user"), facts.get("dbname"), "postgres", "password", "postgresql"}
    found = {facts.get(name, "") for name in ("password", "sslpassword")}
    return frozenset(secret for secret in found - ordinary if secret and len(secret) > 3)


def show(facts: Mapping[str, str]) -> str:
    """Connection parameters for people: no password, no option that may hold one."""
    if "service" in facts:
        return f"service={facts['service']}"
    hosts = facts.get("host", "").split(",")
    ports = facts.get("port", "").split(",")
    ports += ports[-1:] * (len(hosts) - len(ports))
    places = [
        (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
        for host, port in zip(hosts, ports, strict=False)
    ]
    login = facts.get("user", "") + (":***" if facts.get("password") else "")
    return f"postgresql://{login}{'@' if login else ''}{','.join(places)}/{facts.get('dbname', '')}"


def _around_pooler(target: Target) -> Target:
    """The same database over its direct host, where the pooler's name leads to it."""
    if not target.pooled:
        return target
    facts = _facts(target)
    hosts = facts.get("host", "").split(",")
    if not all(_POOLER_LABEL.match(host) for host in hosts):
        raise UsageError(
            "this is a connection pooler, over which migrating is not safe, and its direct host is not known",
            where=f"{target.origin}: {target.shown}",
            hint="set DATABASE_URL_UNPOOLED to the direct URL",
        )
    facts["host"] = ",".join(_POOLER_LABEL.sub(r"\1\2", host) for host in hosts)
    note = "migrating over the direct host, without -pooler: a pooler mixes the sessions of its clients"
    return _with_notes(_build(facts, target.origin, target.notes), note, *target.notes)


def _with_notes(target: Target, *notes: str) -> Target:
    return replace(target, notes=tuple(dict.fromkeys(notes)))


def _same_database(target: Target, direct: Target) -> None:
    """Refuse a pair of URLs that lead to different databases: one would be checked and the other changed."""
    (host, database), (direct_host, direct_database) = _identity(target), _identity(direct)
    other_branch = host != direct_host and _POOLER_LABEL.match(_facts(target).get("host", ""))
    if database != direct_database or other_branch:
        raise UsageError(
            f"{target.origin} and {direct.origin} lead to different databases",
            where=f"{target.shown} and {direct.shown}",
            hint="let both name the same one, or unset one of them",
        )


def _identity(target: Target) -> tuple[str, str]:
    """Direct host and database, which both URLs of a pair must share."""
    facts = _facts(target)
    hosts = facts.get("host", "").split(",")
    return ",".join(_POOLER_LABEL.sub(r"\1\2", host) for host in hosts), facts.get("dbname", "")


def _facts(target: Target) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict

    return {name: str(value) for name, value in conninfo_to_dict(target.conninfo).items()}


def _with_ca_file(facts: dict[str, str], origin: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Name a file where the URL says `sslrootcert=system`, which the binary psycopg cannot follow."""
    import psycopg

    if facts.get("sslrootcert") != "system" or psycopg.pq.__impl__ != "binary":
        return facts, ()
    file = next(filter(os.path.isfile, filter(None, (os.environ.get("SSL_CERT_FILE"), *_CA_FILES))), None)
    if file is None:
        raise UsageError(
            "sslrootcert=system does not work with psycopg's binary package, and no CA file was found",
            where=origin,
            hint="name a file: sslrootcert=/path/to/ca-certificates.crt, or set SSL_CERT_FILE",
        )
    changed = {"sslmode": "verify-full"} | facts | {"sslrootcert": file}
    return changed, (
        f"sslrootcert=system was read as {file}, since psycopg's binary package cannot follow it",
    )


def _embedded(project: Path, environ: Mapping[str, str], name: str) -> Target:
    """Our own server, started or joined; it runs until the last process that uses it ends."""
    from todo_db.postgres import embedded

    try:
        server = embedded.join(project, environ)
    except UndeterminedError as error:
        hint = f"{error.hint}; or set {name} to the URL of a database" if error.hint else None
        raise UndeterminedError(error.what, where=error.where, hint=hint) from error
    return Target(
        conninfo=server.conninfo,
        shown=f"embedded PostgreSQL {server.version} in {server.shown}",
        origin="embedded server",
        embedded=True,
        notes=server.notes,
    )

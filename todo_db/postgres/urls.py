"""Reads every way in which people write down where their database is, into libpq's connection parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

from todo_db.errors import UsageError

# Drivers that SQLAlchemy, asyncpg and others put behind the scheme; all of them speak to PostgreSQL.
_SCHEME = re.compile(r"\s*(postgres(?:ql)?)(\+\w+)?://(.*)", re.IGNORECASE | re.DOTALL)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_EXAMPLE = "a URL looks like postgresql://user:password@host:5432/database"
_SSL = {  # asyncpg's and JDBC's spelling of sslmode
    "true": "require",
    "1": "require",
    "false": "disable",
    "0": "disable",
}
_SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Connection parameters by libpq's names, and words about what was changed or left out on the way."""

    facts: dict[str, str]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Parsed(…)"  # the facts hold a password


def parse(text: str) -> Parsed:
    """Read a URL in any usual form, or libpq's `key=value` pairs.

    Raises UsageError, without the text, since it may hold a password.
    """
    text = text.strip()
    if match := _SCHEME.match(text):
        return _from_url(match[3])
    if "://" in text:
        scheme = text.split("://", 1)[0]
        known = scheme if re.fullmatch(r"[\w+.-]{1,40}", scheme) else "this"
        raise UsageError(f"{known}:// is not a URL of a PostgreSQL database", hint=_EXAMPLE)
    if "=" not in text:
        raise UsageError("this is not the URL of a database", hint=_EXAMPLE)
    return _from_pairs(text)


def _from_pairs(text: str) -> Parsed:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        facts = conninfo_to_dict(text)
    except psycopg.Error:
        raise UsageError(
            "the connection string cannot be read: it is neither a URL nor key=value pairs of libpq",
            hint=f"quote values with spaces: password='a b'; {_EXAMPLE}",
        ) from None
    return Parsed({name: str(value) for name, value in facts.items() if value is not None})


def _from_url(rest: str) -> Parsed:
    login, place, query = _split(rest)
    facts: dict[str, str] = {}
    if login is not None:
        user, colon, password = login.partition(":")
        facts |= {"user": _decode(user)} if user else {}
        facts |= {"password": _decode(password)} if colon and password else {}
    hosts, _, database = place.partition("/")
    facts |= _hosts(hosts)
    if database:
        facts["dbname"] = _decode(database)
    given, notes = _parameters(query)
    return Parsed(facts | given, notes)


def _split(rest: str) -> tuple[str | None, str, str]:
    """Login, place, query. Unescaped `@`, `/` and `?` in passwords are understood where that is clear."""
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    host_port = re.fullmatch(r"(\[[^\]]*\]|[^:@\[\],]*)(:\d*)?(,.*)?", authority)
    if "@" in authority:
        cut = authority.rindex("@")
    elif host_port is None and "@" in rest:
        # `user:pa/ss@host`: what looks like a port is no number, so it is the beginning of a password
        head = rest.split("?", 1)[0]
        cut = head.rindex("@") if "@" in head else rest.rindex("@")
    else:
        cut = -1
    login, place = (rest[:cut], rest[cut + 1 :]) if cut >= 0 else (None, rest)
    place, _, query = place.partition("?")
    return login, place, query


def _decode(text: str) -> str:
    """Undo percent-encoding; a percent sign that encodes nothing stands for itself."""
    return unquote(_STRAY_PERCENT.sub("%25", text), errors="strict") if "%" in text else text


def _hosts(text: str) -> dict[str, str]:
    """`a:1,b,[::1]:2` as libpq's lists of hosts and ports."""
    if not text:
        return {}
    hosts, ports = [], []
    for part in text.split(","):
        match = re.fullmatch(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::(\d*))?", part)
        if match is None:
            raise UsageError("the host and port in the URL cannot be read", hint=_EXAMPLE)
        hosts.append(_decode(match[1] or match[2] or ""))
        ports.append(match[3] or "")
    facts = {"host": ",".join(hosts)} if any(hosts) else {}
    return facts | ({"port": ",".join(ports)} if any(ports) else {})


def _parameters(query: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The query as libpq's parameters; those of other drivers are translated, or left out with a note."""
    known = _libpq_parameters()
    facts: dict[str, list[str]] = {}
    notes = []
    for pair in filter(None, query.split("&")):
        name, _, value = (_decode(part) for part in pair.partition("="))
        if name == "ssl":
            name, value = "sslmode", _sslmode(value)
        if name in known:
            facts.setdefault(name, []).append(value)
        else:
            notes.append(f"the URL's parameter {name[:40]!r} is not one of PostgreSQL's and is ignored")
    single = {name: values[-1] for name, values in facts.items()}  # the last one counts, as in libpq
    if len(hosts := facts.get("host", [])) > 1:  # SQLAlchemy's `host=a:1&host=b:2` means all of them
        single |= _hosts(",".join(hosts))
    return single, tuple(notes)


def _sslmode(value: str) -> str:
    mode = _SSL.get(value.lower(), value.lower())
    if mode not in _SSLMODES:
        raise UsageError(
            "ssl= in the URL has a value that is not known", hint=f"use sslmode={'|'.join(_SSLMODES)}"
        )
    return mode


def _libpq_parameters() -> frozenset[str]:
    import psycopg

    return frozenset(option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults())


def sqlalchemy_url(conninfo: str) -> str:
    """A libpq connection string as a URL for SQLAlchemy's psycopg 3 dialect, every odd character escaped.

    Alembic's `set_main_option` wants each `%` of it doubled.
    """
    from psycopg.conninfo import conninfo_to_dict

    facts = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value is not None}
    login = quote(facts.pop("user", ""), safe="")
    if (password := facts.pop("password", None)) is not None:
        login += f":{quote(password, safe='')}"
    database = quote(facts.pop("dbname", ""), safe="")
    rest = urlencode({name: value for name, value in facts.items() if value}, quote_via=quote)
    return f"postgresql+psycopg://{login}{'@' if login else ''}/{database}{'?' if rest else ''}{rest}"

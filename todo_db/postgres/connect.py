"""Opens sessions: waits for what may still come, fails at once for what cannot, and shows no secret."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.postgres import refusals
from todo_db.postgres.target import Target

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

ATTEMPT_SECONDS = 10
OLDEST = 140000
_NEON_PATIENCE = 5.0
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)


def connect(
    target: Target,
    *,
    read_only: bool,
    wait: float = 20.0,
    on_wait: Callable[[str], None] | None = None,
    statement_timeout_ms: int = 60_000,
    lock_timeout_ms: int = 5_000,
    application_name: str = "todo-db",
    autocommit: bool = False,
    more: Mapping[str, str] | None = None,
    again: bool = False,
) -> Connection:
    """A session on the target.

    read_only: every transaction is begun READ ONLY. wait: seconds for which a server that is starting or
    waking is waited for; `on_wait` is told why, once per reason. The time limits hold for the session on a
    direct connection; behind a pooler, where settings would reach other clients, begin with `limits`.
    more: further settings of the session, whose values need no quoting. again: the server was there a moment
    ago, so that it is waited for also where nothing listens: it restarts.
    Raises UndeterminedError, masked, with the reason and what to do.
    """
    settings = {
        **(more or {}),
        "statement_timeout": statement_timeout_ms,
        "lock_timeout": lock_timeout_ms,
        **({"default_transaction_read_only": "on"} if read_only else {}),
    }
    options = "" if target.pooled else " ".join(f"-c {name}={value}" for name, value in settings.items())
    facts = {"application_name": application_name, "client_encoding": "UTF8"}
    try:
        connection = _patiently(target, _with_options(target, options, facts), wait, on_wait, again=again)
    except _OptionsRefusedError:  # a pooler that its name did not give away
        if not read_only:
            raise UndeterminedError(
                "this is a connection pooler, over which migrating is not safe",
                where=f"{target.origin}: {target.shown}",
                hint="set DATABASE_URL_UNPOOLED to the direct URL",
            ) from None
        connection = _patiently(target, _with_options(target, "", facts), wait, on_wait, again=again)
    connection.autocommit = autocommit
    connection.read_only = read_only or None
    if connection.info.server_version < OLDEST:
        version = connection.info.parameter_status("server_version")
        connection.close()
        raise UndeterminedError(
            f"PostgreSQL {version} is older than what can be read",
            where=target.shown,
            hint=f"upgrade the server to {OLDEST // 10000} or newer",
        )
    return connection


@contextmanager
def limits(
    connection: Connection, *, statement_timeout_ms: int = 60_000, lock_timeout_ms: int = 5_000
) -> Iterator[Connection]:
    """A transaction whose time limits end with it, so that they are safe behind a pooler too."""
    with connection.transaction():
        connection.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)",
            (str(statement_timeout_ms), str(lock_timeout_ms)),
        )
        yield connection


class _OptionsRefusedError(Exception):
    """The server does not take settings at the start of a session."""


def _with_options(target: Target, options: str, facts: dict[str, str]) -> dict[str, Any]:
    """All connection parameters; what the URL says itself counts more than what we would choose."""
    from psycopg.conninfo import conninfo_to_dict

    given = conninfo_to_dict(target.conninfo)
    both = f"{given.get('options') or ''} {options}".strip()
    return {**facts, **given, **({"options": both} if both else {})}


def _patiently(
    target: Target,
    facts: dict[str, Any],
    wait: float,
    on_wait: Callable[[str], None] | None,
    *,
    again: bool,
) -> Connection:
    """Connect, trying again for as long as the reason of the refusal allows."""
    import psycopg

    started = time.monotonic()
    told: set[str] = set()
    attempt = 0
    while True:
        left = wait - (time.monotonic() - started)
        facts["connect_timeout"] = _attempt_seconds(facts, left)
        try:
            return psycopg.connect("", **facts, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            text = str(error)
        if refusals.refuses_options(text) and "-c " in str(facts.get("options", "")):
            raise _OptionsRefusedError
        refusal, what = refusals.classify(text)
        patience = wait if again and refusal.patience else min(wait, _patience(target, refusal, wait))
        pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
        if time.monotonic() - started + pause > patience:
            raise _failure(target, what, refusal, text)
        if on_wait and what not in told:
            told.add(what)
            on_wait(f"waiting for {target.shown}: {what.replace('did not wake up', 'is waking up')}")
        time.sleep(pause)
        attempt += 1


def _patience(target: Target, refusal: refusals.Refusal, wait: float) -> float:
    """Seconds for which trying again makes sense; Neon's proxy is always there, or soon again."""
    if refusal.patience is None:
        return wait
    return max(refusal.patience, _NEON_PATIENCE) if refusal.patience and target.on_neon else refusal.patience


def _attempt_seconds(facts: dict[str, Any], left: float) -> int:
    """Seconds for one attempt: the URL's, else 10, but not beyond the whole bound; libpq's least is 2."""
    return max(2, min(int(facts.get("connect_timeout") or ATTEMPT_SECONDS), int(left) + 1))


def _failure(target: Target, what: str, refusal: refusals.Refusal, text: str) -> UndeterminedError:
    said = target.mask(" ".join(text.split()))[:400]
    hint = refusal.hint if refusal is not refusals.UNKNOWN else "what was said may help"
    return UndeterminedError(
        f"cannot connect: {target.mask(what)}",
        where=f"{target.origin}: {target.shown}",
        hint=f"{hint} (it said: {said})",
    )

"""The process of its own in which a history is replayed: takes requests on stdin, answers on a descriptor.

Revisions and env.py are the project's code. Here nothing they do (printing, exiting, importing models)
reaches the command, and what they read is recorded, so that the result can be kept.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from todo_db.errors import TodoDbError
from todo_db.sources.recording import Recorder

Json = dict[str, Any]


def main() -> None:
    """Answer each request, a line of JSON, with a line of JSON; the end of stdin ends the process."""
    request = json.loads(sys.argv[1])
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with os.fdopen(request["answers"], "w", encoding="utf-8") as answers:
        for answer in _answers(request, requests):
            answers.write(answer + "\n")
            answers.flush()
    os._exit(0)  # threads and exit handlers of the project's modules have nothing left to do


def _answers(request: Json, requests: Iterator[str]) -> Iterator[str]:
    host = _Host(request)
    for line in requests:
        yield _answer(host, json.loads(line))


def _answer(host: _Host, wanted: Json) -> str:
    try:
        return json.dumps(getattr(host, wanted["do"])(**wanted["with"]))
    except TodoDbError as error:
        return json.dumps(_told(error))
    except BaseException as error:  # SystemExit too: whatever the project's code does is told
        what = f"{type(error).__name__}: {error}"
        return json.dumps({"error": {"what": what, "where": None, "hint": None}})


def _told(error: TodoDbError) -> Json:
    failed = getattr(error, "failed", None)
    told: Json = {"what": error.what, "where": error.where, "hint": error.hint}
    return {"error": {**told, "failed": asdict(failed) if failed is not None else None}}


class _Host:
    """What can be asked for: the methods without an underscore."""

    def __init__(self, request: Json) -> None:
        self._request = request
        self._environ = dict(os.environ)
        self._recorder = Recorder()
        self._runner: Any = None
        self._shield()
        self._recorder.start()

    def _shield(self) -> None:
        from sqlalchemy import make_url

        from todo_db.sources.redirect import shield

        shield(make_url(self._request["url"]), self._request["names"], self._environ)

    def use(self, url: str, extra: list[str], tenant: str | None) -> Json:
        """Go on in another database, with the revision files as they are now and those in `extra`."""
        self._request |= {"url": url, "extra": extra, "tenant": tenant}
        self._shield()
        self._runner = None
        return {}

    def upgrade(self, revision: str) -> Json:
        """Apply one revision; answers with the statements of the revision's own lines."""
        return {"executed": self._rows(self._running().upgrade(revision))}

    def measure(self, revision: str) -> Json:
        """Apply one revision as `upgrade` does; answers also with what each statement did."""
        from todo_db.sources.measure.hooks import Meter

        runner = self._running()
        folders = [*map(str, runner.history.layout.versions), *self._request["extra"]]
        meter = Meter(self._request["url"].replace("+psycopg", "", 1), folders)
        failed = None
        try:
            with meter.watching():
                runner.upgrade(revision)
        except TodoDbError as error:
            failed = _told(error)["error"]
        finally:
            measured = meter.finish()
            meter.close()
        return {"measured": measured, "failed": failed}

    def look(self) -> Json:
        """Everything that is there, in the form in which `measure` tells it."""
        from todo_db.sources.measure.hooks import Meter

        meter = Meter(self._request["url"].replace("+psycopg", "", 1), ())
        meter.close()
        return meter.first

    def downgrade(self, revision: str) -> Json:
        """Take one revision back."""
        return {"executed": self._rows(self._running().downgrade(revision))}

    def sql(self, revisions: list[str], start: list[str]) -> Json:
        """The script of these revisions, by Alembic's offline mode."""
        return {"sql": self._running().sql(revisions, start)}

    def finish(self) -> Json:
        """Evidence of what everything so far depends on, and why it may not suffice."""
        found, reasons = self._recorder.finish()
        self._recorder.resume()
        return {"evidence": found, "reasons": reasons}

    def _running(self) -> Any:
        if self._runner is None:
            from todo_db.settings import Settings
            from todo_db.sources import history
            from todo_db.sources.runner import Runner

            given: dict[str, Any] = dict(self._request["settings"])
            given |= {name: Path(given[name]) for name in ("root", "migrations") if name in given}
            settings = Settings(**given, tenant=self._request["tenant"])
            extra = [Path(p) for p in self._request["extra"]]
            self._runner = Runner(
                settings, history.read(settings), url=self._request["url"], extra=extra, tenant="public"
            )
        return self._runner

    def _rows(self, executed: list[Any]) -> list[Json]:
        return [asdict(e) for e in executed]

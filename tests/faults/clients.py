"""Four clients that read and write one table until their standard input ends; they tell how long they waited.

Arguments: a connection string, the number of rows. Out: a line once all are at work, and at the end
{"longest": seconds, "operations": …}.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time

import psycopg

CLIENTS = 4


def work(  # noqa: PLR0917 - a thread's arguments
    conninfo: str,
    rows: int,
    stop: threading.Event,
    waits: list[float],
    failures: list[str],
    begun: threading.Semaphore,
) -> None:
    """Read a row, change a row, over and over."""
    chance = random.Random()  # noqa: S311
    longest, count = 0.0, 0
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("set lock_timeout = 0")
            connection.execute("set statement_timeout = 0")
            while not stop.is_set():
                number = chance.randint(1, rows)
                began = time.perf_counter()
                if count % 2:
                    connection.execute("select amount from items where id = %s", (number,))
                else:
                    connection.execute("update items set amount = amount + 1 where id = %s", (number,))
                longest, count = max(longest, time.perf_counter() - began), count + 1
                if count == 2:
                    longest = 0.0  # what a session does first takes longer
                    begun.release()
    except psycopg.Error as error:
        failures.append(str(error))
        begun.release()
    waits.append(longest)
    waits.append(count)


def main() -> None:
    conninfo, rows = sys.argv[1], int(sys.argv[2])
    stop, results, failures = threading.Event(), [[] for _ in range(CLIENTS)], []  # type: ignore[var-annotated]
    begun = threading.Semaphore(0)
    threads = [
        threading.Thread(target=work, args=(conninfo, rows, stop, r, failures, begun)) for r in results
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        begun.acquire()
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    answer = {
        "longest": max(r[0] for r in results),
        "operations": sum(r[1] for r in results),
        "failures": failures,
    }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()

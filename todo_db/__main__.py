"""`todo-db` and `python -m todo_db`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it loads is as quiet as later."""
    try:
        from todo_db.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

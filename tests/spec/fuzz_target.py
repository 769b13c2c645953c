"""What atheris runs: any bytes are a document.

`python -m tests.spec.fuzz_target markdown|yaml|sql|answers [OPTIONS] CORPUS`.
"""

from __future__ import annotations

import sys


def read_and_write(data: bytes) -> None:
    """Read bytes as Markdown, and write what was read."""
    from todo_db.spec.read import read_markdown
    from todo_db.spec.write import to_markdown

    to_markdown(read_markdown(data.decode("utf-8", "replace"), "fuzzed.md"))


def read_and_write_yaml(data: bytes) -> None:
    """Read bytes as YAML, and write what was read."""
    from todo_db.spec.read import read_yaml_text
    from todo_db.spec.write import to_yaml

    to_yaml(read_yaml_text(data.decode("utf-8", "replace"), "fuzzed.yaml"))


def read_sql(data: bytes) -> None:
    """Read bytes as a file of SQL, and write what was read."""
    from todo_db.spec.read import read_texts
    from todo_db.spec.write import to_yaml

    to_yaml(read_texts({"fuzzed.sql": data.decode("utf-8", "replace")}))


def read_given_answers(data: bytes) -> None:
    """Read bytes as a file of answers."""
    from todo_db.spec.answers import read_answers

    read_answers(data.decode("utf-8", "replace"), "fuzzed.yaml")


TARGETS = {
    "markdown": read_and_write,
    "yaml": read_and_write_yaml,
    "sql": read_sql,
    "answers": read_given_answers,
}

if __name__ == "__main__":
    import atheris

    target = TARGETS[sys.argv.pop(1)]
    with atheris.instrument_imports(include=["todo_db.spec"]):
        import todo_db.spec.read
        import todo_db.spec.write  # noqa: F401 - to instrument it
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()

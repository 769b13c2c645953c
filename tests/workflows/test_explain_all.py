"""`explain` knows every rule that the code registers."""

import ast
import re
from pathlib import Path

import todo_db
from todo_db.findings import RULES
from todo_db.workflows.explain import all_rules

PACKAGE = Path(todo_db.__file__).parent


def codes_in(path: Path) -> set[str]:
    """The codes that stand as literals in a module."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {
        n.value for n in nodes
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and re.fullmatch(r"TD\d{3}", n.value)
    }  # fmt: skip


def test_every_code_in_the_package_is_explained():
    known = {rule.code for rule in all_rules()}
    assert known == set(RULES)
    unknown = {
        f"{path.relative_to(PACKAGE)}: {code}"
        for path in PACKAGE.rglob("*.py")
        for code in codes_in(path) - known
    }
    assert not unknown


def test_every_rule_says_what_it_means():
    assert not [rule.code for rule in all_rules() if not rule.title or len(rule.explain) < 20]

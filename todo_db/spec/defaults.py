"""What a default says: SQL for the database, a value that only the application sets, or nothing."""

from __future__ import annotations

import re
from typing import Final

from todo_db.spec.statements import Fact

_I = re.IGNORECASE
_MOMENT = r"(?:\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?|\d\d?:\d\d(?::\d\d)?)"
VALUE: Final = (
    r"(?P<value>'(?:[^']|'')*'(?:::\w+(?:\s+varying|\s+precision|\s+with(?:out)?\s+time\s+zone)?(?:\(\d+\))?(?:\[\])?)?|\"[^\"]*\"|“[^”]*”|\((?:[^()]|\([^()]*\))*\)"
    r"|[\w.]+\((?:[^()']|'[^']*'|\([^()]*\))*\)(?:\s+at\s+time\s+zone\s+'[^']*')?(?:::\w+)?"
    rf"|current[ _](?:timestamp|date|time|user)|{_MOMENT}"
    r"|-?\d+(?:\.\d+)?|\{\s*\}|\[[^\[\]]*\]"
    r"|array\[\](?:::[\w\[\]]+)?|empty\s+(?:array|list|object|dict|string)\b|\w(?:[\w.-]*\w)?|[\w.-]+)"
)
_NOT_A_DEFAULT = re.compile(
    r"""(?ix)\A(?:-+|–|—|none|n/?a|nil|auto.*|serial|generated.*|yes|no|required|value[s]?|on|set|for|is|to|of|the|by|
    with|current|empty|system|server|database|varies|any|implicit|sequence|nextval|uuid|utc|same|constraint|
    无|無|なし|空|keine?|aucune?|ningun[oa]|nenhum[a]?|nessun[oa]|ohne|tidak|нет|없음)\Z"""
)
_FUNCTIONS = re.compile(
    r"(?:now|current_timestamp|gen_random_uuid|uuid_generate_v[147]|uuidv[47]|clock_timestamp|statement_timestamp"
    r"|transaction_timestamp|localtimestamp|current_date|current_time|current_user|timezone|nextval|to_\w+|random"
    r"|current_setting|md5|array_agg|jsonb?_build_\w+|uuid_nil|nanoid|cuid_sql)\(?",
    _I,
)
_NOW = re.compile(
    r"now(?:\(\))?|当前时间戳?|当前日期时间|目前時間|現在時刻|現在日時|현재\s*시[간각]|(?:fecha(?:\s+y\s+hora)?|hora)\s+actual"
    r"|(?:data(?:\s+e\s+hora)?|hora)\s+atual|date\s+(?:et\s+heure\s+)?actuelle"
)
_PYTHON = re.compile(
    r"(?:datetime\.|uuid4|uuid\.uuid4|utcnow|utc_now|list\b|dict\b|lambda|func\.|secrets\.|cuid|date\.)", _I
)


def escaped(text: str) -> str:
    """A text on one line: as it is, or as PostgreSQL's E'…' where it has line breaks or looks like one."""
    if "\n" not in text and not text.startswith("E'"):
        return text
    inner = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"E'{inner}'"


def unescaped(text: str) -> str:
    """The text that `escaped` made one line of."""
    if not (text.startswith("E'") and text.endswith("'")):
        return text
    inner = text[2:-1].replace("''", "'")
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], inner)


def default(text: str) -> list[Fact]:
    """What a default says: `server_default` as SQL, `default` where only the application sets it, or nothing.

    'auto' and the like are remarks, not defaults. NULL says that there is none.
    """
    value = text.strip().strip("`").strip().rstrip(";").strip()
    low = value.lower()
    if low in ("null", "`null`"):
        return [Fact("server_default", None)]
    if re.fullmatch(r"current[ _](?:timestamp|time(?:stamp)? now|date(?:time)?)(?:\(\))?", low):
        word = low.replace("()", "")
        return [Fact("server_default", "CURRENT_DATE" if word.endswith("date") else _current(word))]
    if _NOW.fullmatch(low):
        return [Fact("server_default", "now()")]
    if low in ("current_user", "session_user", "current_role", "localtime", "localtimestamp"):
        return [Fact("server_default", low.upper())]
    if is_python(value):
        return [Fact("default", value)]
    return _literal_default(value, low)


def is_python(value: str) -> bool:
    """Whether a default is one that only Python knows: `datetime.utcnow`, `uuid4()`."""
    return bool(_PYTHON.match(value))


def _current(word: str) -> str:
    return "CURRENT_TIMESTAMP" if "_" in word else "now()"


def _literal_default(value: str, low: str) -> list[Fact]:  # noqa: PLR0911 - one per kind
    if re.fullmatch(r"true|false", low):
        return [Fact("server_default", low)]
    if re.fullmatch(r"-?\d+(?:\.\d+)?", value):
        return [Fact("server_default", value)]
    if re.fullmatch(
        r"'(?:[^']|'')*'(?:::\w+(?:\s+varying|\s+precision|\s+with(?:out)?\s+time\s+zone)?(?:\(\d+\))?(?:\[\])?)?",
        value,
    ):
        return [Fact("server_default", value)]
    if found := re.fullmatch(r"[\"“](.*)[\"”]", value):
        return [Fact("server_default", quoted(found.group(1)))]
    if re.fullmatch(_MOMENT, value):
        return [Fact("server_default", quoted(value))]
    if re.fullmatch(r"\{\}|\[[^\[\]]*\]", value):
        return [Fact("server_default", quoted(value))]
    if re.fullmatch(
        r"[\w.]+\(.*\)(?:\s+at\s+time\s+zone\s+'[^']*')?(?:::\w+)?|\(.*\)", value, _I | re.DOTALL
    ):
        return [Fact("server_default" if _is_sql(value) else "default", _lower_call(value))]
    if found := re.fullmatch(r"empty\s+(array|list|object|dict|string)", low):
        word = found.group(1)
        return [Fact("server_default", "''") if word == "string" else Fact("default_word", f"empty {word}")]
    if re.match(r"array\[", low) or "::" in value:
        return [Fact("server_default", value)]
    return (
        []
        if _NOT_A_DEFAULT.match(value) or not re.fullmatch(r"[\w.-]+", value)
        else [Fact("default_word", value)]
    )


def _is_sql(value: str) -> bool:
    return value.startswith("(") or bool(_FUNCTIONS.match(value))


def _lower_call(value: str) -> str:
    """A function's name in lower case, its arguments as written."""
    name, parenthesis, rest = value.partition("(")
    return name.lower() + parenthesis + rest


def quoted(value: str) -> str:
    """A string as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"

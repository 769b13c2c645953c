"""Values of each type as text: at its edges, empty, in other scripts."""

from __future__ import annotations

import re

_SIZED = re.compile(r"(character varying|character|bpchar|bit varying|bit)\((\d+)\)")
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)")
_INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63}
_TEXTS = ("text", "character varying", "character", "bpchar", "name", "public.citext")
_WORDS = ("plain", "Ünïcødé 日本語 😀", 'it\'s "quoted" \\ %s :x {}', "UPPER lower", "x")

_SIMPLE: dict[str, tuple[str, ...]] = {
    "boolean": ("true", "false"),
    "real": ("0", "1.5", "-1e30", "3.4e38"),
    "double precision": ("0", "0.1", "-1e300", "1e-300"),
    "date": ("2026-01-{day:02d}", "1900-02-28", "9999-12-31"),
    "timestamp with time zone": (
        "2026-01-{day:02d} 12:00:00+00",
        "1900-01-01 00:00:00.000001+00",
        "9999-12-31 UTC",
    ),
    "timestamp without time zone": ("2026-01-{day:02d} 12:00:00", "1900-01-01 00:00:00.000001", "9999-12-31"),
    "time without time zone": ("{day:02d}:00:00", "00:00:00", "23:59:59.999999"),
    "time with time zone": ("{day:02d}:00:00+00", "00:00:00+12", "23:59:59.999999-12"),
    "interval": ("{n} days", "-1 year 2 mons", "1 microsecond"),
    "uuid": ("00000000-0000-4000-8000-{n:012d}",),
    "json": ('{{"n": {n}}}', "null", "[1, [2, {{}}]]", '"😀"'),
    "jsonb": ('{{"n": {n}}}', "null", "[1, [2, {{}}]]", '"😀"'),
    "bytea": ("\\x{n:04x}", "\\x", "\\x00ff"),
    "inet": ("10.0.0.{n}", "::1", "192.168.0.0/16"),
    "cidr": ("10.{n}.0.0/16", "::/0"),
    "macaddr": ("08:00:2b:01:02:{n:02x}",),
    "macaddr8": ("08:00:2b:01:02:03:04:{n:02x}",),
    "money": ("{n}.25", "0"),
    "xml": ("<a>{n}</a>",),
    "point": ("({n},2)",),
    "box": ("(0,0),({n},1)",),
    "circle": ("<(0,0),{n}>",),
    "line": ("{{1,{n},0}}",),
    "lseg": ("[(0,0),({n},1)]",),
    "path": ("[(0,0),({n},1)]",),
    "polygon": ("((0,0),({n},1),(1,0))",),
    "tsvector": ("word{n}", ""),
    "tsquery": ("word{n}", "a & b"),
    "oid": ("{n}",),
    "xid": ("{n}",),
    "pg_lsn": ("0/{n:X}",),
    "jsonpath": ("$.a{n}",),
    "public.ltree": ("top.a{n}",),
    "public.hstore": ("a=>{n}",),
    "int4range": ("[{n},{m})", "empty", "(,)"),
    "int8range": ("[{n},{m})", "empty", "(,)"),
    "numrange": ("[{n},{m})", "empty", "(,)"),
    "daterange": ("[2026-01-{day:02d},2026-02-01)", "empty", "(,)"),
    "tsrange": ("[2026-01-{day:02d},2026-02-01)", "empty", "(,)"),
    "tstzrange": ("[2026-01-{day:02d} UTC,2026-02-01 UTC)", "empty", "(,)"),
}


def samples(type_name: str, number: int) -> list[str]:
    """Values of a type, the first as tame as can be; those with the same place differ between numbers."""
    if type_name.endswith("[]"):
        inner = samples(type_name.removesuffix("[]"), number)[0]
        escaped = inner.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{{"{escaped}"}}', "{}"]
    if type_name in _TEXTS:
        return [f"{word} {number}" for word in _WORDS[:-1]] + [str(number), "x" * 63]
    if match := _SIZED.fullmatch(type_name):
        return _sized(match[1], int(match[2]), number)
    if (numbers := _number(type_name, number)) is not None:
        return numbers
    plain = "interval" if type_name.startswith("interval") else re.sub(r"\(\d\)", "", type_name)
    found = _SIMPLE.get(plain, ("{n}",))
    return [text.format(n=number + 1, m=number + 5, day=number % 28 + 1) for text in found]


def _number(type_name: str, number: int) -> list[str] | None:
    """Integers and decimals; None for any other type."""
    if type_name in _INTEGERS:
        top = 2 ** _INTEGERS[type_name] - 1
        return [str(number + 1), "0", str(-number - 1), str(top - number), str(number - top - 1)]
    if match := _NUMERIC.fullmatch(type_name):
        return _numeric(int(match[1]), int(match[2]), number)
    if type_name == "numeric":
        return [str(number + 1), "0", f"-{number}.000000000001", "9" * 30 + f".{number}"]
    return None


def _sized(base: str, length: int, number: int) -> list[str]:
    """Texts and bits of a bounded length: short, exactly as long as may be, and beyond ASCII."""
    if base == "bit":
        return [format(number % 2**length, "b").rjust(length, "0")[-length:], "1" * length]
    if base == "bit varying":
        return [format(number, "b")[:length], "1" * length]
    return [f"{number}"[-length:], ("x" * length)[:length], ("ü😀" * length)[:length], f"a{number}"[-length:]]


def _numeric(precision: int, scale: int, number: int) -> list[str]:
    """The smallest, the largest, and with all decimals."""
    whole = precision - scale
    digits = "9" * max(whole, 0) or "0"
    decimals = f".{'9' * min(scale, precision)}".rjust(scale + 1, "0") if scale > 0 else ""
    small = str((number + 1) % 10 ** max(min(whole, 9), 0))
    return [small, "0", f"{digits}{decimals}" if whole >= 0 else "0", f"-{small}"]


def candidates(type_name: str, literals: list[str], number: int) -> list[str | None]:
    """What a CHECK might want: its own literals, and for numbers what lies beside them."""
    own = samples(type_name, number)
    numbers = [x for x in literals if re.fullmatch(r"-?\d+(\.\d+)?", x)]
    if type_name == "boolean":
        return ["true", "false", None]
    if type_name in _INTEGERS:
        return [str(int(float(x)) + d) for x in numbers for d in (0, 1, -1)] + own[:2] + [None]
    if type_name.startswith("numeric") or type_name in ("real", "double precision"):
        return [str(float(x) + d) for x in numbers for d in (0, 1, -1)] + own[:2] + [None]
    if type_name in ("json", "jsonb"):
        return [*own, None]
    words = [x for x in literals if x not in numbers]
    patterns = [x.replace("%", "abc").replace(r"\_", "_") for x in words if "%" in x]
    return [*words, *patterns, *own[:2], "a@b.example", "#a0b0c0", "abc", "AB", "ABC", "123456", None]

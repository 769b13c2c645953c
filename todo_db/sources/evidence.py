"""What a result was made from, as probes that can be taken again: files, folders, environment variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path

Evidence = dict[str, dict[str, str]]
"""Probe → what it was taken of → what it gave."""

ABSENT = "-"
EVERYTHING = "*"

# What a shell writes for itself; it counts only where it is asked for by name.
_BOOKKEEPING = frozenset({"_", "SHLVL", "OLDPWD", "PWD", "COLUMNS", "LINES"})


def digest(*parts: bytes) -> str:
    """A short name for contents; equal for equal parts only."""
    hasher = blake2b(digest_size=16)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.hexdigest()


def content(path: str, environ: Mapping[str, str]) -> str:
    """The content of a file."""
    try:
        return digest(Path(path).read_bytes())
    except OSError:
        return ABSENT


def stamp(path: str, environ: Mapping[str, str]) -> str:
    """Size and time of a file that an installer wrote; such files are many, and nobody edits them."""
    try:
        found = Path(path).stat()
    except OSError:
        return ABSENT
    return f"{found.st_size}:{found.st_mtime_ns}"


def exists(path: str, environ: Mapping[str, str]) -> str:
    """Whether there is a file or a folder."""
    if Path(path).is_dir():
        return "folder"
    return "file" if Path(path).exists() else ABSENT


def importable(path: str, environ: Mapping[str, str]) -> str:
    """The names in a folder that an import statement could find."""
    return _names(path, lambda entry: entry.name.endswith((".py", ".so", ".zip")) or _is_package(entry))


def installed(path: str, environ: Mapping[str, str]) -> str:
    """The names in a folder of installed packages; every distribution stands there with its version.

    Of `.pth` files, which add folders to import from, the content.
    """
    names = _names(path, lambda entry: entry.name != "__pycache__")
    return digest(names.encode(), *(content(str(p), {}).encode() for p in sorted(Path(path).glob("*.pth"))))


def entries(path: str, environ: Mapping[str, str]) -> str:
    """All names in a folder that was listed."""
    return _names(path, lambda entry: True)


def variable(name: str, environ: Mapping[str, str]) -> str:
    """The value of an environment variable, hashed; EVERYTHING stands for all but a shell's bookkeeping."""
    if name == EVERYTHING:
        pairs = sorted((k, v) for k, v in environ.items() if k not in _BOOKKEEPING)
        return digest(*(_bytes(part) for pair in pairs for part in pair))
    return digest(_bytes(environ[name])) if name in environ else ABSENT


PROBES: dict[str, Callable[[str, Mapping[str, str]], str]] = {
    probe.__name__: probe for probe in (content, stamp, exists, importable, installed, entries, variable)
}


def take(probe: str, subjects: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """What the probe gives now, for each subject."""
    return {subject: PROBES[probe](subject, environ) for subject in subjects}


def holds(evidence: Evidence, environ: Mapping[str, str]) -> bool:
    """Whether every probe still gives what it gave. Raises KeyError for an unknown probe."""
    return all(
        PROBES[probe](subject, environ) == before
        for probe, subjects in evidence.items()
        for subject, before in subjects.items()
    )


def _names(path: str, wanted: Callable[[os.DirEntry[str]], bool]) -> str:
    try:
        with os.scandir(path) as found:
            return digest(*sorted(_bytes(entry.name) for entry in found if wanted(entry)))
    except OSError:
        return ABSENT


def _is_package(entry: os.DirEntry[str]) -> bool:
    return entry.name.isidentifier() and entry.name != "__pycache__" and entry.is_dir()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

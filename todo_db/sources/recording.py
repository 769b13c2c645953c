"""Records what an import reads, so that its result can be kept for as long as none of it has changed."""

# os.path: names of files are taken as Python gives them; resolving them would follow links
# ruff: noqa: PTH100, PTH112, PTH117, PTH120

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

from todo_db.sources import evidence

# What an import may do whose outcome no file tells; its result is not kept.
_BEYOND_RECORD = {
    "subprocess.Popen": "it runs a program",
    "os.system": "it runs a program",
    "os.posix_spawn": "it runs a program",
    "os.exec": "it runs a program",
    "os.fork": "it forks",
    "socket.connect": "it opens a network connection",
    "sqlite3.connect": "it opens a database",
}
_NOT_FILES = ("/dev/", "/proc/", "/sys/")
_WRITES = os.O_WRONLY | os.O_RDWR


class Recorder:
    """One for a whole process: an audit hook can't be taken back.

    `environ` is what the environment was at first. Between `start` and `finish` everything that is read
    is noted; `finish` gives the evidence and the reasons, if any, why the result can't be kept.
    """

    def __init__(self) -> None:
        self.environ = dict(os.environ)
        self.reasons: set[str] = set()
        self._active = False
        self._sources: dict[str, str] = {}  # as they were when they were compiled
        self._opened: dict[str, str] = {}  # path → its stamp when it was opened
        self._asked: set[str] = set()
        self._listed: set[str] = set()
        self._variables: set[str] = set()
        self._installed = tuple(_installed_folders())

    def start(self) -> None:
        """Begin to record."""
        sys.addaudithook(self._hear)
        _RecordedEnviron.recorder = self
        os.environ.__class__ = _RecordedEnviron
        os.stat = self._asking(os.stat)
        os.lstat = self._asking(os.lstat)
        self._compile_sources_anew()
        self._active = True

    def finish(self) -> tuple[evidence.Evidence, list[str]]:
        """Stop recording; gives the evidence, and why it does not suffice."""
        self._active = False
        found: evidence.Evidence = {"content": dict(self._sources), "stamp": {}}
        self._note_modules(found)
        for path, before in self._opened.items():
            found["content"].setdefault(path, evidence.content(path, {}))
            if evidence.stamp(path, {}) != before:
                self.reasons.add(f"{path} changed while it was read")
        folders = [os.path.abspath(p or ".") for p in sys.path]
        folders += {os.path.dirname(p) for p in found["content"]}
        own, foreign = _partition(folders, self.is_installed)
        found["importable"] = evidence.take("importable", own, {})
        found["installed"] = evidence.take("installed", (p for p in foreign if os.path.isdir(p)), {})
        found["exists"] = evidence.take("exists", self._asked, {})
        found["entries"] = evidence.take("entries", self._listed, {})
        found["variable"] = evidence.take("variable", self._variables, self.environ)
        return found, sorted(self.reasons)

    def resume(self) -> None:
        """Go on after `finish`; the next one gives what was read before, too."""
        self._active = True

    def is_installed(self, path: str) -> bool:
        """Whether the path belongs to Python or to an installed distribution, not to the project."""
        return path.startswith(self._installed) or path.startswith("<")

    def reads_variable(self, name: object) -> None:
        """Note that a variable was asked for."""
        if self._active and isinstance(name, str):  # os.get_exec_path asks for b"PATH", which none is
            self._variables.add(name)

    def _note_modules(self, found: evidence.Evidence) -> None:
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if not isinstance(path, str) or not os.path.isabs(path):
                continue
            if not self.is_installed(path):
                found["content"].setdefault(path, evidence.content(path, {}))
            elif not path.startswith(_STDLIB) or "-packages" in path:
                found["stamp"][path] = evidence.stamp(path, {})

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._active:
            return
        if event == "open":
            self._heed_open(*arguments)
        elif event in ("os.listdir", "os.scandir"):
            self._heed_listing(arguments[0])
        elif event in _BEYOND_RECORD:
            self.reasons.add(_BEYOND_RECORD[event])

    def _heed_open(self, path: object, mode: object, flags: int) -> None:
        place = self._place(path)
        if place is not None and not flags & _WRITES and place not in self._opened:
            self._opened[place] = evidence.stamp(place, {})

    def _heed_listing(self, path: object) -> None:
        if sys._getframe(2).f_code.co_filename.startswith("<frozen importlib"):
            return  # the folders of imports are noted at the end
        place = self._place("." if path is None else path)
        if place is not None:
            self._listed.add(place)

    def _place(self, path: object) -> str | None:
        """The absolute path of a file that the result may depend on; None for what is noted otherwise."""
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str):
            return None
        place = os.path.abspath(path)
        if self.is_installed(path) or self.is_installed(place) or place.startswith(_NOT_FILES):
            return None
        return None if place.endswith(".pyc") else place

    def _asking(self, real: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        def asked(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
            if self._active and not isinstance(path, int):
                place = self._place(os.fspath(path))
                if place is not None:
                    self._asked.add(place)
            return real(path, *args, **kwargs)

        return asked

    def _compile_sources_anew(self) -> None:
        """Import the project's modules from their source alone.

        A .pyc is taken for its source by time and size, which an edit within the same second can keep; and so
        the hash is that of exactly the bytes that ran, and no __pycache__ is left in the project.
        """
        usual = SourceFileLoader.get_code
        recorder = self

        def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
            path = self.get_filename(fullname)
            if recorder.is_installed(path):
                return usual(self, fullname)
            data = self.get_data(path)
            recorder._sources[os.path.abspath(path)] = evidence.digest(data)
            return self.source_to_code(data, path)

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]


class _RecordedEnviron(os._Environ):  # type: ignore[type-arg]
    """`os.environ`, telling which variables are read."""

    recorder: Recorder

    def __getitem__(self, key: str) -> str:
        self.recorder.reads_variable(key)
        return super().__getitem__(key)  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        self.recorder.reads_variable(evidence.EVERYTHING)
        return super().__iter__()

    def __len__(self) -> int:
        self.recorder.reads_variable(evidence.EVERYTHING)
        return super().__len__()


def _installed_folders() -> Iterator[str]:
    paths: Mapping[str, str] = sysconfig.get_paths()
    names = [paths[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")]
    for path in {*names, *site.getsitepackages(), site.getusersitepackages()}:
        yield path + os.sep
        if (real := os.path.realpath(path)) != path:
            yield real + os.sep


_STDLIB = tuple({sysconfig.get_paths()[k] + os.sep for k in ("stdlib", "platstdlib")})


def _partition(paths: list[str], is_installed: Callable[[str], bool]) -> tuple[set[str], set[str]]:
    """Folders of the project, and those of installed packages."""
    foreign = {p for p in paths if is_installed(p + os.sep)}
    return set(paths) - foreign, foreign

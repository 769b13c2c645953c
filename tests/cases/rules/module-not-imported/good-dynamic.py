# models: app.models
# file: app/models/__init__.py
import importlib
import pkgutil

for info in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{info.name}")
# file: app/models/note.py
from sqlmodel import Field, SQLModel


class Note(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)

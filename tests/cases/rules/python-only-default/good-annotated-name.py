from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    __tablename__: str = "tasks"
    id: int | None = Field(default=None, primary_key=True)

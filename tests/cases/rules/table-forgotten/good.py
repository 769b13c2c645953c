from sqlmodel import Field, SQLModel


class TaskBase(SQLModel):
    id: int | None = Field(default=None, primary_key=True)


class Task(TaskBase, table=True):
    pass


class TaskRead(TaskBase):
    id: int = Field(primary_key=True)


class Filter(SQLModel):
    user_id: int

from sqlmodel import Field, Relationship, SQLModel


class TaskTag(SQLModel, table=True):
    task_id: int = Field(foreign_key="task.id", primary_key=True)
    tag_id: int = Field(primary_key=True)


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    tags: list["Tag"] = Relationship(back_populates="tasks", link_model=TaskTag)  # TD404


class Tag(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    tasks: list[Task] = Relationship(back_populates="tags", link_model=TaskTag)  # TD404

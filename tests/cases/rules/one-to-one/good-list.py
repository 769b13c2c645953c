from sqlmodel import Field, Relationship, SQLModel


class Task(SQLModel, table=True):
    __tablename__ = "tasks"

    id: int | None = Field(default=None, primary_key=True)
    priority: list["Priority"] = Relationship(back_populates="task")


class Priority(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="tasks.id")
    task: Task = Relationship(back_populates="priority")

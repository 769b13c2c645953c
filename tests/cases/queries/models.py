from sqlmodel import Field, Relationship, SQLModel


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = {"info": {"owner": "user_id"}}
    id: int | None = Field(default=None, primary_key=True)
    user_id: str
    title: str
    comments: list["Comment"] = Relationship(back_populates="task")
    labels: list["Label"] = Relationship(sa_relationship_kwargs={"lazy": "selectin"})


class Comment(SQLModel, table=True):
    __tablename__ = "comments"
    __table_args__ = {"info": {"owner_through": "task_id"}}
    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="tasks.id")
    task: Task = Relationship(back_populates="comments")


class Label(SQLModel, table=True):
    __table_args__ = {"info": {"shared": True}}
    id: int | None = Field(default=None, primary_key=True)

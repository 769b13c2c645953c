from sqlmodel import Field, Relationship, SQLModel


class User(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    tasks: list["Task"] = Relationship(
        back_populates="owner", sa_relationship_kwargs={"foreign_keys": "Task.owner_id"}
    )


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    owner_id: int = Field(foreign_key="user.id")
    checker_id: int = Field(foreign_key="user.id")
    owner: User = Relationship(
        back_populates="tasks", sa_relationship_kwargs={"foreign_keys": "Task.owner_id"}
    )
    checker: User = Relationship(  # TD402
        sa_relationship_kwargs={"foreign_keys": "Task.checker_id"}
    )

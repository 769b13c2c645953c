from sqlmodel import SQLModel


class Task(SQLModel):  # TD416
    __tablename__: str = "tasks"
    title: str

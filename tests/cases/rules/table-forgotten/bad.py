from sqlmodel import Field, SQLModel


class Task(SQLModel):  # TD416
    id: int | None = Field(default=None, primary_key=True)
    title: str

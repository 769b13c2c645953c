"""The example service, used by one user and attacked by another."""

from __future__ import annotations

from typing import Any

import pytest

ALICE, BOB = {"x-user": "alice"}, {"x-user": "bob"}


@pytest.fixture
def task(client: Any) -> dict[str, Any]:
    answer = client.post("/tasks", json={"title": "alice's"}, headers=ALICE)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_users_day(client: Any, task: dict[str, Any]) -> None:
    key = task["id"]
    assert task["user_id"] == "alice"
    assert client.get(f"/tasks/{key}", headers=ALICE).json()["title"] == "alice's"
    changed = client.patch(f"/tasks/{key}", json={"title": "new"}, headers=ALICE)
    assert changed.json()["title"] == "new", changed.text
    assert client.post(f"/tasks/{key}/comments", json={"body": "hm"}, headers=ALICE).status_code == 201
    assert [c["body"] for c in client.get(f"/tasks/{key}/comments", headers=ALICE).json()] == ["hm"]
    assert client.delete(f"/tasks/{key}", headers=ALICE).status_code == 204
    assert client.get("/tasks", headers=ALICE).json()["items"] == []
    assert client.get(f"/tasks/{key}", headers=ALICE).status_code == 404
    assert client.post(f"/tasks/{key}/restore", headers=ALICE).status_code == 200
    assert len(client.get("/tasks", headers=ALICE).json()["items"]) == 1


def test_pages(client: Any) -> None:
    for n in range(5):
        client.post("/tasks", json={"title": str(n)}, headers=ALICE)
        client.post("/tasks", json={"title": "bob's"}, headers=BOB)
    found, after = [], None
    while True:
        query = {"order": "title", "limit": 2, **({"after": after} if after else {})}
        page = client.get("/tasks", params=query, headers=ALICE).json()
        found += [t["title"] for t in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == ["0", "1", "2", "3", "4"]
    for wrong in ({"order": "secret"}, {"after": "x"}, {"order": "title; drop table tasks"}):
        assert client.get("/tasks", params=wrong, headers=ALICE).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/tasks/{key}", None),
        ("PATCH", "/tasks/{key}", {"title": "pwned"}),
        ("DELETE", "/tasks/{key}", None),
        ("POST", "/tasks/{key}/restore", None),
        ("GET", "/tasks/{key}/comments", None),
        ("POST", "/tasks/{key}/comments", {"body": "pwned"}),
    ],
)
def test_another_user_gets_what_is_not_there(
    client: Any, task: dict[str, Any], method: str, path: str, body: Any
) -> None:
    answer = client.request(method, path.format(key=task["id"]), json=body, headers=BOB)
    never = client.request(method, path.format(key=999_999), json=body, headers=BOB)
    assert answer.status_code == never.status_code == 404
    assert answer.text.replace(str(task["id"]), "?") == never.text.replace("999999", "?")
    assert client.get(f"/tasks/{task['id']}", headers=ALICE).json() == task
    assert client.get("/tasks", headers=BOB).json()["items"] == []


def test_giving_a_task_away_changes_nothing(client: Any, task: dict[str, Any]) -> None:
    answer = client.patch(f"/tasks/{task['id']}", json={"user_id": "bob"}, headers=ALICE)
    assert answer.status_code == 403
    assert client.get("/tasks", headers=BOB).json()["items"] == []
    assert client.get(f"/tasks/{task['id']}", headers=ALICE).json() == task

"""Let users see only their own rows

- alters table comments: force row security, row security
- alters table task_priorities: force row security, row security
- alters table tasks: force row security, row security
- creates policy comments.comments_owner_delete
- creates policy comments.comments_owner_insert
- creates policy comments.comments_owner_select
- creates policy comments.comments_owner_update
- creates policy task_priorities.task_priorities_owner_delete
- creates policy task_priorities.task_priorities_owner_insert
- creates policy task_priorities.task_priorities_owner_select
- creates policy task_priorities.task_priorities_owner_update
- creates policy tasks.tasks_owner_delete
- creates policy tasks.tasks_owner_insert
- creates policy tasks.tasks_owner_select
- creates policy tasks.tasks_owner_update
- creates grant sequence public.comments_id_seq to app
- creates grant sequence public.tasks_id_seq to app
- creates grant table public.comments to app
- creates grant table public.task_priorities to app
- creates grant table public.tasks to app

Revision ID: 0bbdf5e7e803
Revises: ca2e23d14849
Create Date: 2026-11-22 16:46:20
"""

from alembic import op

revision: str = "0bbdf5e7e803"
down_revision: str | None = "ca2e23d14849"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    # Alembic has no operation for this fact of a table
    op.execute("ALTER TABLE public.comments ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.comments FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.task_priorities ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.task_priorities FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.tasks FORCE ROW LEVEL SECURITY")
    # Alembic has no operation for a policy
    op.execute(
        "CREATE POLICY comments_owner_delete ON public.comments FOR DELETE TO app USING (user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), '')))"
    )
    op.execute(
        "CREATE POLICY comments_owner_insert ON public.comments FOR INSERT TO app WITH CHECK ((user_id = "
        "(SELECT NULLIF(current_setting('app.user_id', true), ''))) AND ((task_id IS NULL) OR (EXISTS "
        "(SELECT FROM public.tasks r WHERE ((r.id = comments.task_id) AND (r.user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), ''))))))))"
    )
    op.execute(
        "CREATE POLICY comments_owner_select ON public.comments FOR SELECT TO app USING (user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), '')))"
    )
    op.execute(
        "CREATE POLICY comments_owner_update ON public.comments FOR UPDATE TO app USING (user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), ''))) WITH CHECK ((user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), ''))) AND ((task_id IS NULL) OR (EXISTS (SELECT FROM "
        "public.tasks r WHERE ((r.id = comments.task_id) AND (r.user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), ''))))))))"
    )
    op.execute(
        "CREATE POLICY task_priorities_owner_delete ON public.task_priorities FOR DELETE TO app USING "
        "(task_id = ANY (ARRAY(SELECT p1.id FROM public.tasks p1 WHERE (p1.user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), ''))))))"
    )
    op.execute(
        "CREATE POLICY task_priorities_owner_insert ON public.task_priorities FOR INSERT TO app WITH CHECK "
        "(task_id = ANY (ARRAY(SELECT p1.id FROM public.tasks p1 WHERE (p1.user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), ''))))))"
    )
    op.execute(
        "CREATE POLICY task_priorities_owner_select ON public.task_priorities FOR SELECT TO app USING "
        "(task_id = ANY (ARRAY(SELECT p1.id FROM public.tasks p1 WHERE (p1.user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), ''))))))"
    )
    op.execute(
        "CREATE POLICY task_priorities_owner_update ON public.task_priorities FOR UPDATE TO app USING "
        "(task_id = ANY (ARRAY(SELECT p1.id FROM public.tasks p1 WHERE (p1.user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), '')))))) WITH CHECK (task_id = ANY (ARRAY(SELECT p1.id "
        "FROM public.tasks p1 WHERE (p1.user_id = (SELECT NULLIF(current_setting('app.user_id', true), "
        "''))))))"
    )
    op.execute(
        "CREATE POLICY tasks_owner_delete ON public.tasks FOR DELETE TO app USING (user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), '')))"
    )
    op.execute(
        "CREATE POLICY tasks_owner_insert ON public.tasks FOR INSERT TO app WITH CHECK (user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), '')))"
    )
    op.execute(
        "CREATE POLICY tasks_owner_select ON public.tasks FOR SELECT TO app USING (user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), '')))"
    )
    op.execute(
        "CREATE POLICY tasks_owner_update ON public.tasks FOR UPDATE TO app USING (user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), ''))) WITH CHECK (user_id = (SELECT "
        "NULLIF(current_setting('app.user_id', true), '')))"
    )
    # Alembic has no operation for a grant
    op.execute("GRANT USAGE ON SEQUENCE public.comments_id_seq TO app")
    op.execute("GRANT USAGE ON SEQUENCE public.tasks_id_seq TO app")
    op.execute("GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.comments TO app")
    op.execute("GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.task_priorities TO app")
    op.execute("GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public.tasks TO app")


def downgrade() -> None:
    # Alembic has no operation for a grant
    op.execute("REVOKE USAGE ON SEQUENCE public.comments_id_seq FROM app")
    op.execute("REVOKE USAGE ON SEQUENCE public.tasks_id_seq FROM app")
    op.execute("REVOKE DELETE, INSERT, SELECT, UPDATE ON TABLE public.comments FROM app")
    op.execute("REVOKE DELETE, INSERT, SELECT, UPDATE ON TABLE public.task_priorities FROM app")
    op.execute("REVOKE DELETE, INSERT, SELECT, UPDATE ON TABLE public.tasks FROM app")
    # Alembic has no operation for a policy
    op.execute("DROP POLICY comments_owner_delete ON public.comments")
    op.execute("DROP POLICY comments_owner_insert ON public.comments")
    op.execute("DROP POLICY comments_owner_select ON public.comments")
    op.execute("DROP POLICY comments_owner_update ON public.comments")
    op.execute("DROP POLICY task_priorities_owner_delete ON public.task_priorities")
    op.execute("DROP POLICY task_priorities_owner_insert ON public.task_priorities")
    op.execute("DROP POLICY task_priorities_owner_select ON public.task_priorities")
    op.execute("DROP POLICY task_priorities_owner_update ON public.task_priorities")
    op.execute("DROP POLICY tasks_owner_delete ON public.tasks")
    op.execute("DROP POLICY tasks_owner_insert ON public.tasks")
    op.execute("DROP POLICY tasks_owner_select ON public.tasks")
    op.execute("DROP POLICY tasks_owner_update ON public.tasks")
    # Alembic has no operation for this fact of a table
    op.execute("ALTER TABLE public.comments DISABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.comments NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.task_priorities DISABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.task_priorities NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.tasks DISABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE public.tasks NO FORCE ROW LEVEL SECURITY")

-- Odd names: Alembic has an operation for everything.

-- before
create table "T" (a int);

-- after
create table "T" ("camelCase" int, "with space" text, "per%cent" int, "q""uote" int, "colon:x" int,
    "select" int, "ünï💥" text, constraint "chk: %s" check ("per%cent" > 0));
create index "ix %(x)s" on "T" ("camelCase", "per%cent");
comment on table "T" is 'a % b %(c)s :d';

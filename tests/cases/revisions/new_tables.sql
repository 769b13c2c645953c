-- New tables: Alembic has an operation for everything.

-- before

-- after
create table users (id text primary key, email text not null unique);
create table tasks (id serial primary key, user_id text not null references users on delete cascade,
    title varchar(200) not null, done boolean not null default false, at timestamptz default now(),
    price numeric(10, 2) check (price > 0), note text collate "C", tags text[] not null default
    '{}', constraint tasks_title_key unique (user_id, title) deferrable initially deferred);
create index on tasks (user_id, done);
create index by_title on tasks (lower(title)) where not done;

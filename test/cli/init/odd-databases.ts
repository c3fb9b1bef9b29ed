/* Databases as they are met in companies, each with what init has to see in it. */

/** Keys of every kind. */
export const KEYS = `
  create schema shop;
  create table shop.nothing (a text, b text);
  create table shop.nullable_unique (a text unique, b text);
  create table shop.by_unique (code text not null unique, b text);
  create table shop.serials (id serial primary key, name text);
  create table shop.identities (id bigint generated always as identity primary key, name text not null, password_hash text not null);
  create table shop.uuids (id uuid primary key default gen_random_uuid(), name text);
  create table shop.order_lines (order_no text, line int, item int references shop.serials, amount numeric(12,2), primary key (order_no, line));
  create table shop.generated (id text primary key, net numeric, gross numeric generated always as (net * 1.19) stored,
                               label text generated always as ('no ' || id) virtual);
  create table shop.nine (a int, b int, c int, d int, e int, f int, g int, h int, i int, primary key (a, b, c, d, e, f, g, h, i));
  create table shop._prisma_migrations (id text primary key, checksum text);`;

/** Types of every kind. */
export const TYPES = `
  create schema t;
  create type t.mood as enum ('sad', 'it''s ok', 'happy');
  create domain t.mail as text check (value ~ '@');
  create domain t.positive as int check (value > 0);
  create type t.address as (street text, city text);
  create table t.all_types (id uuid primary key, doc json, doc2 jsonb, tags text[], grid int[][], mood t.mood, moods t.mood[], mail t.mail,
    score t.positive, place t.address, span tstzrange, ip inet, at timestamptz(3), day date, bytes bytea, price money, q tsvector, big oid,
    xml xml, path point);
  create table t.keyed_by_domain (mail t.mail primary key, mood t.mood not null);`;

/** What is no ordinary table. */
export const NO_TABLES = `
  create table measured (at date not null, value int, primary key (at)) partition by range (at);
  create table measured_2026 partition of measured for values from ('2026-01-01') to ('2027-01-01');
  create table base (id int primary key); create table child (extra text) inherits (base);
  create unlogged table cache (id int primary key);
  create view overview as select 1 as id;
  create materialized view totals as select 1 as id;
  create table plain (id text primary key);
  alter table plain enable row level security;`;

/** Names of every kind. */
export const NAMES = `
  create schema "Odd Schema";
  create table "Odd Schema"."Kunden & Co" ("Kunden-Nr" text primary key, "Größe (cm)" int, "select" text, "it's" text, "back\\slash" text,
    "a_b" int, "aB" int, "line
break" text, "__proto__" text, "constructor" text);
  create schema other; create table other."kunden & co" (id text primary key);
  create table "with.dot" (id text primary key);
  create table "*/ } evil" (id text primary key, "*/ // \${x}" text);`;

/** References of every kind. */
export const REFERENCES = `
  create schema hr;
  create table hr.departments (id serial primary key, name text, head int);
  create table hr.people (id serial primary key, name text, department int not null references hr.departments, boss int references hr.people);
  alter table hr.departments add foreign key (head) references hr.people on delete set null;
  create table hr.a (id text primary key, b text); create table hr.b (id text primary key, c text); create table hr.c (id text primary key, a text not null);
  alter table hr.a add foreign key (b) references hr.b; alter table hr.b add foreign key (c) references hr.c; alter table hr.c add foreign key (a) references hr.a;
  create table hr.rooms (building text, no int, code text unique not null, primary key (building, no));
  create table hr.desks (id text primary key, room_no int, building text, room_code text references hr.rooms (code),
    foreign key (room_no, building) references hr.rooms (no, building));
  create table hr.logs (person int references hr.people, at timestamptz);
  create table hr.notes (id text primary key, person int references hr.people on delete cascade);`;

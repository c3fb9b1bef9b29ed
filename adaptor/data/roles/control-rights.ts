import { readFile } from 'node:fs/promises';
import type { Side } from '../../../exchange/names.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { STORE_ROLES } from './role-names.ts';

/** How the rights in a store's control plane differ from the list in prisma/control/grants: each as `role: RIGHT on object`. */
export interface RightsDifference {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

const GRANT = /^grant\s+(.+?)\s+on\s+(.+?)\s+to\s+(.+?)(?:\s+with grant option)?$/is;

/** What the roles hold in schema tidegate, and the names of what is there. Rights of a column name it. */
const HELD = `
  with objects as (
    select c.oid, c.relname::text as name, c.relkind, c.relacl from pg_class c where c.relnamespace = 'tidegate'::regnamespace and c.relkind in ('r', 'S')),
  held as (
    select o.name as object, x.privilege_type as right, x.grantee from objects o, aclexplode(o.relacl) x
    union all select o.name, x.privilege_type || ' (' || a.attname || ')', x.grantee from objects o join pg_attribute a on a.attrelid = o.oid, aclexplode(a.attacl) x
    union all select 'schema tidegate', x.privilege_type, x.grantee from pg_namespace n, aclexplode(n.nspacl) x where n.nspname = 'tidegate')
  select (select coalesce(json_agg(name), '[]') from objects where relkind = 'r') as tables,
         (select coalesce(json_agg(name), '[]') from objects where relkind = 'S') as sequences,
         (select coalesce(json_agg(r.rolname || ': ' || held.right || ' on ' || held.object), '[]')
            from held join pg_roles r on r.oid = held.grantee where r.rolname = any ($1)) as held`;

/** Compares the rights in a store's control plane with the list that provisioning writes. Any role may ask. */
export async function compareControlRights(client: Queryable, side: Side): Promise<RightsDifference> {
  const [row] = await controlRows<{ tables: string[]; sequences: string[]; held: string[] }>(client, HELD, [STORE_ROLES[side]]);
  const all = { tables: row?.tables ?? [], sequences: row?.sequences ?? [] };
  const held = new Set(row?.held);
  const wanted = new Set(rightsIn(await readGrants(side), all));
  return { missing: [...wanted].filter((right) => !held.has(right)).toSorted(), surplus: [...held].filter((right) => !wanted.has(right)).toSorted() };
}

async function readGrants(side: Side): Promise<string> {
  return readFile(new URL(`../../../prisma/control/grants/${side}.sql`, import.meta.url), 'utf8');
}

/** What there is to have rights on. */
export interface GrantedObjects {
  readonly tables: readonly string[];
  readonly sequences: readonly string[];
}

/** Every single right that a list of grants gives, as `role: RIGHT on object`, or `role: RIGHT (column) on object`. */
export function rightsIn(grants: string, all: GrantedObjects): readonly string[] {
  return grants
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .flatMap((statement) => expand(statement.trim(), all));
}

/** Every single right that a statement gives; none where it is no grant. */
function expand(statement: string, all: GrantedObjects): readonly string[] {
  const [, rights = '', objects = '', roles = ''] = GRANT.exec(statement) ?? [];
  return list(roles).flatMap((role) =>
    objectsOf(objects, all).flatMap((object) =>
      list(rights)
        .flatMap(columns)
        .map((right) => `${role}: ${right} on ${object}`),
    ),
  );
}

function objectsOf(text: string, all: GrantedObjects): readonly string[] {
  if (/^all tables/i.test(text)) return all.tables;
  if (/^all sequences/i.test(text)) return all.sequences;
  // Rights on functions are tried where the function is.
  if (/^function/i.test(text)) return [];
  return /^schema/i.test(text) ? ['schema tidegate'] : list(text).map((name) => name.replace(/^tidegate\./, ''));
}

/** `update (a, b)` as one right a column. */
function columns(right: string): readonly string[] {
  const [, name = right, names] = /^(\w+)\s*\((.+)\)$/.exec(right) ?? [];
  return names === undefined ? [name.toUpperCase()] : list(names).map((column) => `${name.toUpperCase()} (${column.replaceAll('"', '')})`);
}

/** Parts between commas that stand outside parentheses. */
const list = (text: string): readonly string[] =>
  text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

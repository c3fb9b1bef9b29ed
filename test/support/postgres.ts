import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { Side } from '../../exchange/names.ts';

/** A fresh database on one side's server. `await using` drops it at the end of the block. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  /** Address for the server's superuser. */
  readonly adminUrl: string;
  /** Address for another role with its password. */
  urlFor(role: string, password: string): string;
  /** Ends every session on it and drops it; safe to call twice. */
  drop(): Promise<void>;
}

/** What a test database is made from. */
export interface TestDatabaseOptions {
  /** Name of a database on the same side's server to copy; nobody may be connected to it. */
  readonly template?: string;
}

/** The administrator's address of a side's server (database `postgres`): for roles, which all databases of a server share. */
export function serverUrl(side: Side): string {
  return inject('postgres')[side];
}

/** Makes a database with a name of its own on a side's server, empty or a copy of a template. */
export async function createTestDatabase(side: Side, options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.template ?? 'template0';
  await administer(side, `CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY ${options.template === undefined ? 'wal_log' : 'file_copy'}`);
  const adminUrl = withPath(serverUrl(side), name);
  const drop = async (): Promise<void> => administer(side, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  return {
    name,
    adminUrl,
    urlFor: (role, password) => withUser(adminUrl, role, password),
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

/** Runs a body with a connected superuser client on a fresh database, and drops the database afterwards. */
export async function withDatabase<T>(side: Side, body: (client: Client, database: TestDatabase) => Promise<T>, options?: TestDatabaseOptions): Promise<T> {
  await using database = await createTestDatabase(side, options);
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    return await body(client, database);
  } finally {
    await client.end();
  }
}

async function administer(side: Side, statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl(side) });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withPath(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

function withUser(url: string, role: string, password: string): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(role);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

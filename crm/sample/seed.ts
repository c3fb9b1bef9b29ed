import { readFile } from 'node:fs/promises';
import type { ClientBase } from 'pg';
import { COMPANIES, NAMES, SCRIPT_OF_TWENTY } from './names.ts';

/** How the sample is made. */
export interface SampleOptions {
  /** Number of contacts. Default 200; a million takes about half a minute. */
  readonly contacts?: number;
  /** The day around which appointments and tasks lie, ISO 8601. Default 2026-11-30, so that two loads are the same. */
  readonly today?: string;
  /** Encoded argon2id hash (PHC string) that all sample users sign in with. Without it there are no sample users. */
  readonly passwordHash?: string;
}

/** Numbers of records that were added. */
export interface SampleCounts {
  readonly users: number;
  readonly accounts: number;
  readonly contacts: number;
  readonly appointments: number;
  readonly tasks: number;
}

const FILES = ['users', 'accounts', 'contacts', 'appointments', 'tasks'] as const;

/**
 * Fills an empty CRM with invented records, in one transaction: the same keys and values each time, for the same options.
 * A CRM that has accounts, contacts, appointments or tasks is left as it is (all counts 0), so that records which
 * somebody deleted do not come back at the next start.
 * To be run as the owner of the tables; writes as the actor `sample`.
 */
export async function seedSampleData(client: ClientBase, options: SampleOptions = {}): Promise<SampleCounts> {
  const { contacts = 200, today = '2026-11-30', passwordHash = null } = options;
  const counts = { users: 0, accounts: 0, contacts: 0, appointments: 0, tasks: 0 };
  await client.query('begin');
  try {
    await client.query(await statement('functions'));
    await client.query(`select set_config('tidegate.actor', 'sample', true)`);
    const { rowCount: held } = await client.query(
      `select from crm.accounts union all select from crm.contacts union all select from crm.appointments union all select from crm.tasks limit 1`,
    );
    if (held === 0) {
      const parameters: Record<(typeof FILES)[number], unknown[]> = {
        users: [passwordHash],
        accounts: [COMPANIES],
        contacts: [contacts, NAMES.flatMap((names) => names.given), NAMES.flatMap((names) => names.family), SCRIPT_OF_TWENTY],
        appointments: [today],
        tasks: [today, contacts],
      };
      for (const file of FILES) counts[file] = (await client.query(await statement(file), parameters[file])).rowCount ?? 0;
    }
    await client.query('drop function pg_temp.sample_id');
    await client.query('commit');
    return counts;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function statement(name: string): Promise<string> {
  return readFile(new URL(`./${name}.sql`, import.meta.url), 'utf8');
}

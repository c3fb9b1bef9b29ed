import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { BenchStack } from './bench-stack.ts';
import type { Run } from './clock.ts';
import { CONTACT_COLUMNS, columnList } from './contacts.ts';

const POLL_MS = 5;

/** PostgreSQL's own logical replication of the contacts into a database of its own. Between measurements it is held. */
export class NativeReplication implements AsyncDisposable {
  readonly client: Client;
  readonly #stack: BenchStack;
  #subscribed = false;

  private constructor(stack: BenchStack, client: Client) {
    this.#stack = stack;
    this.client = client;
  }

  /** Makes publication and table. */
  static async open(stack: BenchStack): Promise<NativeReplication> {
    const client = new Client({ connectionString: stack.nativeUrl });
    client.on('error', () => undefined);
    await client.connect();
    await stack.crm.query(`create publication bench for table crm.contacts (${columnList('crm')}) with (publish = 'insert, update, delete')`);
    const { rows } = await stack.crm.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'crm.contacts'::regclass and attnum > 0 and attname = any ($1::text[])`,
      [CONTACT_COLUMNS.map(({ crm }) => crm)],
    );
    await client.query('create schema crm');
    await client.query(`create table crm.contacts (${rows.map(({ name, type }) => `${name} ${type}`).join(', ')}, primary key (id))`);
    return new NativeReplication(stack, client);
  }

  /** Copies the table as it is, and follows from there: the time until PostgreSQL says that it is in step. */
  async load(): Promise<Run> {
    await this.drop();
    await this.client.query('truncate crm.contacts');
    const stop = await this.#stack.startClock();
    await this.client.query({ text: `create subscription bench connection '${this.#connection()}' publication bench` });
    this.#subscribed = true;
    for (;;) {
      const { rows } = await this.client.query<{ ready: boolean }>(
        `select count(*) > 0 and bool_and(srsubstate in ('s', 'r')) as ready from pg_subscription_rel`,
      );
      if (rows[0]?.ready === true) break;
      await sleep(POLL_MS);
    }
    return stop();
  }

  /** Holds it: changes wait in the CRM's log. */
  async hold(): Promise<void> {
    await this.client.query('alter subscription bench disable');
    for (;;) {
      const { rows } = await this.#stack.crm.query<{ active: boolean }>(`select active from pg_replication_slots where slot_name = 'bench'`);
      if (rows[0]?.active !== true) return;
      await sleep(POLL_MS);
    }
  }

  /** Lets it go on: the time until everything that is committed now was applied. */
  async catchUp(): Promise<Run> {
    const { rows } = await this.#stack.crm.query<{ lsn: string }>('select pg_current_wal_flush_lsn() as lsn');
    const stop = await this.#stack.startClock();
    await this.client.query('alter subscription bench enable');
    for (;;) {
      const { rows: slots } = await this.#stack.crm.query<{ done: boolean }>(
        `select confirmed_flush_lsn >= $1::pg_lsn as done from pg_replication_slots where slot_name = 'bench'`,
        [rows[0]?.lsn],
      );
      if (slots[0]?.done === true) return stop();
      await sleep(POLL_MS);
    }
  }

  /** Ends the subscription and its slot. */
  async drop(): Promise<void> {
    if (this.#subscribed) await this.client.query('drop subscription bench');
    this.#subscribed = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drop();
    await this.client.end();
  }

  #connection(): string {
    const { hostname, port, username, password, pathname } = new URL(this.#stack.stack.crm.adminUrl);
    return `host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)} dbname=${pathname.slice(1)}`;
  }
}

import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CopyOut } from '../../../../adaptor/data/extraction/copy-out.ts';
import { type TestDatabase, createTestDatabase } from '../../../support/postgres.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase('crm');
  client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});

const bytesOf = async (stream: Readable): Promise<Buffer> => Buffer.concat(await stream.toArray());
const answers = async (from: pg.Client) => (await from.query<{ v: number }>('select 1 as v')).rows;
/** Rows of lengths from nothing to more than a socket gives at once. */
const ROWS = `copy (select i, repeat('x', case when i % 50 = 0 then 200000 else i % 97 end), e'line\\nbreak "quoted"', null from generate_series(1, 500) i) to stdout (format csv)`;

/** A server in front of PostgreSQL that passes on what it says in pieces of so many bytes. */
async function cutting(pieceBytes: number): Promise<{ readonly client: pg.Client } & AsyncDisposable> {
  const url = new URL(database.adminUrl);
  const target = Number(url.port);
  const server = createServer({ noDelay: true }, (here) => {
    const there = connect(target, url.hostname);
    here.pipe(there);
    for (const socket of [here, there]) socket.on('error', () => undefined);
    const pass = async (): Promise<void> => {
      for await (const bytes of there as AsyncIterable<Buffer>)
        for (let at = 0; at < bytes.length; at += pieceBytes) {
          here.write(bytes.subarray(at, at + pieceBytes));
          await turn();
        }
      here.end();
    };
    void pass().catch(() => here.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url.port = String((server.address() as AddressInfo).port);
  const behind = new pg.Client({ connectionString: url.href });
  await behind.connect();
  return {
    client: behind,
    [Symbol.asyncDispose]: async () => {
      await behind.end();
      server.close();
    },
  };
}

describe('rows of a COPY', () => {
  it('are the bytes that PostgreSQL wrote, whatever their length', async () => {
    const expected = await bytesOf(client.query(copyTo(ROWS)));
    expect(expected.length).toBeGreaterThan(2_000_000);
    expect((await bytesOf(client.query(new CopyOut(ROWS)))).equals(expected)).toBe(true);
    expect(await answers(client)).toEqual([{ v: 1 }]);
  });

  it.each([1, 2, 3, 5, 7, 64])('are the same where the network cuts them after every %i bytes', async (pieceBytes) => {
    const sql = `copy (select i, repeat('x', i % 7), case when i % 3 = 0 then 'é' end from generate_series(1, 60) i) to stdout (format csv)`;
    const expected = await bytesOf(client.query(copyTo(sql)));
    await using behind = await cutting(pieceBytes);
    expect((await bytesOf(behind.client.query(new CopyOut(sql)))).toString()).toBe(expected.toString());
    expect(await answers(behind.client)).toEqual([{ v: 1 }]);
  });

  it('may be none, and many follow each other on one connection with other statements between', async () => {
    expect(await bytesOf(client.query(new CopyOut('copy (select 1 where false) to stdout')))).toHaveLength(0);
    const before = client.query('set application_name = copying');
    const streams = [1, 2, 3].map((n) => client.query(new CopyOut(`copy (select current_setting('application_name'), ${n}) to stdout`)));
    const between = client.query<{ v: number }>('select 4 as v');
    expect(await Promise.all(streams.map(async (stream) => (await bytesOf(stream)).toString()))).toEqual(['copying\t1\n', 'copying\t2\n', 'copying\t3\n']);
    expect((await between).rows).toEqual([{ v: 4 }]);
    await before;
  });

  it('leave what else the server says to the driver', async () => {
    await client.query(
      `create function pg_temp.say(i int) returns int language plpgsql as $$ begin raise notice 'row %', i; perform set_config('application_name', 'said ' || i, false); return i; end $$`,
    );
    const notices: unknown[] = [];
    client.on('notice', ({ message }) => notices.push(message));
    expect((await bytesOf(client.query(new CopyOut('copy (select pg_temp.say(i) from generate_series(1, 3) i) to stdout')))).toString()).toBe('1\n2\n3\n');
    expect(notices).toEqual(['row 1', 'row 2', 'row 3']);
    expect((await client.query(`select current_setting('application_name') as v`)).rows).toEqual([{ v: 'said 3' }]);
  });

  it('wait at the server until they are read', async () => {
    await client.query('create sequence pg_temp.sent');
    const stream = client.query(new CopyOut(`copy (select nextval('pg_temp.sent'), repeat('x', 1000) from generate_series(1, 200000)) to stdout`));
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    // The buffers of both sides' sockets take some megabytes; all rows are two hundred.
    const { stream: socket } = client.connection as unknown as { readonly stream: Socket };
    let held = -1;
    while (held !== socket.bytesRead) {
      held = socket.bytesRead;
      for (let i = 0; i < 20; i += 1) await turn();
    }
    expect(held).toBeLessThan(20_000_000);
    let bytes = 0;
    for await (const piece of { [Symbol.asyncIterator]: () => iterator }) bytes += (piece as Buffer).length;
    expect(bytes).toBeGreaterThan(180_000_000);
    expect((await client.query(`select last_value from pg_temp.sent`)).rows).toEqual([{ last_value: '200000' }]);
  });
});

describe('a COPY that fails', () => {
  it('tells the error of the statement, at once or after rows, and leaves the connection to others', async () => {
    await expect(bytesOf(client.query(new CopyOut('copy (select nothing) to stdout')))).rejects.toMatchObject({ code: '42703' });
    await expect(bytesOf(client.query(new CopyOut('copy (select 1 / (5000 - i) from generate_series(1, 9000) i) to stdout')))).rejects.toMatchObject({
      code: '22012',
    });
    expect(await answers(client)).toEqual([{ v: 1 }]);
    expect((await bytesOf(client.query(new CopyOut('copy (select 7) to stdout')))).toString()).toBe('7\n');
  });

  it('tells that the connection was lost', async () => {
    const lost = new pg.Client({ connectionString: database.adminUrl });
    lost.on('error', () => undefined);
    await lost.connect();
    const { rows } = await lost.query<{ pid: number }>('select pg_backend_pid() as pid');
    const stream = lost.query(new CopyOut(`copy (select repeat('x', 1000) from generate_series(1, 1000000)) to stdout`));
    const reading = bytesOf(stream);
    reading.catch(() => undefined);
    await client.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await expect(reading).rejects.toThrow();
    expect(stream.destroyed).toBe(true);
  });
});

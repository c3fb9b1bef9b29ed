import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseUser } from '../../embedded/database-user.ts';
import { removePostgresCluster, startPostgresCluster, type PostgresCluster, type PostgresClusterOptions } from '../../embedded/postgres-cluster.ts';
import { identifyProcess } from '../../embedded/process-identity.ts';

const password = 'p%40ss w/o?rd';
const running: PostgresCluster[] = [];
let folder: string;
let dataFolder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-cluster-'));
  dataFolder = join(folder, 'postgres', 'crm');
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((cluster) => cluster.stop()));
  removePostgresCluster(dataFolder);
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<PostgresClusterOptions> = {}): Promise<PostgresCluster> {
  const cluster = await startPostgresCluster({ dataFolder, password, throwAway: true, ...options });
  running.push(cluster);
  return cluster;
}

async function query(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ value: unknown }>(sql);
    return rows[0]?.value;
  } finally {
    await client.end();
  }
}

describe('an embedded PostgreSQL cluster', () => {
  it('answers the superuser over TCP on loopback only, keeps no socket file, and takes settings', async () => {
    const cluster = await start({ settings: { max_connections: 17 } });
    expect(await query(cluster.adminUrl(), `SELECT current_user AS value`)).toBe('postgres');
    expect(await query(cluster.adminUrl(), `SELECT current_setting('listen_addresses') || current_setting('unix_socket_directories') AS value`)).toBe(
      '127.0.0.1',
    );
    expect(await query(cluster.adminUrl(), `SELECT current_setting('max_connections') AS value`)).toBe('17');
    expect(await query(cluster.adminUrl('template1'), `SELECT rolpassword LIKE 'SCRAM-SHA-256$%' AS value FROM pg_authid WHERE rolname = current_user`)).toBe(
      true,
    );
    expect(await query(cluster.adminUrl(), `SELECT lower('ÄÉЖ') AS value`)).toBe('äéж');
  });

  it('refuses another password, also from a session that says nothing', async () => {
    const cluster = await start();
    const url = new URL(cluster.adminUrl());
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT 1 AS value')).rejects.toMatchObject({ code: '28P01' });
  });

  it('says so when it is started with another password than it was made with', async () => {
    await (await start()).stop();
    await expect(start({ password: 'other' })).rejects.toMatchObject({ code: 'part-not-started', message: expect.stringContaining('another password') });
  });

  it('keeps its data across a stop and across a crash', async () => {
    const first = await start();
    await query(first.adminUrl(), 'CREATE TABLE kept AS SELECT 1 AS value');
    await first.stop();
    const second = await start();
    await query(second.adminUrl(), 'INSERT INTO kept VALUES (2)');
    process.kill(second.pid, 'SIGKILL');
    await second.exited;
    const third = await start();
    expect(await query(third.adminUrl(), 'SELECT sum(value)::int AS value FROM kept')).toBe(3);
  });

  it('starts although its lock file names a living process of the same user that is not PostgreSQL', async () => {
    const first = await start();
    const lockFile = join(String(await query(first.adminUrl(), `SELECT current_setting('data_directory') AS value`)), 'postmaster.pid');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const user = databaseUser();
    const stranger = spawn('sleep', ['60'], { cwd: '/', ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }) });
    await once(stranger, 'spawn');
    try {
      writeFileSync(lockFile, readFileSync(lockFile, 'utf8').replace(/^\d+/, String(stranger.pid)));
      const second = await start();
      expect(await query(second.adminUrl(), 'SELECT 1 AS value')).toBe(1);
      expect(identifyProcess(stranger.pid!)).toBeDefined();
    } finally {
      stranger.kill();
    }
  });

  it('refuses a second server on its folder, and ends the first for the owner of the folder', async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({ code: 'already-running', facts: { pid: first.pid } });
    expect(await query(first.adminUrl(), 'SELECT 1 AS value')).toBe(1);
    const second = await start({ leftBehind: 'end' });
    expect(identifyProcess(first.pid)).toBeUndefined();
    expect(await query(second.adminUrl(), 'SELECT 1 AS value')).toBe(1);
  });

  it('names a busy port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(start({ port })).rejects.toMatchObject({ code: 'port-busy', facts: { port } });
    server.close();
  });

  it('tells the end of its log when it does not start', async () => {
    const logFile = join(folder, 'crm.log');
    await expect(start({ logFile, settings: { max_connections: 'many' } })).rejects.toMatchObject({
      code: 'part-not-started',
      message: expect.stringContaining('max_connections'),
    });
  });

  it('keeps values out of its log', async () => {
    const logFile = join(folder, 'crm.log');
    const cluster = await start({ logFile });
    await query(cluster.adminUrl(), 'CREATE TABLE person (name text PRIMARY KEY)');
    await query(cluster.adminUrl(), `INSERT INTO person VALUES ('Clara Content')`);
    await expect(query(cluster.adminUrl(), `INSERT INTO person VALUES ('Clara Content')`)).rejects.toMatchObject({ code: '23505' });
    await expect(query(cluster.adminUrl(), `SELECT 'Clara Content'::int AS value`)).rejects.toMatchObject({ code: '22P02' });
    await cluster.stop();
    expect(readFileSync(logFile, 'utf8')).not.toContain('Clara');
    expect(readFileSync(logFile, 'utf8')).toContain('ready to accept connections');
  });

  it('leaves nothing behind of an interrupted creation, and starts from it', async () => {
    chmodSync(folder, 0o711);
    mkdirSync(join(dataFolder, 'making', 'data'), { recursive: true });
    writeFileSync(join(dataFolder, 'making', 'data', 'half'), '');
    const cluster = await start();
    expect(await query(cluster.adminUrl(), 'SELECT 1 AS value')).toBe(1);
    expect(existsSync(join(dataFolder, 'making'))).toBe(false);
  });

  it('never overwrites a folder that holds something else', async () => {
    mkdirSync(dataFolder, { recursive: true });
    writeFileSync(join(dataFolder, 'thesis.txt'), 'years');
    await expect(start()).rejects.toMatchObject({ code: 'part-not-started' });
    expect(readFileSync(join(dataFolder, 'thesis.txt'), 'utf8')).toBe('years');
  });
});

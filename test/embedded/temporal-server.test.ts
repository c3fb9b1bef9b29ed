import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTemporalServer, type TemporalServer, type TemporalServerOptions } from '../../embedded/temporal-server.ts';
import { identifyProcess } from '../../embedded/process-identity.ts';

const started: TemporalServer[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-temporal-'));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const server = await startTemporalServer({ logFile: join(folder, 'temporal.log'), ...options });
  started.push(server);
  return server;
}

async function withClient<T>({ address, namespace }: TemporalServer, body: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await body(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

describe('an embedded Temporal server', () => {
  it('has its namespace, search attributes, dynamic configuration and user interface, on loopback', async () => {
    const server = await start({ searchAttributes: { TideLevel: 'Int', TideLink: 'Keyword' } });
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const { customAttributes } = await withClient(server, (client) => client.connection.operatorService.listSearchAttributes({ namespace: server.namespace }));
    expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(['TideLevel', 'TideLink']));
    expect(server.namespace).toBe('tidegate');
    const page = await fetch(server.uiUrl);
    expect(page.status).toBe(200);
    expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).toContain('history.transferProcessorMaxPollRPS=2000');
  });

  it('keeps workflows in its file when it is stopped and when it is killed', async () => {
    const databaseFile = join(folder, 'temporal.db');
    const first = await start({ databaseFile });
    const args = { taskQueue: 'nobody', workflowId: 'kept/one' };
    await withClient(first, (client) => client.workflow.start('waits', args));
    await first.stop();
    expect(identifyProcess(first.pid)).toBeUndefined();
    const second = await start({ databaseFile });
    await withClient(second, (client) => client.workflow.start('waits', { ...args, workflowId: 'kept/two' }));
    process.kill(second.pid, 'SIGKILL');
    await second.exited;
    const third = await start({ databaseFile });
    for (const id of ['kept/one', 'kept/two']) {
      const { status } = await withClient(third, (client) => client.workflow.getHandle(id).describe());
      expect(status.name).toBe('RUNNING');
    }
  });

  it('names a busy port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(start({ uiPort: port })).rejects.toMatchObject({ code: 'port-busy', facts: { port } });
    server.close();
  });

  it('tells the end of its log when it does not start', async () => {
    const failure = start({ databaseFile: join(folder, 'no', 'such', 'folder', 'temporal.db') });
    await expect(failure).rejects.toMatchObject({
      code: 'part-not-started',
      message: expect.stringMatching(/Temporal ended at its start\.\n.*no such file|directory/s),
    });
  });
});

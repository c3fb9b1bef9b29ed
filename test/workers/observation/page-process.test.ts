import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { closeApp } from '../../../workers/observation/close-app.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/page.ts', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a page; its output, and messages as they come. */
function start() {
  const child = fork(PROGRAM, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
  children.push(child);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const next = async <T>(): Promise<T> => ((await once(child, 'message')) as [T])[0];
  return { child, next, output: () => output };
}

describe('the process of a page', () => {
  it('answers what is under way before it ends, then closes what it works with, once, however often it is told', async () => {
    const { child, next, output } = start();
    const { url, metricsUrl } = await next<{ url: string; metricsUrl: string }>();
    expect((await fetch(metricsUrl)).status).toBe(200);
    const asked = next();
    const slow = fetch(`${url}/slow`);
    await asked;
    const ended = once(child, 'close');
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) child.kill(signal);
    const answer = await slow;
    expect([answer.status, await answer.json()]).toEqual([200, { answered: true }]);
    expect(await ended).toEqual([0, null]);
    expect(output().match(/closed its stores/g)).toHaveLength(1);
    expect(output().match(/"msg":"stopping"/g)).toHaveLength(1);
    for (const gone of [url, metricsUrl]) await expect(fetch(gone)).rejects.toThrow();
  });
});

describe('an application that is closed', () => {
  it('ends a connection with the answer that was under way on it, and not with the time that connections are kept', async () => {
    const app = Fastify({ keepAliveTimeout: 600_000 });
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    app.get('/', async () => {
      ask();
      await released;
      return 'answered';
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const agent = new Agent({ keepAlive: true });
    const answered = new Promise<string>((resolve, reject) => {
      const request = get({ port: (app.server.address() as AddressInfo).port, host: '127.0.0.1', agent }, (answer) => {
        answer.setEncoding('utf8').once('data', resolve);
      });
      request.once('error', reject);
    });
    await asked;
    const closed = closeApp(app);
    release();
    expect(await answered).toBe('answered');
    await closed;
    agent.destroy();
  });
});

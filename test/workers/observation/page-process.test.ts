import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

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

import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ancestorsUpToNpm, watchNpm } from '../../embedded/ancestors.ts';
import { endProcess } from '../../embedded/end-process.ts';
import { choosePort, isPortTaken, wasPortTaken } from '../../embedded/ports.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../embedded/process-identity.ts';
import { spawnPart } from '../../embedded/spawn-part.ts';

const ENDING = { signal: 'SIGTERM', graceMs: 1000 } as const;
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A Node process that runs a line of code and has said that it began. */
async function node(code: string): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn(process.execPath, ['-e', `${code}; setInterval(() => {}, 1000); console.log('began')`], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  started.push(child);
  await once(child.stdout!, 'data');
  return { child, identity: identifyProcess(child.pid!)! };
}

describe('a process', () => {
  it('is known by number and start', async () => {
    const { child, identity } = await node('');
    expect(isRunning(identity)).toBe(true);
    expect(isRunning({ ...identity, startedAt: 'earlier' })).toBe(false);
    expect(isRunning({ ...identity, pid: process.pid })).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isRunning(identity)).toBe(false);
  });

  it('does not run any more as a zombie', async () => {
    // The shell starts a child that ends at once, then becomes a program that never looks after its children.
    const shell = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    started.push(shell);
    const [pid] = (await once(shell.stdout, 'data')) as [Buffer];
    await expect.poll(() => identifyProcess(Number(pid)), { timeout: 20_000 }).toBeUndefined();
  });

  it('is identified whatever its name is', async () => {
    const { child, identity } = await node(`process.on('SIGUSR2', () => { process.title = ') R 1 (('; console.log('renamed'); })`);
    child.kill('SIGUSR2');
    await once(child.stdout!, 'data');
    expect(identifyProcess(child.pid!)).toEqual(identity);
  });

  it('is ended by its signal, or killed with its children when it ignores that', async () => {
    const polite = await node('');
    expect(await endProcess(polite.identity, { signal: 'SIGTERM', graceMs: 10_000 })).toBe('ended');
    const deaf = await node(`process.on('SIGTERM', () => {}); process.stdout.write(String(require('child_process').spawn('sleep', ['60']).pid) + ' ')`);
    expect(await endProcess(deaf.identity, { signal: 'SIGTERM', graceMs: 50 })).toBe('killed');
    expect(isRunning(deaf.identity)).toBe(false);
    expect(await endProcess(deaf.identity, { signal: 'SIGTERM', graceMs: 50 })).toBe('gone');
  });

  it('is spared if only its number is that of a process that has gone', async () => {
    const { identity } = await node('');
    expect(await endProcess({ ...identity, startedAt: 'long ago' }, { signal: 'SIGTERM', graceMs: 50 })).toBe('gone');
    expect(isRunning(identity)).toBe(true);
  });

  it('that is a part leads a group of its own: a Ctrl-C in the terminal does not reach it', async () => {
    const { identity, exited } = await spawnPart({ command: 'sleep', args: ['60'], env: { PATH: process.env['PATH'] }, ending: ENDING });
    process.kill(-identity.pid, 'SIGKILL');
    expect(await exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('that can not be started says so', async () => {
    const failure = spawnPart({ command: '/no/such/program', args: [], env: {}, ending: { signal: 'SIGTERM', graceMs: 1 } });
    await expect(failure).rejects.toMatchObject({ code: 'part-not-started' });
  });
});

describe('a process of our own', () => {
  it('stops in order when its supervisor is gone without a word', async () => {
    const notes = join(mkdtempSync(join(tmpdir(), 'tidegate-worker-')), 'notes');
    const worker = fork(join(import.meta.dirname, 'fixtures', 'worker.ts'), ['one', notes], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    started.push(worker);
    expect(await once(worker, 'message')).toMatchObject([{ ready: true, name: 'one' }, undefined]);
    worker.disconnect();
    expect(await once(worker, 'exit')).toEqual([0, null]);
    expect(readFileSync(notes, 'utf8')).toBe('one supervisor-gone\n');
  });
});

describe('npm above a process', () => {
  it('is found among the ancestors, whatever lies between', async () => {
    const { child: npm } = await node(`process.title = 'npm start'`);
    expect(ancestorsUpToNpm(npm.pid!)).toEqual([identifyProcess(npm.pid!)]);
    const { child: other } = await node(`process.title = 'something'`);
    expect(ancestorsUpToNpm(other.pid!)).toEqual([identifyProcess(other.pid!)]);
  });

  it.each([
    ['one shell', 'sleep 60 & echo $! $$; wait', true],
    ['more shells than npm puts there', `sh -c 'sleep 60 & echo $! $$; wait'; true`, false],
  ])('is looked for behind %s', async (_what, line, isFound) => {
    const code = `process.title = 'npm start'; require('child_process').spawn('sh', ['-c', process.env.LINE], { stdio: ['ignore', 1, 'ignore'] })`;
    const npm = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'], detached: true, env: { ...process.env, LINE: line } });
    started.push(npm);
    const [told] = (await once(npm.stdout, 'data')) as [Buffer];
    const [below = 0, shell = 0] = String(told).trim().split(' ').map(Number);
    const [ours, between, top] = [below, shell, npm.pid!].map((pid) => identifyProcess(pid));
    expect(ancestorsUpToNpm(below)).toEqual(isFound ? [ours, between, top] : [ours]);
    process.kill(-npm.pid!, 'SIGKILL');
  });

  it('is not watched where it did not start the process', () => {
    watchNpm(() => expect.unreachable(), {})();
  });
});

describe('a port', () => {
  it('is chosen free, or refused by its number', async () => {
    const port = await choosePort();
    expect(await isPortTaken(port)).toBe(false);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await isPortTaken(port)).toBe(true);
    expect(await wasPortTaken([port], '')).toBe(true);
    await expect(choosePort(port)).rejects.toMatchObject({ code: 'port-busy', facts: { port } });
    server.close();
  });

  it('is none that a system gives to outgoing connections, which any program may have by the time a part listens', async () => {
    const chosen = await Promise.all(Array.from({ length: 40 }, () => choosePort()));
    expect(Math.min(...chosen)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...chosen)).toBeLessThan(32_768);
    // Stacks that start beside each other hardly ever choose the same.
    expect(new Set(chosen).size).toBeGreaterThan(35);
  });

  it('was taken where the part says so, although nobody has it any more', async () => {
    const port = await choosePort();
    expect(await wasPortTaken([port], 'started\n')).toBe(false);
    // As PostgreSQL and the Temporal server write it.
    for (const line of [`could not bind IPv4 address "127.0.0.1": Address already in use`, `listen tcp 127.0.0.1:${port}: bind: address already in use`])
      expect(await wasPortTaken([port], `started\n${line}\npanic\n`)).toBe(true);
  });

  it('was not taken because one was at a start before, of which the log tells too', async () => {
    const logFile = join(mkdtempSync(join(tmpdir(), 'tidegate-port-')), 'part.log');
    writeFileSync(logFile, 'bind: address already in use\n');
    const part = await spawnPart({ command: 'echo', args: ['no such setting'], env: { PATH: process.env['PATH'] }, logFile, ending: ENDING });
    await part.exited;
    expect(part.printed()).toBe('no such setting\n');
    expect(await wasPortTaken([await choosePort()], part.printed())).toBe(false);
    const silent = await spawnPart({ command: 'true', args: [], env: { PATH: process.env['PATH'] }, ending: ENDING });
    expect(silent.printed()).toBe('');
  });
});

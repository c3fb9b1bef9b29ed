import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logFileOf, makeHome } from '../../embedded/home.ts';
import { ownProgram } from '../../embedded/own-program.ts';
import { identifyProcess } from '../../embedded/process-identity.ts';
import { type Run, readRun, removeRun, takeHome, writeRun } from '../../embedded/run-file.ts';
import { type OnSpawn, lastLogLines } from '../../embedded/spawn-part.ts';
import { startWorkerPart } from '../../embedded/worker-part.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'tidegate-home-')), 'home');
  makeHome(folder);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const ENDING = { signal: 'SIGTERM', graceMs: 1000 } as const;

describe('the home folder', () => {
  it('is its owner’s alone, also where it was there and open to others', () => {
    expect([modeOf(folder), modeOf(join(folder, 'logs'))]).toEqual([0o700, 0o700]);
    const open = join(folder, 'open');
    makeHome(open);
    writeFileSync(join(open, 'kept'), '');
    makeHome(open);
    expect([modeOf(open), existsSync(join(open, 'kept'))]).toEqual([0o700, true]);
  });

  it('has a log for each part, of which a large one is put aside when the part starts again', () => {
    const file = logFileOf(folder, 'producer');
    expect(file).toBe(join(folder, 'logs', 'producer.log'));
    writeFileSync(file, 'first');
    expect(logFileOf(folder, 'producer')).toBe(file);
    expect(readFileSync(file, 'utf8')).toBe('first');
    truncateSync(file, 10_000_001);
    logFileOf(folder, 'producer');
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(join(folder, 'logs'))).toEqual(['producer.log.1']);
    // Once: what was put aside before makes room.
    writeFileSync(file, 'second');
    truncateSync(file, 10_000_001);
    logFileOf(folder, 'producer');
    expect(readdirSync(join(folder, 'logs'))).toEqual(['producer.log.1']);
  });
});

describe('what a run notes down', () => {
  const run = (told: Partial<Run> = {}): Run => ({ supervisor: { pid: process.pid, startedAt: 'then' }, pages: ['http://127.0.0.1:4700'], parts: [], ...told });

  it('is read back whole, is its owner’s alone, and is gone once it ended', () => {
    const noted = run({ parts: [{ name: 'producer', identity: { pid: 7, startedAt: 'x' }, ending: ENDING }] });
    writeRun(folder, noted);
    expect(readRun(folder)).toEqual(noted);
    expect(modeOf(join(folder, 'run.json'))).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(['logs', 'run.json']);
    removeRun(folder);
    removeRun(folder);
    expect(readRun(folder)).toBeUndefined();
  });

  it.each(['', '{', '[]', '{"supervisor":{"pid":0,"startedAt":""},"pages":[],"parts":[]}', '{"pid":7}'])('is not believed where it is %j', (text) => {
    writeFileSync(join(folder, 'run.json'), text);
    expect(readRun(folder)).toBeUndefined();
  });

  it('stands in no one’s way once its process is gone, though another has its number', async () => {
    writeRun(folder, run());
    const taken = await takeHome(folder);
    expect(taken.supervisor).toEqual(identifyProcess(process.pid));
    expect(readRun(folder)).toEqual(taken);
    // Nor does one process take it twice.
    await expect(takeHome(folder)).rejects.toMatchObject({ code: 'already-running', facts: { pid: process.pid } });
  });

  it('keeps another start out while its process lives, and says where that is', async () => {
    const living = identifyProcess(process.ppid);
    writeRun(folder, run({ supervisor: living! }));
    await expect(takeHome(folder)).rejects.toMatchObject({
      code: 'already-running',
      message: expect.stringContaining('pages at http://127.0.0.1:4700'),
      facts: { pid: process.ppid, pages: ['http://127.0.0.1:4700'] },
    });
    writeRun(folder, run({ supervisor: living!, pages: [] }));
    await expect(takeHome(folder)).rejects.toMatchObject({ message: expect.stringContaining('it is still starting') });
  });

  it('has what it left running ended, last first, before another one begins', async () => {
    const notes = join(folder, 'notes');
    const parts: Run['parts'] = [];
    for (const name of ['one', 'two']) {
      const onSpawn: OnSpawn = (identity) => void parts.push({ name, identity, ending: ENDING });
      await startWorkerPart({ script: join(import.meta.dirname, 'fixtures', 'worker.ts'), args: [name, notes], env: {}, onSpawn });
    }
    writeRun(folder, run({ parts }));
    await takeHome(folder);
    expect(readFileSync(notes, 'utf8')).toBe('two SIGTERM\none SIGTERM\n');
  });
});

describe('the end of a log', () => {
  it('is its last lines, and nothing where there is none', () => {
    const file = join(folder, 'logs', 'x.log');
    writeFileSync(file, 'one\ntwo\nthree\n\n');
    expect(lastLogLines(file, 2)).toBe('two\nthree');
    expect(lastLogLines(file)).toBe('one\ntwo\nthree');
    expect([lastLogLines(undefined), lastLogLines(join(folder, 'none'))]).toEqual(['', '']);
  });
});

describe('a process of our own', () => {
  it('is named as the module that asks: TypeScript in a checkout, JavaScript in the package', () => {
    expect(ownProgram('file:///srv/tidegate/embedded/watchdog.ts', 'watchdog-process')).toBe('/srv/tidegate/embedded/watchdog-process.ts');
    expect(ownProgram('file:///srv/dist/workers/stack/start-parts.js', '../producer')).toBe('/srv/dist/workers/producer.js');
    expect(ownProgram('file:///srv/a.dir/x.mjs?v=1', 'y')).toBe('/srv/a.dir/y.mjs');
  });

  const start = (body: string) => {
    const script = join(folder, 'part.mjs');
    const logFile = join(folder, 'logs', 'part.log');
    writeFileSync(script, body);
    return startWorkerPart({ script, env: { GIVEN: 'yes' }, logFile, graceMs: 500 });
  };

  it('is ready once it says so, and not by any other word', async () => {
    const part = await start(`process.send('ready'); process.send(null); process.send({ readiness: true });
      setTimeout(() => { process.send({ ready: true, url: 'http://127.0.0.1:1', given: process.env.GIVEN }); process.disconnect(); }, 30);`);
    expect(part.info).toEqual({ url: 'http://127.0.0.1:1', given: 'yes' });
    expect(await part.exited).toEqual({ code: 0, signal: null });
  });

  it('that says nothing in time is told with the end of its log', async () => {
    let identity = { pid: 0, startedAt: '' };
    const script = join(folder, 'deaf.mjs');
    const logFile = join(folder, 'logs', 'deaf.log');
    writeFileSync(script, `setInterval(() => {}, 1000);`);
    writeFileSync(logFile, 'waits for a table\n');
    const told = startWorkerPart({ script, env: {}, logFile, readyTimeoutMs: 50, onSpawn: (spawned) => (identity = { ...spawned }) });
    await expect(told).rejects.toMatchObject({
      code: 'part-not-started',
      message: expect.stringContaining('did not become ready in time.\nwaits for a table'),
    });
    process.kill(-identity.pid, 'SIGKILL');
  });

  it('that ends before it is ready is told with how', async () => {
    await expect(start(`console.error('no such setting'); process.exit(7)`)).rejects.toMatchObject({
      code: 'part-not-started',
      message: expect.stringMatching(/ended \(7\)\.\nno such setting/) as string,
    });
  });
});

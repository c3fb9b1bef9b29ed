import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-ci-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function count(report: object): { status: number | null; line: string } {
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify(report));
  const { status, stdout } = spawnSync(process.execPath, [join(scripts, 'count-tests.ts'), file], { encoding: 'utf8' });
  return { status, line: stdout };
}

const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const green = { success: true, numPassedTests: 12, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1, testResults: [passed] };

describe('the counting line', () => {
  it('counts what vitest reports', () => {
    expect(count(green)).toEqual({ status: 0, line: 'tests: 12 passed, 0 failed, 3 skipped\n' });
  });

  it('fails if a test failed', () => {
    const failed = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
    expect(count({ ...green, success: false, numFailedTests: 1, testResults: [failed] })).toEqual({
      status: 1,
      line: 'tests: 12 passed, 1 failed, 3 skipped\n',
    });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(count({ ...green, success: false, testResults: [passed, broken] })).toEqual({ status: 1, line: 'tests: 12 passed, 1 failed, 3 skipped\n' });
  });

  it('fails if the run failed without a failed test, if nothing ran, and if there is no report', () => {
    expect(count({ ...green, success: false }).status).toBe(1);
    expect(count({ ...green, numPassedTests: 0 }).status).toBe(1);
    const { status, stdout } = spawnSync(process.execPath, [join(scripts, 'count-tests.ts'), join(folder, 'none.json')], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: 'tests: 0 passed, 1 failed, 0 skipped\n' });
  });
});

describe('the cycle of an ordinary user', () => {
  const books = { offered: 5, applied: 5, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 };
  const whole = { balanced: true, converged: true, seconds: 9, collections: { contacts: { forward: books, reverse: books } } };
  const judge = (outcome: object): { readonly status: number | null; readonly told: string } => {
    const { status, stderr } = spawnSync(process.execPath, [join(scripts, 'balanced-cycle.ts')], { input: JSON.stringify(outcome), encoding: 'utf8' });
    return { status, told: stderr };
  };

  it('is green if the books balance, both stores agree, and records moved both ways', () => {
    expect(judge(whole)).toEqual({ status: 0, told: '' });
  });

  it.each([
    ['the books do not balance', { ...whole, balanced: false }],
    ['the stores do not agree', { ...whole, converged: 'yes' }],
    ['no collection was synchronised', { ...whole, collections: {} }],
    ['nothing was offered forward', { ...whole, collections: { contacts: { reverse: books } } }],
    ['nothing was offered reverse', { ...whole, collections: { contacts: { forward: books, reverse: { ...books, offered: 0 } } } }],
  ])('fails if %s', (reason, outcome) => {
    expect(judge(outcome)).toEqual({ status: 1, told: expect.stringContaining(reason) as string });
  });
});

describe('the checks', () => {
  /** A checkout whose tools only say what they were given; `broken` are those that fail. */
  function checkout(...broken: readonly string[]): (...names: readonly string[]) => { status: number | null; stdout: string; stderr: string } {
    mkdirSync(join(folder, 'scripts'));
    cpSync(join(scripts, 'check.ts'), join(folder, 'scripts', 'check.ts'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
    for (const name of ['tsc', 'depcruise', 'knip', 'node', 'oxlint', 'oxfmt']) {
      const code = broken.includes(name) ? 1 : 0;
      writeFileSync(join(folder, 'node_modules', '.bin', name), `#!/bin/sh\necho "${name} $@"\necho "${name} complains" >&2\nexit ${code}\n`, { mode: 0o755 });
    }
    return (...names) => spawnSync(process.execPath, [join(folder, 'scripts', 'check.ts'), ...names], { encoding: 'utf8' });
  }

  it('are all run, and are silent where they pass', () => {
    const { status, stdout, stderr } = checkout()();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const names = ['docs', 'format', 'layers', 'lint', 'packages', 'types', 'unused'];
    expect(stdout.trim().split('\n').toSorted()).toEqual(names.map((name) => `check ${name}: passed`));
  });

  it('fail together with each of them, show what it said, and run the others all the same', () => {
    const { status, stdout, stderr } = checkout('oxlint', 'depcruise')();
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'checks failed: layers, lint\n' });
    expect(stdout).toContain('check lint: FAILED\noxlint --deny-warnings\noxlint complains\n');
    expect(stdout).toContain('depcruise --config .dependency-cruiser.cjs exchange files ');
    expect(stdout.match(/: passed/g)).toHaveLength(5);
  });

  it('are only those that are named', () => {
    expect(checkout('tsc')('format', 'lint').stdout.trim().split('\n').toSorted()).toEqual(['check format: passed', 'check lint: passed']);
  });

  it('refuse a name that they do not know', () => {
    expect(() => execFileSync(process.execPath, [join(scripts, 'check.ts'), 'spelling'], { stdio: 'pipe' })).toThrow(/Unknown check: spelling/);
  });
});

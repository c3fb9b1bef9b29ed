import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../cli/main.ts';
import { EXIT } from '../../exchange/exit-code.ts';
import manifest from '../../package.json' with { type: 'json' };
import { runProgram } from './run-program.ts';

/* How every command is used, and used wrongly, where nothing runs. None of it needs a store. */

const folder = mkdtempSync(join(tmpdir(), 'tidegate-usage-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'written');

/** Every command with arguments that are right. A command that is missing here is not used by the tests below, which fail. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  status: [],
  sync: ['contacts', '--key', '1', '2'],
  pull: ['--no-wait'],
  runs: ['--direction', 'reverse', '--limit', '3'],
  run: ['a-run'],
  record: ['contacts', '1'],
  explain: ['contacts', '1'],
  'ledger verify': [],
  'ledger heads': ['--limit', '2'],
  'ledger export': ['--out', file],
  'ledger archive': ['--before', '2026-01-01', '--out', file, '--reason', 'old'],
  'quarantine list': [],
  'quarantine show': ['1'],
  'quarantine retry': ['1', '--reason', 'r'],
  'quarantine edit': ['1', 'note=x', '--reason', 'r'],
  'quarantine discard': ['1', '--reason', 'r'],
  'conflicts list': [],
  'conflicts show': ['1'],
  'conflicts keep': ['1', '--reason', 'r'],
  'conflicts restore': ['1', '--reason', 'r', '--value', 'x'],
  approvals: [],
  approve: ['1', '--reason', 'r'],
  reject: ['1', '--reason', 'r'],
  reconcile: ['--repair'],
  erase: ['contacts', '1', '--reason', 'r'],
  undo: ['a-run', '--reason', 'r'],
  plan: ['forward'],
  pause: ['--reason', 'r'],
  resume: [],
  import: ['people.vcf'],
  attach: [],
  detach: [],
  'seal init': [],
  'seal status': [],
  'seal rotate': ['--reason', 'r'],
  'seal retire': ['a-key'],
  'codec init': [],
  'codec status': [],
  'codec rotate': ['--reason', 'r'],
  'codec activate': ['a-key', '--reason', 'r'],
  'codec retire': ['a-key', '--reason', 'r'],
  'keys list': [],
  'keys export': ['--output', file],
  'keys add': ['key.json', '--reason', 'r'],
  'keys rotate': ['--reason', 'r', '--output', file],
  'keys activate': ['--reason', 'r', '--told'],
  'keys revoke': ['a-key', '--reason', 'r'],
  'users list': [],
  'users add': ['anna@example.com', '--name', 'Anna'],
  'users role': ['anna@example.com', 'auditor'],
  'users disable': ['anna@example.com'],
  'users enable': ['anna@example.com'],
  'users sign-out': ['anna@example.com'],
  'users reset-password': ['anna@example.com'],
  init: ['--output', file],
  provision: ['cloud'],
  doctor: [],
};

/** Those that say by themselves what is missing, where nothing runs. */
const WITHOUT_A_STACK: Readonly<Record<string, { readonly code: number; readonly names: string }>> = {
  init: { code: EXIT.usage, names: 'TIDEGATE_CRM_ADMIN_URL' },
  provision: { code: EXIT.usage, names: 'TIDEGATE_CLOUD_ADMIN_URL' },
  doctor: { code: EXIT.failed, names: 'TIDEGATE_CRM_CONSUMER_URL' },
};

/** All settings are there, and nothing of what they name is: no store, no server. */
const NOWHERE = 'postgresql://nobody:hunter2@127.0.0.1:1/none';
const damaged = join(folder, 'damaged');
mkdirSync(join(damaged, 'crm'), { recursive: true });
writeFileSync(join(damaged, 'crm', 'environment.json'), '{"A_URL": "hunter2');
const REACHES_NOTHING = {
  TIDEGATE_HOME: join(folder, 'none'),
  TIDEGATE_CONFIG: fileURLToPath(new URL('../../tidegate.config.ts', import.meta.url)),
  TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1',
  TIDEGATE_CRM_CONSUMER_URL: NOWHERE,
  TIDEGATE_CRM_ADMIN_URL: NOWHERE,
  TIDEGATE_CRM_PAGE_URL: NOWHERE,
  TIDEGATE_CRM_KEEPER_URL: NOWHERE,
  TIDEGATE_CLOUD_ADMIN_URL: NOWHERE,
  TIDEGATE_SIGNING_KEY: '/dev/null/signing.jwk',
  TIDEGATE_SEAL_KEYS: '/dev/null/seal.json',
  TIDEGATE_CODEC_KEYS: '/dev/null/codec.json',
};

/** Commands that read a file of keys before they ask anybody (those of the codec before Temporal is asked): here it is not there, which is a wrong setting. */
const READS_A_FILE_FIRST: ReadonlySet<string> = new Set([
  'sync',
  'pull',
  'approve',
  'reject',
  'reconcile',
  'erase',
  'undo',
  'plan',
  'pause',
  'resume',
  'quarantine retry',
  'quarantine edit',
  'quarantine discard',
  'conflicts keep',
  'codec init',
  'codec status',
  'codec rotate',
  'codec activate',
  'codec retire',
  'seal init',
  'seal status',
  'keys list',
  'keys export',
  'keys add',
  'keys rotate',
  'keys activate',
]);

const leaves = (command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] =>
  command.commands.flatMap((each) => {
    const name = [...path, each.name()];
    return each.commands.length > 0 ? leaves(each, name) : [[name.join(' '), each] as const];
  });
const COMMANDS = leaves(createProgram({}, () => {}));
const NAMES = COMMANDS.map(([name]) => name);

const tidegate = (...args: readonly string[]) => runProgram({ TIDEGATE_HOME: join(folder, 'nowhere') }, ...args);
const words = (name: string): readonly string[] => name.split(' ');
const errorOf = (stdout: string) => (JSON.parse(stdout) as { error: { code: string; detail: string; noUpdate: string; action: string } }).error;

describe('every command', () => {
  it('is used below', () => {
    expect(Object.keys(RIGHT).toSorted()).toEqual(NAMES.toSorted());
  });

  it.each(NAMES)('%s says what it takes, and ends well', async (name) => {
    const { code, stdout, stderr } = await tidegate(...words(name), '--help');
    expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: '' });
    expect(stdout).toContain(`Usage: tidegate ${name}`);
  });

  it.each(NAMES)('%s says, to people and to programs, that nothing runs, and writes nothing', async (name) => {
    const args = [...words(name), ...(RIGHT[name] ?? [])];
    const { code, names } = WITHOUT_A_STACK[name] ?? { code: EXIT.unavailable, names: 'running stack' };
    const people = await tidegate(...args);
    expect(people.code).toBe(code);
    expect(people.stdout + people.stderr).toContain(names);
    const programs = await tidegate(...args, '--json');
    expect(programs).toMatchObject({ code, stderr: '' });
    expect(programs.stdout).toContain(names);
    if (code === EXIT.unavailable) expect(errorOf(programs.stdout)).toMatchObject({ code: 'not-running', noUpdate: 'No update was performed.' });
    expect(existsSync(file)).toBe(false);
  });

  it.each(NAMES)('%s takes settings that are wrong for wrong use, and names them without their values', async (name) => {
    const wrong = { ...REACHES_NOTHING, TIDEGATE_CRM_CONSUMER_URL: 'hunter2', TIDEGATE_CRM_KEEPER_URL: 'hunter2', TIDEGATE_CRM_PAGE_URL: 'hunter2' };
    const admin = { TIDEGATE_CRM_ADMIN_URL: 'hunter2', TIDEGATE_CLOUD_ADMIN_URL: 'hunter2' };
    const { code, stdout, stderr } = await runProgram({ ...wrong, ...admin }, ...words(name), ...(RIGHT[name] ?? []));
    expect(code).toBe(name === 'doctor' ? EXIT.failed : EXIT.usage);
    expect(stdout + stderr).toMatch(/TIDEGATE_C\w+_URL.* a postgresql:\/\/ URL/);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(existsSync(file)).toBe(false);
  });

  it.each(NAMES.filter((name) => name !== 'provision'))(
    '%s takes what the stack wrote down and is damaged for wrong settings, and names the file',
    async (name) => {
      const { code, stdout, stderr } = await runProgram({ TIDEGATE_HOME: damaged }, ...words(name), ...(RIGHT[name] ?? []), '--json');
      expect({ code, stderr }).toEqual({ code: EXIT.usage, stderr: '' });
      expect(errorOf(stdout)).toMatchObject({
        code: 'configuration-invalid',
        detail: expect.stringContaining(join(damaged, 'crm', 'environment.json')),
        noUpdate: 'No update was performed.',
      });
    },
  );

  // The doctor tells of each part by itself; an import tells of each file.
  it.each(NAMES.filter((name) => !['doctor', 'import'].includes(name)))(
    '%s says that what it needs cannot be reached, and has changed nothing',
    async (name) => {
      const { code, stdout, stderr } = await runProgram(REACHES_NOTHING, ...words(name), ...(RIGHT[name] ?? []), '--json');
      const [ends, told] = READS_A_FILE_FIRST.has(name) ? [EXIT.usage, /-invalid|bad-request/] : [EXIT.unavailable, /database-unavailable/];
      expect({ code, stderr }).toEqual({ code: ends, stderr: '' });
      expect(errorOf(stdout)).toMatchObject({ code: expect.stringMatching(told), noUpdate: 'No update was performed.' });
      expect(stdout).not.toContain('hunter2');
      expect(existsSync(file)).toBe(false);
    },
  );

  it.each(NAMES)('%s names an option that it does not have, and how it is used', async (name) => {
    const { code, stdout, stderr } = await tidegate(...words(name), ...(RIGHT[name] ?? []), '--no-such-option');
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
    expect(stderr).toContain(`'--no-such-option'`);
    expect(stderr).toContain(`Usage: tidegate ${name} `);
    const programs = await tidegate(...words(name), '--no-such-option', '--json');
    expect([programs.code, programs.stderr, errorOf(programs.stdout).code]).toEqual([EXIT.usage, '', 'bad-request']);
  });
});

/** Commands that need an argument or an option, each with what is missing when it is called bare. */
const NEEDED = COMMANDS.flatMap(([name, command]) => {
  const argument = command.registeredArguments.find(({ required }) => required);
  const option = command.options.find(({ mandatory }) => mandatory);
  const missing = option?.long ?? argument?.name();
  return missing === undefined ? [] : [[name, missing] as const];
});

describe('a command without what it needs', () => {
  it.each(NEEDED)('%s asks for %s', async (name, missing) => {
    const { code, stderr } = await tidegate(...words(name));
    expect(code).toBe(EXIT.usage);
    expect(stderr).toMatch(new RegExp(`^error: .*${missing}`));
    expect(stderr).toContain(`See tidegate ${name} --help.`);
    expect(errorOf((await tidegate('--json', ...words(name))).stdout).detail).toContain(missing);
  });

  it('asks for a reason wherever somebody decides, and does not take an empty place for one', async () => {
    const deciding = COMMANDS.filter(([, { options }]) => options.some(({ long, mandatory }) => long === '--reason' && mandatory)).map(([name]) => name);
    expect(deciding).toEqual(expect.arrayContaining(['approve', 'reject', 'erase', 'undo', 'pause', 'keys revoke', 'conflicts keep', 'quarantine discard']));
    for (const name of deciding) {
      const given = (RIGHT[name] ?? []).filter((word, i, all) => word !== '--reason' && all[i - 1] !== '--reason');
      expect(await tidegate(...words(name), ...given)).toMatchObject({ code: EXIT.usage, stderr: expect.stringContaining('--reason') });
      for (const empty of [[], [''], ['  ']])
        expect(await tidegate(...words(name), ...given, '--reason', ...empty)).toMatchObject({ code: EXIT.usage, stderr: expect.stringContaining('--reason') });
    }
  });
});

describe('tidegate itself', () => {
  it('lists every command and every process, alone (as wrong use) and when asked', async () => {
    const asked = await tidegate('--help');
    const alone = await tidegate();
    expect([asked.code, alone.code]).toEqual([EXIT.done, EXIT.usage]);
    expect(alone.stderr).toBe(asked.stdout);
    for (const name of NAMES) expect(asked.stdout).toMatch(new RegExp(`^  ${words(name)[0]}\\b`, 'm'));
    for (const name of ['start', 'producer', 'worker', 'app', 'cloud-page', 'cloud']) expect(asked.stdout).toContain(`tidegate ${name} `);
    expect(asked.stdout).toContain('Exit codes: 0 done, 1 failed or refused, 2 wrong use or settings, 3 a part does not run, 128 + n ended by signal n.');
  });

  it('tells its version', async () => {
    expect(await tidegate('--version')).toEqual({ code: EXIT.done, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it.each([
    ['stats', 'status'],
    ['quarentine', 'quarantine'],
    ['keys lst', 'list'],
    ['ledger verfy', 'verify'],
  ])('takes %s for a slip, and offers %s', async (typed, meant) => {
    const { code, stdout, stderr } = await tidegate(...words(typed));
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
    expect(stderr).toContain(`Did you mean ${meant}?`);
  });

  it('lists the commands of a group that is named alone', async () => {
    const { code, stderr } = await tidegate('conflicts');
    expect(code).toBe(EXIT.usage);
    for (const name of ['list', 'show', 'keep', 'restore']) expect(stderr).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(errorOf((await tidegate('conflicts', '--json')).stdout)).toMatchObject({ code: 'bad-request', detail: expect.stringContaining('--help') });
  });

  it('knows records set aside under the name of the pages, too', async () => {
    expect((await tidegate('set-aside', 'list')).code).toBe(EXIT.unavailable);
  });
});

describe('what begins with a dash', () => {
  it('is taken behind --, and the complaint says so', async () => {
    const { code, stderr } = await tidegate('record', 'contacts', '-x7');
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain('What begins with a dash and is no option stands behind --');
    expect((await tidegate('record', '--', 'contacts', '-x7')).code).toBe(EXIT.unavailable);
  });

  it('is a key where it is a negative number, and a reason where a reason is asked for', async () => {
    expect((await tidegate('explain', 'contacts', '-5')).code).toBe(EXIT.unavailable);
    expect((await tidegate('pause', '--reason', '-- no power --')).code).toBe(EXIT.unavailable);
  });

  it('is an id of a key where it has the form of one', async () => {
    const id = `-${'k'.repeat(42)}`;
    expect((await tidegate('keys', 'revoke', id, '--reason', 'stolen')).code).toBe(EXIT.unavailable);
    expect((await tidegate('keys', 'revoke', id.slice(1, 20).padStart(20, '-'), '--reason', 'stolen')).code).toBe(EXIT.usage);
  });
});

/** Options that are numbers, with the commands that have them. */
const NUMBERS = COMMANDS.flatMap(([name, { options }]) =>
  options.flatMap(({ long, required }) =>
    required && ['--timeout', '--limit', '--sample', '--days', '--overlap-days'].includes(long ?? '') ? [[name, long ?? ''] as const] : [],
  ),
);

describe('an option that is a number', () => {
  it('stands wherever a command waits', () => {
    for (const name of ['sync', 'pull', 'plan', 'reconcile', 'undo', 'erase', 'quarantine retry', 'conflicts restore'])
      expect(NUMBERS).toContainEqual([name, '--timeout']);
  });

  it.each(NUMBERS)('%s %s takes no word, fraction, sign or place of its own', async (name, option) => {
    const given = (RIGHT[name] ?? []).filter((word, i, all) => word !== option && all[i - 1] !== option);
    for (const wrong of ['soon', '1.5', '-1', '1e3', '', '999999999999999', '99999999999999999999']) {
      const { code, stdout, stderr } = await tidegate(...words(name), ...given, option, wrong);
      expect({ code, stdout, wrong }).toEqual({ code: EXIT.usage, stdout: '', wrong });
      expect(stderr).toContain('It takes a whole number from');
    }
    expect((await tidegate(...words(name), ...given, option, '7')).code).toBe(EXIT.unavailable);
  });
});

describe('options that do not go together', () => {
  it.each([
    [['conflicts', 'restore', '1', '--reason', 'r', '--value', 'x', '--null'], '--null'],
    [['reconcile', '--list', '--repair'], '--list'],
    [['reconcile', '--list', '--delete', '--reason', 'r'], '--list'],
    [['runs', '--direction', 'sideways'], 'forward, reverse'],
    [['keys', 'list', '--side', 'moon'], 'crm, cloud'],
    [['doctor', '--side', 'moon'], 'crm, cloud'],
    [['provision', 'moon'], 'Say crm or cloud.'],
    [['provision', 'crm', '--sample', '--tenant', 'acme'], '--tenant'],
    [['provision', 'cloud', '--tenant', 'acme'], '--tenant'],
    [['init', '--tenant', 'Acme Inc'], '--tenant'],
  ])('%j is wrong use, and says why', async (args, told) => {
    const { code, stdout, stderr } = await tidegate(...args);
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
    expect(stderr).toContain(told);
    expect(await tidegate(...args, '--json')).toMatchObject({ code: EXIT.usage, stderr: '', stdout: expect.stringContaining('"bad-request"') });
  });
});

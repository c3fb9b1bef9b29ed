import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordedHistories } from '../support/recorded-histories.ts';
import { type EmptyProject, type PackedPackage, createEmptyProject, packInto, readOwn } from './installed-project.ts';

/* The package as its users meet it: packed, installed by npm into an empty project, used from there by a CRM's own code. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 240_000;
let project: EmptyProject;
let packed: PackedPackage;

beforeAll(async () => {
  project = createEmptyProject();
  packed = await packInto(project.folder);
  project.write('package.json', JSON.stringify({ name: 'some-crm', private: true, type: 'module' }));
  const installed = await project.run(
    'npm',
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    join(project.folder, packed.filename),
  );
  expect(installed).toMatchObject({ code: 0 });
}, LIMIT_MS);
afterAll(() => project[Symbol.asyncDispose](), LIMIT_MS);

/** A CRM's own code: it sees to it that the chain runs, asks for a forward run, orders a pull, and reads what became of them. */
const CRM_CODE = `
import { type SyncOrder, TidegateError, openTidegate } from 'tidegate';

const link = 'acme/test/hub';
await using open = await openTidegate();
const { tidegate } = open;
const { workflowId } = await tidegate.startForward(link);
const order: SyncOrder = { link, collections: ['contacts'], by: 'crm code', reason: 'test' };
const sent = await open.waitForRequest((await tidegate.requestForward(order)).requestId, 60_000);
const pulled = await open.waitForRequest((await tidegate.orderReverse(order)).requestId, 60_000);
const run = await tidegate.describeRun(workflowId);
const code = await tidegate.describeRun('nowhere').catch((error: unknown) => (error instanceof TidegateError ? error.code : 'none'));
console.log(JSON.stringify({ workflowId, sent, pulled, run: { type: run.type, status: run.status, link: run.link }, code }));
`;

/** Uses that the compiler has to refuse: types that were lost would be \`any\` and let them pass. */
const WRONG_CODE = `
import { TidegateClient, type ErrorCode, openTidegate } from 'tidegate';
import { defineConfig } from 'tidegate/config';

const { tidegate } = await openTidegate();
// @ts-expect-error an order names who gives it
await tidegate.orderReverse({ link: 'acme/test/hub' });
// @ts-expect-error the period is a number of milliseconds
defineConfig({ links: [{ tenant: 'a', environment: 'b', link: 'c', collections: [], schedules: { reverseEveryMs: '5 minutes' } }] });
// @ts-expect-error the catalogue of errors is closed
const code: ErrorCode = 'something-else';
// @ts-expect-error what is not in the public face is not to be had
await import('tidegate/dist/scheduler/tidegate-client.js');
export { TidegateClient, code };
`;

describe('what the package contains', () => {
  const paths = () => packed.files.map(({ path }) => path);

  it('is what is built, the launcher and documents, and nothing else', () => {
    const kinds = /^(dist\/.+\.(js|d\.ts|sql)|dist\/(crm|cloud)\/page\/dist\/.+|cli\/tidegate\.mjs|docs\/[a-z-]+\.md|README\.md|LICENSE|package\.json)$/;
    expect(paths().filter((path) => !kinds.test(path))).toEqual([]);
    expect(
      paths().filter((path) => /(^|\/)(test|bench|examples|scripts|node_modules|toolchain)\/|\.(test|map|pem|key|jwk|env|csv|vcf|ics)\b/.test(path)),
    ).toEqual([]);
    for (const needed of [
      'dist/client/tidegate.js',
      'dist/client/tidegate.d.ts',
      'dist/client/config.js',
      'dist/workflows/workflow-bundle.js',
      'dist/workflows/workflow-bundle-encoding.js',
      'dist/crm/page/dist/index.html',
      'dist/cloud/page/dist/index.html',
      'dist/crm/sample/contacts.sql',
      'dist/prisma/control/grants/crm.sql',
    ])
      expect(paths()).toContain(needed);
    const migrations = readdirSync(join(root, 'prisma'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));
    for (const file of migrations) expect(paths()).toContain(`dist/prisma/${file}`);
  });

  it('holds no secret and no path of the machine that built it', () => {
    for (const { path } of packed.files) {
      const text = readFileSync(join(project.folder, 'node_modules', 'tidegate', path), 'latin1');
      expect({ path, key: /-----BEGIN [A-Z ]*PRIVATE KEY|"d":\s*"[A-Za-z0-9_-]{43}"/.test(text), machine: text.includes(root) }).toEqual({
        path,
        key: false,
        machine: false,
      });
    }
  });

  it('is as large as its documentation says, within a quarter', () => {
    const [, megabytes, unpacked] = /(\d+(?:\.\d+)?) MB packed, (\d+(?:\.\d+)?) MB unpacked/.exec(readOwn('docs/adopting.md')) ?? [];
    for (const [bytes, told] of [
      [packed.size, megabytes],
      [packed.unpackedSize, unpacked],
    ] as const) {
      expect(bytes / 1e6).toBeGreaterThan(Number(told) * 0.75);
      expect(bytes / 1e6).toBeLessThan(Number(told) * 1.25);
    }
  });

  it('puts no Node of its own, no test tool and no type stripping into the project', () => {
    const bins = readdirSync(join(project.folder, 'node_modules', '.bin'));
    expect(bins).toContain('tidegate');
    for (const name of ['node', 'vitest', 'tsc', 'prisma', 'vite']) expect(bins).not.toContain(name);
    const { engines } = JSON.parse(readFileSync(join(project.folder, 'node_modules', 'tidegate', 'package.json'), 'utf8')) as { engines: { node: string } };
    expect(engines.node).toBe('>=24');
  });
});

describe('the bundle of workflows for encoded payloads', () => {
  it('is of the same workflows, and encodes what failures say', async () => {
    const codePath = join(project.folder, 'node_modules', 'tidegate', 'dist', 'workflows', 'workflow-bundle-encoding.js');
    const given = recordedHistories().map(({ name, history }) => ({ workflowId: name, history }));
    const faults = [];
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, given)) if (error) faults.push(workflowId);
    expect(faults).toEqual([]);
    const encodes = (name: string) => readFileSync(join(codePath, '..', name), 'utf8').includes('encodeCommonAttributes: true');
    expect(['workflow-bundle-encoding.js', 'workflow-bundle.js'].map(encodes)).toEqual([true, false]);
  }, 60_000);
});

describe('the package in an empty project', () => {
  it(
    'starts every process, and serves the CRM code that starts and signals a forward run and orders a pull',
    async () => {
      project.write(
        'tidegate.config.ts',
        `import { contacts, defineConfig, tasks } from 'tidegate/config';
         export default defineConfig({ links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, tasks] }] });`,
      );
      project.write('crm.ts', CRM_CODE);
      await project.runUntil('Ctrl-C stops everything', join('node_modules', '.bin', 'tidegate'), 'start', '--contacts', '20');
      const crm = await project.run('node', 'crm.ts');
      expect(crm).toMatchObject({ code: 0 });
      expect(JSON.parse(crm.stdout)).toMatchObject({
        workflowId: expect.stringMatching(/^forward\/acme\/test\/hub\/\d+$/),
        sent: { state: 'done' },
        pulled: { state: 'done', servedBy: expect.any(String) },
        run: { type: 'forwardSync', status: 'RUNNING', link: 'acme/test/hub' },
        code: 'record-not-found',
      });
    },
    LIMIT_MS,
  );

  it('has a command that reads what runs, and the processes by name', async () => {
    const status = await project.run('npx', 'tidegate', 'status', '--json');
    expect(status).toMatchObject({ code: 0 });
    const [link] = JSON.parse(status.stdout) as [{ state: string; collections: { collection: string; records: number }[] }];
    expect(link.state).toBe('open');
    expect(link.collections.map(({ collection }) => collection)).toEqual(['contacts', 'tasks']);
    const help = await project.run(join('node_modules', '.bin', 'tidegate'), '--help');
    for (const name of ['start', 'producer', 'worker', 'app', 'cloud']) expect(help.stdout).toMatch(new RegExp(`tidegate ${name}\\b`));
    // Started alone, a process says which settings it misses.
    const alone = await project.run(join('node_modules', '.bin', 'tidegate'), 'producer');
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain('TIDEGATE_PRODUCER_DATABASE_URL');
  });

  it('makes an empty database the third party’s store, with the migrations that it brings', async () => {
    const { cloud } = JSON.parse(readFileSync(join(project.folder, '.tidegate', 'stack.json'), 'utf8')) as { cloud: { databaseUrl: string } };
    const admin = new Client({ connectionString: cloud.databaseUrl });
    await admin.connect();
    await admin.query('create database fresh').finally(() => admin.end());
    const url = new URL(cloud.databaseUrl);
    url.pathname = '/fresh';
    const provision = () =>
      project.run('env', `TIDEGATE_CLOUD_ADMIN_URL=${url.href}`, join('node_modules', '.bin', 'tidegate'), 'provision', 'cloud', '--sample', '--json');
    const [first, second] = [await provision(), await provision()];
    expect([first.code, second.code]).toEqual([0, 0]);
    const done = (text: string) => JSON.parse(text) as { migrations: string[]; settings: object };
    expect(done(first.stdout).migrations.length).toBeGreaterThan(20);
    expect(done(second.stdout)).toMatchObject({ migrations: [], settings: { TIDEGATE_PRODUCER_DATABASE_URL_FILE: expect.any(String) as string } });
  });

  it('is found well by its doctor, on both sides, and reads a database from there', async () => {
    const doctor = (...args: readonly string[]) => project.run(join('node_modules', '.bin', 'tidegate'), 'doctor', '--json', ...args);
    const wells = await Promise.all([doctor(), doctor('--side', 'cloud')]);
    for (const { code, stdout } of wells) {
      const { findings } = JSON.parse(stdout) as { findings: { severity: string }[] };
      expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([]);
      expect(code).toBe(0);
    }
    const found = await project.run(join('node_modules', '.bin', 'tidegate'), 'init', '--schema', 'crm', '--output', 'found.config.ts');
    expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining('contacts (crm.contacts): key id') });
  });

  it(
    'has types that hold for its users, strictly',
    async () => {
      project.write('wrong.ts', WRONG_CODE);
      project.write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: { module: 'nodenext', target: 'es2024', lib: ['es2024', 'esnext.disposable', 'dom'], strict: true, noEmit: true, types: [] },
          include: ['*.ts'],
        }),
      );
      const { stdout } = await project.run(join(root, 'node_modules', '.bin', 'tsc'), '-p', '.');
      // Packages that bring no types of their own are another's fault.
      const faults = stdout.split('\n').filter((line) => /error TS/.test(line) && !/^node_modules\/(?!tidegate\/)/.test(line));
      expect(faults).toEqual([]);
    },
    LIMIT_MS,
  );
});

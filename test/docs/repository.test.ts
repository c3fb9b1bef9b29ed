import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dependencyFaults } from '../../scripts/docs/check-dependencies.ts';
import { unloadableExamples } from '../../scripts/docs/check-examples.ts';
import { readMarkdown } from '../../scripts/docs/markdown.ts';
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

  it('load, in files and as documents show them, and leave nothing behind', async () => {
    vi.stubEnv('TMPDIR', mkdtempSync(join(tmpdir(), 'tidegate-examples-')));
    const { root, documents } = folderWith({
      'tidegate.config.ts': good,
      'examples/one/tidegate.config.ts': good,
      'README.md': block(`import { defineConfig } from 'tidegate';\n${shown}`),
      'docs/a.md': block('const piece = { table: 1 }'),
    });
    expect(await unloadableExamples(root, documents)).toEqual([]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('tidegate-example-'))).toEqual([]);
    vi.unstubAllEnvs();
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

describe('what a repository has at its top', () => {
  it('is the whole Apache License, byte by byte', () => {
    const digest = createHash('sha256')
      .update(readFileSync(join(root, 'LICENSE')))
      .digest('hex');
    expect(digest).toBe('cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30');
    expect((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { license: string }).license).toBe('Apache-2.0');
  });

  it('is a README with pictures that load quickly', () => {
    const pictures = readMarkdown(root, 'README.md').links.filter((link) => link.endsWith('.png'));
    expect(pictures.length).toBeGreaterThan(1);
    for (const picture of pictures) expect(statSync(join(root, picture)).size).toBeLessThan(150_000);
  });
});

/** What is broken in a copy of the repository, and how the check tells of it. */
const DAMAGES: readonly (readonly [path: string, damage: (text: string) => string, told: string])[] = [
  ['docs/errors.md', (text) => text.replace('Is this normal?', 'Normal?'), 'docs/errors.md is not what its source makes'],
  ['configuration/config.ts', (text) => text.replace('.max(16)', '.max(17)'), 'docs/configuration.md is not what its source makes'],
  ['exchange/claims.ts', (text) => text.replace('max(60_000)', 'max(60_001)'), 'docs/openapi.json is not what its source makes'],
  ['docs/access.md', (text) => text.replace('crm_page', 'crm_pages'), 'docs/access.md is not what its source makes'],
  ['docs/metrics.md', (text) => text.replace('tidegate_', 'tide_'), 'docs/metrics.md is not what its source makes'],
  ['docs/crm-api.json', (text) => text.replace('"get"', '"got"'), 'docs/crm-api.json is not what its source makes'],
  ['docs/cloud-page-api.json', (text) => text.replace('"get"', '"got"'), 'docs/cloud-page-api.json is not what its source makes'],
  ['docs/operations.md', (text) => text.replace(/^\| TidegateLinkStopped .*\n/m, ''), 'docs/operations.md: does not say what to do for TidegateLinkStopped'],
  ['docs/adopting.md', (text) => `${text}\n\`npx tidegate keys gone\`\n`, 'docs/adopting.md: npx tidegate keys gone: tidegate keys has no command "gone"'],
  ['docs/tour.md', (text) => `${text}\n[gone](gone.md)\n`, 'docs/tour.md: gone.md: there is no such file'],
  ['README.md', (text) => `${text}\n\`npm run gone\`\n`, 'README.md: npm run gone'],
  ['examples/crm-sales/README.md', (text) => `${text}\n[gone](gone.md)\n`, 'examples/crm-sales/README.md: gone.md: there is no such file'],
  ['docs/cli.md', (text) => text.replace(/^\| `resume.*\n/m, ''), 'docs/cli.md: no row for `resume`'],
  ['docs/dependencies.md', (text) => text.replace(/^\| zod .*\n/m, ''), 'docs/dependencies.md: no reason for zod'],
  [
    'examples/crm-sales/tidegate.config.ts',
    (text) => text.replace('links:', 'link:'),
    'examples/crm-sales/tidegate.config.ts: the configuration does not load',
  ],
];

interface Checked {
  readonly status: number | string | null | undefined;
  readonly told: string;
}

/** Checks the documents of a repository. */
function check(cwd: string): Promise<Checked> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/check-docs.ts'], { cwd, maxBuffer: 1e8 }, (error, _stdout, told) =>
      resolve({ status: error === null ? 0 : error.code, told }),
    );
  });
}

describe('npm run check:docs', () => {
  let copy: string;
  let whole: Checked;
  let broken: Checked;

  beforeAll(async () => {
    copy = mkdtempSync(join(tmpdir(), 'tidegate-repository-'));
    const left = /(^|\/)(node_modules|\.git|\.tidegate|\.cache|test-results|dist)$/;
    cpSync(root, copy, { recursive: true, filter: (source) => source === root || !left.test(source) });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [path, damage] of DAMAGES) {
      const text = readFileSync(join(copy, path), 'utf8');
      expect(damage(text)).not.toBe(text);
      writeFileSync(join(copy, path), damage(text));
    }
    [whole, broken] = await Promise.all([check(root), check(copy)]);
  }, 180_000);
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('passes for the repository', () => {
    expect(whole).toEqual({ status: 0, told: '' });
  });

  it('fails where something is broken, and tells of each once', () => {
    expect(broken.status).toBe(1);
    expect(
      broken.told
        .trim()
        .split('\n')
        .filter((line) => /^[\w/.-]+\b/.test(line) && !line.startsWith(' ')).length,
    ).toBe(DAMAGES.length);
  });

  it.each(DAMAGES)('finds what is broken in %s', (_path, _damage, told) => {
    expect(broken.told).toContain(told);
  });
});

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Each wrong import, in a file of its own, and the rule that has to catch it. */
const FORBIDDEN = [
  ['exchange/a.ts', `import { b } from '../configuration/b.ts'; export const a = b;`, 'exchange-imports-downward'],
  ['exchange/b.ts', `import { readFileSync } from 'node:fs'; export const b = readFileSync;`, 'exchange-is-pure'],
  ['exchange/c.ts', `import { Client } from 'pg'; export const c = Client;`, 'exchange-is-pure'],
  ['adaptor/data/a.ts', `import { b } from '../auth/b.ts'; export const a = b;`, 'adaptor-data-imports-downward'],
  ['adaptor/auth/a.ts', `import { b } from '../communication/b.ts'; export const a = b;`, 'adaptor-auth-imports-downward'],
  ['adaptor/communication/a.ts', `import { b } from '../auth/b.ts'; export const a = b;`, 'adaptor-communication-takes-types-only-of-adaptor-auth'],
  ['workflows/a.ts', `import { b } from '../activities/b.ts'; export const a = b;`, 'workflows-takes-types-only-of-activities'],
  ['workflows/b.ts', `import { Client } from 'pg'; export const b = Client;`, 'workflows-use-no-other-package'],
  ['workflows/c.ts', `import { randomUUID } from 'node:crypto'; export const c = randomUUID;`, 'workflows-use-no-other-package'],
  ['scheduler/a.ts', `import { b } from '../workflows/d.ts'; export const a = b;`, 'scheduler-takes-types-only-of-workflows'],
  ['activities/a.ts', `import { b } from '../crm/b.ts'; export const a = b;`, 'activities-imports-downward'],
  ['cloud/a.ts', `import { b } from '../crm/b.ts'; export const a = b;`, 'cloud-imports-downward'],
  ['cloud/b.ts', `import { b } from '../workflows/d.ts'; export const a = b;`, 'cloud-imports-downward'],
  ['cloud/c.ts', `import { b } from '../adaptor/communication/b.ts'; export const a = b;`, 'the-third-party-is-no-consumer'],
  ['crm/a.ts', `import { b } from '../cloud/d.ts'; export const a = b;`, 'crm-imports-downward'],
  ['embedded/a.ts', `import { b } from '../workers/b.ts'; export const a = b;`, 'embedded-imports-downward'],
  ['cli/a.ts', `import { b } from '../workers/b.ts'; export const a = b;`, 'cli-imports-downward'],
  ['client/a.ts', `import { b } from '../workers/b.ts'; export const a = b;`, 'client-imports-downward'],
  ['workers/a.ts', `import { b } from '../cli/b.ts'; export const a = b;`, 'workers-stay-below-the-command-line'],
  ['crm/c.ts', `import { b } from '../test/b.ts'; export const c = b;`, 'product-never-imports-tests'],
  ['crm/d.ts', `import { it } from 'vitest'; export const d = it;`, 'no-test-package-in-the-product'],
  ['crm/e.ts', `import { f } from './f.ts'; export const e = (): unknown => f;`, 'no-cycles'],
  ['crm/g.ts', `import { b } from './nowhere.ts'; export const g = b;`, 'no-unknown-import'],
] as const;

const ALLOWED = {
  'crm/f.ts': `import { e } from './e.ts'; export const f = (): unknown => e;`,
  'workflows/d.ts': `import type { b } from '../activities/b.ts'; export const b = (x: typeof b): unknown => x;`,
  'scheduler/b.ts': `import type { b } from '../workflows/d.ts'; export const c = (x: typeof b): unknown => x;`,
  'adaptor/communication/c.ts': `import type { b } from '../auth/b.ts'; export const c = (x: typeof b): unknown => x;`,
  'cloud/d.ts': `import { b } from '../adaptor/data/b.ts'; export { b };`,
  'adaptor/communication/window-body-a.ts': `export const a = 1;`,
  'cloud/e.ts': `import { a } from '../adaptor/communication/window-body-a.ts'; export const e = a;`,
  'workers/c.ts': `import { b } from '../crm/b.ts'; import { d } from '../cloud/d.ts'; export const c = [b, d];`,
  'test/c.ts': `import { b } from '../cloud/d.ts'; export const c = b;`,
};

let folder: string;
let found: readonly { from: string; rule: string }[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-layers-'));
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const layers = [
    'exchange',
    'configuration',
    'adaptor/auth',
    'adaptor/data',
    'adaptor/communication',
    'workflows',
    'activities',
    'scheduler',
    'crm',
    'cloud',
    'embedded',
    'workers',
    'cli',
    'client',
    'test',
  ];
  const files: Readonly<Record<string, string>> = {
    ...Object.fromEntries(layers.map((layer) => [`${layer}/b.ts`, 'export const b = 1;'])),
    ...ALLOWED,
    ...Object.fromEntries(FORBIDDEN),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const folders = [...new Set(layers.map((layer) => layer.split('/')[0] ?? ''))];
  const { stdout } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      ...folders,
    ],
    {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 100_000_000,
    },
  );
  const report = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  found = report.summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the layers', () => {
  it.each(FORBIDDEN)('%s: %s', (from, _text, rule) => {
    expect(found).toContainEqual({ from, rule });
  });

  it.each(Object.keys(ALLOWED).filter((path) => path !== 'crm/f.ts'))('let %s be', (path) => {
    expect(found.filter(({ from }) => from === path)).toEqual([]);
  });
});

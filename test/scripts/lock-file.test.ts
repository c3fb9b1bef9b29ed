import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lockFileFaults } from '../../scripts/supply-chain/lock-file.ts';

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));

const integrity = `sha512-${'A'.repeat(86)}==`;
const manifest = { workspaces: ['tools'], dependencies: { a: '1.2.3' }, allowScripts: { a: false, '@b/c': true, '@b/*': true } };
const lock = (packages: Record<string, object>) => ({
  lockfileVersion: 3,
  packages: { '': {}, tools: { version: '0.0.0' }, 'node_modules/tools': { link: true, resolved: 'tools' }, ...packages },
});
const good = { version: '1.2.3', integrity };

describe('the lock file', () => {
  it('of the repository installs only what was decided on', () => {
    expect(lockFileFaults(read('package-lock.json'), read('package.json'))).toEqual([]);
  });

  it('is right with digests, no places, and scripts that were decided on', () => {
    const packages = {
      'node_modules/a': { ...good, hasInstallScript: true },
      'node_modules/@b/c': { ...good, hasInstallScript: true },
      'node_modules/a/node_modules/d': good,
    };
    expect(lockFileFaults(lock(packages), manifest)).toEqual([]);
  });

  it.each([
    ['a package without a digest', { 'node_modules/a': { version: '1.2.3' } }, 'node_modules/a: no SHA-512'],
    ['a weak digest', { 'node_modules/a': { ...good, integrity: 'sha1-AAAA' } }, 'node_modules/a: no SHA-512'],
    ['a place of its own', { 'node_modules/a': { ...good, resolved: 'https://registry.example/a.tgz' } }, 'is tied to https://registry.example/a.tgz'],
    ['a repository', { 'node_modules/a/node_modules/d': { ...good, resolved: 'git+ssh://git@example/d.git#main' } }, 'is tied to git+ssh'],
    ['a script that nobody decided on', { 'node_modules/d': { ...good, hasInstallScript: true } }, 'd: has an install script'],
    [
      'a script that only a pattern covers, which npm does not read',
      { 'node_modules/@b/d': { ...good, hasInstallScript: true } },
      '@b/d: has an install script',
    ],
    ['a script deep below', { 'node_modules/x/node_modules/d': { ...good, hasInstallScript: true } }, 'd: has an install script'],
    ['another version than is asked for', { 'node_modules/a': { ...good, version: '1.2.4' } }, 'a: 1.2.4 is locked, 1.2.3 is asked for'],
  ])('is found wrong with %s', (_what, packages, told) => {
    const faults = lockFileFaults(lock(packages), manifest);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(told);
  });

  it.each(['^1.2.3', '1.2', '1.x', '*', 'latest', '1.2.3 || 2.0.0', '>=1.2.3', 'npm:b@1.2.3', ''])('is found wrong where a version is %j', (range) => {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'])
      expect(lockFileFaults(lock({}), { ...manifest, [kind]: { b: range } })).toEqual([`b: ${range} is no exact version`]);
  });

  it('may pin a version before the first, and asks the same of a package however many lack it', () => {
    const wants = { ...manifest, dependencies: { a: '18.4.0-beta.17', '@b/c': '1.2.3+build.5' } };
    expect(lockFileFaults(lock({}), wants)).toEqual([]);
    const twice = { 'node_modules/d': { ...good, hasInstallScript: true }, 'node_modules/a/node_modules/d': { ...good, hasInstallScript: true } };
    expect(lockFileFaults(lock(twice), manifest)).toHaveLength(1);
  });

  it.each([{}, { lockfileVersion: 1, packages: {} }, []])('of a form that nobody looks through is not taken: %j', (other) => {
    expect(() => lockFileFaults(other, manifest)).toThrow();
  });
});

describe('the check of the lock file', () => {
  it('fails with each fault', () => {
    const root = mkdtempSync(join(tmpdir(), 'tidegate-lock-'));
    const here = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
    for (const name of ['scripts/check-lock-file.ts', 'scripts/supply-chain/lock-file.ts']) cpSync(here(name), join(root, name));
    symlinkSync(here('node_modules'), join(root, 'node_modules'));
    const check = (packages: Record<string, object>) => {
      writeFileSync(join(root, 'package.json'), JSON.stringify({ ...manifest, type: 'module' }));
      writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock(packages)));
      const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'check-lock-file.ts')], { encoding: 'utf8' });
      return { status, lines: stderr.trim().split('\n') };
    };
    expect(check({ 'node_modules/a': good })).toEqual({ status: 0, lines: [''] });
    const bad = { 'node_modules/a': { version: '1.2.4' }, 'node_modules/d': { ...good, resolved: 'https://elsewhere.example/d.tgz' } };
    expect(check(bad)).toMatchObject({
      status: 1,
      lines: [/a: no SHA/, /d: is tied/, /a: 1.2.4 is locked/].map((told) => expect.stringMatching(told) as string),
    });
    rmSync(root, { recursive: true });
  });
});

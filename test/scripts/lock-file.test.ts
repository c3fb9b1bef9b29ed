import { readFileSync } from 'node:fs';
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

  it('is found wrong where a version is a range', () => {
    expect(lockFileFaults(lock({}), { ...manifest, dependencies: { a: '^1.2.3' } })).toEqual(['a: ^1.2.3 is no exact version']);
  });
});

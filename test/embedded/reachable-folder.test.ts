import { existsSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseUser, type SystemUser } from '../../embedded/database-user.ts';
import { isReachable, makeReachableFolder, removeReachableFolder, SHARED_STATE_FOLDER } from '../../embedded/reachable-folder.ts';

const user = databaseUser();
let folder: string;
let wanted: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-reachable-'));
  wanted = join(folder, 'open', 'data');
});

afterEach(() => {
  removeReachableFolder(wanted);
  rmSync(folder, { recursive: true, force: true });
});

function asOrdinaryUser(): void {
  it('is made where it is wanted, closed to others', () => {
    expect(makeReachableFolder(wanted, undefined)).toBe(realpathSync(wanted));
    expect(statSync(wanted).mode & 0o777).toBe(0o700);
  });
}

function asRoot(other: SystemUser): void {
  it('is made where it is wanted if its user can pass, whatever the umask', () => {
    const open = mkdtempSync(join(tmpdir(), 'tidegate-open-'));
    const before = process.umask(0o077);
    try {
      // tmpdir's own folder stands open; mkdtemp closes only the last one.
      mkdirSync(join(open, 'x'));
      expect(isReachable(join(open, 'x', 'data'), other)).toBe(false);
      const place = join(tmpdir(), `${open.split('-').at(-1)}-made`, 'deep', 'data');
      expect(makeReachableFolder(place, other)).toBe(place);
      expect(statSync(place)).toMatchObject({ uid: other.uid, gid: other.gid });
      expect(statSync(place).mode & 0o777).toBe(0o700);
      expect(isReachable(place, other)).toBe(true);
      rmSync(join(place, '..', '..'), { recursive: true });
    } finally {
      process.umask(before);
      rmSync(open, { recursive: true });
    }
  });

  it('lies in the shared place behind a link if its user can not pass, and stays there', () => {
    const real = makeReachableFolder(wanted, other);
    expect(real.startsWith(`${SHARED_STATE_FOLDER}/data/`)).toBe(true);
    expect(lstatSync(wanted).isSymbolicLink()).toBe(true);
    writeFileSync(join(wanted, 'kept'), '');
    expect(makeReachableFolder(wanted, other)).toBe(real);
    expect(existsSync(join(wanted, 'kept'))).toBe(true);
    removeReachableFolder(wanted);
    expect(existsSync(real)).toBe(false);
    expect(lstatSync(wanted, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('does not find the data of a checkout that was deleted', () => {
    const real = makeReachableFolder(wanted, other);
    writeFileSync(join(real, 'old'), '');
    rmSync(wanted);
    expect(makeReachableFolder(wanted, other)).toBe(real);
    expect(existsSync(join(real, 'old'))).toBe(false);
  });

  it('is removed once its checkout was deleted without a word, and only then', () => {
    const forgotten = makeReachableFolder(wanted, other);
    const elsewhere = join(folder, 'elsewhere');
    rmSync(join(folder, 'open'), { recursive: true });
    const real = makeReachableFolder(elsewhere, other);
    expect(existsSync(forgotten)).toBe(false);
    makeReachableFolder(wanted, other);
    expect(existsSync(real)).toBe(true);
    removeReachableFolder(elsewhere);
    expect(existsSync(real)).toBe(false);
    expect(existsSync(`${real}.link`)).toBe(false);
  });

  it('is removed with a folder above it', () => {
    const real = makeReachableFolder(wanted, other);
    mkdirSync(`${folder}-beside`, { mode: 0o700 });
    const beside = makeReachableFolder(join(`${folder}-beside`, 'data'), other);
    removeReachableFolder(folder);
    expect([real, `${real}.link`, wanted].filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(beside)).toBe(true);
    removeReachableFolder(`${folder}-beside`);
    expect(existsSync(beside)).toBe(false);
  });

  it('is not made in place of a folder that holds something', () => {
    mkdirSync(wanted, { recursive: true });
    writeFileSync(join(wanted, 'thesis.txt'), '');
    expect(() => makeReachableFolder(wanted, other)).toThrow(expect.objectContaining({ code: 'part-not-started' }));
    expect(existsSync(join(wanted, 'thesis.txt'))).toBe(true);
  });
}

// The rest of the suite runs as either; these are about the difference.
describe('a private folder', () => {
  if (user === undefined) asOrdinaryUser();
  else asRoot(user);
});

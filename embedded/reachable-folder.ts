import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { TidegateError } from '../exchange/errors.ts';
import type { SystemUser } from './database-user.ts';

/** Where a part of root's goes when the folder it belongs into can't be entered by the user that runs it. */
export const SHARED_STATE_FOLDER = '/var/lib/tidegate';

/** Whether a user may pass through every folder above a path. */
export function isReachable(path: string, user: SystemUser): boolean {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if (existsSync(folder) && !maySearch(folder, user)) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * Makes a private folder (0700) that its user can enter, and answers its real path.
 * Root's folders are often closed to others (a home, a temporary folder of 0700): then the folder is made below
 * `SHARED_STATE_FOLDER` and a link left in its place.
 */
export function makeReachableFolder(wanted: string, user: SystemUser | undefined): string {
  if (user === undefined) {
    mkdirSync(wanted, { recursive: true });
    chmodSync(wanted, 0o700);
    return realpathSync(wanted);
  }
  makePassage(dirname(resolve(wanted)));
  const folder = isReachable(wanted, user) ? wanted : linkedFolder(wanted);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  chownSync(folder, user.uid, user.gid);
  return realpathSync(folder);
}

/** Removes a folder with everything in it, also where only a link to the shared place stands for it or for something in it. */
export function removeReachableFolder(wanted: string): void {
  if (isLink(wanted)) removeTarget(readlinkSync(wanted));
  for (const target of targetsIn(join(SHARED_STATE_FOLDER, 'data'))) {
    if (placeLinkedTo(target)?.startsWith(resolve(wanted) + sep) === true) removeTarget(target);
  }
  rmSync(wanted, { recursive: true, force: true });
}

function linkedFolder(wanted: string): string {
  const data = join(SHARED_STATE_FOLDER, 'data');
  makePassage(data);
  removeUnlinked(data);
  const target = join(data, createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 16));
  if (!isLink(wanted)) {
    // What lies there belongs to a checkout that was deleted: its passwords are lost with it.
    rmSync(target, { recursive: true, force: true });
    if (existsSync(wanted)) removeEmpty(wanted);
    symlinkSync(target, wanted);
  }
  writeFileSync(placeOf(target), resolve(wanted));
  return target;
}

/** Removes the data of checkouts that were deleted without a word: nothing links to them any more. */
function removeUnlinked(data: string): void {
  for (const target of targetsIn(data)) {
    const place = placeLinkedTo(target);
    if (place !== undefined && !isLinkTo(place, target)) removeTarget(target);
  }
}

function targetsIn(data: string): string[] {
  // It is root's alone: nobody else has anything there.
  if (process.getuid?.() !== 0 || !existsSync(data)) return [];
  const names = readdirSync(data).filter((name) => !name.endsWith('.link'));
  return names.map((name) => join(data, name));
}

function removeTarget(target: string): void {
  rmSync(target, { recursive: true, force: true });
  rmSync(placeOf(target), { force: true });
}

/** Where the link to a folder of the shared place is, or was. */
function placeLinkedTo(target: string): string | undefined {
  return existsSync(placeOf(target)) ? readFileSync(placeOf(target), 'utf8') : undefined;
}

/** The file that tells where the link to a folder of the shared place is. */
function placeOf(target: string): string {
  return `${target}.link`;
}

function isLinkTo(path: string, target: string): boolean {
  return isLink(path) && readlinkSync(path) === target;
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    throw new TidegateError('part-not-started', `The folder ${folder} holds other files.`, {}, { cause: error });
  }
}

/** Makes missing folders so that others can pass, whatever root's umask is; existing ones keep their mode. */
export function makePassage(folder: string): void {
  if (existsSync(folder)) return;
  makePassage(dirname(folder));
  mkdirSync(folder);
  chmodSync(folder, 0o711);
}

function maySearch(folder: string, user: SystemUser): boolean {
  const { mode, uid, gid } = statSync(folder);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

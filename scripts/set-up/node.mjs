import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve, sep } from 'node:path';
import { SetUpError } from './step.mjs';

/** Tidegate runs TypeScript directly, which needs this. */
const NEEDED_MAJOR = 24;

/**
 * The Node that runs Tidegate: the pinned one that npm installed, or the user's own where none is packaged for the platform.
 * Throws a SetUpError if neither is new enough.
 */
export function findNode(root) {
  const pinned = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  const found = existsSync(pinned) ? pinned : nodeOutside(root);
  const version = versionOf(found);
  if (version !== undefined && Number(version.split('.')[0]) >= NEEDED_MAJOR) return found;
  const platform = `${process.platform}-${process.arch}`;
  throw new SetUpError(
    existsSync(pinned)
      ? `The packaged Node does not run on this system (${platform}). Install Node ${NEEDED_MAJOR} or newer, and remove node_modules/node-${platform} and node_modules/.bin/node.`
      : `Tidegate runs on Node ${NEEDED_MAJOR} or newer; this is ${version ?? 'unknown'}, and no Node is packaged for ${platform}. Install Node ${NEEDED_MAJOR}.`,
  );
}

/**
 * A Node that does not lie in node_modules: `npm ci` deletes those, and with them the pinned Node that runs this script
 * from the second time on.
 */
export function nodeOutside(root) {
  const inside = resolve(root, 'node_modules') + sep;
  const executable = process.platform === 'win32' ? 'node.exe' : 'node';
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, executable));
  const candidates = [process.env.npm_node_execpath, process.execPath, ...onPath];
  const found = candidates.find((file) => file !== undefined && file !== '' && !resolve(file).startsWith(inside) && existsSync(file));
  return found ?? process.execPath;
}

function versionOf(node) {
  try {
    return execFileSync(node, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], shell: node.endsWith('.cmd') })
      .trim()
      .slice(1);
  } catch {
    return undefined;
  }
}

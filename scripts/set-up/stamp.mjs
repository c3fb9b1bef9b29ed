import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Digest of files (folders with everything in them), by their names and contents: times say nothing after a checkout or a copy.
 * What does not exist counts as absent.
 */
export function digestOf(root, paths, { except = [] } = {}) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const path of paths)
    for (const file of filesIn(join(root, path), except))
      hash
        .update(`${relative(root, file)}\n`)
        .update(readFileSync(file))
        .update('\n');
  return hash.digest('hex');
}

/** What was done last, by step. It lies in node_modules, so that it goes when they go. */
export function readStamp(root, step) {
  try {
    return readFileSync(stampFile(root, step), 'utf8');
  } catch {
    return undefined;
  }
}

/** Notes that a step was done for these inputs. */
export function writeStamp(root, step, digest) {
  const file = stampFile(root, step);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, digest);
}

function stampFile(root, step) {
  return join(root, 'node_modules', '.cache', 'tidegate-set-up', step);
}

function filesIn(path, except) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => !except.includes(name));
  return names.sort().flatMap((name) => filesIn(join(path, name), except));
}

import { accessSync, constants, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidegateError } from '../exchange/errors.ts';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Where downloads are kept, best first: the user's cache (XDG Base Directory specification, which says that a relative
 * path counts as unset), then one in the checkout, for users without a home of their own.
 */
export function cacheFolders(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  const home = env['HOME'] || userInfo().homedir;
  const own = isAbsolute(xdg) ? xdg : join(home, '.cache');
  return [join(own, 'tidegate'), join(CHECKOUT, '.cache', 'tidegate')];
}

/** The first of the cache folders that can be written to, made if missing. Throws `set-up-failed` if none can. */
export function writableCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  for (const folder of cacheFolders(env)) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      // A home that doesn't exist or belongs to somebody else: the next one.
    }
  }
  throw new TidegateError('set-up-failed', 'No cache folder can be written to; set XDG_CACHE_HOME.');
}

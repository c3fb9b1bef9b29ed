import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'tidegate-page');

/** What the set-up knows of what it built. */
const { builtPageFolder } = (await import(new URL('../../scripts/set-up/page.mjs', import.meta.url).href)) as {
  readonly builtPageFolder: (side: 'crm' | 'cloud', root: string) => string | undefined;
};

/** Folder of a side's page, built from its sources of now: by the set-up, else here; test files that run at the same time share one build. */
export async function builtPage(side: 'crm' | 'cloud' = 'crm'): Promise<string> {
  const made = builtPageFolder(side, ROOT);
  if (made !== undefined) return made;
  const folder = join(CACHE, `${side}-${fingerprint(side)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  for (const old of readdirSync(CACHE)) if (old.startsWith(`${side}-`)) rmSync(join(CACHE, old), { recursive: true, force: true });
  const fresh = mkdtempSync(join(CACHE, `building-${side}-`));
  // As it is shipped: under a test runner, React would be built for development.
  const { NODE_ENV } = process.env;
  process.env['NODE_ENV'] = 'production';
  try {
    await build({ configFile: join(ROOT, side, 'page', 'vite.config.ts'), logLevel: 'error', build: { outDir: fresh, emptyOutDir: true } });
  } finally {
    process.env['NODE_ENV'] = NODE_ENV;
  }
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(fresh, { recursive: true });
  }
  return folder;
}

function fingerprint(side: 'crm' | 'cloud'): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const name of [side, 'web', 'exchange']) {
    for (const file of readdirSync(join(ROOT, name), { recursive: true, withFileTypes: true }).toSorted((a, b) =>
      a.parentPath + a.name < b.parentPath + b.name ? -1 : 1,
    )) {
      if (file.isFile() && !file.parentPath.includes(join('page', 'dist'))) hash.update(file.name).update(readFileSync(join(file.parentPath, file.name)));
    }
  }
  return hash.digest('hex').slice(0, 20);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Packages = Readonly<Record<string, string>>;

interface Manifest extends Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Packages | undefined> {
  readonly workspaces?: readonly string[];
}

const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Dependencies of package.json and its workspaces that docs/dependencies.md gives no reason for, and reasons for what is none. */
export function dependencyFaults(root: string): readonly string[] {
  const manifest = readManifest(root);
  const used = [manifest, ...(manifest.workspaces ?? []).map((folder) => readManifest(join(root, folder)))].flatMap((each) =>
    Object.keys({ ...each.dependencies, ...each.devDependencies, ...each.optionalDependencies }),
  );
  const text = readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8');
  const named = [...text.matchAll(/^\| ([^|]+) \| [^|]+ \|$/gm)]
    .flatMap(([, names = '']) => names.replaceAll('`', '').split(','))
    .map((name) => name.trim())
    .filter((name) => name !== 'Package' && !/^-+$/.test(name));
  const covers = (name: string, dependency: string): boolean => (name.endsWith('/*') ? dependency.startsWith(name.slice(0, -1)) : name === dependency);
  return [
    ...used.filter((dependency) => !named.some((name) => covers(name, dependency))).map((name) => `docs/dependencies.md: no reason for ${name}`),
    ...named.filter((name) => !used.some((dependency) => covers(name, dependency))).map((name) => `docs/dependencies.md: ${name} is no dependency`),
  ];
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Packages = Readonly<Record<string, string>>;

/** Dependencies of package.json that docs/dependencies.md gives no reason for, and reasons for what is none. */
export function dependencyFaults(root: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies' | 'optionalDependencies',
    Packages | undefined
  >;
  const used = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies });
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

import { z } from 'zod';

const packageSchema = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
});
const lockSchema = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), packageSchema) });

const range = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  workspaces: z.array(z.string()).default([]),
  dependencies: range,
  devDependencies: range,
  optionalDependencies: range,
  allowScripts: z.record(z.string(), z.boolean()).default({}),
});

/** What is wrong with a lock file for its manifest (both as JSON). Throws where either is of another shape. */
export function lockFileFaults(lockFile: unknown, packageJson: unknown): readonly string[] {
  const { packages } = lockSchema.parse(lockFile);
  const manifest = manifestSchema.parse(packageJson);
  const faults: string[] = [];
  const undecided = new Set<string>();
  for (const [path, entry] of Object.entries(packages)) {
    const isOurs = path === '' || entry.link === true || manifest.workspaces.includes(path);
    if (isOurs) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (entry.integrity?.startsWith('sha512-') !== true) faults.push(`${path}: no SHA-512 of its content`);
    // Without a place npm asks the registry that its user has set; a place would be one for everybody.
    if (entry.resolved !== undefined) faults.push(`${path}: is tied to ${entry.resolved}`);
    if (entry.hasInstallScript === true && manifest.allowScripts[name] === undefined) undecided.add(name);
  }
  for (const name of undecided) faults.push(`${name}: has an install script, and allowScripts in package.json does not say whether it may run`);
  const asked = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  for (const [name, version] of Object.entries(asked)) {
    if (!/^\d+\.\d+\.\d+[\w.+-]*$/.test(version)) faults.push(`${name}: ${version} is no exact version`);
    const locked = packages[`node_modules/${name}`]?.version;
    if (locked !== undefined && locked !== version) faults.push(`${name}: ${locked} is locked, ${version} is asked for`);
  }
  return faults;
}

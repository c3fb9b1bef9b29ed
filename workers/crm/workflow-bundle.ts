import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, type WorkerOptions, bundleWorkflowCode } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** It goes when the packages go that the code was bundled with. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'tidegate-workflows');

/** All that workflows may import beside the SDK (.dependency-cruiser.cjs), and what pins the SDK. */
const SOURCES = ['workflows', 'exchange', 'package-lock.json'];

/** What of a worker's options says how its workflows are bundled. */
type Bundled = Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle' | 'interceptors' | 'dataConverter'>;

/** How workflows are bundled: their entry, and what is bundled beside them. */
type Way = Omit<Parameters<typeof bundleWorkflowCode>[0], 'logger'>;

/** Options with the workflows bundled where they name this checkout's sources, else as they are. */
export async function withBundle<T extends Bundled>(options: T): Promise<T> {
  const { workflowsPath, interceptors, dataConverter } = options;
  if (options.workflowBundle !== undefined || workflowsPath === undefined || dirname(workflowsPath) !== join(ROOT, 'workflows')) return options;
  const asked = {
    workflowsPath,
    workflowInterceptorModules: [...(interceptors?.workflowModules ?? [])],
    ...(dataConverter?.payloadConverterPath === undefined ? {} : { payloadConverterPath: dataConverter.payloadConverterPath }),
    ...(dataConverter?.failureConverterPath === undefined ? {} : { failureConverterPath: dataConverter.failureConverterPath }),
  };
  const { workflowsPath: _, ...others } = options;
  return { ...(others as T), workflowBundle: { code: await bundleOnce(asked) }, interceptors: { ...interceptors, workflowModules: [] } };
}

/** The code of this checkout's workflows, bundled once for the same sources and then kept (in `cache`): bundling takes seconds of every start. */
export async function bundleOnce(asked: Way, cache = CACHE): Promise<string> {
  const way = digest(JSON.stringify(asked));
  const modules = asked.workflowInterceptorModules ?? [];
  const file = join(cache, `${way}-${digest(...SOURCES.flatMap((name) => contentsOf(join(ROOT, name))), ...modules.flatMap(contentsOf))}.js`);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const { code } = await bundleWorkflowCode({ ...asked, logger: new DefaultLogger('WARN') });
  keep(file, way, code);
  return code;
}

/** Whole or not at all, and in the place of what was bundled in the same way before. Where nothing can be written, the next start bundles again. */
function keep(file: string, way: string, code: string): void {
  const cache = dirname(file);
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(cache, { recursive: true });
    for (const old of readdirSync(cache)) if (old.startsWith(`${way}-`) && old.endsWith('.js')) rmSync(join(cache, old), { force: true });
    writeFileSync(unfinished, code);
    renameSync(unfinished, file);
  } catch {
    if (existsSync(unfinished)) rmSync(unfinished);
  }
}

/** Names and contents of a file, or of a folder's files. */
function contentsOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path, readFileSync(path, 'utf8')];
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .flatMap((file) => [file, readFileSync(file, 'utf8')]);
}

function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 20);
}

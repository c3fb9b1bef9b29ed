/**
 * Builds what the npm package holds, into dist/ (npm runs this before `npm pack`): JavaScript and types of the product,
 * its SQL, the CRM's page, and the workflows as one bundle. dist/ mirrors the sources, so that every file is found where
 * its module looks for it. `node scripts/build-package.ts FOLDER` builds another checkout's.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Folders whose SQL is read at run time. */
const SQL_FOLDERS = ['prisma', 'crm/sample'];

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'scripts', 'setup.mjs')], { stdio: 'inherit' });
execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.package.json')], { stdio: 'inherit' });
for (const folder of SQL_FOLDERS) {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));
  for (const file of files) cpSync(join(root, folder, file), join(dist, folder, file));
}
for (const side of ['crm', 'cloud']) cpSync(join(root, side, 'page', 'dist'), join(dist, side, 'page', 'dist'), { recursive: true });
const workflowsPath = join(dist, 'workflows', 'all-workflows.js');
const workflowInterceptorModules = [join(dist, 'workflows', 'trace-context.js')];
// With payloads encoded, the workflows' own failures are too, and that is decided where they are bundled.
const failureConverterPath = join(dist, 'workflows', 'failure-converter.js');
for (const [file, encoding] of [
  ['workflow-bundle.js', {}],
  ['workflow-bundle-encoding.js', { failureConverterPath }],
] as const) {
  const { code } = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, ...encoding, logger: new DefaultLogger('WARN') });
  writeFileSync(join(dirname(workflowsPath), file), code.replace(/(sourceMappingURL=data:application\/json;[^,]*base64,)(\S+)/, anywhere));
}

/** The worker wants the bundle's source map; it names sources by their place in the package, not in the folder of this build. */
function anywhere(_all: string, intro: string, map: string): string {
  return (
    intro +
    Buffer.from(
      Buffer.from(map, 'base64')
        .toString()
        .replaceAll(`${root.replace(/\/$/, '')}/`, ''),
    ).toString('base64')
  );
}

import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { WORKFLOW_INTERCEPTORS } from '../../workers/crm/worker-options.ts';
import { WORKFLOWS_PATH } from '../support/temporal-worker.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };

/** Every module of the bundle, from its source map, below the repository. */
async function bundledModules(): Promise<readonly string[]> {
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, workflowInterceptorModules: [...WORKFLOW_INTERCEPTORS], logger: quiet });
  const [, encoded = ''] = /sourceMappingURL=data:[^,]*;base64,([A-Za-z0-9+/=]+)/.exec(code) ?? [];
  const { sources } = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as { sources: string[] };
  return sources.map((source) => source.replace(/^webpack:\/\/[^/]*\//, '').replace(/\?.*$/, ''));
}

describe('the bundle of the workflows', () => {
  it('holds the workflows, the error catalogue and the SDK, and nothing else', async () => {
    const modules = await bundledModules();
    for (const file of ['forward-sync.ts', 'trace-context.ts']) expect(modules.some((module) => module.endsWith(`workflows/${file}`))).toBe(true);
    const own = modules.filter((module) => module.endsWith('.ts') && !module.includes('node_modules/'));
    const allowed = [/(^|\/)workflows\/[a-z-]+\.ts$/, /(^|\/)exchange\/(errors|error-catalogue|errors\/[a-z]+)\.ts$/];
    expect(own.filter((module) => !allowed.some((pattern) => pattern.test(module)))).toEqual([]);
    const foreign = modules.filter((module) => module.includes('node_modules/'));
    const sdk = /node_modules\/(@temporalio\/(workflow|common|worker)\/|long\/|protobufjs\/|@protobufjs\/|nexus-rpc\/|ms\/|assert|util|unionfs)/;
    expect(foreign.filter((module) => !sdk.test(module))).toEqual([]);
  });

  it('is made from files that import activities as types only, and read no clock of the machine', () => {
    for (const file of readdirSync(join(root, 'workflows')).filter((name) => name.endsWith('.ts'))) {
      const text = readFileSync(join(root, 'workflows', file), 'utf8');
      for (const line of text.split('\n').filter((one) => /from '\.\.\/(?!exchange\/)/.test(one))) expect(`${file}: ${line}`).toMatch(/: import type /);
      expect(`${file}: ${text}`).not.toMatch(/\bprocess\.|node:|setTimeout|performance\./);
    }
  });
});

describe('reverse runs', () => {
  it('are started in one place only', () => {
    const folders = ['activities', 'scheduler', 'workflows', 'workers', 'crm', 'cli', 'adaptor', 'cloud', 'embedded'];
    const files = folders.flatMap((folder) => list(join(root, folder)));
    const naming = files.filter((file) => /['"`]reverseSync['"`]/.test(readFileSync(file, 'utf8'))).map((file) => relative(root, file));
    expect(naming).toEqual([join('activities', 'requests', 'deliver-reverse-message.ts')]);
    const starting = files.filter((file) => /signalWithStart\(/.test(readFileSync(file, 'utf8'))).map((file) => relative(root, file));
    expect(starting).toEqual(naming);
  });
});

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') || name.endsWith('.tsx'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

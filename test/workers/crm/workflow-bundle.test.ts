import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleOnce, withBundle } from '../../../workers/crm/workflow-bundle.ts';
import { WORKFLOWS_PATH } from '../../support/temporal-worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-bundle-'));
const cache = join(folder, 'cache');
const interceptor = join(folder, 'interceptor.ts');
const asked = { workflowsPath: WORKFLOWS_PATH, workflowInterceptorModules: [interceptor] };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const intercepting = (word: string): void => writeFileSync(interceptor, `export const interceptors = () => ({ ${word}: [] });`);

describe('workflows that are bundled once', () => {
  it('are taken as they were kept while their sources are the same, and bundled anew in their place afterwards', async () => {
    intercepting('inbound');
    expect(await bundleOnce(asked, cache)).toContain('inbound: []');
    const [first = ''] = readdirSync(cache);
    writeFileSync(join(cache, first), 'as it was kept');
    expect(await bundleOnce(asked, cache)).toBe('as it was kept');
    intercepting('outbound');
    const code = await bundleOnce(asked, cache);
    expect(code).toContain('outbound: []');
    const [second = '', ...others] = readdirSync(cache);
    expect([second === first, others]).toEqual([false, []]);
    expect(readFileSync(join(cache, second), 'utf8')).toBe(code);
  });

  it('are there where nothing can be kept', async () => {
    expect(await bundleOnce(asked, join(interceptor, 'no-folder'))).toContain('forwardSync');
  });
});

describe('options of a worker', () => {
  it('get the bundle with all that is bundled beside the workflows, and no file to bundle', async () => {
    const sinks = {};
    const options = await withBundle({ workflowsPath: WORKFLOWS_PATH, interceptors: { activity: [], workflowModules: [] }, sinks });
    expect(Object.keys(options).toSorted()).toEqual(['interceptors', 'sinks', 'workflowBundle']);
    expect(options.interceptors).toEqual({ activity: [], workflowModules: [] });
    expect(options.sinks).toBe(sinks);
  });

  it('stay as they are where workflows are bundled already, or are not this checkout’s', async () => {
    for (const options of [{ workflowBundle: { code: 'made before' } }, { workflowsPath: interceptor }]) expect(await withBundle(options)).toBe(options);
  });
});

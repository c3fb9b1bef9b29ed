import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, bundleWorkflowCode } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import * as workflows from '../../workflows/all-workflows.ts';
import { bundleOnce } from '../../workers/crm/workflow-bundle.ts';
import { HISTORIES, type RecordedHistory, activitiesOf, recordedHistories } from '../support/recorded-histories.ts';
import { WORKFLOWS_PATH } from '../support/temporal-worker.ts';

/* Runs that were recorded under earlier code go on under today's: each recorded history is replayed against today's bundle. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
const histories = recordedHistories();

/** Bundles workflows from their entry. */
const bundle = (workflowsPath: string) => bundleWorkflowCode({ workflowsPath, logger: quiet });

/** Replays histories, and gives the name of the error of each: null where it fits. */
async function replay(code: string, recorded: readonly RecordedHistory[]): Promise<Record<string, string | null>> {
  const outcomes: Record<string, string | null> = {};
  const given = recorded.map(({ name, history }) => ({ workflowId: name, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { code } }, given)) outcomes[workflowId] = error?.name ?? null;
  return outcomes;
}

/** Bundles today's workflows with one file changed. */
async function bundleWith(file: string, change: (text: string) => string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-altered-'));
  try {
    for (const name of ['workflows', 'exchange', 'package.json']) cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const text = readFileSync(join(folder, 'workflows', file), 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`Nothing was changed in ${file}.`);
    writeFileSync(join(folder, 'workflows', file), changed);
    return (await bundle(join(folder, 'workflows', 'all-workflows.ts'))).code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('recorded histories', () => {
  let code: string;
  beforeAll(async () => {
    code = await bundleOnce({ workflowsPath: WORKFLOWS_PATH });
  });

  it('are replayed without a fault by the code of today', async () => {
    expect(await replay(code, histories)).toEqual(Object.fromEntries(histories.map(({ name }) => [name, null])));
  });

  it('are of every workflow, and of what goes wrong as well as what goes well', () => {
    expect([...new Set(histories.map(({ type }) => type))].toSorted()).toEqual(Object.keys(workflows).toSorted());
    const activities = new Set(histories.flatMap(activitiesOf));
    for (const name of ['initialLoad', 'pumpWindows', 'receiveWindow', 'recordRefusal', 'setLinkPaused', 'setLinkResumed', 'awaitLoads'])
      expect(activities).toContain(name);
    const again = histories.filter((one) => activitiesOf(one).filter((name) => name === 'claimLink').length > 1);
    expect(again.length).toBeGreaterThan(0);
  });

  it('name no machine, no folder and no person, and hold no signed message', () => {
    let bytes = 0;
    for (const { name, text } of histories) {
      bytes += statSync(join(HISTORIES, `${name}.json`)).size;
      const payloads = [...text.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) => Buffer.from(data, 'base64').toString('utf8'));
      for (const told of [text, ...payloads]) {
        expect(`${name}: ${told}`).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
        expect(`${name}: ${told}`).not.toMatch(/(^|[\s"'(])\/(home|root|tmp|usr|var|work)\//);
        if (hostname().length > 3) expect(told).not.toContain(hostname());
      }
      for (const [, identity] of text.matchAll(/"identity":"([^"]*)"/g)) expect(identity).toBe('recorded');
    }
    expect(bytes).toBeLessThan(1_000_000);
  });
});

describe('replaying', () => {
  it('fails where a step changed its place: sessions that are under way would break', async () => {
    const code = await bundleWith('forward-session.ts', (text) => {
      const check = /  await activitiesWith\(wireStep, 'certificates of both sides'\)\.checkCertificate\(\{ link \}\);\n/;
      const [line = ''] = check.exec(text) ?? [];
      return text.replace(check, '').replace("  tell({ phase: 'opens the link' });\n", `${line}  tell({ phase: 'opens the link' });\n`);
    });
    const forward = histories.filter(({ type }) => type === 'forwardSync');
    expect(new Set(Object.values(await replay(code, forward)))).toEqual(new Set(['DeterminismViolationError']));
  });

  it('goes on fitting where the same change stands behind a patched marker', async () => {
    const code = await bundleWith('forward-session.ts', (text) =>
      text
        .replace('import { activitiesWith }', "import { patched } from '@temporalio/workflow';\nimport { activitiesWith }")
        .replace(
          "  await activitiesWith(wireStep, 'certificates of both sides').checkCertificate({ link });\n",
          "  if (!patched('certificate-after-token')) await activitiesWith(wireStep, 'certificates of both sides').checkCertificate({ link });\n",
        )
        .replace(
          "  tell({ phase: 'opens the link' });\n",
          "  if (patched('certificate-after-token')) await activitiesWith(wireStep, 'certificates of both sides').checkCertificate({ link });\n  tell({ phase: 'opens the link' });\n",
        ),
    );
    const forward = histories.filter(({ type }) => type === 'forwardSync');
    expect(new Set(Object.values(await replay(code, forward)))).toEqual(new Set([null]));
  });
});

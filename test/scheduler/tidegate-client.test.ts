import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { announceApproval } from '../../scheduler/approval-run.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { runsBefore } from '../../scheduler/encoded-payloads.ts';
import { approvalRunId } from '../../scheduler/ids.ts';
import type { DecidedBreach, LinkStanding, LinkStore, NewRequest } from '../../scheduler/link-store.ts';
import { readServerTime } from '../../scheduler/server-time.ts';
import { startOnce } from '../../scheduler/start-once.ts';
import { TidegateClient } from '../../scheduler/tidegate-client.ts';
import { codeOf } from '../support/code-of.ts';
import { historyText } from '../support/history-text.ts';
import { testTemporal } from '../support/temporal.ts';

/* The typed client as the CRM's code uses it. No worker takes what is started: what is asked for is what is looked at. */

let temporal: TemporalClient;
// A sign that closes a text in the server's own query language.
const taskQueue = `it's-${randomUUID()}`;
const started: string[] = [];

beforeAll(async () => {
  temporal = await connectTemporal(await testTemporal());
});
afterAll(async () => {
  await Promise.all(
    started.map((id) =>
      handleOf(id)
        .terminate()
        .catch(() => undefined),
    ),
  );
  await temporal.close();
});

const handleOf = (workflowId: string) => temporal.client.workflow.getHandle(workflowId);
const SECRET = 'DE02120300000000202051';

/** A client on a link whose rows are kept here. */
function clientOf(standing: Partial<LinkStanding> | undefined, rows: Partial<LinkStore> = {}) {
  const link = `acme/test/c-${randomUUID().slice(0, 8)}`;
  const requests: NewRequest[] = [];
  const told: string[] = [];
  const store = {
    readLink: async () => (standing === undefined ? undefined : { state: 'open', reason: null, by: null, epoch: 0, openedRun: null, ...standing }),
    writeRequest: async (request: NewRequest) => `request-${requests.push(request)}`,
    pauseLink: async (_link: string, reason: string, by: string) => void told.push(`paused by ${by}: ${reason}`),
    ...rows,
  } as unknown as LinkStore;
  started.push(`forward/${link}/1`);
  return { link, requests, told, tidegate: new TidegateClient({ client: temporal.client, store, taskQueue }) };
}

describe('a synchronisation that somebody asks for', () => {
  it('is a row with who, why and what, which names all where nothing is named', async () => {
    const { link, requests, tidegate } = clientOf(undefined);
    expect(await tidegate.requestForward({ link, by: 'anna' })).toEqual({ requestId: 'request-1' });
    const records = [{ collection: 'contacts', key: ['1'] }];
    await tidegate.requestForward({ link, by: 'ben', collections: ['tasks'], records, reason: 'A customer asked.' });
    expect(requests).toEqual([
      { link, direction: 'forward', cause: 'user', collections: [], records: null, requestedBy: 'anna', reason: null },
      { link, direction: 'forward', cause: 'records', collections: ['tasks'], records, requestedBy: 'ben', reason: 'A customer asked.' },
    ]);
    expect((await handleOf(`forward/${link}/1`).describe()).status.name).toBe('RUNNING');
  });

  it.each(['requestForward', 'orderReverse'] as const)('waits in its row on a stopped link, and %s says why it stopped', async (ask) => {
    const { link, requests, tidegate } = clientOf({ state: 'stopped', reason: 'The cloud was restored.' });
    await expect(tidegate[ask]({ link, by: 'anna' })).rejects.toMatchObject({
      code: 'link-stopped',
      facts: { link },
      message: expect.stringContaining('The cloud was restored.'),
    });
    expect(requests).toMatchObject([{ direction: ask === 'orderReverse' ? 'reverse' : 'forward', requestedBy: 'anna' }]);
  });
});

describe('what is decided about a record set aside', () => {
  const order = { id: 4, by: 'anna', reason: 'Mended.' };

  it('sends it again where it waits at the cloud', async () => {
    const record = { collection: 'contacts', key: ['7'] };
    const { link, requests, tidegate } = clientOf(undefined, { readWaiting: async () => ({ ...record, direction: 'forward' as const }) });
    expect(await tidegate.retrySetAside({ link, ...order })).toEqual({ requestId: 'request-1' });
    expect(requests).toMatchObject([{ direction: 'forward', cause: 'records', records: [record], requestedBy: 'anna', reason: 'Mended.' }]);
  });

  it('is a release where it waits at the CRM: only that lets it in', async () => {
    const releases: unknown[] = [];
    const id = randomUUID();
    const { link, requests, tidegate } = clientOf(undefined, {
      readWaiting: async () => ({ collection: 'contacts', key: ['7'], direction: 'reverse' as const }),
      writeRelease: async (release) => (releases.push(release), id),
    });
    started.push(`release/${id}`);
    expect(await tidegate.retrySetAside({ link, ...order })).toEqual({ releaseId: id, workflowId: `release/${id}` });
    expect(releases).toEqual([{ link, act: 'retry', subject: 4, values: null, requestedBy: 'anna', reason: 'Mended.' }]);
    expect(requests).toEqual([]);
  });

  it('puts the cloud’s copy right where it is given up, and asks for nothing where there is none', async () => {
    const again = { collection: 'contacts', key: ['7'] };
    const one = clientOf(undefined, { discard: async () => again });
    expect(await one.tidegate.discardSetAside({ link: one.link, ...order })).toEqual({ requestId: 'request-1' });
    expect(one.requests).toMatchObject([{ direction: 'forward', records: [again], requestedBy: 'anna' }]);
    const other = clientOf(undefined, { discard: async () => undefined });
    expect(await other.tidegate.discardSetAside({ link: other.link, ...order })).toEqual({ requestId: null });
    expect(other.requests).toEqual([]);
  });
});

describe('what is decided about what waits for approval', () => {
  const decide = async (approved: boolean, decided: Partial<DecidedBreach> = {}) => {
    const row: DecidedBreach = { id: 9, collection: 'contacts', direction: 'forward', changes: 5, deletes: 1, batchId: null, ...decided };
    const made = clientOf(undefined, { decideBreach: async () => row });
    const waits = approvalRunId(made.link, 9);
    started.push(waits);
    expect(await made.tidegate.decideBreach({ link: made.link, breach: 9, approved, by: 'anna', reason: 'It was meant.' })).toEqual(row);
    // Nobody had started the workflow that waits: it is started now, and looks at the row.
    expect((await handleOf(waits).describe()).type).toBe('awaitApproval');
    return made.requests;
  };

  it('asks for the run that goes on, in the name of who approved', async () => {
    expect(await decide(true)).toMatchObject([
      { direction: 'forward', cause: 'user', collections: ['contacts'], requestedBy: 'anna', reason: 'It was meant.' },
    ]);
  });

  it('asks for nothing where it was rejected, nor where a window that was set down is written under a release', async () => {
    expect(await decide(false)).toEqual([]);
    expect(await decide(true, { direction: 'reverse', batchId: randomUUID() })).toEqual([]);
  });

  it('does not begin again once the workflow that waited has ended', async () => {
    const link = `acme/test/c-${randomUUID().slice(0, 8)}`;
    const handle = handleOf(approvalRunId(link, 1));
    await announceApproval({ client: temporal.client, taskQueue }, link, 1);
    await announceApproval({ client: temporal.client, taskQueue }, link, 1);
    const { runId } = await handle.describe();
    await handle.terminate();
    await announceApproval({ client: temporal.client, taskQueue }, link, 1);
    expect(await handle.describe()).toMatchObject({ runId, status: { name: 'TERMINATED' } });
  });
});

describe('a decision in Temporal', () => {
  const textOf = async (workflowId: string) => {
    started.push(workflowId);
    return historyText(await handleOf(workflowId).fetchHistory());
  };

  it('holds ids alone: no value that a user gave, no key, no reason', async () => {
    const id = randomUUID();
    const number = Math.floor(Math.random() * 1e9);
    const { link, tidegate } = clientOf(undefined, {
      writeRelease: async () => id,
      writeErasure: async () => number,
      writeReconciliations: async () => id,
      writePlan: async () => id,
    });
    const who = { requestedBy: 'anna', reason: SECRET };
    const runs = [
      await tidegate.release({ link, act: 'edit', subject: 1, values: { iban: SECRET }, ...who }),
      await tidegate.erase({ link, collection: 'contacts', key: [SECRET], ...who }),
      await tidegate.reconcile({ link, collections: ['contacts'], by: 'anna', reason: SECRET }),
      await tidegate.plan({ link, direction: 'forward', collections: [], sample: 3, requestedBy: 'anna' }),
    ];
    for (const { workflowId } of runs) {
      const text = await textOf(workflowId);
      expect(text).toContain(link);
      expect(text).not.toContain(SECRET);
    }
    expect(runs.map(({ workflowId }) => workflowId)).toEqual([`release/${id}`, `erase/${link}/${number}`, `reconcile/${link}/${id}`, `plan/${id}`]);
  });

  it('is carried out once, however often it is started, also after it has ended', async () => {
    const workflowId = `erase/acme/test/once/${randomUUID()}`;
    started.push(workflowId);
    const begin = () => startOnce(temporal.client, 'erase', { workflowId, taskQueue, args: [{ link: 'acme/test/once', erasure: 1 }] });
    await Promise.all([begin(), begin(), begin()]);
    const { runId } = await handleOf(workflowId).describe();
    await handleOf(workflowId).terminate();
    await begin();
    expect(await handleOf(workflowId).describe()).toMatchObject({ runId, status: { name: 'TERMINATED' } });
  });

  it('of an undo names the number of its row, and the release that carries it out', async () => {
    const releases: unknown[] = [];
    const id = randomUUID();
    const { link, tidegate } = clientOf(undefined, { writeUndo: async () => 12, writeRelease: async (release) => (releases.push(release), id) });
    started.push(`release/${id}`);
    const undone = await tidegate.undo({ link, run: 'message/run', exceptEdited: false, requestedBy: 'anna', reason: 'Wrong import.' });
    expect(undone).toEqual({ undo: 12, releaseId: id, workflowId: `release/${id}` });
    expect(releases).toEqual([{ link, act: 'undo', subject: 12, values: null, requestedBy: 'anna', reason: 'Wrong import.' }]);
  });
});

describe('a link', () => {
  it('is paused where no chain of it runs: the row is what counts', async () => {
    const never = clientOf(undefined);
    await never.tidegate.pause(never.link, { reason: 'audit', by: 'anna' });
    const ended = clientOf({ openedRun: 'forward/acme/test/gone/7/run', epoch: 7 });
    await ended.tidegate.pause(ended.link, { reason: 'audit', by: 'anna' });
    for (const { told } of [never, ended]) expect(told).toEqual(['paused by anna: audit']);
  });

  it('tells its chain’s name where Temporal has forgotten it, and that it does not run', async () => {
    const { link, tidegate } = clientOf({ openedRun: 'forward/acme/test/gone/7/run', epoch: 7 });
    expect(await tidegate.progress(link)).toEqual({ workflowId: 'forward/acme/test/gone/7', running: false, run: null, pump: null });
  });
});

describe('a run that Temporal describes', () => {
  it('has the newest run without an id, no address where there is no UI, and null for what it has not told', async () => {
    const workflowId = `erase/acme/test/told/${randomUUID()}`;
    started.push(workflowId);
    await startOnce(temporal.client, 'erase', { workflowId, taskQueue, args: [{ link: 'acme/test/told', erasure: 1 }] });
    const { tidegate } = clientOf(undefined);
    const run = await tidegate.describeRun(workflowId);
    const untold = { link: null, direction: null, trigger: null, outcome: null, messageId: null, records: null, collections: [], url: null };
    expect(run).toMatchObject({ workflowId, type: 'erase', status: 'RUNNING', closedAt: null, ...untold });
    expect(await tidegate.describeRun(workflowId, run.runId)).toEqual(run);
    expect(await codeOf(tidegate.describeRun(workflowId, randomUUID()))).toBe('record-not-found');
  });
});

describe('the Temporal server', () => {
  it('tells its clock, by which the doctor judges that of this machine', async () => {
    const before = Date.now();
    const time = await readServerTime(temporal);
    // One machine, one clock: the server notes the poll in between.
    expect(time).toBeGreaterThanOrEqual(before - 1000);
    expect(time).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('counts the runs of this task queue that may hold payloads under a key that was replaced, with time for clocks that differ', async () => {
    const place = { client: temporal.client, taskQueue };
    const now = Date.now();
    await vi.waitFor(async () => expect(await runsBefore(place, now)).toBeGreaterThan(0), 20_000);
    // Replaced some minutes before they began: another machine may not have taken the new key up yet. After eleven it has.
    expect(await runsBefore(place, now - 5 * 60_000)).toBeGreaterThan(0);
    expect(await runsBefore(place, now - 11 * 60_000)).toBe(0);
    expect(await runsBefore({ ...place, taskQueue: `${taskQueue}-other` }, now)).toBe(0);
  });
});

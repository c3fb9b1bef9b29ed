import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { certificateFacts, thumbprint } from '../../adaptor/auth/certificate.ts';
import { registerCertificate } from '../../adaptor/auth/register.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import type { Side } from '../../exchange/names.ts';
import { type TrafficStack, startTrafficStack, until } from '../support/traffic-stack.ts';

const PARTY = { crm: 'crm:acme/development/hub', cloud: 'cloud:acme/development/hub' } as const;
const OTHER = { crm: 'cloud', cloud: 'crm' } as const;

// Whole rotations, each of many steps, on machines that may be slow.
vi.setConfig({ testTimeout: 240_000 });

let the: TrafficStack;
beforeAll(async () => {
  the = await startTrafficStack();
}, 240_000);
afterAll(() => the[Symbol.asyncDispose](), 120_000);
beforeEach(async () => {
  await the.cloud.query('truncate tidegate.audit_event');
  await the.crm.query(`delete from tidegate.run where state in ('refused', 'failed')`);
});

interface Listed {
  readonly trusted: readonly { readonly id: string; readonly party: string; readonly kind: string; readonly state: string; readonly use: string | null }[];
}
const signing = async (side: Side): Promise<string> => (await the.keys<Listed>(side, 'list')).trusted.find(({ use }) => use === 'signs')?.id ?? '';

/** A whole rotation of one side's signing key, as its operator and the other's do it. */
async function rotate(side: Side): Promise<string> {
  const file = join(the.home, `${side}-public.json`);
  const { kid } = await the.keys<{ kid: string }>(side, 'rotate', '--reason', 'yearly', '--output', file);
  await the.keys(OTHER[side], 'add', file, '--kid', kid, '--reason', 'told by telephone');
  await the.keys(side, 'activate', '--reason', 'yearly', ...(side === 'cloud' ? ['--told'] : []));
  return kid;
}

/** Goes on with changes both ways while something is done. */
async function underTraffic<T>(act: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const traffic = (async () => {
    while (!over.signal.aborted) await the.cycle();
  })();
  try {
    return await act();
  } finally {
    over.abort();
    await traffic;
  }
}

/** Waits for two cycles that begin after now. */
async function moreCycles(): Promise<void> {
  const begun = the.cycles();
  await until(async () => expect(the.cycles()).toBeGreaterThan(begun + 2));
}

/** How runs ended that did not end well. */
const endings = () =>
  controlRows<{ direction: string; state: string; code: string }>(
    the.crm,
    `select direction, state, error_code as code from tidegate.run where state in ('refused', 'failed') order by started_at`,
    [],
  );

describe('signing keys', () => {
  it('of both sides are rotated under running traffic without one refused request', async () => {
    const before = { crm: await signing('crm'), cloud: await signing('cloud') };
    const after = await underTraffic(async () => {
      const crm = await rotate('crm');
      await until(async () => expect((await the.signedWith()).manifest).toBe(crm));
      const cloud = await rotate('cloud');
      await until(async () => expect((await the.signedWith()).receipt).toBe(cloud));
      return { crm, cloud };
    });
    expect([after.crm, after.cloud]).not.toContain(before.crm);
    expect(await signing('crm')).toBe(after.crm);
    expect(await the.refusals()).toEqual([]);
  });
});

describe('certificate files', () => {
  it('of both sides are renewed under running traffic: no restart, no refused request', async () => {
    const pids = the.stack.pids;
    const old = thumbprint(readFileSync(join(the.home, 'crm', 'certificate.pem')));
    await underTraffic(async () => {
      const client = await the.issue('crm');
      await the.keys('cloud', 'add', client.file, '--party', PARTY.crm, '--reason', 'renewal');
      the.install('crm', client);
      await until(async () => expect(the.log('crm-worker')).toContain(client.thumbprint));
      await moreCycles();
      await the.keys('cloud', 'revoke', old, '--reason', 'replaced');
      const server = await the.issue('cloud');
      await the.keys('crm', 'add', server.file, '--party', PARTY.cloud, '--reason', 'renewal');
      the.install('cloud', server);
      await until(async () => expect(await shownByProducer()).toBe(server.thumbprint));
      await moreCycles();
    });
    expect(await the.refusals()).toEqual([]);
    expect(Object.values(pids).every((pid) => pid === null || process.kill(pid, 0))).toBe(true);
  });

  it('that the other side does not know stop the link; it goes on by itself once they are registered there', async () => {
    const client = await the.issue('crm');
    the.install('crm', client);
    await until(async () => expect(the.log('crm-worker')).toContain(client.thumbprint));
    let changes = 0;
    await until(async () => {
      await the.changeAtCrm(`nobody believes ${++changes}`);
      expect(await endings()).toContainEqual({ direction: 'forward', state: 'refused', code: 'client-not-allowed' });
    });
    await the.changeAtCrm('not believed');
    expect(await the.notesAtCloud()).not.toBe('not believed');
    await the.keys('cloud', 'add', client.file, '--party', PARTY.crm, '--reason', 'told by telephone');
    // Nobody asks: the period is a day, and nothing changed at the CRM.
    await the.reachedCloud('not believed');
    expect(new Set(await the.refusals())).toEqual(new Set(['client-not-allowed']));
    await the.cycle();
  });

  it('that are no good are told of loudly, and the old ones go on', async () => {
    const file = join(the.home, 'crm', 'certificate.pem');
    const good = readFileSync(file);
    writeFileSync(file, 'garbage');
    await until(async () => expect(the.log('crm-worker')).toContain('new files are not taken'));
    await the.cycle();
    writeFileSync(file, good);
    expect(await the.refusals()).toEqual([]);
  });

  it('that expire during a run stop it cleanly, and it goes on after renewal with nothing lost', async () => {
    const client = await the.issue('crm', 10_000);
    // Not by the command: on a busy machine that takes a good part of such a life.
    await registerCertificate(the.cloud, { ...certificateFacts(client.certificatePem), party: PARTY.crm });
    the.install('crm', client);
    await until(async () => expect(the.log('crm-worker')).toContain(client.thumbprint));
    await the.cycle();
    // Changes go on until one meets the end of the certificate.
    let changes = 0;
    await until(async () => {
      await the.changeAtCrm(`change ${++changes}`);
      expect(await endings()).toContainEqual({ direction: 'forward', state: 'refused', code: 'certificate-expired' });
    });
    await the.changeAtCrm('after the end');
    await the.changeAtCloud('after the end');
    const status = await the.keys<{ expiries: readonly { what: string; warning: number }[] }>('crm', 'list');
    expect(status.expiries.find(({ what }) => what === 'certificate')).toMatchObject({ warning: 0 });

    const renewed = await the.issue('crm');
    await the.keys('cloud', 'add', renewed.file, '--party', PARTY.crm, '--reason', 'renewal');
    the.install('crm', renewed);
    await the.reachedCloud('after the end');
    await the.order();
    await the.reachedCrm('after the end');
    expect(new Set(await the.refusals())).toEqual(new Set(['certificate-expired']));
  });
});

describe('a standing message', () => {
  /** Lets the CRM order, with nothing to come in: the cloud holds its answer open. */
  async function standingMessage(): Promise<void> {
    await the.order();
    await until(async () =>
      expect(await controlRows(the.cloud, `select id from tidegate.reverse_message where state = 'open' and expires_at > now()`, [])).toHaveLength(1),
    );
  }

  it('brings changes of the cloud in as they happen, and a pause ends it', async () => {
    await standingMessage();
    await the.changeAtCloud('as it happened');
    await the.reachedCrm('as it happened');
    await standingMessage();
    await the.tidegate.pause(the.link, { reason: 'to look', by: 'test' });
    await until(async () => expect(await endings()).toContainEqual({ direction: 'reverse', state: 'refused', code: 'link-stopped' }));
    await the.tidegate.resume(the.link, { by: 'test' });
    await the.changeAtCrm('goes on');
    await the.reachedCloud('goes on');
  });

  /** Everything that records consist of, at both sides. */
  const records = async () => [
    await controlRows(the.crm, 'select id, note, job_title from crm.contacts order by id', []),
    await controlRows(the.cloud, 'select id, notes, title from cloud.people order by id', []),
  ];

  it('ends: revoke the CRM’s key and the cloud falls silent at once: standing message, kept connections, new requests', async () => {
    await the.cycle();
    await standingMessage();
    const kid = await signing('crm');
    await the.keys('cloud', 'revoke', kid, '--reason', 'proof for the auditor');
    // Long before its 60 s are over, the standing message ends with its refusal.
    await until(async () => expect(await endings()).toContainEqual({ direction: 'reverse', state: 'refused', code: 'key-unknown' }));
    await the.changeAtCloud('never ordered in');
    await the.changeAtCrm('never sent');
    const silent = await records();
    await the.order();
    await until(async () => expect((await endings()).filter(({ code }) => code === 'key-unknown').map(({ direction }) => direction)).toContain('forward'));
    await until(async () => expect((await endings()).filter(({ direction }) => direction === 'reverse')).toHaveLength(2));
    expect(await records()).toEqual(silent);
    expect(new Set(await the.refusals())).toEqual(new Set(['key-unknown']));
    const acts = await controlRows<{ event: string; reason: string }>(
      the.cloud,
      `select event, facts ->> 'reason' as reason from tidegate.audit_event where subject = $1 order by id`,
      [kid],
    );
    expect(acts).toEqual([{ event: 'key-revoked', reason: 'proof for the auditor' }]);

    // A new key, and all that waited arrives.
    await rotate('crm');
    await the.reachedCloud('never sent');
    await the.order();
    await the.reachedCrm('never ordered in');
  });

  it('ends where the cloud’s key is revoked at the CRM alone: the CRM asks nothing and sends nothing', async () => {
    await the.cycle();
    await standingMessage();
    await the.keys('crm', 'revoke', await signing('cloud'), '--reason', 'stolen');
    for (const { id, party, kind, state } of (await the.keys<Listed>('crm', 'list')).trusted)
      if (party === PARTY.cloud && kind === 'key' && state === 'active') await the.keys('crm', 'revoke', id, '--reason', 'stolen');
    await until(async () => expect(await endings()).toContainEqual({ direction: 'reverse', state: 'refused', code: 'key-unknown' }));
    await the.changeAtCrm('kept at home');
    await until(async () => expect(await endings()).toContainEqual({ direction: 'forward', state: 'refused', code: 'key-unknown' }));
    // The cloud was not even asked.
    expect(await controlRows(the.cloud, `select code from tidegate.audit_event where event = 'request-refused'`, [])).toEqual([]);
    await rotate('cloud');
    // The producer takes the key up within a second: what it signs before that is refused, and somebody asks again.
    await until(async () => {
      await the.sync();
      expect(await the.notesAtCloud()).toBe('kept at home');
      // The receipt of a window that the cloud had taken before is believed as well.
      expect(await controlRows(the.crm, `select ordinal from tidegate."window" where direction = 'forward' and state in ('prepared', 'sent')`, [])).toEqual([]);
    });
    await the.cycle();
  });
});

/** Thumbprint of the certificate that the producer shows to a new connection. */
function shownByProducer(): Promise<string> {
  const { ca, crmCertificate, crmKey } = the.stack.tls;
  const [authority, cert, key] = [readFileSync(ca), readFileSync(crmCertificate), readFileSync(crmKey)];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(the.stack.cloud.url).port), ca: authority, cert, key }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      resolve(certificate === undefined ? '' : thumbprint(certificate));
    });
    socket.once('error', reject);
  });
}

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReleaseActivities } from '../../activities/create-release-activities.ts';
import { readReleaseClaims } from '../../activities/auth/message-claims.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { writeRelease } from '../../adaptor/data/control/releases.ts';
import { ensureChannels } from '../../adaptor/data/state/channel.ts';
import { ensureLink } from '../../adaptor/data/state/link.ts';
import type { LinkName } from '../../exchange/names.ts';
import type { ReleaseClaims } from '../../exchange/release.ts';
import { TYP } from '../../exchange/protocol.ts';
import { signAnything } from '../adaptor/auth/forge.ts';
import { codeOf } from '../support/code-of.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* Releases from their bytes (rule 5): whoever holds Temporal or the consumer's password cannot write into the CRM with them. */

let link: TestLink;
let activities: ReturnType<typeof createReleaseActivities>;

beforeAll(async () => {
  link = await startTestLink();
  activities = createReleaseActivities(link.context(undefined as never, 'none'));
  await ensureLink(link.crmAdmin, link.setup.identity);
  await ensureChannels(link.crmAdmin, link.name as LinkName, ['contacts', 'appointments', 'tasks']);
}, 60_000);
afterAll(async () => link?.[Symbol.asyncDispose]());

const ID = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';
const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);

let subject = 0;
beforeEach(async () => {
  await crm(`DELETE FROM crm.contacts`);
  await crm(`INSERT INTO crm.contacts (id, family_name, note) VALUES ($1, 'Ash', 'before'), ($2, 'Birch', 'before')`, [ID, OTHER]);
  await crm(`DELETE FROM tidegate.change_log`);
  const [row] = await crm<{ id: number }>(
    `INSERT INTO tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, detail, record, changed, base)
     VALUES ($1, 'contacts', 'reverse', ARRAY[$2], 1, gen_random_uuid(), 'U', 'value-invalid', 'd', jsonb_build_object('id', $2, 'note', 'secret words'), 'note', '0') RETURNING id`,
    [link.name, ID],
  );
  subject = row?.id ?? 0;
});
const notes = async () => (await crm<{ note: string }>('SELECT note FROM crm.contacts ORDER BY family_name')).map(({ note }) => note);
const ask = (): Promise<string> =>
  writeRelease(link.consumer, { link: link.name, act: 'edit', subject, values: { note: 'decided' }, requestedBy: 'anna', reason: 'it was meant' });
const at = (releaseId: string) => ({ link: link.name, releaseId });
const sign = async (releaseId: string) => {
  const signed = await activities.signRelease(at(releaseId));
  return { ...signed, jws: signed.jws ?? '' };
};

describe('a release from beginning to end', () => {
  it('is signed, verified, applied, closed; each step may be repeated', async () => {
    const releaseId = await ask();
    const signed = await sign(releaseId);
    expect(await activities.signRelease(at(releaseId))).toEqual(signed);
    expect(readReleaseClaims(signed.jws)).toMatchObject({
      jti: releaseId,
      act: 'edit',
      subject,
      by: 'anna',
      reason: 'it was meant',
      orders: [{ collection: 'contacts', fields: ['note'], operations: ['U'], keys: [[ID]], localKeys: [[ID]] }],
    });
    for (let n = 0; n < 2; n++) await activities.verifyRelease({ ...at(releaseId), jws: signed.jws });
    for (let n = 0; n < 2; n++) expect(await activities.applyRelease({ ...at(releaseId), runId: 'w/r' })).toEqual({ outcome: 'applied', ordinal: null });
    const end = { state: 'applied', outcome: 'applied', errorCode: null, errorDetail: null, runId: 'w/r' } as const;
    for (let n = 0; n < 2; n++) await activities.closeRelease({ ...at(releaseId), ...end });
    expect(await notes()).toEqual(['decided', 'before']);
    const [entry] = await crm<{ n: number }>('SELECT count(*) AS n FROM tidegate.ledger_entry WHERE message_id = $1::uuid', [releaseId]);
    expect(entry).toEqual({ n: 1 });
    const [row] = await crm<{ by: string }>('SELECT accepted_by AS by FROM tidegate.accepted_message WHERE message_id = $1::uuid', [releaseId]);
    expect(row).toEqual({ by: 'tidegate_verifier' });
  });

  it('shows no value in what the workflow sees', async () => {
    const signed = await sign(await ask());
    const text = `${JSON.stringify(signed)}${Buffer.from(signed.jws.split('.')[1] ?? '', 'base64url')}`;
    for (const value of ['decided', 'secret words']) expect(text).not.toContain(value);
  });
});

describe('refused, and nothing changed', () => {
  type Jws = (signed: { readonly jws: string; readonly claims: ReleaseClaims }) => Promise<string>;
  const signed = (key: SigningKey, typ: string, claims: ReleaseClaims) =>
    signAnything(key, { alg: 'EdDSA', typ, kid: link.setup.signingKey.kid }, JSON.stringify(claims));
  const reissue = (claims: ReleaseClaims, changed: Partial<ReleaseClaims>, options: { id?: string; nowMs?: number; audience?: string } = {}) => {
    const { iss: _iss, aud, iat: _iat, exp: _exp, jti, ...body } = claims;
    return issue(link.setup.signingKey, 'release', { ...body, ...changed }, { id: jti, audience: aud, ...options });
  };
  it.each<[string, string, Jws]>([
    ['forged: another key of the same name', 'invalid-token', ({ claims }) => signed(link.producer.cloudKey, TYP.release, claims)],
    ['altered by a bit', 'invalid-token', async ({ jws }) => jws.replace(/\.([^.]+)\./, (_all, payload: string) => `.${flip(payload)}.`)],
    ['signed by the cloud', 'issuer-not-crm', ({ claims }) => cloudSigned(claims)],
    ['a reverse message instead', 'invalid-token', ({ claims }) => signed(link.setup.signingKey, TYP.reverseMessage, claims)],
    ['expired', 'message-expired', ({ claims }) => reissue(claims, {}, { nowMs: Date.now() - 2 * 3_600_000 })],
    ['of another decision', 'release-not-accepted', ({ claims }) => reissue(claims, {}, { id: randomUUID() })],
    ['signed again with other content', 'release-not-accepted', ({ claims }) => reissue(claims, { content: 'A'.repeat(43) })],
    [
      'signed again for another record',
      'release-not-accepted',
      ({ claims }) => reissue(claims, { orders: claims.orders.map((order) => ({ ...order, localKeys: [[OTHER]] })) }),
    ],
    ['meant for the cloud', 'invalid-token', ({ claims }) => reissue(claims, {}, { audience: claims.aud.replace('crm:', 'cloud:') })],
  ])('%s: %s', async (_what, code, alter) => {
    const releaseId = await ask();
    const { jws } = await sign(releaseId);
    const other = await alter({ jws, claims: readReleaseClaims(jws) });
    expect(await codeOf(activities.verifyRelease({ ...at(releaseId), jws: other }))).toBe(code);
    expect(await codeOf(activities.applyRelease({ ...at(releaseId), runId: 'w/r' }))).toBe('release-not-accepted');
    expect(await notes()).toEqual(['before', 'before']);
  });

  it('a decision that was never signed, or has ended', async () => {
    const releaseId = await ask();
    expect(await codeOf(activities.applyRelease({ ...at(releaseId), runId: 'w/r' }))).toBe('release-not-accepted');
    const { jws } = await sign(releaseId);
    await activities.verifyRelease({ ...at(releaseId), jws });
    await activities.closeRelease({ ...at(releaseId), state: 'refused', outcome: null, errorCode: 'run-cancelled', errorDetail: null, runId: 'w/r' });
    expect(await codeOf(activities.applyRelease({ ...at(releaseId), runId: 'w/r' }))).toBe('release-not-accepted');
    expect(await codeOf(activities.signRelease(at(releaseId)))).toBe('release-not-accepted');
    expect(await codeOf(activities.signRelease(at(randomUUID())))).toBe('release-not-accepted');
    expect(await notes()).toEqual(['before', 'before']);
  });

  it('the row altered after it was signed: values, act, who', async () => {
    for (const [sql, code] of [
      [`"values" = '{"note": "evil"}'`, 'release-mismatch'],
      [`act = 'retry'`, 'accepted'],
      [`requested_by = 'eve', reason = 'none'`, 'accepted'],
      [`jws = replace(jws, '.', 'x.')`, 'invalid-token'],
    ] as const) {
      await crm(`UPDATE crm.contacts SET note = 'before'`);
      await crm(`DELETE FROM tidegate.change_log`);
      await crm(`UPDATE tidegate.quarantine SET state = 'waiting', resolved_by = null WHERE id = $1`, [subject]);
      const releaseId = await ask();
      const { jws } = await sign(releaseId);
      await activities.verifyRelease({ ...at(releaseId), jws });
      await crm(`UPDATE tidegate.release SET ${sql} WHERE id = $1::uuid`, [releaseId]);
      const said = await codeOf(activities.applyRelease({ ...at(releaseId), runId: 'w/r' }));
      // What was signed counts, not what the row says: the same value by the same person.
      const [row] = await crm<{ by: string }>(`SELECT resolved_by AS by FROM tidegate.quarantine WHERE id = $1`, [subject]);
      expect([sql, said, row?.by ?? null]).toEqual([sql, code, code === 'accepted' ? 'anna' : null]);
      expect((await notes())[0]).toBe(code === 'accepted' ? 'decided' : 'before');
    }
  });
});

function flip(payload: string): string {
  const text = Buffer.from(payload, 'base64url').toString('utf8').replace('"anna"', '"anne"');
  return Buffer.from(text).toString('base64url');
}

function cloudSigned(claims: ReleaseClaims): Promise<string> {
  const { cloudKey } = link.producer;
  return signAnything(cloudKey, { alg: 'EdDSA', typ: TYP.release, kid: cloudKey.kid }, JSON.stringify({ ...claims, iss: cloudKey.party }));
}

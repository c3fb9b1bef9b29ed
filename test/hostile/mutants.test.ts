import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { isErrorCode } from '../../exchange/errors.ts';
import { PATHS, PROOF_HEADER, type SignedKind } from '../../exchange/protocol.ts';
import { partsOf } from '../adaptor/auth/forge.ts';
import { type Mutation, mutationWith } from '../adaptor/auth/mutations.ts';
import { CLOUD, CRM, HASH, LINK, NOW_MS, manifestBody, receiptBody, reverseOrder, sampleKeys } from '../adaptor/auth/sample-link.ts';
import { codeOf } from '../support/code-of.ts';
import { expectRefused, fetchToken, send, signedRequest, storeState } from '../support/producer-requests.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';
import { trust } from '../support/trusted-keys.ts';

/*
 * 20,000 altered tokens and messages in each run: none whose meaning changed is accepted. The mass goes through what
 * verifies them, a few hundred through a producer's own port.
 */

const MUTANTS = 20_000;
const OVER_HTTPS = 240;

/** Mutants of a text, with up to three alterations each; none is the text itself. */
function mutantOf(original: string, mutations: readonly Mutation[]): string | undefined {
  try {
    const mutant = mutations.reduce((text, mutate) => mutate(text), original);
    return mutant === original ? undefined : mutant;
  } catch {
    return undefined; // an earlier alteration left no JSON to alter
  }
}

/** The same bytes were signed: only how they are written could differ. */
const sameMeaning = (one: string, other: string): boolean => {
  const decode = (text: string) => Object.values(partsOf(text)).map((part) => Buffer.from(part, 'base64url').toString('hex'));
  return decode(one).join() === decode(other).join();
};

describe('altered tokens and messages', () => {
  it('are refused with a typed error, all 20,000 of them', async () => {
    const keys = await sampleKeys();
    const registry = await trust(...Object.values(keys));
    const at = { nowMs: NOW_MS };
    const cnf = { 'x5t#S256': HASH };
    const token = { ...LINK, sub: CRM, client_id: CRM, operations: ['forward' as const], collections: ['contacts'], cnf };
    const samples: [SignedKind, string, () => Promise<string>][] = [
      ['reverseMessage', CLOUD, () => issue(keys.crm, 'reverseMessage', reverseOrder(), at)],
      ['assertion', CLOUD, () => issue(keys.crm, 'assertion', { ...LINK, sub: CRM }, at)],
      ['accessToken', CLOUD, () => issue(keys.cloud, 'accessToken', token, { ...at, audience: CLOUD })],
      ['settlement', CLOUD, () => issue(keys.crm, 'settlement', { ...LINK, collection: 'contacts', ordinal: 1, epoch: 1 }, at)],
      ['manifest', CLOUD, () => issue(keys.crm, 'manifest', manifestBody('forward'), at)],
      ['receipt', CRM, () => issue(keys.cloud, 'receipt', receiptBody('forward'), at)],
    ];
    const texts = await Promise.all(samples.map(async ([kind, audience, make]) => ({ kind, audience, jws: await make(), twin: await make() })));
    for (const { kind, audience, jws } of texts)
      expect({ kind, end: await codeOf(verify(jws, kind, { audience, registry, ...at })) }).toEqual({ kind, end: 'accepted' });

    let chosen = texts[0]!;
    const mutation = mutationWith(() => chosen.twin);
    const accepted: string[] = [];
    const codes = new Map<string, number>();
    let mutants = 0;
    for (let turn = 0; mutants < MUTANTS; turn++) {
      chosen = texts[turn % texts.length]!;
      const { kind, audience, jws, twin } = chosen;
      const drawn = fc.sample(fc.array(mutation, { minLength: 1, maxLength: 3 }), 500);
      for (const mutations of drawn) {
        const mutant = mutantOf(jws, mutations);
        if (mutant === undefined || mutant === twin) continue;
        mutants += 1;
        const code = await codeOf(verify(mutant, kind, { audience, registry, ...at }));
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (code === 'accepted' && !sameMeaning(mutant, jws) && !sameMeaning(mutant, twin)) accepted.push(mutant);
      }
    }
    expect(accepted).toEqual([]);
    expect([...codes.keys()].filter((code) => code !== 'accepted' && !isErrorCode(code))).toEqual([]);
    expect(mutants).toBeGreaterThanOrEqual(MUTANTS);
  }, 120_000);
});

describe('altered tokens, proofs and messages at the producer’s port', () => {
  let producer: TestProducer;
  beforeAll(async () => {
    producer = await startTestProducer();
  });
  afterAll(() => producer[Symbol.asyncDispose]());

  it('are refused as problems of the client, and nothing changes', async () => {
    const path = PATHS.reverse('acme/test/hub', 'contacts');
    const accessToken = await fetchToken(producer);
    const message = await issue(producer.crmKey, 'reverseMessage', { ...reverseOrder(producer.link), requests: [randomUUID()] });
    const twin = await fetchToken(producer);
    const before = await storeState(producer.admin);
    // As it should be, it fails only where the handler looks for the collection.
    expectRefused(await send(producer, await signedRequest(producer, 'POST', path, message, { accessToken })), 'collection-unknown');

    // What cannot stand in a header at all never leaves Node's client.
    const speakable = (text: string): boolean => /^[\u0021-\u007E]*$/.test(text);
    const ends = new Map<number, number>();
    let sent = 0;
    for (const mutations of fc.sample(
      fc.array(
        mutationWith(() => twin),
        { minLength: 1, maxLength: 2 },
      ),
      OVER_HTTPS * 2,
    )) {
      if (sent >= OVER_HTTPS) break;
      const target = (['token', 'proof', 'message'] as const)[sent % 3]!;
      const whole = await signedRequest(producer, 'POST', path, message, { accessToken });
      const original = { token: accessToken, proof: whole.headers[PROOF_HEADER]!, message }[target];
      const mutant = mutantOf(original, mutations);
      if (mutant === undefined || mutant === twin || !speakable(mutant)) continue;
      sent += 1;
      const request =
        target === 'message'
          ? await signedRequest(producer, 'POST', path, mutant, { accessToken })
          : { ...whole, headers: { ...whole.headers, ...(target === 'token' ? { authorization: `Bearer ${mutant}` } : { [PROOF_HEADER]: mutant }) } };
      const answer = await send(producer, request);
      ends.set(answer.status, (ends.get(answer.status) ?? 0) + 1);
      const { code, noUpdate } = JSON.parse(answer.body) as { code: string; noUpdate: string };
      // The handler's own word would mean that the mutant was believed.
      expect({ target, code: isErrorCode(code) && code !== 'collection-unknown' ? 'refused' : `${code}: ${mutant}` }).toEqual({ target, code: 'refused' });
      expect(noUpdate).toBe('No update was performed.');
    }
    expect(sent).toBe(OVER_HTTPS);
    expect([...ends.keys()].every((status) => status >= 400 && status < 500)).toBe(true);
    expect(await storeState(producer.admin)).toBe(before);
  }, 120_000);
});

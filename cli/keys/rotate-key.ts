import { createAssertion } from '../../adaptor/auth/access-token.ts';
import { parseParty } from '../../adaptor/auth/party.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { writePublicKey } from '../../adaptor/auth/public-key-document.ts';
import { endOtherKeys, registerKey } from '../../adaptor/auth/register.ts';
import { dropNextKey, ensureNextKey, findNextKey, takeNextKey } from '../../adaptor/auth/signing-key-file.ts';
import { listTrusted } from '../../adaptor/auth/trust-list.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';
import { clientTlsOptions, readTlsMaterial } from '../../adaptor/auth/tls.ts';
import { ProducerClient } from '../../adaptor/communication/producer-client.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { linkName } from '../../exchange/names.ts';
import { afterDoing } from '../partly.ts';
import type { KeysParts } from './keys-parts.ts';

const DAY_MS = 86_400_000;
/** A key is valid from a little before it was made: the other side's clock may be behind. */
const BEFORE_MS = 5 * 60_000;
const PROBE_TIMEOUT_MS = 10_000;

/** A new key that waits for the other side. */
export interface PreparedKey {
  readonly party: string;
  readonly kid: string;
  /** The document for the other side; nothing in it is secret. */
  readonly publicKey: string;
}

/**
 * First half of a rotation: makes the party's next key beside its key file, and registers its public half at this side.
 * Nothing is signed with it yet. Called again it gives the same key, unless that was revoked meanwhile.
 */
export async function prepareKey(parts: KeysParts, party: string, { days, reason }: { readonly days: number; readonly reason: string }): Promise<PreparedKey> {
  const waiting = await findNextKey(parts.files.signingKey, party);
  if (waiting !== undefined && (await stateAt(parts, waiting)) === 'revoked') await dropNextKey(parts.files.signingKey, party);
  const next = await ensureNextKey(parts.files.signingKey, party);
  const nowMs = Date.now();
  const [notBeforeMs, notAfterMs] = [nowMs - BEFORE_MS, nowMs + days * DAY_MS];
  await afterDoing(`the key ${next.kid} waits beside the key file, and is registered nowhere; give the command again`, () =>
    registerKey(parts.pool, { party, publicJwk: next.publicJwk, notBeforeMs, notAfterMs }, parts.act(reason)),
  );
  return { party, kid: next.kid, publicKey: writePublicKey(next, notBeforeMs, notAfterMs) };
}

/** What a finished rotation did. */
export interface ActivatedKey {
  readonly party: string;
  readonly kid: string;
  /** Older keys of the party, which are accepted until `endsAt`. */
  readonly ending: readonly string[];
  readonly endsAt: string;
}

/**
 * Second half: the next key becomes the one that is signed with, in running processes too, and the older ones end after the
 * overlap. The CRM asks the producer first whether it takes the new key, and changes nothing where it does not. The cloud
 * cannot ask (nobody knocks at the CRM): `told` is the operator's word that the CRM has it. Throws the producer's refusal, `bad-request`.
 */
export async function activateKey(
  parts: KeysParts,
  party: string,
  { overlapDays, reason, told }: { readonly overlapDays: number; readonly reason: string; readonly told: boolean },
): Promise<ActivatedKey> {
  const next = await findNextKey(parts.files.signingKey, party);
  if (next === undefined) throw new TidegateError('bad-request', `No new key of ${party} waits; make one with \`tidegate keys rotate\`.`);
  const state = await stateAt(parts, next);
  if (state !== 'active')
    throw new TidegateError('bad-request', `The new key ${next.kid} is ${state ?? 'not registered'} at this side: run \`tidegate keys rotate\` first.`, {
      kid: next.kid,
    });
  if (parts.side === 'crm' && !told) await askProducer(parts, next);
  else if (!told) throw new TidegateError('bad-request', "The cloud can't ask the CRM: say --told once its operator has added the new key.");
  const { by } = parts.act(reason);
  const link = parseParty(party)?.link;
  const endsAtMs = Date.now() + overlapDays * DAY_MS;
  // The file last, while the store still can take it back: an older key must not end that is still signed with.
  const ending = await inTransaction(parts.pool, async (client) => {
    await recordAudit(client, {
      ...(link === undefined ? {} : { link: linkName(link) }),
      event: 'key-activated',
      subject: next.kid,
      facts: { party, by, reason },
    });
    const others = await endOtherKeys(client, { party, kid: next.kid, endsAtMs }, parts.act(reason));
    await takeNextKey(parts.files.signingKey, party);
    return others;
  });
  return { party, kid: next.kid, ending, endsAt: new Date(endsAtMs).toISOString() };
}

/** How this side's store knows a key; undefined where it does not. */
async function stateAt({ pool }: KeysParts, { kid }: SigningKey): Promise<string | undefined> {
  return (await listTrusted(pool)).find(({ id }) => id === kid)?.state;
}

/** Asks for a token with the new key: a producer that does not know it refuses. */
async function askProducer({ files, cloudUrl }: KeysParts, key: SigningKey): Promise<void> {
  const link = parseParty(key.party)?.link;
  if (link === undefined || cloudUrl === undefined || files.ca === undefined || files.certificate === undefined || files.key === undefined)
    throw new TidegateError('configuration-invalid', 'To ask the producer, TIDEGATE_CLOUD_URL and the TIDEGATE_TLS_ files have to be set (or say --told).');
  const material = await readTlsMaterial({ ca: files.ca, certificate: files.certificate, key: files.key });
  const client = new ProducerClient({
    baseUrl: cloudUrl,
    tls: clientTlsOptions(material, new URL(cloudUrl).hostname.replace(/^\[|\]$/g, '')),
    link,
    auth: { createAssertion: () => createAssertion(key), createProof: (request) => createProof(key, request) },
    maxConnections: 1,
    connectTimeoutMs: PROBE_TIMEOUT_MS,
    answerTimeoutMs: PROBE_TIMEOUT_MS,
  });
  try {
    await client.requestToken({ operations: ['open'], collections: ['probe'] });
  } catch (error) {
    if (error instanceof TidegateError && error.code === 'key-unknown')
      throw new TidegateError('key-unknown', 'The producer does not know the new key yet: hand it over, then try again. Nothing was changed.', {
        kid: key.kid,
      });
    throw error;
  } finally {
    await client.close();
  }
}

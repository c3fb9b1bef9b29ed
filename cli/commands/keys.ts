import { X509Certificate } from 'node:crypto';
import { type Command, Option } from 'commander';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import { readExpiries } from '../../adaptor/auth/expiry.ts';
import { readPublicKey, writePublicKey } from '../../adaptor/auth/public-key-document.ts';
import { endOtherKeys, registerCertificate, registerKey, revokeCertificate, revokeKey } from '../../adaptor/auth/register.ts';
import { findNextKey, loadSigningKey, loadSigningKeys } from '../../adaptor/auth/signing-key-file.ts';
import { listTrusted } from '../../adaptor/auth/trust-list.ts';
import { tellTrust } from '../../adaptor/data/control/trust-notice.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { sideSchema } from '../../exchange/names.ts';
import { type KeysParts, openKeysParts } from '../keys/keys-parts.ts';
import { keysText } from '../keys/keys-text.ts';
import { activateKey, prepareKey } from '../keys/rotate-key.ts';
import { wholeNumber } from '../number-option.ts';
import { type Output, print } from '../output.ts';
import { afterDoing } from '../partly.ts';
import type { RunAlone } from '../run-command.ts';
import { readNamedFile } from '../named-file.ts';
import { requireWritable, writeNamedFile } from '../written-file.ts';

const DAY_MS = 86_400_000;

/** A key may be valid for a day to 27 years; an overlap may end at once. */
const [validDays, overlapDays] = [wholeNumber(1, 9999), wholeNumber(0, 9999)];

/** `tidegate keys list | export | add | rotate | activate | revoke`: who is believed, at either side. */
export function addKeysCommands(program: Command, run: RunAlone): void {
  const keys = program.command('keys').description('who is believed: signing keys and certificates, at either side');
  const define = (name: string, description: string): Command =>
    keys
      .command(name)
      .description(description)
      .addOption(
        new Option('--side <side>', "at which side: the company's, or (for the producer's operator) the third party's")
          .choices(sideSchema.options)
          .default('crm'),
      );
  const at = <O extends { side: string }>(act: (parts: KeysParts, output: Output, options: O, argument: string) => Promise<void>) =>
    run(async ({ output, environment }, ...given: readonly unknown[]) => {
      const [options, argument] = given.length > 2 ? [given[1], String(given[0])] : [given[0], ''];
      await using parts = openKeysParts(sideSchema.parse((options as O).side), environment);
      await act(parts, output, options as O, argument);
    });

  define('list', 'every registered key and certificate, who added or revoked it and why, and what expires').action(at(list));
  define('export', 'the public half of the key that this side signs with, for the other side to add')
    .option('--link <name>', 'the link, where there are several')
    .option('--output <file>', 'write it there')
    .option('--days <number>', 'how long it is to be valid', validDays, 365)
    .action(at(exportKey));
  define('add <file>', "register the other side's public key (made by rotate or export), or with --party a certificate (PEM)")
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .option('--kid <id>', 'the key id (of a certificate its thumbprint) as its owner told you by another way: another one is refused')
    .option('--party <party>', 'whose it is; needed with a certificate: a party or the beginning of one (crm:tenant/environment)')
    .option('--overlap-days <number>', "let the party's other keys end after so many days", overlapDays)
    .action(at(add));
  define('rotate', 'make the next signing key of this side; nothing is signed with it before activate')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .option('--link <name>', 'the link, where there are several')
    .option('--output <file>', 'write the public half there, for the other side')
    .option('--days <number>', 'how long it is valid', validDays, 365)
    .action(at(rotate));
  define('activate', 'sign with the next key from now on, once the other side has added it')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .option('--link <name>', 'the link, where there are several')
    .option('--told', 'the other side has said that it added the key (the CRM asks the producer otherwise)')
    .option('--overlap-days <number>', 'the key of before is accepted for so long', overlapDays, 30)
    .action(at(activate));
  define('revoke <id>', 'believe a key (its id) or a certificate (its thumbprint) no more, from the next request on, for good')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .action(at(revoke));
}

async function list(parts: KeysParts, output: Output): Promise<void> {
  const { files, pool } = parts;
  const [trusted, expiries, own] = await Promise.all([
    listTrusted(pool),
    readExpiries(pool, { certificate: files.certificate, authority: files.ca }),
    loadSigningKeys(files.signingKey),
  ]);
  const signing = new Set([...own.values()].map(({ kid }) => kid));
  const next = await Promise.all([...own.keys()].map((party) => findNextKey(files.signingKey, party)));
  const waiting = new Set(next.flatMap((key) => key?.kid ?? []));
  const shown = trusted.map((one) => ({ ...one, use: signing.has(one.id) ? 'signs' : waiting.has(one.id) ? 'next' : null }));
  print(output, { side: parts.side, trusted: shown, expiries }, () => keysText(trusted, expiries, { signing, waiting }));
}

async function exportKey(parts: KeysParts, output: Output, options: { side: string; link?: string; output?: string; days: number }): Promise<void> {
  const party = await parts.ownParty(options.link);
  const key = await loadSigningKey(parts.files.signingKey, party);
  const known = (await listTrusted(parts.pool)).find(({ id }) => id === key.kid);
  const nowMs = Date.now();
  const document = writePublicKey(key, known?.notBeforeMs ?? nowMs, known?.notAfterMs ?? nowMs + options.days * DAY_MS);
  await handOver(output, { party, kid: key.kid, publicKey: document }, options.output, []);
}

async function add(
  parts: KeysParts,
  output: Output,
  options: { side: string; reason: string; kid?: string; party?: string; overlapDays?: number },
  file: string,
): Promise<void> {
  const text = readNamedFile(file);
  const act = parts.act(options.reason);
  if (text.includes('-----BEGIN CERTIFICATE-----')) {
    if (options.party === undefined) throw new TidegateError('bad-request', 'Say whose certificate it is (--party crm:tenant/environment).');
    const facts = certificateFacts(readCertificate(text, file));
    if (options.kid !== undefined && options.kid !== facts.thumbprint)
      throw new TidegateError('bad-request', `The certificate's thumbprint is ${facts.thumbprint}, not what --kid says.`);
    if (options.overlapDays !== undefined)
      throw new TidegateError('bad-request', '--overlap-days is of keys: revoke the certificate of before when it is not used any more.');
    await registerCertificate(parts.pool, { ...facts, party: options.party }, act);
    await tellTrust(parts.pool);
    print(
      output,
      { kind: 'certificate', id: facts.thumbprint, party: options.party },
      () => `Registered: ${facts.subject} of ${options.party}, ${facts.thumbprint}`,
    );
    return;
  }
  const key = await readPublicKey(text, options.kid);
  if (options.party !== undefined && options.party !== key.party) throw new TidegateError('bad-request', `The key is ${key.party}'s, not ${options.party}'s.`);
  await registerKey(parts.pool, key, act);
  const endsAtMs = Date.now() + (options.overlapDays ?? 0) * DAY_MS;
  const end = () => endOtherKeys(parts.pool, { party: key.party, kid: key.kid, endsAtMs }, act);
  const ending = options.overlapDays === undefined ? [] : await afterDoing(`the key ${key.kid} is registered; give the command again`, end);
  await tellTrust(parts.pool);
  print(output, { kind: 'key', id: key.kid, party: key.party, ending }, () =>
    [`Registered: the key ${key.kid} of ${key.party}.`, ...ending.map((kid) => `${kid} is accepted until ${new Date(endsAtMs).toISOString()}.`)].join('\n'),
  );
}

function readCertificate(text: string, file: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new TidegateError('bad-request', `${file} is no certificate.`, {}, { cause });
  }
}

async function rotate(
  parts: KeysParts,
  output: Output,
  options: { side: string; reason: string; link?: string; output?: string; days: number },
): Promise<void> {
  if (options.output !== undefined) await requireWritable(options.output);
  const prepared = await prepareKey(parts, await parts.ownParty(options.link), options);
  const other = parts.side === 'crm' ? 'cloud' : 'crm';
  await afterDoing(`the key ${prepared.kid} is made and registered here; give the command again for its public half`, () =>
    handOver(output, prepared, options.output, [
      `1. Let the other side add it:  tidegate keys add FILE --side ${other} --kid ${prepared.kid} --reason TEXT`,
      `2. Then sign with it:          tidegate keys activate --side ${parts.side}${parts.side === 'cloud' ? ' --told' : ''} --reason TEXT`,
    ]),
  );
}

/** Hands the public half over: into a file, or on the output. */
async function handOver(
  output: Output,
  { party, kid, publicKey }: { party: string; kid: string; publicKey: string },
  file: string | undefined,
  steps: readonly string[],
): Promise<void> {
  if (file !== undefined) await writeNamedFile(file, publicKey);
  print(output, { party, kid, ...(file === undefined ? { publicKey: JSON.parse(publicKey) as unknown } : { file }) }, () =>
    file === undefined ? publicKey.trimEnd() : `${party}: the public half of ${kid} is in ${file}.`,
  );
  for (const step of steps) output.note(step);
}

async function activate(
  parts: KeysParts,
  output: Output,
  options: { side: string; reason: string; link?: string; told?: boolean; overlapDays: number },
): Promise<void> {
  const party = await parts.ownParty(options.link);
  const activated = await activateKey(parts, party, { overlapDays: options.overlapDays, reason: options.reason, told: options.told === true });
  print(output, activated, () =>
    [`${party} signs with ${activated.kid} from now on.`, ...activated.ending.map((kid) => `${kid} is accepted until ${activated.endsAt}.`)].join('\n'),
  );
}

async function revoke(parts: KeysParts, output: Output, { reason }: { side: string; reason: string }, id: string): Promise<void> {
  const act = parts.act(reason);
  const kind = (await revokeKey(parts.pool, id, act)) ? 'key' : (await revokeCertificate(parts.pool, id, act)) ? 'certificate' : undefined;
  if (kind === undefined) {
    const known = (await listTrusted(parts.pool)).find((one) => one.id === id);
    throw new TidegateError('bad-request', known === undefined ? 'No key or certificate has this id.' : 'It is revoked already.', { id });
  }
  print(output, { kind, id, state: 'revoked' }, () => `The ${kind} ${id} is revoked; whoever shows it is refused from the next request on.`);
}

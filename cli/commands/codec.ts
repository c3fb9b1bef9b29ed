import type { Command } from 'commander';
import { addCodecKey, ensureCodecKeys, listCodecKeys, makeCodecKeyCurrent, removeCodecKey } from '../../adaptor/auth/codec/codec-key-file.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { EncodedPlace } from '../../scheduler/encoded-payloads.ts';
import { type KeyUse, encodeSchedulesAnew, keyUses } from '../codec/key-use.ts';
import type { Context } from '../context.ts';
import { print, table } from '../output.ts';
import { afterDoing } from '../partly.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate codec init | status | rotate | activate | retire`: the keys under which payloads in Temporal are encrypted. */
export function addCodecCommands(program: Command, run: RunCommand): void {
  const codec = program.command('codec').description('payloads in Temporal: the keys under which they are encrypted');
  codec
    .command('init')
    .description('make the key file with a first key, where it is missing')
    .action(
      run(async (context) => {
        const file = keyFile(context);
        await ensureCodecKeys(file);
        print(
          context.output,
          { keys: await listCodecKeys(file) },
          () => `Keys are in ${file}: give it to every process that reaches Temporal, and keep a copy.`,
        );
      }),
    );
  codec
    .command('status')
    .description('keys, and what in Temporal may still be under each')
    .action(
      run(async (context) => {
        const keys = await keyUses(await placeOf(context), await listCodecKeys(keyFile(context)));
        print(context.output, { keys }, () => statusText(keys));
      }),
    );
  codec
    .command('rotate')
    .description('make a key that encodes from now on; with --later one that only decodes until activate')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .option('--later', 'several machines have a file each: hand the new file out first, then activate the key on each')
    .action(
      run(async (context, { reason, later = false }: { reason: string; later?: boolean }) => {
        // A server or a store that is away is found before anything is changed.
        const place = later ? undefined : await placeOf(context);
        await context.pool.query('select');
        const keyId = await addCodecKey(keyFile(context), { current: !later });
        const schedules = await afterDoing(
          later ? `${keyId} is in the file` : `${keyId} is current; tidegate codec activate ${keyId} does the rest`,
          async () => {
            await note(context, later ? 'codec-key-added' : 'codec-key-activated', keyId, reason);
            return place === undefined ? 0 : encodeSchedulesAnew(place, keyId);
          },
        );
        print(context.output, { keyId, current: !later, schedules }, () =>
          later
            ? `${keyId} decodes from now on. Give the file to every process that reaches Temporal, then: tidegate codec activate ${keyId} --reason TEXT`
            : `${keyId} encodes from now on. The older keys still decode; see tidegate codec status.`,
        );
      }),
    );
  codec
    .command('activate <key>')
    .description('encode with a key of the file from now on')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .action(
      run(async (context, keyId: string, { reason }: { reason: string }) => {
        const place = await placeOf(context);
        await context.pool.query('select');
        await makeCodecKeyCurrent(keyFile(context), keyId);
        const schedules = await afterDoing(`${keyId} is current; give the command again for the rest`, async () => {
          await note(context, 'codec-key-activated', keyId, reason);
          return encodeSchedulesAnew(place, keyId);
        });
        print(context.output, { keyId, current: true, schedules }, () => `${keyId} encodes from now on.`);
      }),
    );
  codec
    .command('retire <key>')
    .description('take a key out of the file, once nothing in Temporal can be under it')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .action(
      run(async (context, keyId: string, { reason }: { reason: string }) => {
        const file = keyFile(context);
        const [use] = await keyUses(
          await placeOf(context),
          (await listCodecKeys(file)).filter((key) => key.keyId === keyId && !key.current),
        );
        if (use !== undefined && use.runs + use.schedules > 0)
          throw new TidegateError('codec-key-in-use', `${use.runs} runs and ${use.schedules} Schedules.`, { keyId, runs: use.runs, schedules: use.schedules });
        await removeCodecKey(file, keyId);
        await afterDoing(`${keyId} is out of the file`, () => note(context, 'codec-key-retired', keyId, reason));
        print(context.output, { keyId, state: 'retired' }, () => `${keyId} is retired.`);
      }),
    );
}

function keyFile({ settings }: Context): string {
  if (settings.TIDEGATE_CODEC_KEYS === undefined)
    throw new TidegateError('configuration-invalid', 'Set TIDEGATE_CODEC_KEYS to the key file: payloads in Temporal are plain until then.');
  return settings.TIDEGATE_CODEC_KEYS;
}

async function placeOf({ settings, temporal }: Context): Promise<EncodedPlace> {
  return { client: await temporal(), taskQueue: settings.TIDEGATE_TASK_QUEUE };
}

const note = ({ pool, actor }: Context, event: string, subject: string, reason: string): Promise<void> =>
  recordAudit(pool, { event, subject, facts: { by: actor, reason } });

function statusText(keys: readonly KeyUse[]): string {
  const state = ({ current, replacedAt }: KeyUse): string => (current ? 'encodes' : replacedAt === null ? 'decodes, not used yet' : 'decodes');
  return table(
    ['key', 'state', 'since', 'runs that may be under it', 'Schedules'],
    keys.map((key) => [key.keyId, state(key), key.createdAt, String(key.runs), String(key.schedules)]),
  );
}

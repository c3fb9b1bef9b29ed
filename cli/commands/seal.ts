import type { Command } from 'commander';
import { type SealKeyId, addSealKey, ensureSealKeys, listSealKeys, removeSealKey } from '../../adaptor/auth/sealing/seal-key-file.ts';
import { type CollectionPlan } from '../../adaptor/data/plan.ts';
import { planCollections } from '../../adaptor/data/plan-collections.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { resendSealed, waitingResends } from '../../adaptor/data/sealing/resend-sealed.ts';
import { type SealedCount, countSealed, neededBecause } from '../../adaptor/data/sealing/sealing-standing.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { inParentOrder } from '../../configuration/config.ts';
import { sealedFields } from '../../exchange/collection.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Context } from '../context.ts';
import { print, table } from '../output.ts';
import { afterDoing } from '../partly.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate seal init | status | rotate | retire`: the keys of sealed fields. */
export function addSealCommands(program: Command, run: RunCommand): void {
  const seal = program.command('seal').description('sealed fields: their keys, and what at the cloud is under which');
  seal
    .command('init')
    .description('make the key file with a first key, where it is missing')
    .action(
      run(async (context) => {
        await ensureSealKeys(keyFile(context));
        print(
          context.output,
          { keys: await listSealKeys(keyFile(context)) },
          () => `Keys are in ${keyFile(context)}: keep a copy where the CRM's backups are.`,
        );
      }),
    );
  seal
    .command('status')
    .description('keys, and how many values at the cloud are under each')
    .action(
      run(async (context) => {
        const [keys, values] = await Promise.all([listSealKeys(keyFile(context)), countSealed(context.pool)]);
        const waiting = await waitingOf(context);
        print(context.output, { keys, values, waiting }, () => statusText(keys, values, waiting));
      }),
    );
  seal
    .command('rotate')
    .description('make a new key current, and send every sealed value again under it')
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .action(
      run(async (context, { reason }: { reason: string }) => {
        const plans = await sealedPlans(context);
        // A server that is away is found before anything is changed.
        const tidegate = await context.tidegate();
        const keyId = await addSealKey(keyFile(context));
        const records = await afterDoing(`${keyId} is current; give the command again, for not all is on its way under it`, async () => {
          let sent = 0;
          for (const plan of plans) sent += await inTransaction(context.pool, (client) => resendSealed(client, plan));
          for (const link of new Set(plans.map(({ linkName }) => linkName))) await tidegate.requestForward({ link, by: context.actor, reason });
          return sent;
        });
        print(context.output, { keyId, records }, () => `${keyId} is current; ${records} records go again. See tidegate seal status; then retire the old key.`);
      }),
    );
  seal
    .command('retire <key>')
    .description('take a key out of the file, once nothing at the cloud is under it')
    .action(
      run(async (context, keyId: string) => {
        const why = neededBecause(await countSealed(context.pool), keyId, await waitingOf(context));
        if (why !== undefined) throw new TidegateError('sealed-key-in-use', `${why}.`, { keyId });
        await removeSealKey(keyFile(context), keyId);
        print(context.output, { keyId, state: 'retired' }, () => `${keyId} is retired.`);
      }),
    );
}

function keyFile({ settings }: Context): string {
  if (settings.TIDEGATE_SEAL_KEYS === undefined) throw new TidegateError('configuration-invalid', 'Set TIDEGATE_SEAL_KEYS to the key file of sealed fields.');
  return settings.TIDEGATE_SEAL_KEYS;
}

/** Plans of all collections with sealed fields. Throws what keeps one of them from having a plan. */
async function sealedPlans({ config, pool }: Context): Promise<readonly CollectionPlan[]> {
  const plans: CollectionPlan[] = [];
  for (const { tenant, environment, link, collections } of config.links) {
    const sources = inParentOrder(collections).map(collectionSource);
    const planned = await planCollections(pool, { tenant, environment, link }, 'crm', sources);
    for (const { plan, fault, collection } of planned) {
      const isSealed = sources.some(({ name, fields }) => name === collection && fields.some(({ sealed }) => sealed === true));
      if (fault !== undefined && isSealed) throw fault;
      if (plan !== undefined && sealedFields(plan.definition).length > 0) plans.push(plan);
    }
  }
  return plans;
}

async function waitingOf(context: Context): Promise<number> {
  const counts = await Promise.all((await sealedPlans(context)).map((plan) => waitingResends(context.pool, plan)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function statusText(keys: readonly SealKeyId[], values: readonly SealedCount[], waiting: number): string {
  const known = keys.map(({ keyId, createdAt, current }) => [keyId, current ? 'current' : 'old', createdAt]);
  const rows = values.map(({ link, collection, keyId, atCloud, underWay }) => [link, collection, keyId ?? '(emptied)', String(atCloud), String(underWay)]);
  const parts = [table(['key', 'state', 'since'], known)];
  if (rows.length > 0) parts.push(table(['link', 'collection', 'key', 'at the cloud', 'on their way'], rows));
  return [...parts, waiting === 0 ? 'No record waits to be sent again.' : `${waiting} records wait to be sent again.`].join('\n\n');
}

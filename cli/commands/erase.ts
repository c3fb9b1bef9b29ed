import type { Command } from 'commander';
import { type Erasure, requireErasure } from '../../adaptor/data/erasure/erasures.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { collectionOfRecord } from '../context.ts';
import { type DecisionOptions, decision } from '../decision.ts';
import { print } from '../output.ts';
import { afterDoing } from '../partly.ts';
import type { RunCommand } from '../run-command.ts';
import { within } from '../within.ts';

/** `tidegate erase <collection> <key...>`: destroys the values of one record everywhere, the record with them. */
export function addEraseCommand(program: Command, run: RunCommand): void {
  decision(program, 'erase <collection> <key...>', 'destroy the values of a record everywhere that Tidegate keeps them, and the record at both sides').action(
    run(async (context, collection: string, key: string[], { link: only, reason, timeout }: DecisionOptions) => {
      const links = only === undefined ? context.config.links.filter((one) => one.collections.some(({ name }) => name === collection)) : [];
      if (only === undefined && links.length === 0)
        throw new TidegateError('collection-unknown', `"${collection}" is a collection of no link.`, { collection });
      const named = links.length === 0 ? [context.link(only)] : links.map((one) => context.link(`${one.tenant}/${one.environment}/${one.link}`));
      const erased: Erasure[] = [];
      for (const link of named) collectionOfRecord(link, collection, key);
      const tidegate = await context.tidegate();
      const eraseIn = async (link: string): Promise<void> => {
        const started = await tidegate.erase({ link, collection, key, requestedBy: context.actor, reason });
        await within(timeout, `Erasure ${started.erasure}`, tidegate.awaitErasure(started));
        erased.push(await requireErasure(context.pool, link, started.erasure));
      };
      for (const { name } of named) {
        if (erased.length === 0) await eraseIn(name);
        else await afterDoing(`erased in ${erased.map(({ link }) => link).join(', ')}`, () => eraseIn(name));
      }
      print(context.output, { erasures: erased }, () =>
        erased
          .map(
            ({ link, id, crmDestroyed, cloudDestroyed }) => `${link}, erasure ${id}: done.\n  CRM    ${told(crmDestroyed)}\n  cloud  ${told(cloudDestroyed)}`,
          )
          .join('\n'),
      );
    }),
  );
}

const told = (destroyed: Readonly<Record<string, number>> | null): string =>
  Object.entries(destroyed ?? {})
    .map(([kind, rows]) => `${kind} ${rows}`)
    .join(', ') || 'nothing was kept';

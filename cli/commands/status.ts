import type { Command } from 'commander';
import { type Expiry, readExpiries } from '../../adaptor/auth/expiry.ts';
import { covers } from '../../adaptor/auth/party.ts';
import { type LinkStatus, readLinkStatus } from '../../adaptor/data/control/link-status.ts';
import { statusQuestions } from '../../configuration/status-questions.ts';
import { print } from '../output.ts';
import type { RunCommand } from '../run-command.ts';
import { statusText } from '../status-text.ts';

/** `tidegate status`: records, lag, last proven complete and last reverse message of each collection. */
export function addStatusCommand(program: Command, run: RunCommand): void {
  program
    .command('status')
    .description('how every collection stands')
    .option('--link <name>', 'the link, where there are several')
    .action(
      run(async (context, options: { link?: string }) => {
        const links =
          options.link === undefined
            ? context.config.links.map((link) => `${link.tenant}/${link.environment}/${link.link}`)
            : [context.link(options.link).name];
        const { TIDEGATE_TLS_CERTIFICATE: certificate, TIDEGATE_TLS_CA: authority } = context.settings;
        const expiries = (await readExpiries(context.pool, { certificate, authority })).filter(({ warning }) => warning !== null);
        const statuses: (LinkStatus & { readonly expiring: readonly Expiry[] })[] = [];
        for (const name of links) {
          const expiring = expiries.filter(({ party }) => party === null || partiesOf(name).some((one) => covers(party, one)));
          statuses.push({ ...(await readLinkStatus(context.pool, name, statusQuestions(context.link(name)))), expiring });
        }
        print(context.output, statuses, () => statuses.map((status) => statusText(status, new Date())).join('\n\n'));
        return statuses.every(isWell) ? 'done' : 'failed';
      }),
    );
}

const partiesOf = (link: string): readonly string[] => [`crm:${link}`, `cloud:${link}`];

/** A stopped link, or a collection that cannot go on, makes the command fail, so that a script notices. */
function isWell({ state, collections }: LinkStatus): boolean {
  return (
    state !== 'stopped' &&
    collections.every(
      (collection) => !['drifted', 'stopped'].includes(collection.state ?? '') && !['drifted', 'stopped'].includes(collection.reverseState ?? ''),
    )
  );
}

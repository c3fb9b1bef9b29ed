import { TidegateError } from '../../../exchange/errors.ts';
import { linkName } from '../../../exchange/names.ts';
import { type Check, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** The configuration file loads and is right. */
export const configuration: Check<Parts> = {
  name: 'configuration',
  run: async (parts) => {
    const file = parts.setting('TIDEGATE_CONFIG');
    try {
      const { links } = await parts.config();
      return links.map((link) => ok(linkName(link), `${link.collections.length} collections`));
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      const faults = (error.facts['faults'] as readonly string[] | undefined) ?? [error.message];
      return faults.map((told) => fault(file, told, 'Correct the file, then start the worker and the CRM application again.'));
    }
  },
};

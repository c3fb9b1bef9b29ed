import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { readTableShape } from '../../../adaptor/data/introspection.ts';
import { type Check, type Finding, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** Every table that registration captures at the cloud is there, and its triggers fire. */
export const cloudCapture: Check<Parts> = {
  name: 'capture',
  run: async (parts) => {
    const sources = await controlRows<{ schema: string; table: string }>(
      parts.store,
      'select schema_name as schema, table_name as table from tidegate.source order by 1, 2',
    );
    const findings: Finding[] = [];
    for (const { schema, table } of sources) {
      const shape = await readTableShape(parts.store, schema, table);
      const subject = `${schema}.${table}`;
      if (shape === undefined) findings.push(fault(subject, 'the table is gone', 'Put it back from a backup; the CRM then has to approve a new initial load.'));
      else if (shape.captured) findings.push(ok(subject, 'captured'));
      else
        findings.push(
          fault(subject, 'its triggers are missing or disabled', 'Start the producer again: it puts them back. Edits made meanwhile were not captured.'),
        );
    }
    return findings.length > 0 ? findings : [ok('tables', 'no collection is registered yet')];
  },
};

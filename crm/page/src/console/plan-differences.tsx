import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { fieldLabel } from '../texts/field-label.ts';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { RecordAnchor } from './record-anchor.tsx';
import type { Difference } from './use-worked-out-plan.ts';
import { FieldValue } from './field-value.tsx';

const words = texts.console.plans;

/** What a run would change, field by field: what is there, what would be, and why something would not come in. */
export function PlanDifferences({
  differences,
  isComplete = true,
}: {
  readonly differences: readonly Difference[];
  /** Whether it is known what is there now. */
  readonly isComplete?: boolean;
}): ReactNode {
  if (differences.length === 0) return <Text size="sm">{words.noDifferences}</Text>;
  const head = [texts.console.conflicts.record, texts.console.conflicts.field, ...(isComplete ? [texts.console.conflicts.base] : []), words.after];
  return (
    <ScrolledTable label={words.title} minWidth={560} head={head}>
      {differences.map((one) => (
        <Table.Tr key={`${one.collection}/${one.key.join('/')}/${one.field ?? ''}`}>
          <Table.Td>
            <RecordAnchor collection={one.collection} recordKey={one.key} />
          </Table.Td>
          <Table.Th scope="row">{one.field === null ? texts.state.wholeRecord : fieldLabel(one.field)}</Table.Th>
          {isComplete && (
            <Table.Td className="breakable">
              <FieldValue collection={one.collection} field={one.field} value={one.before} />
            </Table.Td>
          )}
          <Table.Td className="breakable">
            {one.outcome === 'delete' ? words.deleted : <FieldValue collection={one.collection} field={one.field} value={one.after} />}
            {one.code !== null && (
              <Text size="xs" c="dimmed">
                {reasonText(one.code)}
              </Text>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </ScrolledTable>
  );
}

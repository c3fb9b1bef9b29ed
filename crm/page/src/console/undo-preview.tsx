import { Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { fieldLabel } from '../texts/field-label.ts';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { undoTexts } from '../texts/undo-texts.ts';
import { RecordAnchor } from './record-anchor.tsx';
import type { Difference } from './use-worked-out-plan.ts';
import { FieldValue } from './field-value.tsx';

const words = undoTexts;

const nameOf = ({ collection, key, field }: Difference): string => `${collection}/${key.join('/')}/${field ?? ''}`;

/** What an undo would leave alone, record by record with the reason, and what it would put back, field by field. */
export function UndoPreview({ differences, refused }: { readonly differences: readonly Difference[]; readonly refused: number }): ReactNode {
  const left = differences.filter(({ outcome }) => outcome === 'quarantined');
  const back = differences.filter(({ outcome }) => outcome !== 'quarantined');
  return (
    <Stack gap="sm">
      {left.length > 0 && (
        <div>
          <Text fw={600} size="sm">
            {words.refused(refused)}
          </Text>
          <ScrolledTable label={words.refused(refused)} minWidth={360} head={[texts.console.conflicts.record, words.why]}>
            {left.map((one) => (
              <Table.Tr key={nameOf(one)}>
                <Table.Td>
                  <RecordAnchor collection={one.collection} recordKey={one.key} />
                </Table.Td>
                <Table.Td>{reasonText(one.code ?? 'unexpected')}</Table.Td>
              </Table.Tr>
            ))}
          </ScrolledTable>
          {refused > left.length && (
            <Text size="xs" c="dimmed">
              {texts.common.more(left.length, refused)}
            </Text>
          )}
        </div>
      )}
      {back.length > 0 && (
        <div>
          <Text fw={600} size="sm">
            {words.shown}
          </Text>
          <ScrolledTable label={words.shown} minWidth={480} head={[texts.console.conflicts.record, texts.console.conflicts.field, words.now, words.after]}>
            {back.map((one) => (
              <Table.Tr key={nameOf(one)}>
                <Table.Td>
                  <RecordAnchor collection={one.collection} recordKey={one.key} />
                </Table.Td>
                <Table.Th scope="row">{one.field === null ? texts.state.wholeRecord : fieldLabel(one.field)}</Table.Th>
                <Table.Td className="breakable">
                  {one.outcome === 'insert' ? texts.common.none : <FieldValue collection={one.collection} field={one.field} value={one.before} />}
                </Table.Td>
                <Table.Td className="breakable">
                  {one.outcome === 'delete' ? words.goes : <FieldValue collection={one.collection} field={one.field} value={one.after} />}
                </Table.Td>
              </Table.Tr>
            ))}
          </ScrolledTable>
        </div>
      )}
    </Stack>
  );
}

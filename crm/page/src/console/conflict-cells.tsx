import { Badge, Radio, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Conflict } from '../api/answers.ts';
import { fieldLabel } from '../texts/field-label.ts';
import { texts } from '../texts/texts.ts';
import { FieldValue } from './field-value.tsx';

const words = texts.console.conflicts;

/** Whose value is to stand. */
export type ConflictSide = 'crm' | 'cloud';

/** One side's value; to be chosen where somebody may decide. */
export function ConflictValue({
  row,
  side,
  chosen,
  choose,
}: {
  readonly row: Conflict;
  readonly side: ConflictSide;
  readonly chosen: ConflictSide | undefined;
  readonly choose: ((id: string, side: ConflictSide) => void) | undefined;
}): ReactNode {
  const value = side === 'crm' ? row.crmValue : row.cloudValue;
  const text = value === null && row.field === null ? texts.sync.clash.absent : <FieldValue collection={row.collection} field={row.field} value={value} />;
  if (choose === undefined) return <Text size="sm">{text}</Text>;
  const field = row.field === null ? texts.state.wholeRecord : fieldLabel(row.field);
  return (
    <Radio
      name={`conflict-${row.id}`}
      checked={chosen === side}
      onChange={() => choose(row.id, side)}
      label={text}
      aria-label={`${field}: ${side === 'crm' ? words.keepCrm : words.takeCloud}`}
    />
  );
}

/** What stands, and who decided so. */
export function ConflictOutcome({ row: { outcome, decidedBy, decidedReason } }: { readonly row: Conflict }): ReactNode {
  const name = (words.outcomes as Readonly<Record<string, string>>)[outcome] ?? outcome;
  return (
    <>
      <Badge color={outcome === 'review' ? 'grape.9' : 'gray.7'}>{name}</Badge>
      {decidedBy !== null && (
        <Text size="xs" c="dimmed" className="breakable" maw={220}>
          {words.decidedBy(decidedBy, decidedReason ?? '')}
        </Text>
      )}
    </>
  );
}

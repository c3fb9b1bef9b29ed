import type { RecordExplanation } from '../adaptor/data/ledger/explain-record.ts';
import type { StoryEvent } from '../adaptor/data/ledger/record-story.ts';
import type { ValueOrigin } from '../adaptor/data/ledger/value-origins.ts';

/** A record's story for a terminal. `link`: page of a run, where it is known. */
export function explanationText(explained: RecordExplanation, link: (runId: string | null) => string | null): string {
  const { collection, key, wireKey, present, hindrances, fields, story } = explained;
  const elsewhere = key.join() === wireKey.join() ? '' : ` (on the wire ${wireKey.join(', ')})`;
  return [
    `${collection} ${key.join(', ')}${elsewhere}${present ? '' : ': not in the CRM'}`,
    ...(hindrances.length === 0
      ? ['Synchronised: nothing keeps it from being the same on both sides. What the cloud changed comes with the next order.']
      : ['NOT synchronised:', ...hindrances.flatMap(({ hindrance, says, mend }) => [`  ${hindrance}: ${says}`, `    ${mend}`])]),
    ...(fields.length === 0 ? [] : ['', 'Where its values come from', ...fields.map(originText)]),
    '',
    'What happened to it',
    ...(story.length === 0 ? ['  nothing that is remembered'] : story.flatMap((event) => eventText(event, link(event.runId)))),
  ].join('\n');
}

const ORIGINS = { cloud: 'the cloud', decision: 'a decision', crm: 'the CRM', before: 'before what is remembered' } as const;

function originText({ field, value, from, since, by, messageId }: ValueOrigin): string {
  const who = by === null ? '' : `, ${by}`;
  const order = messageId === null ? '' : `, order ${messageId}`;
  return `  ${field}: ${value ?? '(empty)'}  <- ${ORIGINS[from]}${since === null ? '' : `, ${since.toISOString()}`}${who}${order}`;
}

function eventText(event: StoryEvent, url: string | null): readonly string[] {
  const { at, fields, by, order, messageId, batchId, ordinal, sequence, runId } = event;
  const named = fields === null || fields.length === 0 ? '' : ` ${fields.join(', ')}`;
  const proof = [
    ...(messageId === null ? [] : [`${order ?? 'order'} ${messageId}`]),
    ...(ordinal === null ? [] : [`window ${ordinal}`]),
    ...(batchId === null ? [] : [`batch ${batchId}`]),
    ...(sequence === null ? [] : [`ledger ${sequence}`]),
    ...(runId === null ? [] : [`run ${runId}`]),
  ];
  return [
    `  ${at.toISOString()} ${whatHappened(event)}${named}${by === null ? '' : ` (${by})`}`,
    ...valuesText(event),
    ...(proof.length === 0 ? [] : [`    ${proof.join(', ')}`]),
    ...(url === null ? [] : [`    ${url}`]),
  ];
}

const OPERATIONS: Readonly<Record<string, string>> = { I: 'made', U: 'changed', D: 'deleted' };

function whatHappened({ kind, op, subject, code, detail, order }: StoryEvent): string {
  const done = OPERATIONS[op ?? ''] ?? '';
  const of = subject === null ? '' : ` ${subject}`;
  const more = detail === null ? '' : `, ${detail}`;
  switch (kind) {
    case 'changed-here':
      return `${done} in the CRM${more}`;
    case 'came-in':
      return `${done} ${order === 'release' ? 'by a decision' : 'from the cloud'}${detail === 'values-destroyed' ? ', its values were destroyed' : more}`;
    case 'sent':
      return `sent${more}`;
    case 'resent':
      return `put into the queue to be sent again${more}`;
    case 'set-aside':
      return `set aside${of}: ${code}${more}`;
    case 'set-aside-decided':
      return `record set aside${of} ${detail ?? ''}`;
    case 'conflict':
      return `conflict${of}: ${code}${more}`;
    case 'conflict-decided':
      return `conflict${of} decided, ${detail ?? ''}`;
    case 'asked-for':
      return `asked for${more}`;
    case 'values-destroyed':
      return `values in the ledger destroyed${more}`;
  }
}

function valuesText({ kind, before, after }: StoryEvent): readonly string[] {
  if (kind === 'conflict') return [`    CRM: ${before?.['crm'] ?? '(empty)'}, cloud: ${after?.['cloud'] ?? '(empty)'}`];
  if (kind !== 'came-in') return [];
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.map(
    (name) => `    ${name}: ${before === null ? '' : `${before[name] ?? '(empty)'} -> `}${after === null ? '(gone)' : (after[name] ?? '(empty)')}`,
  );
}

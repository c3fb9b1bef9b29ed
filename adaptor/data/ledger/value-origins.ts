import type { StoryEvent } from './record-story.ts';

/** Where the present value of a field comes from. */
export interface ValueOrigin {
  readonly field: string;
  /** As text; null is no value. */
  readonly value: string | null;
  /**
   * `cloud`: by an order of the CRM; `decision`: a user's, by a release; `crm`: written here; `before`: it was here before
   * what ledger and change log remember.
   */
  readonly from: 'cloud' | 'decision' | 'crm' | 'before';
  readonly since: Date | null;
  readonly by: string | null;
  readonly messageId: string | null;
  readonly runId: string | null;
  readonly batchId: string | null;
}

/** The last thing in a record's story that gave each field its value. */
export function valueOrigins(record: Readonly<Record<string, string | null>>, story: readonly StoryEvent[]): readonly ValueOrigin[] {
  return Object.entries(record).map(([field, value]) => {
    const event = story.findLast((each) => wrote(each, field));
    if (event === undefined) return { field, value, from: 'before', since: null, by: null, messageId: null, runId: null, batchId: null };
    const from = event.kind === 'changed-here' ? 'crm' : event.order === 'release' && event.detail !== 'retry' ? 'decision' : 'cloud';
    const { at: since, by, messageId } = event;
    // Of what was written here, run and batch say how it left; of what came in, how it came.
    const { runId, batchId } = event;
    return { field, value, from, since, by, messageId, runId, batchId };
  });
}

function wrote({ kind, op, fields }: StoryEvent, field: string): boolean {
  if (kind !== 'came-in' && kind !== 'changed-here') return false;
  return op === 'I' ? fields === null || fields.includes(field) : op === 'U' && fields !== null && fields.includes(field);
}

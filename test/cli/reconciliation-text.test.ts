import { describe, expect, it } from 'vitest';
import type { ShownReconciliation } from '../../cli/reconciliation-text.ts';
import { reconciliationText } from '../../cli/reconciliation-text.ts';

const COMPARED: ShownReconciliation = {
  id: 'i',
  requestId: 'r',
  link: 'acme/test/hub',
  collection: 'contacts',
  trigger: 'user',
  repair: false,
  deleteReceipted: false,
  requestedBy: 'olga',
  reason: null,
  state: 'completed',
  errorCode: null,
  runId: null,
  hash: 'pg-18',
  crmRecords: 10,
  cloudRecords: 9,
  questions: 4,
  wireBytes: 4321,
  differences: 2,
  kinds: {},
  waiting: { 'in-flight': 3, filtered: 0 },
  truncated: false,
  repaired: null,
  forwardRequest: null,
  reverseRequest: null,
  createdAt: new Date(0),
  finishedAt: new Date(0),
  found: [
    { id: 1, key: ['north', '3'], localKey: ['north', '3'], kind: 'missing', fields: [], receipted: true, offered: false, repair: [] },
    {
      id: 2,
      key: ['north', '4'],
      localKey: ['north', '4'],
      kind: 'altered',
      fields: ['title', 'price'],
      receipted: true,
      offered: false,
      repair: ['forward', 'reverse'],
    },
  ],
};
const EXTRA = { id: 3, key: ['x'], localKey: null, kind: 'extra', fields: [], receipted: true, offered: true, repair: [] } as const;

describe('the text of a comparison', () => {
  it('names every difference with what it is and how it is repaired, and counts what only waits', () => {
    expect(reconciliationText([COMPARED]).split('\n')).toEqual([
      'contacts: 2 record(s) differ (1970-01-01T00:00:00.000Z)',
      '  10 records in the CRM, 9 at the cloud; 4 questions, 4321 bytes (pg-18)',
      '  no differences, but on their way or waiting: 3 in-flight',
      '  key      what                   repair',
      '  -------  ---------------------  ----------------',
      '  north 3  missing at the cloud',
      '  north 4  altered: title, price  forward, reverse',
    ]);
  });

  it('says of a collection that was not compared why, and of long lists that they go on', () => {
    const failed = { ...COMPARED, state: 'failed', errorCode: 'link-stopped', crmRecords: null, found: [], waiting: null } as const;
    expect(reconciliationText([failed])).toBe('contacts: not compared [link-stopped]');
    expect(reconciliationText([])).toBe('Nothing was compared yet.');
    const many = reconciliationText([{ ...COMPARED, truncated: true, repaired: 60, found: Array.from({ length: 60 }, () => EXTRA) }]);
    for (const part of ['and 10 more (--json)', 'There are more', 'The repair of 60 was queued', '(once receipted)', 'offered']) expect(many).toContain(part);
  });
});

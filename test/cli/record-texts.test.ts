import { describe, expect, it } from 'vitest';
import type { ConflictDetail } from '../../adaptor/data/conflicts/conflict-rows.ts';
import type { RecordExplanation } from '../../adaptor/data/ledger/explain-record.ts';
import type { StoryEvent } from '../../adaptor/data/ledger/record-story.ts';
import type { SetAsideDetail } from '../../adaptor/data/quarantine/quarantine-rows.ts';
import { conflictTable, conflictText } from '../../cli/conflict-text.ts';
import { explanationText } from '../../cli/explanation-text.ts';
import { setAsideTable, setAsideText } from '../../cli/quarantine-text.ts';

/* What an operator reads of one record: its story, why it was set aside, what both sides changed. */

const AT = new Date('2026-11-25T10:00:00Z');
const explained: RecordExplanation = {
  link: 'acme/test/hub',
  collection: 'contacts',
  key: ['5'],
  wireKey: ['5'],
  present: true,
  inScope: true,
  synchronised: true,
  hindrances: [],
  fields: [],
  story: [],
};
const event: StoryEvent = {
  at: AT,
  kind: 'changed-here',
  op: 'U',
  fields: null,
  by: null,
  before: null,
  after: null,
  order: null,
  messageId: null,
  runId: null,
  batchId: null,
  ordinal: null,
  sequence: null,
  subject: null,
  code: null,
  detail: null,
};
const text = (more: Partial<RecordExplanation> = {}): string =>
  explanationText({ ...explained, ...more }, (runId) => (runId === null ? null : `https://ui/${runId}`));
const storyOf = (more: Partial<StoryEvent>): string => text({ story: [{ ...event, ...more }] }).split('What happened to it\n')[1] ?? '';

describe('a record’s explanation', () => {
  it('begins with whether it is synchronised, and under which key', () => {
    expect(text().split('\n').slice(0, 2)).toEqual([
      'contacts 5',
      'Synchronised: nothing keeps it from being the same on both sides. What the cloud changed comes with the next order.',
    ]);
    expect(text({ wireKey: ['a-b'], present: false })).toMatch(/^contacts 5 \(on the wire a-b\): not in the CRM\n/);
  });

  it('names what hinders it with the act that mends it', () => {
    const hindrances = [
      { hindrance: 'set-aside', says: 'The cloud could not take it.', mend: 'tidegate quarantine show 3' },
    ] as unknown as RecordExplanation['hindrances'];
    expect(text({ hindrances, synchronised: false })).toContain(
      'NOT synchronised:\n  set-aside: The cloud could not take it.\n    tidegate quarantine show 3\n',
    );
  });

  it('says of each value where it comes from, and of an empty one that it is empty', () => {
    const origin = { value: 'Ada', since: AT, by: 'noor', messageId: 'm1', runId: null, batchId: null } as const;
    const said = text({
      fields: [
        { ...origin, field: 'givenName', from: 'cloud' },
        { ...origin, field: 'note', value: null, from: 'before', since: null, by: null, messageId: null },
        { ...origin, field: 'jobTitle', from: 'decision', by: null, messageId: null },
        { ...origin, field: 'company', from: 'crm', messageId: null },
      ],
    });
    expect(said).toContain('  givenName: Ada  <- the cloud, 2026-11-25T10:00:00.000Z, noor, order m1\n');
    expect(said).toContain('  note: (empty)  <- before what is remembered\n');
    expect(said).toContain('  jobTitle: Ada  <- a decision, 2026-11-25T10:00:00.000Z\n');
    expect(said).toContain('  company: Ada  <- the CRM, 2026-11-25T10:00:00.000Z, noor\n');
  });

  it('says where nothing is remembered', () => {
    expect(text()).toMatch(/What happened to it\n {2}nothing that is remembered$/);
  });

  it.each<[Partial<StoryEvent>, string]>([
    [{ op: 'I', by: 'anna' }, 'made in the CRM (anna)'],
    [{ op: 'D', detail: 'before the load' }, 'deleted in the CRM, before the load'],
    [{ kind: 'came-in', op: 'U', fields: ['note'], order: 'message' }, 'changed from the cloud note'],
    [{ kind: 'came-in', op: 'I', order: 'release' }, 'made by a decision'],
    [{ kind: 'came-in', op: 'U', detail: 'values-destroyed' }, 'changed from the cloud, its values were destroyed'],
    [{ kind: 'sent', op: 'U' }, 'sent'],
    [{ kind: 'resent', detail: 'repair' }, 'put into the queue to be sent again, repair'],
    [{ kind: 'set-aside', subject: 3, code: 'value-too-long' }, 'set aside 3: value-too-long'],
    [{ kind: 'set-aside-decided', subject: 3, detail: 'discarded' }, 'record set aside 3 discarded'],
    [{ kind: 'conflict', subject: 4, code: 'field' }, 'conflict 4: field'],
    [{ kind: 'conflict-decided', subject: 4, detail: 'crm' }, 'conflict 4 decided, crm'],
    [{ kind: 'asked-for', by: 'anna' }, 'asked for (anna)'],
    [{ kind: 'values-destroyed' }, 'values in the ledger destroyed'],
  ])('tells %j as "%s"', (more, said) => {
    expect(storyOf(more).split('\n')[0]).toBe(`  2026-11-25T10:00:00.000Z ${said}`);
  });

  it('proves what came in: values before and after, order, batch, place in the ledger, run and its page', () => {
    const proof = { messageId: 'm1', order: 'message', batchId: 'b1', sequence: 9, runId: 'w/r' } as const;
    expect(storyOf({ kind: 'came-in', op: 'U', fields: ['note'], before: { note: 'a', city: null }, after: { note: 'b', city: 'Ulm' }, ...proof })).toBe(
      [
        '  2026-11-25T10:00:00.000Z changed from the cloud note',
        '    note: a -> b',
        '    city: (empty) -> Ulm',
        '    message m1, batch b1, ledger 9, run w/r',
        '    https://ui/w/r',
      ].join('\n'),
    );
    expect(storyOf({ kind: 'came-in', op: 'I', after: { note: 'b' } })).toContain('\n    note: b');
    expect(storyOf({ kind: 'came-in', op: 'D', before: { note: 'b' } })).toContain('\n    note: b -> (gone)');
    expect(storyOf({ kind: 'sent', ordinal: 12 })).toContain('\n    window 12');
  });

  it('shows both values of a conflict, and none of what was changed in the CRM', () => {
    expect(storyOf({ kind: 'conflict', before: { crm: 'ours' }, after: { cloud: null } })).toContain('    CRM: ours, cloud: (empty)');
    expect(storyOf({ before: { note: 'private' } })).not.toContain('private');
  });
});

const aside: SetAsideDetail = {
  id: 3,
  link: 'acme/test/hub',
  collection: 'contacts',
  direction: 'forward',
  key: ['k1'],
  op: 'U',
  code: 'value-too-long',
  field: 'note',
  detail: 'Too long.',
  state: 'waiting',
  actor: null,
  runId: null,
  messageId: null,
  createdAt: AT,
  resolvedAt: null,
  resolvedBy: null,
  resolvedReason: null,
  releaseId: null,
  hint: '',
  record: {},
  changed: [],
  attempts: [],
};

describe('a record set aside', () => {
  it('is listed with the place where it waits, and never with values', () => {
    const list = setAsideTable([{ ...aside }, { ...aside, id: 4, direction: 'reverse', field: null, state: 'discarded' }], { waiting: 1, discarded: 1 });
    expect(list.split('\n').slice(2)).toEqual([
      expect.stringMatching(/^3 +contacts +k1 +cloud +value-too-long +note +waiting +2026-11-25T10:00:00\.000Z$/),
      expect.stringMatching(/^4 +contacts +k1 +CRM +value-too-long +discarded +2026/),
      '1 wait(s), 1 discarded so far.',
    ]);
  });

  it('is shown with what it came with, what was tried, and how it ended', () => {
    const shown = setAsideText({
      ...aside,
      direction: 'reverse',
      actor: 'noor',
      runId: 'w/r',
      hint: 'Shorten it.',
      state: 'resolved',
      resolvedAt: AT,
      resolvedBy: 'anna',
      resolvedReason: 'it fits',
      record: { note: 'long', city: null },
      changed: ['note'],
      attempts: [
        { act: 'retry', by: 'anna', reason: 'again', state: 'refused', errorCode: 'value-too-long' },
        { act: 'edit', by: 'anna', reason: 'it fits', state: 'used', errorCode: null },
      ],
    });
    expect(shown.split('\n')).toEqual([
      'contacts k1 at the CRM: resolved',
      '  value-too-long (note): Too long.',
      '  Shorten it.',
      '  changed by noor, set aside 2026-11-25T10:00:00.000Z in run w/r',
      '  resolved 2026-11-25T10:00:00.000Z by anna: it fits',
      '  retry by anna (again): refused, value-too-long',
      '  edit by anna (it fits): used',
      '',
      '* note: long',
      '  city: (null)',
    ]);
    expect(setAsideText({ ...aside, op: 'D', field: null })).toContain(
      '\n  value-too-long: Too long.\n  deleted, set aside 2026-11-25T10:00:00.000Z in run ?\n',
    );
  });
});

const clash: ConflictDetail = {
  id: 7,
  link: 'acme/test/hub',
  collection: 'contacts',
  key: ['k1'],
  field: 'note',
  kind: 'field',
  outcome: 'review',
  actor: 'noor',
  runId: 'w/r',
  messageId: null,
  createdAt: AT,
  decidedAt: null,
  decidedBy: null,
  decidedReason: null,
  releaseId: null,
  crmValue: 'ours',
  cloudValue: null,
};

describe('a conflict', () => {
  it.each([
    ['review', 'CRM, waits'],
    ['crm', 'CRM'],
    ['cloud', 'cloud'],
    ['value', 'another'],
  ] as const)('that ended as %s says that what stands is: %s', (outcome, stands) => {
    expect(conflictTable([{ ...clash, outcome }]).split('\n')[2]).toMatch(new RegExp(`^7 +contacts +k1 +note +field +${stands} +2026`));
    expect(conflictText({ ...clash, outcome })).toContain(`\n  what stands: ${stands}\n`);
  });

  it('about a whole record shows it as such, and who decided when and why', () => {
    const whole = {
      ...clash,
      field: null,
      kind: 'edit-against-delete',
      crmValue: { note: 'ours' },
      outcome: 'crm',
      decidedAt: AT,
      decidedBy: 'anna',
      decidedReason: 'he left',
    } as const;
    expect(conflictTable([whole])).toMatch(/^7 +contacts +k1 +\(record\) +edit-against-delete/m);
    expect(conflictText(whole).split('\n')).toEqual([
      'contacts k1: edit-against-delete',
      '  what stands: CRM, by anna 2026-11-25T10:00:00.000Z: he left',
      '  changed in the cloud by noor, run w/r, 2026-11-25T10:00:00.000Z',
      '  CRM:   {"note":"ours"}',
      '  cloud: (none)',
    ]);
  });
});

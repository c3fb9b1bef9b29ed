import { describe, expect, it } from 'vitest';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['en-GB'] });
const { clashRows, keptChanges } = await import('../../../../crm/page/src/records/clash.ts');
const { taskView } = await import('../../../../crm/page/src/tasks/task-view.ts');
const { contactView } = await import('../../../../crm/page/src/contacts/contact-view.ts');
const { EMPTY_TASK } = await import('../../../../crm/records/task.ts');
const { EMPTY_CONTACT } = await import('../../../../crm/records/contact.ts');

const stored = { id: 't1', version: 1, updatedAt: '2026-07-30T00:00:00Z' };
const before = { ...EMPTY_TASK, ...stored, subject: 'Call', status: 'open' as const, dueDate: '2026-07-30', priority: 5 };
const clash = (changes: object, theirs: object) => {
  const rows = clashRows(taskView, { before, changes, theirs: { ...before, version: 2, ...theirs } });
  return { rows, kept: (choices: Record<string, 'one' | 'two'> = {}) => keptChanges(rows, changes, choices) };
};

describe('a record that somebody changed meanwhile', () => {
  it('shows the fields that either side changed, in the user’s words, and no others', () => {
    const { rows } = clash({ status: 'done', subject: 'Call Ada' }, { dueDate: '2026-08-01', subject: 'Call Bob' });
    expect(rows).toEqual([
      { name: 'subject', label: 'Subject', was: 'Call', one: 'Call Ada', two: 'Call Bob', changed: ['one', 'two'], isDisputed: true },
      { name: 'dueDate', label: 'Due on', was: '30 Jul 2026', one: '30 Jul 2026', two: '1 Aug 2026', changed: ['two'], isDisputed: false },
      { name: 'status', label: 'State', was: 'Open', one: 'Done', two: 'Open', changed: ['one'], isDisputed: false },
    ]);
  });

  it('needs no choice where both changed a field to the same', () => {
    expect(clash({ subject: 'Call Ada' }, { subject: 'Call Ada' }).rows).toMatchObject([{ name: 'subject', isDisputed: false }]);
  });

  it('needs a choice where two values have one name, and tells them apart', () => {
    const { rows, kept } = clash({ priority: 1 }, { priority: 2 });
    expect(rows).toMatchObject([{ name: 'priority', was: 'Medium', one: 'High (1)', two: 'High (2)', isDisputed: true }]);
    expect(kept()).toEqual({});
    expect(kept({ priority: 'one' })).toEqual({ priority: 1 });
  });

  it('shows what is nothing, yes and no, and values with labels', () => {
    const contact = { ...EMPTY_CONTACT, ...stored, familyName: 'Lovelace' };
    const phones = [
      { label: 'home', value: '1' },
      { label: 'work', value: '2' },
    ];
    const rows = clashRows(contactView, { before: contact, changes: { phones, private: true, note: 'x' }, theirs: contact });
    expect(rows.map(({ name, was, one }) => [name, was, one])).toEqual([
      ['phones', '–', 'home: 1\nwork: 2'],
      ['note', '–', 'x'],
      ['private', 'No', 'Yes'],
    ]);
  });
});

describe('what is saved over what stands there now', () => {
  const { kept } = clash({ status: 'done', subject: 'Call Ada' }, { subject: 'Call Bob', dueDate: '2026-08-01' });

  it('is what only I changed, and what I chose of mine: never what only they changed', () => {
    expect(kept({ subject: 'one' })).toEqual({ status: 'done', subject: 'Call Ada' });
    expect(kept({ subject: 'two' })).toEqual({ status: 'done' });
  });

  it('is nothing of a field about which nobody has chosen', () => {
    expect(kept()).toEqual({ status: 'done' });
  });

  it('takes a value away where I had emptied it', () => {
    expect(clash({ dueDate: null }, { dueDate: '2026-08-01' }).kept({ dueDate: 'one' })).toEqual({ dueDate: null });
  });
});

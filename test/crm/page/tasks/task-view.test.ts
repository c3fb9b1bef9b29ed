import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['en-GB'], zone: 'America/Los_Angeles' });
const { dueText, isOverdue, priorityText, taskView } = await import('../../../../crm/page/src/tasks/task-view.ts');
const { contactName } = await import('../../../../crm/page/src/contacts/find-contacts.ts');
const { contactView } = await import('../../../../crm/page/src/contacts/contact-view.ts');
const { EMPTY_TASK, TASK_STATUSES } = await import('../../../../crm/records/task.ts');
const { EMPTY_CONTACT } = await import('../../../../crm/records/contact.ts');

// Still Wednesday in Los Angeles.
beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-07-30T05:00:00Z') }));
afterEach(() => void vi.useRealTimers());

describe('a task', () => {
  it('is overdue from the day after on, by the reader’s calendar, unless it is done or cancelled', () => {
    const overdue = TASK_STATUSES.filter((status) => isOverdue({ dueDate: '2026-07-28', status }));
    expect(overdue).toEqual(['open', 'in_progress']);
    expect(['2026-07-29', '2026-07-30', null].map((dueDate) => isOverdue({ dueDate, status: 'open' }))).toEqual([false, false, false]);
  });

  it.each([
    [{}, 'no date'],
    [{ dueDate: '2026-07-30' }, '30 Jul 2026'],
    [{ dueDate: '2026-07-30', dueTime: '09:30:00' }, '30 Jul 2026 09:30'],
    [{ dueDate: '2026-07-30', dueTime: '09:30:00', timeZone: 'Europe/Berlin' }, '30 Jul 2026 09:30 (Europe/Berlin)'],
  ])('is due %j: %s', (fields, expected) => {
    expect(dueText({ ...EMPTY_TASK, ...fields })).toBe(expected);
  });

  it('has a priority in words, as calendars count: 1 is the highest, 0 is none', () => {
    expect([0, 1, 4, 5, 6, 9].map(priorityText)).toEqual(['None', 'High', 'High', 'Medium', 'Low', 'Low']);
  });

  it('is shown field by field', () => {
    const show = (field: string, value: unknown) => taskView.show?.(field, value);
    expect([show('status', 'in_progress'), show('priority', 5), show('dueDate', '2026-07-30'), show('dueTime', '09:30:00'), show('subject', 'Call')]).toEqual([
      'In progress',
      'Medium',
      '30 Jul 2026',
      '09:30',
      undefined,
    ]);
  });
});

describe('a contact', () => {
  it('is called by family name and given name, else by the company, else by what it lacks', () => {
    const named = (names: object) => contactName({ givenName: null, familyName: null, company: null, ...names });
    expect(named({ givenName: 'Ada', familyName: 'Lovelace', company: 'Engines' })).toBe('Lovelace, Ada');
    expect(named({ givenName: 'Ada' })).toBe('Ada');
    expect(named({ familyName: 'Lovelace' })).toBe('Lovelace');
    expect(named({ company: 'Engines' })).toBe('Engines');
    expect(named({})).toBe('Contact without a name');
  });

  it('leads to its tasks, and to the colleagues at its account where it has one', () => {
    const row = { ...EMPTY_CONTACT, id: 'c1', version: 1, updatedAt: '' };
    expect(contactView.related?.(row)).toEqual([{ kind: 'tasks', title: 'Tasks', filter: { contact: 'c1' } }]);
    expect(contactView.related?.({ ...row, accountId: 'o1' })).toEqual([
      { kind: 'tasks', title: 'Tasks', filter: { contact: 'c1' } },
      { kind: 'contacts', title: 'Colleagues', filter: { account: 'o1' } },
    ]);
  });

  it('has a birthday that is the same wherever it is read', () => {
    expect(contactView.show?.('birthday', '1815-12-10')).toBe('10 Dec 1815');
  });
});

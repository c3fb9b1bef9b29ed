import { describe, expect, it } from 'vitest';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['en-GB'], zone: 'America/New_York' });
const { labelOf, storedText } = await import('../../../../crm/page/src/history/stored-text.ts');
const { VIEWS } = await import('../../../../crm/page/src/history/views.ts');
const { valueText } = await import('../../../../crm/page/src/console/value-text.ts');

const shown = (kind: keyof typeof VIEWS, field: string, value: string | null): string => storedText(VIEWS[kind], field, value).replaceAll('\u202f', ' ');

describe('a value as the store wrote it down', () => {
  it.each([
    ['contacts', 'birthday', '1815-12-10', '10 Dec 1815'],
    ['contacts', 'private', 'true', 'Yes'],
    ['contacts', 'private', 'false', 'No'],
    ['contacts', 'jobTitle', 'Countess', 'Countess'],
    ['contacts', 'jobTitle', null, '–'],
    ['contacts', 'jobTitle', '', '–'],
    ['contacts', 'emails', '[{"label": "work", "value": "a@x.example"}, {"label": "", "value": "b@x.example"}]', 'a@x.example, b@x.example'],
    ['contacts', 'emails', '[]', '–'],
    ['appointments', 'startsAt', '2026-07-30 09:30:00', '30 Jul 2026, 09:30'],
    ['appointments', 'startsAt', '2026-07-30T09:30:00', '30 Jul 2026, 09:30'],
    ['appointments', 'endDate', '2026-08-01', '31 Jul 2026'],
    ['appointments', 'status', 'tentative', 'Tentative'],
    ['appointments', 'recurrence', 'FREQ=DAILY', 'Every day'],
    ['appointments', 'exceptions', '["2026-08-06T09:00:00", "2026-08-13"]', '6 Aug 2026, 13 Aug 2026'],
    ['tasks', 'priority', '1', 'High'],
    ['tasks', 'dueTime', '09:30:00', '09:30'],
    ['tasks', 'subject', '5', '5'],
  ] as const)('of %s.%s %j is read as %s', (kind, field, value, expected) => {
    expect(shown(kind, field, value)).toBe(expected);
  });

  it.each([
    ['appointments', 'startsAt', 'infinity'],
    ['appointments', 'endDate', '0044-03-15 BC'],
    ['contacts', 'birthday', 'a Thursday'],
    ['contacts', 'note', '[draft] call back'],
    ['contacts', 'emails', '[1, 2]'],
    ['contacts', 'emails', '[null]'],
    ['appointments', 'status', 'postponed'],
  ] as const)('that says something else is shown as it is: %s.%s %j', (kind, field, value) => {
    expect(shown(kind, field, value)).toBe(value);
  });

  it('has a name in the user’s words, and its own where there is none', () => {
    expect([labelOf(VIEWS.contacts, 'creditLimit'), labelOf(VIEWS.contacts, 'shoeSize'), labelOf(VIEWS.tasks, 'statuses')]).toEqual([
      'Credit limit',
      'shoeSize',
      'statuses',
    ]);
  });
});

it('values in the books are shown whole: texts as they are, others as they are written, nothing as nothing', () => {
  expect([valueText('Ada'), valueText(null), valueText(''), valueText(undefined), valueText(0), valueText(false), valueText([{ value: 'x' }])]).toEqual([
    'Ada',
    '–',
    '–',
    '–',
    '0',
    'false',
    '[{"value":"x"}]',
  ]);
});

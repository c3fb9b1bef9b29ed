import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appointmentOf } from '../../../crm/exports/appointment-of.ts';
import { contactOf } from '../../../crm/exports/contact-of.ts';
import type { Mapping } from '../../../crm/exports/mapped-record.ts';
import { taskOf } from '../../../crm/exports/task-of.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { component } from '../../adaptor/data/import/entries/entries-of.ts';
import { mapFile } from './mapped.ts';

/** Values of every kind, right and wrong, for any property. */
const VALUE = fc.oneof(
  fc.constantFrom(
    '', ':', ';;;', ',', '20260101', '20260101T100000', '20260101T100000Z', '99999999T999999Z', '00000101', '20260230', '20260101T250000', 'P1D', 'PT1H', '-P1D', 'P',
    'PT99999999999999999H', 'FREQ=DAILY', 'FREQ=DAILY;COUNT=3', 'FREQ=SECONDLY;UNTIL=99991231T235959Z', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2', 'FREQ=DAILY;COUNT=x',
    'FREQ=DAILY;INTERVAL=0', 'FREQ=DAILY;UNTIL=20261399', 'RSCALE=HEBREW;FREQ=YEARLY;COUNT=2', 'FREQ', '20260101T100000Z/PT1H', '20260101/20260102', 'mailto:', '-1', 'NaN',
    String.raw`\;\,\n\\`, '=C3', '=', '\u0000', '2.1', '3.0', '4.0', '5.0',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll(/[\r\n]/g, ' ')),
); // prettier-ignore

const PARAMETER = fc.oneof(
  fc.constantFrom(
    ';VALUE=DATE', ';VALUE=PERIOD', ';VALUE=TEXT', ';VALUE=', ';TZID=Europe/Berlin', ';TZID=Nowhere', ';TZID=', ';RANGE=THISANDFUTURE', ';ENCODING=QUOTED-PRINTABLE',
    ';ENCODING=BASE64', ';CHARSET=ISO-8859-1', ';CHARSET=UTF-7', ';TYPE=work', ';WORK', ';', ';"', ';CN="a', ';X=^n', ';=',
  ),
  fc.constant(''),
); // prettier-ignore

const lines = (...names: string[]) =>
  fc.array(
    fc
      .tuple(fc.constantFrom(...names), fc.array(PARAMETER, { maxLength: 2 }), VALUE)
      .map(([name, parameters, value]) => `${name}${parameters.join('')}:${value}`),
    { maxLength: 8 },
  );

/** Whether an entry becomes a record or is refused in the catalogue's words; anything else fails. */
async function outcome(mapping: Mapping, name: string, content: readonly string[]): Promise<'record' | 'refused'> {
  try {
    const { values } = await mapFile(mapping, component(name, ...content));
    JSON.stringify(values);
    return 'record';
  } catch (error) {
    if (error instanceof TidegateError) return 'refused';
    throw error;
  }
}

describe('whatever an entry holds, it becomes a record or is refused', () => {
  it.each([
    [
      'VEVENT',
      appointmentOf,
      [
        'DTSTART',
        'DTEND',
        'DURATION',
        'RRULE',
        'EXRULE',
        'RDATE',
        'EXDATE',
        'RECURRENCE-ID',
        'SUMMARY',
        'UID',
        'ATTENDEE',
        'SEQUENCE',
        'LAST-MODIFIED',
        'CLASS',
      ],
      'DTSTART:20260101T100000Z',
    ],
    ['VTODO', taskOf, ['DUE', 'DTSTART', 'DURATION', 'COMPLETED', 'STATUS', 'PRIORITY', 'RECURRENCE-ID', 'SUMMARY', 'UID', 'LAST-MODIFIED'], 'SUMMARY:x'],
    ['VCARD', contactOf, ['VERSION', 'N', 'FN', 'ORG', 'TEL', 'EMAIL', 'ADR', 'LABEL', 'BDAY', 'NOTE', 'KIND', 'REV', 'UID', 'X-ABLabel', 'item1.TEL'], 'FN:x'],
  ] as const)('%s', async (name, mapping, names, usual) => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(lines(...names), fc.boolean(), async (content, complete) => {
        seen.add(await outcome(mapping, name, complete ? [usual, ...content] : content));
      }),
      { numRuns: 300 },
    );
    expect([...seen].toSorted()).toEqual(['record', 'refused']);
  });
});

import { describe, expect, it } from 'vitest';
import type { AppointmentFields } from '../../../../crm/records/appointment.ts';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['en-GB'], zone: 'Europe/Berlin' });
const { readInputs, toInputs, isSame } = await import('../../../../crm/page/src/records/entered.ts');
const { contactView } = await import('../../../../crm/page/src/contacts/contact-view.ts');
const { appointmentView } = await import('../../../../crm/page/src/appointments/appointment-view.ts');
const { taskView } = await import('../../../../crm/page/src/tasks/task-view.ts');
const { EMPTY_CONTACT } = await import('../../../../crm/records/contact.ts');
const { EMPTY_APPOINTMENT } = await import('../../../../crm/records/appointment.ts');
const { EMPTY_TASK } = await import('../../../../crm/records/task.ts');
const { texts } = await import('../../../../crm/page/src/texts/texts.ts');

const ada = { ...EMPTY_CONTACT, givenName: 'Ada', familyName: 'Lovelace', emails: [{ label: 'work', value: 'ada@acme.example' }], creditLimit: '1200.50' };

describe('a form that was opened and not touched', () => {
  const dinner = { ...EMPTY_APPOINTMENT, summary: 'Dinner', startsAt: '2026-07-30T19:00:00', endsAt: '2026-07-30T22:00:00', timeZone: 'Europe/Berlin' };
  const leave = { ...EMPTY_APPOINTMENT, summary: 'Leave', allDay: true, startDate: '2026-07-27', endDate: '2026-08-03' };
  const call = { ...EMPTY_TASK, subject: 'Call', dueDate: '2026-07-30', dueTime: '09:30:00', priority: 0 };

  it('sends nothing, whatever the kind of record', () => {
    expect(readInputs(contactView, ada, toInputs(contactView, ada))).toEqual({ changes: {} });
    expect(readInputs(taskView, call, toInputs(taskView, call))).toEqual({ changes: {} });
    for (const appointment of [dinner, leave])
      expect(readInputs(appointmentView, appointment, toInputs(appointmentView, appointment))).toEqual({ changes: {} });
  });

  it('does not find fault with what came from elsewhere', () => {
    // None of this could be entered: an address without @, an amount of money with too many digits, a zone of the past.
    const odd = { ...ada, emails: [{ label: '', value: 'not an address' }], creditLimit: '12345678901234.5' };
    expect(readInputs(contactView, odd, { ...toInputs(contactView, odd), jobTitle: 'Countess' })).toEqual({ changes: { jobTitle: 'Countess' } });
    const old = { ...dinner, timeZone: 'Mars/Olympus', recurrence: 'FREQ=HOURLY' };
    expect(readInputs(appointmentView, old, { ...toInputs(appointmentView, old), location: 'At home' })).toEqual({ changes: { location: 'At home' } });
  });
});

describe('what was entered', () => {
  const enter = (inputs: object) => readInputs(contactView, ada, { ...toInputs(contactView, ada), ...inputs });

  it('is sent field by field: what differs, and no more', () => {
    expect(enter({ jobTitle: '  Countess ', company: '' })).toEqual({ changes: { jobTitle: 'Countess' } });
    expect(enter({ givenName: '' })).toEqual({ changes: { givenName: null } });
    expect(enter({ givenName: '   ' })).toEqual({ changes: { givenName: null } });
    expect(enter({ familyName: 'Lovelace ' })).toEqual({ changes: {} });
    expect(enter({ private: true })).toEqual({ changes: { private: true } });
  });

  it('and is wrong is told at its input, in words', () => {
    expect(
      enter({
        emails: [
          { label: 'work', value: 'ada@acme.example' },
          { label: '', value: 'nonsense' },
        ],
      }),
    ).toEqual({
      errors: { 'emails.1.value': texts.faults['email'] },
    });
    expect(enter({ phones: [{ label: 'home', value: ' ' }] })).toEqual({ errors: { 'phones.0.value': texts.faults['needed'] } });
    expect(enter({ creditLimit: '12,50' })).toEqual({ errors: { creditLimit: texts.faults['amount'] } });
    expect(enter({ creditLimit: '-3.5' })).toEqual({ changes: { creditLimit: '-3.5' } });
    expect(enter({ birthday: '1815-13-10' })).toEqual({ errors: { birthday: texts.faults['invalid'] } });
    expect(enter({ jobTitle: 'x'.repeat(1001) })).toEqual({ errors: { jobTitle: texts.faults['too-long'] } });
  });

  it('leaves a contact that can be called by something', () => {
    expect(enter({ givenName: '', familyName: '' })).toEqual({ errors: { familyName: texts.faults['name-needed'] } });
    expect(enter({ givenName: '', familyName: '', company: 'Analytical Engines' })).toHaveProperty('changes');
  });

  it('keeps what a labelled value has beside its label', () => {
    const phone = { label: 'work', value: '+49 30 1', type: 'fax' };
    const before = { ...ada, phones: [phone] };
    const changed = readInputs(contactView, before, { ...toInputs(contactView, before), phones: [{ ...phone, value: '+49 30 2' }] });
    expect(changed).toEqual({ changes: { phones: [{ ...phone, value: '+49 30 2' }] } });
  });

  it('of a new record is all that is not empty, and everything is checked', () => {
    const made = readInputs(contactView, null, { ...toInputs(contactView, EMPTY_CONTACT), familyName: 'Byron' });
    expect(made).toEqual({ changes: { familyName: 'Byron' } });
    expect(readInputs(contactView, null, toInputs(contactView, EMPTY_CONTACT)).errors).toEqual({ familyName: texts.faults['name-needed'] });
    expect(readInputs(taskView, null, toInputs(taskView, EMPTY_TASK)).errors).toEqual({ subject: texts.faults['needed'] });
  });
});

describe('a task', () => {
  const task = { ...EMPTY_TASK, subject: 'Call' };
  const enter = (inputs: object) => readInputs(taskView, task, { ...toInputs(taskView, task), ...inputs });

  it('has no time without a date, and no zone without a time', () => {
    expect(enter({ dueTime: '09:30' })).toEqual({ errors: { dueDate: texts.faults['time-without-date'] } });
    expect(enter({ dueDate: '2026-07-30', timeZone: 'Europe/Berlin' })).toEqual({ errors: { dueTime: texts.faults['zone-without-time'] } });
    expect(enter({ dueDate: '2026-07-30', dueTime: '09:30', timeZone: 'Europe/Berlin' })).toEqual({
      changes: { dueDate: '2026-07-30', dueTime: '09:30:00', timeZone: 'Europe/Berlin' },
    });
    expect(enter({ timeZone: 'Mars/Olympus', dueDate: '2026-07-30', dueTime: '09:30' })).toEqual({ errors: { timeZone: texts.faults['time-zone'] } });
  });
});

describe('an appointment', () => {
  const timed = { ...EMPTY_APPOINTMENT, summary: 'Dinner', startsAt: '2026-07-30T19:00:00', endsAt: '2026-07-30T22:00:00', timeZone: 'Europe/Berlin' };
  const leave = { ...EMPTY_APPOINTMENT, summary: 'Leave', allDay: true, startDate: '2026-07-27', endDate: '2026-08-03' };
  const enter = (before: AppointmentFields, inputs: object) => readInputs(appointmentView, before, { ...toInputs(appointmentView, before), ...inputs });

  it('of whole days shows its last day, and keeps the day after it', () => {
    expect(toInputs(appointmentView, leave)).toMatchObject({ startDate: '2026-07-27', endDate: '2026-08-02' });
    expect(enter(leave, { endDate: '2026-08-31' })).toEqual({ changes: { endDate: '2026-09-01' } });
    // One day is its first and its last.
    expect(enter(leave, { endDate: '2026-07-27' })).toEqual({ changes: { endDate: '2026-07-28' } });
    expect(enter(leave, { endDate: '2026-07-26' })).toEqual({ errors: { endDate: texts.faults['order'] } });
    expect(enter(leave, { endDate: '' })).toEqual({ changes: { endDate: null } });
  });

  it('made one of whole days loses its times, and the other way round', () => {
    expect(enter(timed, { allDay: true, startDate: '2026-07-30' })).toEqual({
      changes: { allDay: true, startDate: '2026-07-30', startsAt: null, endsAt: null, timeZone: null },
    });
    expect(enter(leave, { allDay: false, startsAt: '2026-07-27T09:00' })).toEqual({
      changes: { allDay: false, startDate: null, endDate: null, startsAt: '2026-07-27T09:00:00' },
    });
    expect(enter(timed, { allDay: true })).toEqual({ errors: { startDate: texts.faults['needed'] } });
  });

  it('does not end before it begins, and may end at once', () => {
    expect(enter(timed, { endsAt: '2026-07-30T18:59' })).toEqual({ errors: { endsAt: texts.faults['order'] } });
    expect(enter(timed, { endsAt: '2026-07-30T19:00' })).toEqual({ changes: { endsAt: '2026-07-30T19:00:00' } });
    // The begin was moved behind the end, which nobody touched.
    expect(enter(timed, { startsAt: '2026-07-31T19:00' })).toEqual({ errors: { endsAt: texts.faults['order'] } });
    expect(enter(timed, { startsAt: '' })).toEqual({ errors: { startsAt: texts.faults['needed'] } });
  });

  it('repeats by a rule that calendars read, whose end is not before its begin', () => {
    expect(enter(timed, { recurrence: 'rrule:freq=weekly;byday=mo' })).toEqual({ changes: { recurrence: 'FREQ=WEEKLY;BYDAY=MO' } });
    for (const [rule, fault] of [
      ['every Monday', 'rule'],
      ['FREQ=HOURLY', 'rule-often'],
      ['FREQ=DAILY;INTERVAL=0', 'repeat-number'],
      ['FREQ=DAILY;COUNT=1000', 'repeat-number'],
      ['FREQ=DAILY;UNTIL=tomorrow', 'repeat-until'],
      ['FREQ=DAILY;UNTIL=20260729', 'order'],
    ] as const)
      expect(enter(timed, { recurrence: rule })).toEqual({ errors: { recurrence: texts.faults[fault] } });
    // In UTC the last day may bear the date of the day before.
    expect(enter(timed, { recurrence: 'FREQ=DAILY;UNTIL=20260729T220000Z' })).toHaveProperty('changes');
    expect(enter(timed, { recurrence: 'FREQ=DAILY;UNTIL=20260730' })).toHaveProperty('changes');
  });
});

it('values are the same where they say the same: nothing is nothing, lists go by what they hold', () => {
  expect([isSame(null, undefined), isSame([], []), isSame([{ a: 1 }], [{ a: 1 }]), isSame('1', 1), isSame(null, ''), isSame(false, null)]).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

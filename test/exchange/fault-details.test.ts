import { expect, it } from 'vitest';
import { FAULT_DETAILS, type FaultDetailName, faultDetail, readFaultDetail } from '../../exchange/fault-details.ts';

const NAMES = Object.keys(FAULT_DETAILS) as FaultDetailName[];

it.each(NAMES)('%s is read back from its sentence, with its parameter', (name) => {
  const takesOne = FAULT_DETAILS[name].includes('*');
  // What stands in names of types and constraints, and what a careless replacement would take for its own.
  for (const parameter of takesOne ? ['character varying(20)', 'contacts_email_key', '$&', 'a holds.', ''] : [null])
    expect(readFaultDetail(faultDetail(name, parameter ?? undefined))).toEqual({ name, parameter });
});

it('is nothing else: a code’s own title has no name', () => {
  for (const text of ['', 'A value is required', 'A value is longer than its field allows.', 'The constraint of somebody'])
    expect(readFaultDetail(text)).toBeUndefined();
});

import { timeFaults, touchesTimes } from '../calendar/appointment-times.ts';
import type { Collection, Field, Values } from './collections.ts';
import { faultOf } from './field-kind.ts';

/**
 * What is wrong with what was entered, by field, before the server is asked: `fields` are those that the employee may change, `changes`
 * what is to be sent of a record that is there (undefined: a new one). What stands in it and was not touched is not looked at: it may
 * have come from elsewhere.
 */
export function formFaults(collection: Collection, fields: readonly Field[], values: Values, changes: Values | undefined): Readonly<Record<string, string>> {
  const looked = changes === undefined ? fields : fields.filter(({ name }) => Object.hasOwn(changes, name));
  const faults = looked.flatMap((field): (readonly [string, string])[] => {
    const fault = faultOf(field, values[field.name] ?? null);
    return fault === null ? [] : [[field.name, fault]];
  });
  const ofTimes = changes === undefined || touchesTimes(changes) ? timeFaults(collection, values) : {};
  return { ...ofTimes, ...Object.fromEntries(faults) };
}

import { type Check, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** Every variable that the side's processes read is there and of its form. */
export const settings: Check<Parts> = {
  name: 'settings',
  run: async ({ settingFaults }) =>
    settingFaults.length === 0
      ? [ok('environment', 'all settings are there')]
      : settingFaults.map((told) => {
          const [name = '', ...what] = told.split(': ');
          return fault(name, what.join(': '), 'Set the variable for this command and for the processes; configuration/settings.ts says what each one is.');
        }),
};

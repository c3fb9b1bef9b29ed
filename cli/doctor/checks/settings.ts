import { type Check, fault, ok, warning } from '../finding.ts';
import type { Parts } from '../parts.ts';

const TELLS = 'docs/configuration.md says what each one is.';

/** Every variable that the side's processes read is there and of its form, and none is misspelt. */
export const settings: Check<Parts> = {
  name: 'settings',
  run: async ({ settingFaults, unknownSettings }) => {
    const findings = [
      ...settingFaults.map((told) => {
        const [name = '', ...what] = told.split(': ');
        return fault(name, what.join(': '), `Set the variable for this command and for the processes; ${TELLS}`);
      }),
      ...unknownSettings.map((name) => warning(name, 'nothing reads it: is it misspelt?', `Correct its name, or take it away; ${TELLS}`)),
    ];
    return findings.length > 0 ? findings : [ok('environment', 'all settings are there')];
  },
};

import { z } from 'zod';
import type { Fault } from './faults.ts';
import { neededText, optionalText } from './field-kinds.ts';

/** What a user may enter of an account: a company that contacts belong to. */
export const accountFieldsSchema = z.strictObject({
  name: neededText(),
  industry: optionalText(),
  website: optionalText(),
  phone: optionalText(),
  note: optionalText(100_000),
});

/** What a user may enter of an account. */
export type AccountFields = z.output<typeof accountFieldsSchema>;

/** An account of which nothing is known yet. */
export const EMPTY_ACCOUNT: AccountFields = { name: '', industry: null, website: null, phone: null, note: null };

/** What is wrong with an account as a whole: nothing that its fields would not say. */
export const accountFaults = (_fields: AccountFields): readonly Fault[] => [];

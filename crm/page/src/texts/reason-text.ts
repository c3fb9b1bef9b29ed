import { readFaultDetail } from '../../../../exchange/fault-details.ts';
import type { LedgerFaultName } from '../../../../exchange/ledger.ts';
import { pickLanguage } from '../../../../web/page/language.ts';
import { deDetails, deLedgerFaults } from './details-de.ts';
import { enDetails, enLedgerFaults } from './details-en.ts';
import { deReasons } from './reasons-de.ts';
import { enReasons } from './reasons-en.ts';
import { texts } from './texts.ts';

/* Apart from the other words: long lists of their own. */

/** Words for codes, in the user's language. */
export const allReasons = pickLanguage({ de: deReasons, en: enReasons }).texts;
const details = pickLanguage({ de: deDetails, en: enDetails }).texts;
const ledgerFaults = pickLanguage({ de: deLedgerFaults, en: enLedgerFaults }).texts;

/** Why something did not happen, in the user's words: never its code. */
export function reasonText(code: string): string {
  return allReasons[code] ?? texts.errors.codes[code] ?? allReasons['unexpected'] ?? '';
}

/** Why a record is set aside: what its code says, and what more its stored sentence tells, in the user's words. */
export function asideText({ code, detail }: { readonly code: string; readonly detail: string }): string {
  const more = readFaultDetail(detail);
  return more === undefined ? reasonText(code) : `${reasonText(code)} ${details[more.name](more.parameter ?? '')}`;
}

/** What is wrong with the ledger, in the user's words. */
export const ledgerFaultText = (fault: LedgerFaultName): string => ledgerFaults[fault];

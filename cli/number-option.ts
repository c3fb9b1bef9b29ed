import { InvalidArgumentError } from 'commander';

/** Longest wait of a command: Node's timers take no more than 24 days. */
const MAX_SECONDS = 86_400;

/** Parser of an option that is a whole number within bounds. What is none is wrong use, told before anything is begun. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It takes a whole number from ${min} to ${max}.`);
  };
}

/** Parser of options that say how many seconds to wait. */
export const seconds = wholeNumber(1, MAX_SECONDS);

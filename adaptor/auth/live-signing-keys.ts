import { TidegateError } from '../../exchange/errors.ts';
import { type SigningKeys, loadSigningKeys } from './signing-key-file.ts';
import type { SigningKey } from './signing-key.ts';
import { fileSignature, watchFiles } from './watch-files.ts';

/** Where the key is found that a party signs with now. */
export type SigningKeySource = Pick<SigningKeys, 'get'>;

/** A side's signing keys as they are in its file, followed while the process runs. */
export interface LiveSigningKeys extends SigningKeySource, Disposable {
  /** Whether what is on disk is in use; false while it is no good. */
  readonly inStep: boolean;
  /** Looks at the file now, instead of within a second. */
  look(): Promise<void>;
}

/** Told of what becomes of a replaced file. */
export interface LiveKeysObserver {
  /** New keys are signed with. */
  taken(keys: readonly SigningKey[]): void;
  /** The new file is no good; the old keys stay in use. */
  refused(error: TidegateError): void;
}

/** Reads the file, and takes a replaced one up without a restart. Throws `configuration-invalid` where it is no good at the start. */
export async function openLiveSigningKeys(file: string, observer: LiveKeysObserver, options: { readonly intervalMs?: number } = {}): Promise<LiveSigningKeys> {
  const since = await fileSignature([file]);
  let keys = await loadSigningKeys(file);
  let inStep = true;
  const watch = watchFiles(
    [file],
    since,
    async () => {
      try {
        const read = await loadSigningKeys(file);
        const lost = [...keys.keys()].filter((party) => !read.has(party));
        if (lost.length > 0) throw new TidegateError('configuration-invalid', `The new ${file} has no key for ${lost.join(', ')}.`);
        keys = read;
        inStep = true;
        observer.taken([...read.values()]);
      } catch (error) {
        inStep = false;
        observer.refused(error instanceof TidegateError ? error : new TidegateError('configuration-invalid', `The new ${file} cannot be read.`));
      }
    },
    options,
  );
  return {
    get: (party) => keys.get(party),
    get inStep() {
      return inStep;
    },
    look: () => watch.look(),
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

import { readLedgerHeads } from '../../../adaptor/auth/ledger-head.ts';
import { readChainState } from '../../../adaptor/data/ledger/chain-state.ts';
import { headKeys, listHeads } from '../../../adaptor/data/ledger/ledger-heads.ts';
import { verifyLedger } from '../../../adaptor/data/ledger/verify-ledger.ts';
import { type LedgerHeadsFile, LEDGER_FAULTS } from '../../../exchange/ledger.ts';
import { type Endpoint, requireUser } from '../context.ts';

/** Signed heads that the page shows. */
const SHOWN_HEADS = 20;

/**
 * GET /api/ledger: where the chain stands and its newest signed heads. GET /api/ledger/heads: all of them with their keys, as
 * `tidegate ledger verify --heads` takes them. GET /api/ledger/verification: proves the whole ledger now, each fault with what it means.
 */
export const ledgerEndpoints: Endpoint = (app, { database: { pool } }) => {
  app.get('/ledger', async (request) => {
    requireUser(request, 'read');
    const heads = await listHeads(pool, SHOWN_HEADS);
    return { ...(await readChainState(pool)), heads: heads.map(({ sequence, head, kid, signedAt }) => ({ sequence, head, kid, signedAt })) };
  });

  app.get('/ledger/heads', async (request): Promise<LedgerHeadsFile> => {
    requireUser(request, 'read');
    const heads = await listHeads(pool);
    return { store: (await readChainState(pool)).store, keys: [...(await headKeys(pool))], heads: heads.map(({ jws }) => jws) };
  });

  app.get('/ledger/verification', async (request) => {
    requireUser(request, 'audit');
    const verified = await verifyLedger(pool, async (client) =>
      readLedgerHeads(
        (await listHeads(client)).map(({ jws }) => jws),
        await headKeys(client),
      ),
    );
    return { ...verified, faults: verified.faults.map((fault) => ({ ...fault, means: LEDGER_FAULTS[fault.fault] })) };
  });
};

/** What the page's build writes wherever the server has to put the nonce of a request. */
export const NONCE_PLACEHOLDER = 'tidegate-nonce-placeholder';

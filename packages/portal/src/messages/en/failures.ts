/**
 * English texts for what goes wrong with a call. `what` says what happened and `next` what to do; whether
 * anything was saved is said by the page that called, which knows what it was saving.
 */
export const failures = {
  what: {
    offline: 'You are offline.',
    network: 'The server cannot be reached.',
    timeout: 'The server did not answer in time.',
    unexpected_answer: 'Something between you and the server answered in its place.',
    too_many_requests: 'Too many attempts.',
    unavailable: 'The server cannot do this right now.',
    internal: 'The server failed.',
    unauthenticated: 'You are signed out.',
    refused: 'The server refused this.',
  },
  next: {
    offline: 'Connect to the network, then try again.',
    retry: 'Try again in a moment.',
    operator: 'Try again. If it happens again, tell the operator of this portal.',
    reload: 'Reload the page and try again.',
    sign_in: 'Sign in and try again.',
  },
  nothing_saved: 'Nothing was saved.',
  maybe_saved: 'It may have been saved all the same. Reload the page to see.',
  request_id: 'Request {{id}}',
} as const;

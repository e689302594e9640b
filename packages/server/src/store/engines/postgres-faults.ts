/** What an operator can set right about PostgreSQL, each in one sentence that says what to do. Knows no password. */

/** The database is there and is not one to work with; the message says what to do. */
export class DatabaseUnfitError extends Error {
  override readonly name = 'DatabaseUnfitError';
}

const URL_SETTING = 'LENCANA_DATABASE_URL';

/** By SQLSTATE, or by the code of Node's TLS. */
const BY_CODE: Readonly<Record<string, (said: string) => string>> = {
  '28P01': (said) =>
    `PostgreSQL refused the password (${said}): correct user and password in ${URL_SETTING}.`,
  28000: (said) =>
    `PostgreSQL does not let this user in (${said}): correct ${URL_SETTING}, or allow it in pg_hba.conf.`,
  '3D000': (said) =>
    `PostgreSQL has no such database (${said}): make it with CREATE DATABASE, or correct ${URL_SETTING}.`,
  '3F000': (said) =>
    `PostgreSQL has no schema to make tables in (${said}): create it, or set search_path for this user.`,
  42501: (said) =>
    `PostgreSQL does not allow this user what Lencana needs (${said}): as the database's owner, run GRANT CREATE, USAGE ON SCHEMA public TO the user in ${URL_SETTING}.`,
  53300: (said) =>
    `PostgreSQL has no connection left (${said}): raise max_connections, or run fewer processes.`,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: (said) => `The certificate of PostgreSQL is not valid any more (${said}): renew it.`,
  ERR_TLS_CERT_ALTNAME_INVALID: (said) =>
    `The certificate of PostgreSQL is for another host (${said}): name that host in ${URL_SETTING}.`,
};

function untrusted(said: string): string {
  return `The certificate of PostgreSQL is signed by nobody known here (${said}): add sslrootcert=<file of its CA or of the certificate itself> to ${URL_SETTING}.`;
}

/** By the words of the driver or of a pooler, which have no code of their own. */
const BY_WORDS: readonly (readonly [RegExp, (said: string) => string])[] = [
  [
    /does not support SSL/i,
    (said) =>
      `PostgreSQL speaks no TLS (${said}): switch ssl on there, or leave sslmode out of ${URL_SETTING}.`,
  ],
  [
    /no such database/i,
    (said) =>
      `The pooler knows no such database (${said}): add it to its [databases], or correct ${URL_SETTING}.`,
  ],
  [
    /no such user|(password|SASL) authentication failed/i,
    (said) => `The password was refused (${said}): correct user and password in ${URL_SETTING}.`,
  ],
  [
    /^SASL: SCRAM.*password/i,
    () =>
      `PostgreSQL asks for a password, and ${URL_SETTING} has none: write postgres://user:password@host/database.`,
  ],
  [
    /unsupported startup parameter/i,
    (said) =>
      `The pooler refused a parameter (${said}): leave it out of ${URL_SETTING}, or name it in ignore_startup_parameters.`,
  ],
];

/** @returns one sentence; null: the fault is another one */
export function explainPostgres(error: Error): string | null {
  const code = 'code' in error ? String(error.code) : '';
  const said = error.message.split('\n')[0] ?? '';
  const byWords = BY_WORDS.find(([words]) => words.test(said))?.[1];
  return (byWords ?? BY_CODE[code])?.(said.replace(/\.$/, '')) ?? null;
}

import { describe, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { foreignVariables, isFromPlatform } from './foreign-variables.ts';
import { ConfigError } from './readers.ts';
import { SETTINGS } from './settings.ts';

/** What Kubernetes 1.34 puts into each container beside services named lencana, lencana-verify and lencana-data-dir. */
const KUBERNETES = ['LENCANA', 'LENCANA_VERIFY', 'LENCANA_DATA_DIR', 'LENCANA_KEYS'].flatMap((service) => [
  [`${service}_SERVICE_HOST`, '10.96.14.3'],
  [`${service}_SERVICE_PORT`, '8080'],
  [`${service}_SERVICE_PORT_HTTP`, '8080'],
  [`${service}_SERVICE_PORT_HTTP_METRICS`, '9090'],
  [`${service}_PORT`, 'tcp://10.96.14.3:8080'],
  [`${service}_PORT_8080_TCP`, 'tcp://10.96.14.3:8080'],
  [`${service}_PORT_8080_TCP_PROTO`, 'tcp'],
  [`${service}_PORT_8080_TCP_PORT`, '8080'],
  [`${service}_PORT_8080_TCP_ADDR`, '10.96.14.3'],
  [`${service}_PORT_53_UDP`, 'udp://[fd00::3]:53'],
  [`${service}_PORT_53_UDP_ADDR`, 'fd00::3'],
]);
/** What Docker sets for a linked container. */
const DOCKER = [
  ['LENCANA_NAME', '/web/lencana'],
  ['LENCANA_ENV_NODE_VERSION', '26.0.0'],
  ['LENCANA_ENV_LENCANA_LISTEN', '0.0.0.0:8080'],
  ['LENCANA_PORT_8080_TCP_START', 'tcp://172.17.0.2:8080'],
];
const platform: Record<string, string> = Object.fromEntries([...KUBERNETES, ...DOCKER]);

test('what a platform injects changes no setting, stops no start and is named', () => {
  const config = readConfig(platform);
  expect({ ...config, foreignVariables: [] }).toEqual(readConfig({}));
  expect(config.foreignVariables.map(({ name }) => name).sort()).toEqual(Object.keys(platform).sort());
  expect(config.foreignVariables.every(({ byPlatform }) => byPlatform)).toBe(true);
});

test('no setting has a name that a platform may inject, but for one that decides nothing', () => {
  const values = [...new Set<string>(Object.values(platform))];
  const taken = Object.keys(SETTINGS).filter((name) => values.some((value) => isFromPlatform(name, value)));
  // Docker, for a container linked under the name lencana-portal.
  expect(taken).toEqual(['LENCANA_PORTAL_NAME']);
});

test.each(['LENCANA_VERSION', 'LENCANA_TOKEN', 'LENCANA_HOME', 'LENCANA_IMAGE_TAG', 'LENCANA_BACKUP_BUCKET'])(
  '%s is left alone, and told of as what may be a mistake',
  (name) => {
    expect(foreignVariables({ [name]: 'x' })).toEqual([{ name, byPlatform: false }]);
  },
);

test.each(['PATH', 'HOME', 'KUBERNETES_SERVICE_HOST', 'npm_config_user_agent', 'LENGTH'])(
  '%s is not ours',
  (name) => {
    expect(foreignVariables({ [name]: 'x' })).toEqual([]);
  },
);

describe('a misspelt setting is refused with the one that was meant:', () => {
  test.each([
    ['LENCANA_LISTNE', 'LENCANA_LISTEN'],
    ['LENCANA_LISTEN_', 'LENCANA_LISTEN'],
    ['LENCANA_KEY', 'LENCANA_KEYS'],
    ['LENCANA_KEY_FILE', 'LENCANA_KEYS_FILE'],
    ['LENCANA_DATABSE_URL', 'LENCANA_DATABASE_URL'],
    ['LENCANA_DATABASE_URI', 'LENCANA_DATABASE_URL'],
    ['LENCANA_SIGNUP', 'LENCANA_SIGN_UP'],
    ['LENCANA_URL_PUBLIC', 'LENCANA_PUBLIC_URL'],
    ['LENCANA_PUBLICURL', 'LENCANA_PUBLIC_URL'],
    ['LENCANA_TRUSTED_PROXY', 'LENCANA_TRUSTED_PROXIES'],
    ['LENCANA_TLS_CERT', 'LENCANA_TLS_CERT_FILE'],
    ['LENCANA_LOGLEVEL', 'LENCANA_LOG_LEVEL'],
    ['lencana_listen', 'LENCANA_LISTEN'],
    ['Lencana_Public_Url', 'LENCANA_PUBLIC_URL'],
    ['LENCANNA_LISTEN', 'LENCANA_LISTEN'],
    ['LECANA_DATABASE_URL', 'LENCANA_DATABASE_URL'],
  ])('%s means %s', (name, meant) => {
    const read = () => foreignVariables({ [name]: 'secret-value' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`${name} is not a setting. Did you mean ${meant}?`);
    expect(read).not.toThrow('secret-value');
  });

  test('every single slip of every setting', () => {
    for (const setting of Object.keys(SETTINGS)) {
      for (let at = 8; at < setting.length; at++) {
        const slips = [
          setting.slice(0, at) + setting.slice(at + 1),
          `${setting.slice(0, at)}X${setting.slice(at)}`,
          `${setting.slice(0, at)}X${setting.slice(at + 1)}`,
        ];
        for (const slip of slips.filter((name) => !(name in SETTINGS))) {
          expect(() => foreignVariables({ [slip]: '1' }), slip).toThrow('Did you mean LENCANA_');
        }
      }
    }
  });
});

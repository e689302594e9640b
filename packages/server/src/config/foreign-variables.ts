/**
 * Tells a misspelt setting from a variable of somebody else with the same prefix. A misspelt one would leave its default in force in
 * silence, so it is refused; what platforms put into the environment of every program is left alone.
 */
import { distance } from 'fastest-levenshtein';
import { ConfigError } from './readers.ts';
import { SETTINGS } from './settings.ts';

const PREFIX = 'LENCANA_';

/**
 * What container platforms write for each service whose name begins with `lencana`, by the name and by the value: addresses of services
 * (Kubernetes) and of linked containers (Docker).
 */
const PLATFORM: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, /^/],
  [/_SERVICE_PORT(_[A-Z0-9_]+)?$/, /^\d*$/],
  [/_PORT$/, /^(tcp|udp|sctp):\/\//],
  [/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|PORT_START|PORT_END|ADDR|START|END))?$/, /^/],
  [/_NAME$/, /^\/[^/]+\/[^/]+$/],
  [/_ENV_[A-Za-z0-9_]+$/, /^/],
];

/** A variable with our prefix that is not a setting. */
export type ForeignVariable = {
  readonly name: string;
  /** Whether a container platform writes such variables by itself. Else somebody may have meant a setting by it. */
  readonly byPlatform: boolean;
};

/** Every variable with our prefix that is not a setting. @throws ConfigError for a misspelt setting, a misspelt prefix included */
export function foreignVariables(env: NodeJS.ProcessEnv): ForeignVariable[] {
  const foreign: ForeignVariable[] = [];
  for (const [name, value = ''] of Object.entries(env)) {
    if (name in SETTINGS) continue;
    const ours = name.startsWith(PREFIX);
    if (ours && isFromPlatform(name, value)) {
      foreign.push({ name, byPlatform: true });
      continue;
    }
    const meant = settingMeant(name);
    if (meant !== null) {
      throw new ConfigError(
        `${name} is not a setting. Did you mean ${meant}? All settings are in docs/configuration.md.`,
      );
    }
    if (ours) foreign.push({ name, byPlatform: false });
  }
  return foreign;
}

export function isFromPlatform(name: string, value: string): boolean {
  return PLATFORM.some(([names, values]) => names.test(name) && values.test(value.trim()));
}

/** The setting that somebody who wrote `name` most likely meant; null: it resembles none. */
function settingMeant(name: string): string | null {
  const upper = name.toUpperCase().replaceAll('-', '_');
  const settings = Object.keys(SETTINGS);
  const near = settings
    .map((setting) => ({ setting, edits: distance(upper, setting) }))
    .sort((one, other) => one.edits - other.edits)[0];
  if (near && near.edits <= editsAllowed(near.setting)) return near.setting;
  if (!upper.startsWith(PREFIX)) return null;
  return settings.find((setting) => sameWords(wordsOf(upper), wordsOf(setting))) ?? null;
}

/** A third of the name's own letters at the most, and three: `LENCANA_KEY` is `LENCANA_KEYS`, `LENCANA_HOME` is not. */
const editsAllowed = (setting: string) => Math.min(3, Math.floor((setting.length - PREFIX.length) / 3));

/** `LENCANA_SIGNUP`, `LENCANA_URL_PUBLIC` and `LENCANA_TLS_CERT`: without an underscore, in another order, or with a word left out. */
function sameWords(given: string[], setting: string[]): boolean {
  if (given.join('') === setting.join('')) return true;
  return given.length > 1 && given.every((word) => setting.includes(word));
}

const wordsOf = (name: string) => name.slice(PREFIX.length).split('_').filter(Boolean);

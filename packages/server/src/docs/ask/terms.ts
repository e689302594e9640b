/**
 * Text as terms that can be compared: identifiers whole and in parts, words by their stems, English and Indonesian. And which terms
 * mean the same here. Pure.
 */
import { stemmer as englishStem } from '@orama/stemmers/english';
import { stemmer as indonesianStem } from '@orama/stemmers/indonesian';
import { normalizedText } from '../../core/text/normalized-text.ts';
import type { Language } from './passages.ts';

/** The longest word that is looked at, in characters: what is longer is no word of a page. */
const WORD_LENGTH_MAX = 64;

/** The longest text that is normalized, in UTF-16 code units: far more than a passage or a question has. */
const TEXT_LENGTH_MAX = 50_000;

/** Words with what may stand inside an identifier: `LENCANA_LISTEN`, `expires_on`, `X-Lencana-Scopes`, `/api/v1/me`, `--of`. */
const WORD = /--[a-z][a-z-]*|[\p{L}\p{N}]+(?:[-_./:'’][\p{L}\p{N}]+)*/giu;

const EN_STOP = new Set(
  'a an the of to in on at by for from with and or but is are was were be been being am do does did doing done it its this that these those there here i my me mine you your yours we our us they them their he she his her what which who whom whose when where why how can could may might must shall should will would if then than so as not no yes get gets got have has had having about into over under out up down off again please tell want need like just any some all one way thing something someone somebody happen happens happened mean means go goes use used using work works make makes s t m re ve ll d'.split(
    ' ',
  ),
);
const ID_STOP = new Set(
  'yang dan atau di ke dari untuk dengan pada adalah ialah itu ini tersebut saya aku kami kita anda kamu dia ia mereka apa apakah siapa kapan dimana mana mengapa kenapa bagaimana gimana cara caranya bisa bisakah dapat dapatkah boleh bolehkah harus perlu ingin mau akan telah sudah belum sedang tidak tak bukan jangan jika kalau bila ketika saat agar supaya karena sebab oleh dalam sebagai juga saja hanya lagi lalu kemudian setelah sebelum seperti tentang terhadap antara para sebuah suatu ada punya terjadi arti artinya maksud maksudnya berapa lama nya pun dong sih kah tolong'.split(
    ' ',
  ),
);

/** Terms that mean the same in these pages: English stems, and Indonesian ones. Each word of a line finds the others. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['token', 'pat', 'credential', 'apikey', 'kredensial'],
  ['secret', 'key', 'value', 'rahasia', 'kunci', 'api key', 'secret api key'],
  ['create', 'generate', 'new', 'issue', 'mint', 'add', 'buat', 'bikin', 'hasil', 'tambah', 'terbit', 'baru'],
  [
    'delete',
    'remove',
    'revoke',
    'kill',
    'cancel',
    'destroy',
    'invalidate',
    'hapus',
    'cabut',
    'batal',
    'musnah',
  ],
  [
    'expire',
    'expiry',
    'expiration',
    'end',
    'lifetime',
    'ttl',
    'validity',
    'kedaluwarsa',
    'kadaluarsa',
    'kadaluwarsa',
    'akhir',
    'masa berlaku',
    'berlaku',
    'expired date',
  ],
  ['refuse', 'reject', 'deny', 'fail', 'invalid', 'unauthorized', '401', 'tolak', 'gagal', 'ditolak'],
  ['forbidden', '403', 'permission', 'scope', 'access', 'right', 'izin', 'akses', 'hak', 'cakupan'],
  ['unavailable', '503', 'outage', 'away'],
  ['verify', 'check', 'validate', 'introspect', 'authenticate', 'verifikasi', 'periksa', 'cek', 'validasi'],
  ['service', 'backend', 'application', 'app', 'layanan', 'servis', 'aplikasi'],
  ['gateway', 'proxy', 'nginx', 'reverse proxy', 'gerbang'],
  ['password', 'passphrase', 'sandi', 'kata sandi'],
  ['forget', 'forgot', 'forgotten', 'lose', 'lost', 'lupa', 'hilang'],
  ['passkey', 'webauthn', 'fingerprint', 'kunci sandi'],
  ['session', 'login', 'sign in', 'signin', 'logged', 'sesi', 'masuk'],
  ['sign up', 'signup', 'register', 'registration', 'account', 'daftar', 'akun'],
  ['invite', 'invitation', 'undang', 'undangan'],
  ['administrator', 'admin', 'pengelola', 'administrasi'],
  [
    'setting',
    'configure',
    'configuration',
    'option',
    'environment',
    'variable',
    'env',
    'config',
    'atur',
    'pengaturan',
    'konfigurasi',
  ],
  ['default', 'bawaan', 'standar'],
  ['database', 'postgresql', 'postgres', 'sqlite', 'db', 'basis data'],
  ['backup', 'restore', 'cadang', 'pulih'],
  ['upgrade', 'update', 'migrate', 'migration', 'perbarui', 'mutakhir'],
  ['certificate', 'tls', 'ssl', 'https', 'sertifikat'],
  ['monitor', 'metric', 'prometheus', 'observe', 'pantau', 'metrik'],
  ['log', 'logging', 'catatan', 'jejak'],
  ['audit', 'trail', 'history', 'jejak audit'],
  ['mail', 'email', 'smtp', 'surel'],
  ['name', 'rename', 'nama'],
  [
    'list',
    'find',
    'search',
    'see',
    'show',
    'view',
    'look',
    'cari',
    'temu',
    'lihat',
    'tampil',
    'daftar token',
  ],
  ['copy', 'salin'],
  ['leak', 'steal', 'stolen', 'compromise', 'bocor', 'curi'],
  ['idempotency', 'retry', 'repeat', 'again', 'ulang'],
  ['freshness', 'cache', 'stale', 'segar'],
  ['node', 'server', 'machine', 'mesin'],
  ['cluster', 'balancer', 'balance', 'ha', 'replica'],
  ['script', 'ci', 'pipeline', 'automation', 'skrip'],
  ['python', 'requests'],
  ['javascript', 'nodejs', 'typescript', 'js', 'node.js'],
  ['page', 'portal', 'console', 'dashboard', 'ui', 'halaman'],
  ['menu', 'button', 'click', 'klik', 'tombol'],
  ['error', 'problem', 'code', 'kesalahan', 'galat'],
  ['quota', 'limit', 'maximum', 'most', 'many', 'batas', 'maksimal'],
  ['holder', 'owner', 'user', 'pemilik', 'pemegang', 'pengguna'],
  ['header', 'authorization', 'bearer'],
  ['deactivate', 'disable', 'suspend', 'block', 'nonaktif'],
  ['port', 'listen', 'address', 'listener', 'alamat'],
  ['phone', 'telepon', 'nomor'],
  ['last used', 'usage', 'pakai', 'terakhir'],
  ['forever', 'never', 'indefinitely', 'selamanya', 'pernah'],
  ['step', 'langkah'],
];

export type Term = {
  /** As it is indexed. */
  readonly text: string;
  /** How much a match of it says, at most 1: less for parts and for words that only mean the same. */
  readonly weight: number;
};

/** One thing that a question asks about, in all the forms in which a page may have it. */
export type Concept = { readonly word: string; readonly terms: readonly Term[] };

const stemOf = (word: string, language: Language) =>
  language === 'id' ? indonesianStem(word) : englishStem(word);

/** What a page is found by. A word may be more than one term: an identifier, its parts, a stem. */
export function indexTerms(text: string, language: Language): string[] {
  const terms: string[] = [];
  for (const word of wordsOf(text)) {
    terms.push(...formsOf(word, language));
  }
  return terms;
}

/** The words of a question that say what it is about, each with its synonyms; none for one that says nothing. */
export function conceptsOf(question: string, language: Language): Concept[] {
  const concepts: Concept[] = [];
  const seen = new Set<string>();
  for (const word of wordsOf(question)) {
    if (isStop(word, language) || seen.has(word)) continue;
    seen.add(word);
    const terms = new Map<string, number>();
    const note = (term: string, weight: number) => terms.set(term, Math.max(terms.get(term) ?? 0, weight));
    const [whole = word, ...parts] = formsOf(word, language);
    note(whole, 1);
    for (const part of parts) note(part, parts.length === 1 ? 0.9 : 0.5);
    for (const form of [whole, ...parts]) {
      for (const other of SYNONYMS_OF.get(form) ?? []) note(other, 0.6);
    }
    concepts.push({ word, terms: [...terms].map(([text, weight]) => ({ text, weight })) });
  }
  return concepts;
}

const isStop = (word: string, language: Language) =>
  EN_STOP.has(word) || (language === 'id' && ID_STOP.has(word)) || (word.length === 1 && !/\d/.test(word));

/** Indonesian by its small words, which no English question has. */
export function languageOf(question: string): Language {
  const words = wordsOf(question);
  const indonesian = words.filter((word) => ID_STOP.has(word) || ID_MARKS.has(word)).length;
  const english = words.filter((word) => EN_STOP.has(word)).length;
  return indonesian > english ? 'id' : 'en';
}

const ID_MARKS = new Set(
  'hapus menghapus dihapus buat membuat dibuat pakai memakai menggunakan digunakan kedaluwarsa kadaluarsa ditolak menolak sandi rahasia layanan akun masuk keluar daftar hilang lupa salin menyalin nama tanggal hari jam menit selamanya aman berlaku'.split(
    ' ',
  ),
);

function wordsOf(text: string): string[] {
  return [...(normalizedText(text, 'NFC', TEXT_LENGTH_MAX) ?? text).toLowerCase().matchAll(WORD)]
    .map(([word]) => word.replaceAll('’', "'").replace(/'s$/, ''))
    .filter((word) => word.length <= WORD_LENGTH_MAX);
}

/** The word itself, stemmed where it is a word, and an identifier's parts. */
function formsOf(word: string, language: Language): string[] {
  if (/^\p{L}+$/u.test(word)) return [stemOf(word, language)];
  const parts = word.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length > 1 || /\d/.test(part));
  return [
    ...new Set([word, ...parts.map((part) => (/^\p{L}+$/u.test(part) ? stemOf(part, language) : part))]),
  ];
}

const SYNONYMS_OF: ReadonlyMap<string, readonly string[]> = (() => {
  const found = new Map<string, Set<string>>();
  for (const line of SYNONYMS) {
    const stems = line
      .filter((word) => !word.includes(' '))
      .flatMap((word) => [englishStem(word), indonesianStem(word)]);
    for (const stem of stems) {
      const others = found.get(stem) ?? new Set<string>();
      for (const other of stems) if (other !== stem) others.add(other);
      found.set(stem, others);
    }
  }
  return new Map([...found].map(([stem, others]) => [stem, [...others]]));
})();

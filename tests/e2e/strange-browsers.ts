/**
 * Browsers as people have them: each lacks something, has it broken, or runs a program that changes pages. One script each, run
 * before the page's own.
 */

/** Replaces a getter of `navigator`, `window` and the like. */
const property = (owner: string, name: string, getter: string) =>
  `Object.defineProperty(${owner}, ${JSON.stringify(name)}, { configurable: true, get: () => ${getter} });`;

const zoneIs = (zone: string) => `{
  const resolved = Intl.DateTimeFormat.prototype.resolvedOptions;
  Intl.DateTimeFormat.prototype.resolvedOptions = function () { return { ...resolved.call(this), timeZone: ${zone} }; };
}`;

const throwing = `(() => { throw new DOMException('denied', 'SecurityError'); })()`;

const intlParts = [
  'DateTimeFormat',
  'RelativeTimeFormat',
  'ListFormat',
  'NumberFormat',
  'PluralRules',
  'Locale',
];

/** As translators do: each text gives way to elements with another text, now and whenever a text changes. */
const translator = `{
  const translate = (node) => {
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (/^(?:SCRIPT|STYLE|TEXTAREA|FONT)$/.test(node.tagName) || node.translate === false) return;
      for (const child of [...node.childNodes]) translate(child);
      return;
    }
    if (node.nodeType !== Node.TEXT_NODE || node.data.trim() === '' || node.parentNode?.tagName === 'FONT') return;
    const outer = document.createElement('font');
    const inner = document.createElement('font');
    inner.textContent = node.data;
    outer.append(inner);
    node.parentNode?.replaceChild(outer, node);
  };
  const begin = () => {
    translate(document.body);
    new MutationObserver((records) => {
      for (const { type, target, addedNodes } of records) {
        if (type === 'characterData') { if (target.isConnected) translate(target); }
        else for (const node of addedNodes) if (node.isConnected) translate(node);
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  };
  addEventListener('DOMContentLoaded', begin);
}`;

/** As password managers do: a wrapper around each field, a badge beside it, a panel at the page's end. */
const passwordManager = `{
  const seen = new WeakSet();
  const attend = () => {
    for (const field of document.querySelectorAll('input, textarea')) {
      if (seen.has(field)) continue;
      seen.add(field);
      const wrapper = document.createElement('div');
      wrapper.style.display = 'contents';
      field.replaceWith(wrapper);
      const badge = document.createElement('span');
      badge.setAttribute('aria-hidden', 'true');
      wrapper.append(field, badge);
    }
  };
  addEventListener('DOMContentLoaded', () => {
    const panel = document.createElement('div');
    document.body.prepend(panel);
    new MutationObserver(attend).observe(document.body, { childList: true, subtree: true });
    attend();
  });
}`;

export const strangeBrowsers: Readonly<Record<string, string>> = {
  'without a time zone': zoneIs('undefined'),
  'whose time zone is unknown': zoneIs("'Etc/Unknown'"),
  'whose time zone does not exist': zoneIs("'Mars/Phobos'"),
  'whose time zone is empty': zoneIs("''"),
  'whose time zone cannot be asked': zoneIs(throwing),
  'without Intl': 'delete globalThis.Intl; globalThis.Intl = undefined;',
  ...Object.fromEntries(intlParts.map((part) => [`without Intl.${part}`, `delete Intl.${part};`])),
  'whose Intl fails': `for (const part of ${JSON.stringify(intlParts)}) Intl[part] = class { constructor() { throw new RangeError('no data'); } };`,
  'without Temporal': 'delete globalThis.Temporal;',
  'without Temporal and without Intl': 'delete globalThis.Temporal; delete globalThis.Intl;',
  'without languages': property('Navigator.prototype', 'languages', 'undefined'),
  'with an empty list of languages': property('Navigator.prototype', 'languages', '[]'),
  'with languages that do not exist': property(
    'Navigator.prototype',
    'languages',
    `['', 'x!', 'zz-ZZ-u-ca-none']`,
  ),
  'whose storage is refused':
    property('window', 'localStorage', throwing) + property('window', 'sessionStorage', throwing),
  'without storage':
    property('window', 'localStorage', 'null') + property('window', 'sessionStorage', 'null'),
  'whose storage is full': `Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };`,
  'whose storage holds what others wrote': `Storage.prototype.getItem = () => '{"a":[';`,
  'without a clipboard': `${property('Navigator.prototype', 'clipboard', 'undefined')} delete Document.prototype.execCommand;`,
  'whose clipboard is refused': `Clipboard.prototype.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError')); Document.prototype.execCommand = () => false;`,
  'whose clipboard never answers': `Clipboard.prototype.writeText = () => new Promise(() => undefined); Document.prototype.execCommand = () => false;`,
  'whose clipboard cannot be asked': `${property('Navigator.prototype', 'clipboard', throwing)} Document.prototype.execCommand = () => { throw new Error('no'); };`,
  'without BroadcastChannel': 'delete globalThis.BroadcastChannel;',
  'whose BroadcastChannel is refused': `globalThis.BroadcastChannel = class { constructor() { throw new DOMException('no', 'SecurityError'); } };`,
  'without matchMedia': 'delete globalThis.matchMedia;',
  'without a platform': property('Navigator.prototype', 'platform', 'undefined'),
  'that translates the page': translator,
  'with a password manager': passwordManager,
  'with a translator and a password manager': translator + passwordManager,
};

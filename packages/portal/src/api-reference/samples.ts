/**
 * The lines that the Overview tab gives to copy, for a portal's public URL. Each works when pasted into bash or zsh, or run as it
 * is by Node 20 and Python 3.8 upwards, with the token in the variable TOKEN. None has a token in it.
 */

/**
 * Reads a token into TOKEN without showing it. A line of its own: pasted together with the next one, a shell without bracketed
 * paste would take that for the token.
 */
export const readTokenLine = 'read -rs TOKEN && export TOKEN';

export function curlLine(publicUrl: string): string {
  return `curl -H "Authorization: Bearer $TOKEN" ${shellWord(meUrl(publicUrl))}`;
}

export function nodeSample(publicUrl: string): string {
  return `const answer = await fetch(${scriptString(meUrl(publicUrl))}, {
  headers: { Authorization: \`Bearer \${process.env.TOKEN}\` },
});
if (!answer.ok) throw new Error(\`Refused: \${answer.status}\`);
console.log(await answer.json());`;
}

export function pythonSample(publicUrl: string): string {
  return `import json, os, urllib.request

request = urllib.request.Request(
    ${scriptString(meUrl(publicUrl))},
    headers={"Authorization": f"Bearer {os.environ['TOKEN']}"},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer))`;
}

function meUrl(publicUrl: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/api/v1/me`;
}

/** A word that no shell takes apart, quoted only where it must be. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A string literal that JavaScript and Python read alike. */
function scriptString(text: string): string {
  return JSON.stringify(text);
}

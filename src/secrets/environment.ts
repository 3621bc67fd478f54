/**
 * The values of secret-looking variables, in every form in which they are likely to be written down: as they
 * are, escaped for JSON once and twice, for a URL, in base64.
 */
export function secretTexts(env: NodeJS.ProcessEnv): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && isSecret(name, value) ? [value, value.trim()] : [],
  );
  return [...new Set(values.flatMap(formsOf))].filter((form) => form.length >= shortest);
}

const shortest = 8;
const secretNames =
  /KEY|TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|_AUTH$|^(?:ANTHROPIC|CLAUDE)_.*(?:AUTH|HEADERS)/i;
/** `SSH_AUTH_SOCK`, `GOOGLE_APPLICATION_CREDENTIALS`: where a secret is, not what it is. */
const placeNames = /(?:_FILE|_PATH|_DIR|_SOCK|_CREDENTIALS)$/i;

function isSecret(name: string, value: string): boolean {
  if (value.trim().length < shortest || !secretNames.test(name)) return false;
  // A number is a limit (`MAX_OUTPUT_TOKENS`).
  return !/^\d{1,12}$/.test(value) && !(placeNames.test(name) && value.startsWith("/"));
}

function formsOf(value: string): readonly string[] {
  const once = escaped(value);
  const url = encodeURIComponent(value.toWellFormed());
  const urls = [url, url.replaceAll("%20", "+"), new URLSearchParams([["", value]]).toString().slice(1)];
  const lowerCase = urls.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  return [value, once, escaped(once), ...urls, ...lowerCase, ...base64Forms(value)];
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * Inside a longer text a value may begin at any of the three positions of a base64 group; its first and last
 * character then hold bits of its neighbours and are left out.
 */
function base64Forms(value: string): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor((bytes.length * 8) / 6);
    return [bytes.toString("base64").slice(first, last), bytes.toString("base64url").slice(first, last)];
  });
}

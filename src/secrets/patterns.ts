/**
 * Credentials that show by their form. Each pattern has a bounded length, so that a stream can be searched in
 * bounded memory; starts at something rare, so that a search is quick; and matches no quotation mark and no
 * half of an escape, so that redacted JSON is still JSON. Ordinary hashes, UUIDs and images match none: there
 * is no rule for "looks random".
 */

/** A match keeps what its capture group (at most one takes part) holds, such as `Bearer `. */
export const knownForms: readonly string[] = [
  // Anthropic; OpenAI and others with the same prefix, which words such as "sk-loading-spinner" share
  String.raw`\bsk-ant-[\w-]{8,512}`,
  String.raw`\bsk-(?=[\w-]{0,40}\d)[\w-]{20,512}`,
  // GitHub, GitLab, npm, Slack, Stripe, Hugging Face
  String.raw`\bgh[pousr]_[A-Za-z0-9]{20,255}`,
  String.raw`\bgithub_pat_\w{20,255}`,
  String.raw`\bglpat-[\w-]{20,255}`,
  String.raw`\bnpm_[A-Za-z0-9]{36,255}`,
  String.raw`\bxox[abeoprs]-[\w-]{10,512}`,
  String.raw`\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}`,
  String.raw`\bhf_[A-Za-z0-9]{30,255}`,
  // AWS access key ids, Google API keys
  String.raw`\bA(?:KIA|SIA)[A-Z0-9]{16}\b`,
  String.raw`\bAIza[\w-]{35}(?![\w-])`,
  // JSON web tokens
  String.raw`(?<![\w-])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,8192}(?:\.[\w-]{0,2048})?`,
  // HTTP credentials: in a header whatever they are, elsewhere when they cannot be prose
  String.raw`(\b[Aa]uthorization\\{0,63}["']?\s{0,4}[:=]\s{0,4}\\{0,63}["']?(?:Basic|Bearer|Token|basic|bearer|token)\s{1,4})[\w.~+/=-]{4,4096}`,
  String.raw`(\b[Bb](?:earer|asic)\s{1,4})(?=[\w.~+/=-]{0,80}[\d=])[\w.~+/=-]{16,4096}`,
  // Passwords in addresses; a template in their place (`${password}`, `<password>`) is none
  String.raw`(:\/\/[^\s:@/"'\\<>\x60]{0,128}:)(?!\$\{|<|\{)[^\s@/"'\\<>\x60]{1,256}(?=@)`,
  // Private keys, also with escaped line ends, without an end, or with a value already taken out
  String.raw`-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s:,.()[\]]|\\(?=\\{0,63}[nrt])|-(?!----)){32,16384}(?:-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----)?`,
];

/** No match of a known form is longer, with what it looks at before and after. */
export const longestForm = 17 * 1024;

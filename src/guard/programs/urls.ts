/** P8.1: which addresses may be asked. */
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { type Call, staticText } from "./program.ts";

/** Parses a literal `http(s)` URL the way curl does; whatever two programs could read differently is refused. */
export function checkUrl(call: Call, arg: Arg): URL {
  if (arg.type === "dynamic" && /^https?:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?\/[^?#]*$/.test(arg.prefix)) {
    refuse("P8.1", arg.raw, "The URL must be written out, also behind the host. Use a literal path.");
  }
  if (arg.type === "glob") {
    // An unquoted `?` or `[` of a URL: bash leaves it alone unless a file matches.
    return checkUrlText(call, /["'\\$*]/.test(arg.raw) ? staticText(call, arg) : arg.raw, arg.raw);
  }
  return checkUrlText(call, staticText(call, arg), arg.raw);
}

function checkUrlText(call: Call, text: string, raw: string): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    refuse("P8.1", raw, "Only http and https are allowed.");
  }
  const url = URL.parse(scheme === undefined ? `http://${text}` : text);
  const authority = /^(?:https?:\/\/)?([^/?#]*)/i.exec(text)?.[1] ?? "";
  // `\`, `@`, brace and bracket ranges: curl and a URL parser would disagree about the host.
  if (
    url === null ||
    !/^(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?$/i.test(authority) ||
    /[{}\\\s]|#.*@/.test(text) ||
    /\[[^\]]*-/.test(text.slice(authority.length + 8))
  ) {
    refuse("P8.1", raw, "Write a plain URL: http(s)://host[:port]/path, without user, braces or spaces.");
  }
  const host = url.hostname.toLowerCase();
  if (isLinkLocal(host))
    refuse("P8.1", raw, "This address serves credentials of the machine. It may not be asked.");
  const { hosts } = call.run.extra;
  if (!isLoopback(url)) {
    if (hosts !== undefined && !hosts.some((one) => matchesHost(host, one))) {
      refuse("P8.1", raw, `The host ${host} is not among the configured ones.`);
    }
    call.run.fetchesRemote = true;
  }
  return url;
}

export function isLoopback(url: URL): boolean {
  const host = url.hostname.toLowerCase();
  return host === "localhost" || host === "[::1]" || host === "0.0.0.0" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isLinkLocal(host: string): boolean {
  return /^169\.254\.|^\[(?:fe[89ab]|fd00:ec2|::ffff:a9fe)|metadata/.test(host) || host === "100.100.100.200";
}

function matchesHost(host: string, pattern: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

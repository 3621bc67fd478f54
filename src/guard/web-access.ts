/**
 * Which addresses the agent may fetch. By name alone: a public name that resolves to a private address is not
 * found out here, but it must also present a valid certificate for its name, which no metadata service and no
 * router does; and what a sandboxed agent reaches is its proxy's decision.
 */
import { isIP } from "node:net";
import { deny } from "./denial.ts";
import type { Verdict } from "./verdict.ts";

/** `hosts`: `example.com` means that host alone, `*.example.com` those below it; undefined: every public one. */
export function judgeUrl(address: string, hosts: readonly string[] | undefined): Verdict {
  const url = URL.parse(address);
  if (url === null) return deny("P8.1", address, "This is not an address. Give a full https:// address.");
  if (url.protocol !== "https:") return deny("P8.1", address, "Only https:// addresses may be fetched.");
  if (url.username !== "" || url.password !== "") {
    return deny("P8.1", url.host, "An address may not carry a user name or password. Leave them out.");
  }
  if (url.port !== "")
    return deny("P8.1", url.host, "Only the ordinary port may be used. Leave the port out.");
  if (address.length > maxLength) {
    return deny(
      "P8.2",
      url.host,
      `The address is longer than ${maxLength} characters: fetching is for reading.`,
    );
  }
  const host = url.hostname.replace(/\.$/, "");
  if (isPrivate(host)) {
    return deny(
      "P8.1",
      host,
      "Addresses by number and names of private networks are refused. For the project's own server use curl on localhost.",
    );
  }
  if (hosts !== undefined && !hosts.some((pattern) => matches(host, pattern.toLowerCase()))) {
    return deny(
      "P8.1",
      host,
      `This host is not on the configured list (${hosts.join(", ") || "it is empty"}). Read the installed package's own files instead.`,
    );
  }
  return { allow: true, rule: "P8.1" };
}

const maxLength = 2000;

/** Top-level names that no public host has (RFC 6761, 6762, 8375, ICANN's `internal`, and habit). */
const privateSuffixes =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|lan|home|arpa|test|example|invalid|onion)$/;
/** Public names whose only use is to stand for an address that is written into them. */
const addressServices = /(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|vcap\.me)$/;

/** `URL` has already turned every notation of an IPv4 address into the dotted one. */
function isPrivate(host: string): boolean {
  const address = isIP(host) !== 0 || host.startsWith("[");
  return address || !host.includes(".") || privateSuffixes.test(host) || addressServices.test(host);
}

function matches(host: string, pattern: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** P8: curl and wget. Remote hosts may be read, loopback may be written; files stay in the workspace. */
import { checkRead, checkWrite, resolve } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { has, type Option, type Parsed } from "./options.ts";
import { type Call, type Programs, staticText } from "./program.ts";
import { checkUrl, isLoopback } from "./urls.ts";

const sends = new Set(
  `-d -F -T --data --data-ascii --data-binary --data-raw --data-urlencode --json --form --form-string --upload-file --post-data
   --body-data`.split(/\s+/),
);
const sendsHeaders = new Set([
  "-H",
  "--header",
  "-u",
  "--user",
  "-A",
  "--user-agent",
  "-e",
  "--referer",
  "-b",
  "--cookie",
  "--password",
  "--http-password",
  "--http-user",
]);
const methods = new Set(["-X", "--request", "--method"]);

export const network = {
  curl: {
    rule: "P8.3",
    flags: "fsSLkiIvgGjNROJ0146#a",
    options: `-o=write -w=text -d=any -F=any -T=read -X=text -H=any -A=any -e=any -u=any -b=any -c=write -D=write -m=number
      -r=text -y=number -Y=number -z=text --output=write --output-dir=write --create-dirs --write-out=text --data=any
      --data-ascii=any --data-binary=any --data-raw=any --data-urlencode=any --json=any --form=any --form-string=any
      --upload-file=read --request=text --header=any --user-agent=any --referer=any --user=any --cookie=any
      --cookie-jar=write --dump-header=write --trace=write --trace-ascii=write --stderr=write --etag-save=write
      --etag-compare=read --hsts=write --url=url --max-time=number --connect-timeout=number --retry=number
      --retry-delay=number --retry-max-time=number --retry-all-errors --retry-connrefused --fail --fail-with-body
      --fail-early --silent --show-error --location --insecure --include --head --verbose --get --compressed --globoff
      --no-buffer --remote-name --remote-name-all --remote-header-name --progress-bar --no-progress-meter --http1.0
      --http1.1 --http2 --http2-prior-knowledge --tlsv1.2 --tlsv1.3 --ipv4 --ipv6 --range=text --max-redirs=number
      --max-filesize=text --limit-rate=text --speed-limit=number --speed-time=number --styled-output --no-keepalive
      --path-as-is --parallel --basic --digest --anyauth --raw --tcp-nodelay --expect100-timeout=number --version
      --junk-session-cookies --append --remote-time --trace-time`,
    operands: "url",
    judge: judgeTransfer,
  },
  wget: {
    rule: "P8.3",
    flags: "qvdcNSrkpEHL46xm",
    options: `-O=write -o=write -a=write -P=write -T=number -t=number -w=number -U=any -A=text -R=text -D=text -l=number -nv -nc
      -np --output-document=write --output-file=write --append-output=write --directory-prefix=write --timeout=number
      --tries=number --wait=number --user-agent=any --header=any --method=text --post-data=any --body-data=any --quiet
      --verbose --no-verbose --continue --timestamping --server-response --spider --no-check-certificate --no-clobber
      --recursive --level=number --no-parent  --page-requisites --convert-links
      --content-disposition --max-redirect=number --show-progress --progress=text --retry-connrefused --compression=text
      --no-cache --no-cookies --no-proxy --no-config --inet4-only --inet6-only --connect-timeout=number
      --read-timeout=number --dns-timeout=number --waitretry=number --limit-rate=text --https-only --quota=text
      --accept=text --reject=text --random-wait --no-hsts --version --trust-server-names --content-on-error`,
    operands: "url",
    judge: judgeTransfer,
  },
} as const satisfies Programs;

function judgeTransfer(call: Call, parsed: Parsed): void {
  const { options, operands } = parsed;
  const given = options.filter(({ name }) => name === "--url").flatMap(({ value }) => value ?? []);
  const urls = [...operands, ...given].map((arg) => checkUrl(call, arg));
  if (urls.length === 0) {
    if (has(parsed, "--version")) return;
    refuse("P8.1", call.program, `\`${call.program}\` needs a literal URL.`);
  }
  const remote = urls.find((url) => !isLoopback(url));
  for (const option of options) checkSent(call, option, remote);
  if (call.program === "curl" && has(parsed, "-a", "--append"))
    refuse("P8.2", "-a", "Appending to a remote file is not allowed.");
  if (remote !== undefined && writesFile(call, parsed)) call.run.download = call.program;
  if (
    has(parsed, "-O", "--remote-name", "-J", "--remote-header-name", "--remote-name-all") &&
    call.program === "curl"
  )
    checkRemoteNames(call, parsed, urls);
  if (call.program === "wget" && !has(parsed, "-O", "--output-document", "--spider"))
    checkRemoteNames(call, parsed, urls);
}

/** P8.2: what would leave the machine. */
function checkSent(call: Call, { name, value }: Option, remote: URL | undefined): void {
  if (value === null) return;
  if (name === "-w" || name === "--write-out") {
    // `@file` takes the format from a file; `%output{file}` writes one.
    if (/^@|%output/.test(staticText(call, value)))
      refuse("P8.3", value.raw, "Write the format of `-w` out.");
  }
  if (sends.has(name)) {
    if (remote !== undefined)
      refuse("P8.2", name, `Data may only be sent to localhost, not to ${remote.hostname}.`);
    checkDataFile(call, name, value);
  }
  if (methods.has(name) && remote !== undefined && !/^(?:GET|HEAD|OPTIONS)$/.test(staticText(call, value))) {
    refuse("P8.2", name, `Only GET and HEAD may be sent to ${remote.hostname}.`);
  }
  if (!sendsHeaders.has(name)) return;
  if (value.type === "dynamic") {
    if (remote !== undefined)
      refuse("P4.3", value.raw, `What is sent to ${remote.hostname} must be written out.`);
    return;
  }
  if ((name === "-b" || name === "--cookie") && !value.text.includes("=")) checkRead(call, value);
  if ((name === "-H" || name === "--header") && value.text.startsWith("@"))
    checkRead(call, { ...value, text: value.text.slice(1) });
}

/** `-d @file`, `-F name=@file`, `-F name=<file`, `--data-urlencode name@file` send what is in a file. */
function checkDataFile(call: Call, name: string, value: Arg): void {
  const isForm = name === "-F" || name === "--form";
  const isEncoded = name === "--data-urlencode";
  if (
    name === "--data-raw" ||
    name === "--form-string" ||
    name === "--post-data" ||
    name === "--body-data" ||
    name === "-T" ||
    name === "--upload-file"
  )
    return;
  if (value.type === "dynamic") {
    // P4.3 allows it as data; as the name of a file to send it would be a path that is not known (P3.7).
    const namesFile = isForm ? /^[^=]*(?:=[@<].*)?$/.test(value.prefix) : /^[^=]*@/.test(value.prefix);
    if (namesFile) refuse("P3.7", value.raw, "Which file is sent must be written out.");
    return;
  }
  const file = isForm
    ? /^[^=]*=[@<]([^;,]*)/.exec(value.text)?.[1]
    : isEncoded
      ? /^[^=@]*@(.*)$/s.exec(value.text)?.[1]
      : /^@(.*)$/s.exec(value.text)?.[1];
  if (isForm && /^[^=]*=[@<].*[;,]/.test(value.text)) {
    if (/[;,]\s*(?:headers|[@<])|,/.test(value.text))
      refuse("P8.3", value.raw, "Send one file in one form field, with at most a type.");
  }
  if (file !== undefined && file !== "-") checkRead(call, { ...value, text: file });
}

function writesFile(call: Call, parsed: Parsed): boolean {
  if (call.program === "wget" && !has(parsed, "--spider")) {
    const to = parsed.options.findLast(({ name }) => name === "-O" || name === "--output-document")?.value;
    return !(to?.type === "literal" && (to.text === "-" || to.text === "/dev/null"));
  }
  return parsed.options.some(({ name, value }) => {
    if (/^(?:-O|--remote-name|--remote-name-all|-D|--dump-header|-c|--cookie-jar)$/.test(name)) return true;
    return (
      /^(?:-o|--output)$/.test(name) && !(value?.type === "literal" && /^(?:-|\/dev\/null)$/.test(value.text))
    );
  });
}

/** The file gets the name that the URL ends in: not that of something protected (P3.4). */
function checkRemoteNames(call: Call, parsed: Parsed, urls: readonly URL[]): void {
  const directory = parsed.options.findLast(({ name }) =>
    /^(?:--output-dir|-P|--directory-prefix)$/.test(name),
  )?.value;
  if (has(parsed, "-J", "--remote-header-name", "--content-disposition", "--trust-server-names")) {
    refuse("P3.1", call.program, "The server may not choose the file's name. Use `-o <file>`.");
  }
  for (const url of urls) {
    const name = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1)) || "index.html";
    for (const cwd of call.cwds) {
      const base = directory?.type === "literal" ? resolve(cwd, directory.text) : cwd;
      const path = `${base}/${name}`;
      checkWrite(call, { type: "literal", text: path, raw: path, approximate: false });
    }
  }
}

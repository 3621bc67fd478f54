/** Whether a server is up. Asks this machine, or what a person's configuration names. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** One question; a server that does not answer it in time is not ready yet. */
const answerMs = 2000;

/** `ready`: a URL, in which `{port}` is the port, or anything else for the port alone. */
export function isReady(ready: string, port: number | null, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  if (!isUrl(ready)) return accepts(port ?? 0, limit);
  return answers(ready.replaceAll("{port}", String(port)), limit);
}

/** A port of the loopback interface that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function isUrl(ready: string): boolean {
  return /^https?:\/\//.test(ready);
}

/** `localhost` is tried as both of its addresses: development servers listen on either. */
async function accepts(port: number, signal: AbortSignal): Promise<boolean> {
  const socket = connect({ host: "localhost", port });
  try {
    await once(socket, "connect", { signal });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: "manual", signal });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}

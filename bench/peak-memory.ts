import { readFileSync } from "node:fs";

/**
 * The most memory that this process ever had resident, in MB. Linux's own figure of the address space, because
 * `maxRSS` there goes back to before the program was loaded.
 */
export function peakMemory(): number {
  const kilobytes =
    process.platform === "linux"
      ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1])
      : process.resourceUsage().maxRSS;
  return kilobytes / 1024;
}

if (import.meta.main) process.stdout.write(String(peakMemory()));

/** What the API says of an account's five-hour window, in the headers of an answer. `resetsAt`: epoch seconds. */
export function usageWindow(
  status: "allowed" | "allowed_warning" | "rejected",
  resetsAt: number,
  used?: number,
): Readonly<Record<string, string>> {
  const prefix = "anthropic-ratelimit-unified";
  const share =
    used === undefined
      ? {}
      : { [`${prefix}-5h-utilization`]: String(used), [`${prefix}-5h-reset`]: String(resetsAt) };
  return {
    [`${prefix}-status`]: status,
    [`${prefix}-reset`]: String(resetsAt),
    [`${prefix}-representative-claim`]: "five_hour",
    ...share,
  };
}

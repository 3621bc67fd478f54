/**
 * How long the machine slept. A suspended laptop, or a clock that was set forward, shows as a step of the wall
 * clock between two looks that are a second apart; nobody worked meanwhile, so it must not use up a run's time.
 */
export interface SleepMeter extends Disposable {
  /** Milliseconds since it was last asked. */
  take(): number;
  /** To be called when the machine is awake again, at once unless `take` was quicker. */
  onWake(listener: () => void): void;
}

const lookEveryMs = 1_000;
/** A machine under load is late, too; so much is called work. */
const longestStepMs = 15_000;

export function sleepMeter(now: () => number): SleepMeter {
  let lookedAt = now();
  let slept = 0;
  let tell = () => {};
  const timer = setInterval(() => {
    look();
    if (slept > 0) tell();
  }, lookEveryMs);
  timer.unref();

  return {
    take() {
      look();
      const ms = slept;
      slept = 0;
      return ms;
    },
    onWake(listener) {
      tell = listener;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };

  function look(): void {
    const at = now();
    const step = at - lookedAt;
    lookedAt = at;
    if (step > longestStepMs) slept += step - lookEveryMs;
  }
}

/** Doubling pauses with jitter: between half of and the full base · 2^(n−1) milliseconds after the nth failure, at most `capMs`. */
export function backoff(baseMs: number, capMs: number): (failures: number) => number {
  return (failures) => {
    const full = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30))
    return full * (0.5 + Math.random() / 2)
  }
}

/** A seeded source of numbers: the same seed gives the same sequence on every machine. Not for secrets. */
export interface Prng {
  /** An integer of 0 … bound − 1; `bound` up to 2^32. */
  below(bound: number): number
  /** True once in `n` on average. */
  oneIn(n: number): boolean
  /** One of the items. @throws RangeError when there are none */
  pick<T>(items: readonly T[]): T
}

/** Sequences for the same `seeds` are equal, for others unrelated: a block height as last seed gives each block its own. */
export function createPrng(...seeds: readonly number[]): Prng {
  let state = 0x9e3779b9
  for (const seed of seeds) state = mix(state ^ mix(seed | 0))
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0
    return Math.floor((mix(state) / 0x1_0000_0000) * bound)
  }
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[below(items.length)] as (typeof items)[number]
    },
  }
}

/** The finalizer of MurmurHash3 (32 bit): every bit of the input reaches every bit of the result. */
function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

import { createHash } from 'node:crypto'
import { createRandom, type Random } from '../support/world/random.js'

/**
 * A generator of its own for each thing that takes decisions. What one of them draws does not move the others, so that a seed means
 * the same chain and the same schedule however the processes under test happen to run.
 */
export function stream(seed: number, name: string): Random {
  return createRandom(createHash('sha256').update(`${seed}/${name}`).digest().readUInt32BE(0))
}

/** One of the names, each as likely as its weight says. */
export function weighted<K extends string>(random: Random, weights: Readonly<Record<K, number>>): K {
  const names = Object.keys(weights) as K[]
  let left = random.next() * names.reduce((sum, name) => sum + weights[name], 0)
  for (const name of names) {
    left -= weights[name]
    if (left < 0) return name
  }
  throw new Error('there is nothing to choose from')
}

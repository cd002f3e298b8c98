import type { Subscription } from '../worker/stream.js'

/** Who reads what: every group there is with its topics, whichever processes they run in. */
export type Readers = readonly Pick<Subscription, 'group' | 'topics'>[]

/** The groups of each topic, in a fixed order. */
export function groupsByTopic(readers: Readers): Map<string, string[]> {
  const topics = new Map<string, Set<string>>()
  for (const { group, topics: own } of readers) {
    for (const topic of own) topics.set(topic, (topics.get(topic) ?? new Set()).add(group))
  }
  return new Map([...topics].sort(([a], [b]) => (a < b ? -1 : 1)).map(([topic, groups]) => [topic, [...groups].sort()]))
}

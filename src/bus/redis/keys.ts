/** Names in Redis. What belongs to a topic has the topic as its hash tag: a cluster keeps it on one node. */
export interface TopicKeys {
  readonly stream: string
  /** What the publisher last saw of the stream: see scripts.ts. */
  readonly mark: string
  /** Per group: how often messages have failed alone. */
  failures(group: string): string
}

/** The keys of a topic. */
export function keysOf(prefix: string, topic: string): TopicKeys {
  const base = `${prefix}:{${topic}}`
  return { stream: base, mark: `${base}:mark`, failures: (group) => `${base}:failures:${group}` }
}

import { randomUUID } from 'node:crypto'
import { EmbeddedBus } from '../../src/bus/embedded.js'
import { insertMessages } from '../../src/bus/outbox.js'
import { RedisBus } from '../../src/bus/redis/bus.js'
import { RedisServer } from '../../src/bus/redis/connection.js'
import { entriesOfStream } from '../../src/bus/redis/entry.js'
import { Publisher } from '../../src/bus/redis/publisher.js'
import type { Db } from '../../src/core/db.js'
import type { Delivery, Subscription } from '../../src/worker/stream.js'
import type { Measured } from './workload.js'

export type Running = Measured & { stop(): Promise<void> }

const BATCH = 50

/** The listener of the moment, and a handler that tells it. */
function listening() {
  let listener: (n: number, events: number) => void = () => undefined
  return {
    onMessage: (next: typeof listener): void => {
      listener = next
    },
    tell: (payload: unknown): void => {
      const { n, events } = Object(payload)
      listener(Number(n), events.length)
    },
  }
}

function reading(topic: string, maxInFlight: number, tell: (payload: unknown) => void): Subscription {
  const handle = async (messages: readonly Delivery[]): Promise<void> => {
    for (const { payload } of messages) tell(payload)
  }
  return {
    group: 'bench',
    topics: [topic],
    batch: BATCH,
    maxInFlight,
    retry: { maxFailures: 5, delayMs: () => 100 },
    handle,
  }
}

/** The embedded bus; several consumers are several batches under way. */
export async function embedded(db: Db, consumers: number): Promise<Running> {
  const topic = `bench-${randomUUID()}`
  const { onMessage, tell } = listening()
  const bus = new EmbeddedBus({ db })
  bus.subscribe(reading(topic, consumers, tell))
  await bus.start()
  return { onMessage, send: (payloads) => insertMessages(db, topic, payloads), stop: () => bus.close() }
}

/** The bus on Redis with its publisher; several consumers are several members of the group. */
export async function redis(db: Db, url: string, consumers: number): Promise<Running> {
  const topic = `bench-${randomUUID()}`
  const { onMessage, tell } = listening()
  const reader = reading(topic, 1, tell)
  const publisher = new Publisher({ url, db, readers: [reader] })
  publisher.start()
  const buses = Array.from({ length: consumers }, () => new RedisBus({ url, db }))
  for (const bus of buses) {
    bus.subscribe(reader)
    await bus.start()
  }
  return {
    onMessage,
    send: (payloads) => insertMessages(db, topic, payloads),
    stop: async () => {
      await Promise.all([...buses.map((bus) => bus.close()), publisher.close()])
    },
  }
}

/** The floor: XADD in pipelines, and one blocked XREADGROUP with XACK, without outbox, database and delivery. */
export async function bareStream(url: string): Promise<Running> {
  const server = new RedisServer(url, 'ft-bench')
  const [writer, reader] = [await server.open(), await server.open()]
  const stream = `bare-${randomUUID()}`
  const { onMessage, tell } = listening()
  await writer.send(stream, 'XGROUP', 'CREATE', stream, 'bench', '0', 'MKSTREAM')
  let stopped = false
  const read = async (): Promise<void> => {
    const command = [
      'XREADGROUP',
      'GROUP',
      'bench',
      'one',
      'COUNT',
      String(BATCH),
      'BLOCK',
      '200',
      'STREAMS',
      stream,
      '>',
    ]
    while (!stopped) {
      const entries = entriesOfStream(await reader.send(stream, ...command))
      for (const { payload } of entries) tell(JSON.parse(payload))
      if (entries.length > 0) await writer.send(stream, 'XACK', stream, 'bench', ...entries.map(({ id }) => id))
    }
  }
  const running = read()
  return {
    onMessage,
    send: async (payloads) => {
      const add = (payload: object) => writer.send(stream, 'XADD', stream, '*', 't', '0', 'p', JSON.stringify(payload))
      await Promise.all(payloads.map(add))
    },
    stop: async () => {
      stopped = true
      await running
      writer.destroy()
      reader.destroy()
    },
  }
}

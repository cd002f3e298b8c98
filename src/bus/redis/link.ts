import { type Connection, isReplyError, type RedisServer, type Reply } from './connection.js'

/** Answers that say that this node cannot do its work, so that another connection may find one that can. */
const UNFIT = ['READONLY', 'LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'NOAUTH']

/** A connection that is opened when it is needed, and opened again after it broke. */
export class Link {
  readonly #server: RedisServer
  #opening: Promise<Connection> | null = null
  #destroyed = false

  constructor(server: RedisServer) {
    this.#server = server
  }

  /** Sends a command. @throws the error of Redis, or of the connection: then the next call opens another one */
  async send(key: string, ...args: readonly string[]): Promise<Reply> {
    if (this.#destroyed) throw new Error('the connection to Redis was closed')
    this.#opening ??= this.#server.open()
    const opening = this.#opening
    try {
      const connection = await opening
      return await connection.send(key, ...args)
    } catch (error) {
      const broken = !isReplyError(error) || UNFIT.some((code) => isReplyError(error, code))
      if (broken && this.#opening === opening) {
        this.#opening = null
        await discard(opening)
      }
      throw error
    }
  }

  /** Drops the connection for good; what is under way rejects. */
  async destroy(): Promise<void> {
    this.#destroyed = true
    if (this.#opening !== null) await discard(this.#opening)
    this.#opening = null
  }
}

async function discard(opening: Promise<Connection>): Promise<void> {
  try {
    const connection = await opening
    connection.destroy()
  } catch {
    // It never opened, or is closed already: whoever sent something was told.
  }
}

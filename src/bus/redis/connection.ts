/** What Redis answers (RESP2). */
export type Reply = string | number | null | readonly Reply[]

/** A connection: to a server, or to the nodes of a cluster. It is never mended: whoever meets an error opens another one. */
export interface Connection {
  /** Sends a command to the node that has `key`. Commands sent one after the other arrive in this order. */
  send(key: string, ...args: readonly string[]): Promise<Reply>
  /** Drops the connection at once; what is under way rejects. */
  destroy(): void
}

const CONNECT_MS = 5_000
/** Without a byte for so long the other side counts as gone. Blocked reads and pings end well before. */
const SILENCE_MS = 30_000
const PING_MS = 10_000

type Library = typeof import('@redis/client')
/** A third of all files of a process, which one with the embedded bus has no use for: loaded with the first connection. */
let library: Library | undefined

async function loaded(): Promise<Library> {
  library ??= await import('@redis/client')
  return library
}

/** A Redis by its URL: a server, or the cluster that a node belongs to. */
export class RedisServer {
  readonly #url: string
  readonly #name: string
  #isCluster: boolean | null = null

  /** `name` is what CLIENT LIST shows for the connections. */
  constructor(url: string, name: string) {
    this.#url = url
    this.#name = name
  }

  /** Opens a connection. @throws what the client throws when nobody answers */
  async open(): Promise<Connection> {
    this.#isCluster ??= await this.#detectCluster()
    return this.#isCluster ? await this.#openCluster() : await this.#openClient()
  }

  async #detectCluster(): Promise<boolean> {
    const connection = await this.#openClient()
    try {
      return String(await connection.send('', 'INFO', 'cluster')).includes('cluster_enabled:1')
    } finally {
      connection.destroy()
    }
  }

  async #openClient(): Promise<Connection> {
    const { createClient } = await loaded()
    const client = createClient({ ...this.#options(), url: this.#url, RESP: 2 })
    // Whoever uses the connection meets the error as well; unheard, it would end the process.
    client.on('error', ignore)
    try {
      await client.connect()
    } catch (error) {
      if (client.isOpen) client.destroy()
      throw error
    }
    return {
      send: (_key, ...args) => client.sendCommand<Reply>([...args]),
      destroy: () => client.destroy(),
    }
  }

  async #openCluster(): Promise<Connection> {
    const { username, password, protocol } = new URL(this.#url)
    const options = this.#options()
    const { createCluster } = await loaded()
    const cluster = createCluster({
      rootNodes: [{ url: this.#url }],
      RESP: 2,
      minimizeConnections: true,
      defaults: {
        ...options,
        ...(username === '' ? {} : { username: decodeURIComponent(username) }),
        ...(password === '' ? {} : { password: decodeURIComponent(password) }),
        socket: { ...options.socket, ...(protocol === 'rediss:' ? { tls: true as const } : {}) },
      },
    })
    cluster.on('error', ignore)
    await cluster.connect()
    return {
      send: (key, ...args) => cluster.sendCommand<Reply>(key, false, [...args]),
      destroy: () => cluster.destroy(),
    }
  }

  #options() {
    return {
      name: this.#name,
      disableOfflineQueue: true,
      maintNotifications: 'disabled' as const,
      pingInterval: PING_MS,
      socket: { connectTimeout: CONNECT_MS, socketTimeout: SILENCE_MS, reconnectStrategy: false as const },
    }
  }
}

const ignore = () => undefined

/** Whether Redis has answered with this error (`NOGROUP`, `BUSYGROUP`, …; without a code: with any), rather than not at all. */
export function isReplyError(error: unknown, code = ''): boolean {
  return library !== undefined && error instanceof library.ErrorReply && error.message.startsWith(code)
}

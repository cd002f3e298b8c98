import type { Lifecycle, Scope } from './dependency.js'

/** Starts providers in the order of their needs and stops them in reverse. */
export class Dependencies {
  readonly scope: Scope = {}
  readonly #started: Lifecycle[] = []

  /**
   * Starts `provider` with `begin` after all it needs, unless it runs already. Needs are fixed when it is declared, so they have no
   * circles. False when `begin` gave up on one of them.
   */
  async start(provider: Lifecycle, begin: (provider: Lifecycle) => Promise<boolean>): Promise<boolean> {
    if (this.#started.includes(provider)) return true
    for (const need of provider.needs) if (!(await this.start(need, begin))) return false
    if (!(await begin(provider))) return false
    this.#started.push(provider)
    return true
  }

  /** Stops what was started, last first; a failure or overrun does not keep the others from stopping. Gives what went wrong. */
  async stop(within: (work: Promise<void>, name: string) => Promise<void>): Promise<unknown[]> {
    const errors: unknown[] = []
    for (let last = this.#started.pop(); last !== undefined; last = this.#started.pop()) {
      try {
        await within(last.stop(this.scope), last.name)
      } catch (error) {
        errors.push(error)
      }
    }
    return errors
  }
}

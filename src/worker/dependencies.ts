import type { Lifecycle, Scope } from './dependency.js'

/** Starts providers in the order of their needs and stops them in reverse. */
export class Dependencies {
  readonly scope: Scope = {}
  readonly #started: Lifecycle[] = []

  /** Starts `provider` after all it needs, unless it runs already. Needs are fixed when it is declared, so they have no circles. */
  async start(provider: Lifecycle): Promise<void> {
    if (this.#started.includes(provider)) return
    for (const need of provider.needs) await this.start(need)
    await provider.start(this.scope)
    this.#started.push(provider)
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

/** Where started providers keep their values: one per runner, so that two runners never share an instance. */
export type Scope = object

/** Anything a task may ask for: a provider (its value is handed over) or a plain value (handed over as it is). */
export type DependencyRecord = Readonly<Record<string, unknown>>

/** What a task gets for what it asked for. */
export type Resolved<D extends DependencyRecord> = {
  readonly [K in keyof D]: D[K] extends Provider<infer T> ? T : D[K]
}

export interface ProviderSpec<T, D extends DependencyRecord> {
  readonly name: string
  /** What `start` needs; started before, stopped after this one. */
  readonly deps?: D
  readonly start: (deps: Resolved<D>) => T | Promise<T>
  readonly stop?: (value: T) => void | Promise<void>
}

/** A provider as whoever starts and stops it sees it, whatever it provides. */
export interface Lifecycle {
  readonly name: string
  readonly needs: readonly Lifecycle[]
  start(scope: Scope): Promise<void>
  stop(scope: Scope): Promise<void>
}

/** A dependency with a lifecycle. The runner starts it once, whoever asks for it, and stops it after everything that uses it. */
export class Provider<out T> implements Lifecycle {
  readonly name: string
  readonly needs: readonly Lifecycle[]
  readonly #begin: (scope: Scope) => Promise<Running<T>>
  readonly #running = new WeakMap<Scope, Running<T>>()

  constructor(name: string, needs: readonly Lifecycle[], begin: (scope: Scope) => Promise<Running<T>>) {
    this.name = name
    this.needs = needs
    this.#begin = begin
  }

  async start(scope: Scope): Promise<void> {
    this.#running.set(scope, await this.#begin(scope))
  }

  async stop(scope: Scope): Promise<void> {
    const running = this.#running.get(scope)
    this.#running.delete(scope)
    await running?.end()
  }

  /** The running value. @throws Error when it has not been started in this scope */
  get(scope: Scope): T {
    const running = this.#running.get(scope)
    if (running === undefined) throw new Error(`dependency ${this.name} is not running`)
    return running.value
  }
}

interface Running<T> {
  readonly value: T
  readonly end: () => Promise<void>
}

/** Declares a dependency that must be started and stopped: a pool, a bus, a client. Nothing runs before the runner starts it. */
export function provider<T, D extends DependencyRecord = Record<never, never>>(spec: ProviderSpec<T, D>): Provider<T> {
  return new Provider<T>(spec.name, providersIn(spec.deps ?? {}), async (scope) => {
    const value = await spec.start(resolve(scope, spec.deps))
    return { value, end: async () => spec.stop?.(value) }
  })
}

/** The providers among what was asked for, in order. */
export function providersIn(deps: DependencyRecord): Lifecycle[] {
  return Object.values(deps).filter((dep) => dep instanceof Provider)
}

/** What was asked for, providers replaced by their running values. @throws Error when one of them is not running */
export function resolve<D extends DependencyRecord>(scope: Scope, deps: D | undefined): Resolved<D> {
  const entries = Object.entries(deps ?? {}).map(([key, dep]) => [key, dep instanceof Provider ? dep.get(scope) : dep])
  // Object.fromEntries forgets which key has which type; the entries are made from `deps` itself, key by key.
  return Object.fromEntries(entries) as Resolved<D>
}

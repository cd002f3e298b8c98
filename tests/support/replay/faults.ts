/** A misbehaviour of the next request (or, with `method`, of the next one that has a call of this method). */
export type Fault = { readonly method?: string } & (
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'body'; readonly body: string }
  /** Ends in the middle of the answer, with a length that fits (`cut`) or does not (`short`). */
  | { readonly kind: 'cut' | 'short' }
  /** Closes the connection without an answer. */
  | { readonly kind: 'drop' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Changes the result of the calls of `method`. */
  | { readonly kind: 'result'; readonly change: (result: unknown, params: readonly unknown[]) => unknown }
  /** Changes the whole JSON-RPC answer. */
  | { readonly kind: 'envelope'; readonly change: (answer: unknown) => unknown }
)

/** Misbehaviours in the order in which they will happen. */
export interface FaultQueue {
  add(...faults: readonly Fault[]): void
  /** How many have not happened yet. */
  readonly left: number
  /** Forgets those that have not happened. */
  clear(): void
  /** The fault for a request with these methods, which is then used up. */
  take(methods: readonly string[]): Fault | undefined
}

export function faultQueue(): FaultQueue {
  const faults: Fault[] = []
  return {
    add: (...more) => {
      faults.push(...more)
    },
    get left() {
      return faults.length
    },
    clear: () => {
      faults.length = 0
    },
    take: (methods) => {
      const index = faults.findIndex(({ method }) => method === undefined || methods.includes(method))
      return index === -1 ? undefined : faults.splice(index, 1)[0]
    },
  }
}

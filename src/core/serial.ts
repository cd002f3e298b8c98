import type { Session } from './db.js'

/** Runs work when all work before it is over, whatever came of that. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** One after the other. */
export function turns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work, work)
    last = turn
    return turn
  }
}

/** The same session for several users at once: each statement waits for the ones before it, as the driver demands. */
export function serialized(session: Session, inTurn: InTurn): Session {
  return {
    query: (text, values) => inTurn(() => session.query(text, values)),
    prepared: (name, text, values) => inTurn(() => session.prepared(name, text, values)),
    onNotification: (listener) => session.onNotification(listener),
    release: () => session.release(),
  }
}

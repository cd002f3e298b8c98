import type { Session } from './db.js'

/** The same session for several users at once: each statement waits for the ones before it, as the driver demands. */
export function serialized(session: Session): Session {
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work, work)
    last = turn
    return turn
  }
  return {
    query: (text, values) => inTurn(() => session.query(text, values)),
    prepared: (name, text, values) => inTurn(() => session.prepared(name, text, values)),
    onNotification: (listener) => session.onNotification(listener),
    release: () => session.release(),
  }
}

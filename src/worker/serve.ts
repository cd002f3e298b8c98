import { type Log, silentLog } from './log.js'
import type { Runner } from './runner.js'

/** Where signals come from: the process, or a stand-in of a test. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  off(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
}

/**
 * Runs `runner` until SIGTERM or SIGINT, then stops it; a second signal aborts.
 * Gives the exit code: 0 after a clean shutdown, 1 otherwise. The caller must exit with it: work that was given up may still be
 * holding the process.
 * @throws what the start threw
 */
export async function serve(runner: Runner, signals: SignalSource, log: Log = silentLog): Promise<number> {
  let first: () => void = () => undefined
  const told = new Promise<void>((resolve) => {
    first = resolve
  })
  let count = 0
  const onSignal = (): void => {
    count += 1
    if (count === 1) {
      log.info({}, 'shutting down')
      first()
    } else runner.abort()
  }
  signals.on('SIGTERM', onSignal)
  signals.on('SIGINT', onSignal)
  try {
    const started = runner.start()
    // A signal during the start ends it: stop() waits for what is starting and then stops that.
    await Promise.race([started, told])
    await told
    await Promise.all([started, runner.stop()])
    return 0
  } catch (error) {
    if (count === 0) throw error
    log.error({ err: error }, 'shutdown was not clean')
    return 1
  } finally {
    signals.off('SIGTERM', onSignal)
    signals.off('SIGINT', onSignal)
  }
}

import { FtError } from '../core/errors.js'
import { sleep } from '../core/wakeup.js'
import { childOf } from './signal.js'
import type { Work } from './task.js'

/** Wraps work in more work: function → function. */
export type Middleware = (next: Work) => Work

/** Applies middleware so that the first of the list is outermost. */
export function compose(middleware: readonly Middleware[], work: Work): Work {
  return middleware.reduceRight((next, wrap) => wrap(next), work)
}

/**
 * Ends a run that takes longer than `ms` with FtError task_timeout and aborts its signal. The run itself cannot be stopped from
 * outside: one that ignores its signal goes on beside what follows, so its effects must be idempotent.
 */
export function timeout(ms: number): Middleware {
  return (next) => async (input, context) => {
    const { controller, release } = childOf(context.signal)
    let timer: NodeJS.Timeout | undefined
    const overrun = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new FtError('task_timeout', `${context.task} did not finish within ${ms} ms`)
        controller.abort(error)
        reject(error)
      }, ms)
    })
    try {
      await Promise.race([next(input, { ...context, signal: controller.signal }), overrun])
    } finally {
      clearTimeout(timer)
      release()
    }
  }
}

/** Runs again after a failure, up to `retries` times, unless the signal is aborted meanwhile. @throws what the last try threw */
export function retry(retries: number, delayMs: (failures: number) => number): Middleware {
  return (next) => async (input, context) => {
    for (let failures = 1; ; failures += 1) {
      try {
        return await next(input, context)
      } catch (error) {
        if (failures > retries || context.signal.aborted) throw error
        context.log.warn({ err: error, failures }, 'run failed, trying again')
        await sleep(delayMs(failures), context.signal)
        if (context.signal.aborted) throw error
      }
    }
  }
}

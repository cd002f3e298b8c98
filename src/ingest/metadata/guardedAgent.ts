import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'

/** An address that may not be connected to. */
export class NotAllowed extends Error {
  readonly code = 'NOT_ALLOWED'
}

/**
 * HTTP connections to allowed addresses only. The check is part of the connection: the addresses that a name has at that moment
 * are the ones that are checked and connected to, so a name that changes in between (DNS rebinding) gains nothing. A connection
 * to anything else fails with NotAllowed.
 */
export function guardedAgent(isAllowed: (address: string) => boolean, options: Agent.Options): Agent {
  const connect = buildConnector({ lookup: guardedLookup(isAllowed) })
  return new Agent({
    ...options,
    connect: (target, callback) => {
      // A host that is an address is never looked up
      if (isIP(target.hostname) !== 0 && !isAllowed(target.hostname)) callback(notAllowed(target.hostname), null)
      else connect(target, callback)
    },
  })
}

/** A lookup as node:net wants it, that knows the allowed addresses only. */
function guardedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      const [first] = allowed
      if (first === undefined) callback(notAllowed(hostname), [])
      else if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}

function notAllowed(host: string): NotAllowed {
  return new NotAllowed(`${host} has no public address`)
}

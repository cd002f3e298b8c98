import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/*
 * A tag names what an answer says. It is weak: the same answer may be sent with another compression. As long as something in an
 * answer can still change (`pending`), the block of the answer belongs to what it says. Once everything is final it does not: blocks pass
 * and the answer stays, so a caller who asks again gets a 304.
 */
const FINAL_AS_OF =
  /"finality_status":"finalized",(?:"block_number":\d+,"block_hash":"0x[0-9a-f]+"|"blocks":\[[^\]]*\])/

/** Puts an ETag on every successful answer that may be kept, and answers 304 when the caller has it already. */
export function answerConditionally(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || reply.statusCode !== 200 || !isRead(request)) return payload
    if (reply.getHeader('cache-control') === 'no-store') return payload
    const tag = tagOf(payload)
    reply.header('etag', tag)
    if (!names(request.headers['if-none-match'], tag)) return payload
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    return ''
  })
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

function tagOf(payload: string): string {
  const said = payload.replace(FINAL_AS_OF, '')
  return `W/"${hash('sha1', said, 'base64url')}"`
}

/** Whether If-None-Match names the tag; weak comparison, RFC 9110, 13.1.2. */
function names(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === tag.slice(2))
}

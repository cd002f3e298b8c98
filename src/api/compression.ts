import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import type { FastifyInstance } from 'fastify'

/** Smaller answers gain nothing: they fit into one packet anyway. */
const THRESHOLD_BYTES = 1_400
/**
 * Up to here an answer is compressed in one call: 0.07 ms for a page of 50 assets, of which a stream takes 0.4 to 0.6 of CPU, whoever has
 * cores to spare. The longest of these keep other requests waiting for a third of a millisecond.
 */
const AT_ONCE_BYTES = 131_072

/** Compresses JSON, text and scripts where the caller accepts it. Event streams are not listed: a compressor would hold events back. */
export function compressAnswers(app: FastifyInstance): void {
  app.register(compress, {
    global: true,
    threshold: THRESHOLD_BYTES,
    syncThreshold: AT_ONCE_BYTES,
    encodings: ['br', 'gzip', 'deflate', 'identity'],
    customTypes: /^(application\/(problem\+)?json|application\/x-ndjson|application\/javascript|text\/(html|plain))/,
    // The defaults are for files that are compressed once. Lists are mostly ids and addresses: more effort takes three times as long
    // for a tenth of the bytes.
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } },
    zlibOptions: { level: constants.Z_BEST_SPEED },
    globalDecompression: false,
  })
}

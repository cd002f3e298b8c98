import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type DocumentsOptions, openDocuments } from '../../src/ingest/metadata/documents.js'
import { Recorder } from '../support/recorder.js'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const cid = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG'
const gateways = { ipfs: 'https://ipfs.invalid', arweave: 'https://arweave.invalid' }
const everywhere = { gateways, isAllowed: () => true }
const mostBytes = 512 * 1024
const item = { name: 'an item' }

let paths: Record<string, Handler>
let requested: string[]
let headers: IncomingHttpHeaders
let host: string
let stop: () => Promise<void>

beforeEach(async () => {
  paths = {}
  requested = []
  const server = createServer((request, response) => {
    requested.push(request.url ?? '')
    headers = request.headers
    const handler = paths[request.url ?? '']
    if (handler === undefined) response.writeHead(404).end('{"name":"of the error"}')
    else handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  stop = () => {
    server.closeAllConnections()
    return new Promise((resolve) => void server.close(() => resolve()))
  }
})

afterEach(() => stop())

function sends(body: string | Buffer, more: Readonly<Record<string, string>> = {}, status = 200): Handler {
  return (_, response) => response.writeHead(status, more).end(body)
}

function redirectsTo(location: string, status = 302): Handler {
  return sends('', { location }, status)
}

function open(options: DocumentsOptions) {
  const documents = openDocuments(options)
  onTestFinished(() => documents.close())
  return documents
}

function read(uri: string, options: DocumentsOptions = everywhere, signal = new AbortController().signal) {
  return open(options).read(uri, signal)
}

/** What is read of a path of the server. */
function readPath(handler: Handler, options: Partial<DocumentsOptions> = {}) {
  paths['/1'] = handler
  return read(`http://${host}/1`, { ...everywhere, ...options })
}

describe('a document is read', () => {
  test('that is a JSON object, as it is', async () => {
    const content = { name: 'Katze 😀', attributes: [{ value: 1 }], '\u0000': null }
    expect(await readPath(sends(JSON.stringify(content)))).toEqual({ content })
    expect(headers).toMatchObject({ host, accept: 'application/json' })
    expect(headers).not.toHaveProperty('accept-encoding')
  })

  test('with a byte order mark before it', async () => {
    expect(await readPath(sends(`\uFEFF${JSON.stringify(item)}`))).toEqual({ content: item })
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('that is compressed without being asked to be: %s', async (encoding, compress) => {
    const body = compress(JSON.stringify(item))
    expect(await readPath(sends(body, { 'content-encoding': encoding }))).toEqual({ content: item })
  })

  test('of exactly the longest length', async () => {
    const body = JSON.stringify(item)
    expect(await readPath(sends(body.padEnd(mostBytes)))).toEqual({ content: item })
  })

  test('that is an image, as the URI of it', async () => {
    const endless: Handler = (_, response) => void response.writeHead(200, { 'content-type': 'image/png' }).write('x')
    expect(await readPath(endless)).toEqual({ content: { image: `http://${host}/1` } })
  })

  test('that a contract gives in the place of a URI', async () => {
    expect(await read(` ${JSON.stringify(item)}`)).toEqual({ content: item })
    expect(await read('{"name": "an item"')).toEqual({
      reason: 'the JSON in the place of a URI is not JSON',
      failure: 'bad_document',
    })
  })

  test('at the end of three redirects', async () => {
    paths['/2'] = redirectsTo(`http://${host}/a/3`, 301)
    paths['/a/3'] = redirectsTo('4', 308)
    paths['/a/4'] = sends(JSON.stringify(item))
    expect(await readPath(redirectsTo('/2'))).toEqual({ content: item })
    expect(requested).toEqual(['/1', '/2', '/a/3', '/a/4'])
  })
})

describe('of what is no document the reason is told:', () => {
  test.each<[what: string, handler: Handler, reason: string]>([
    ['no JSON', sends('<html>'), 'the document of HOST is not JSON'],
    ['nothing', sends(''), 'the document of HOST is not JSON'],
    ['an array', sends('[{"name":"a"}]'), 'the document of HOST is not a JSON object'],
    ['null', sends('null'), 'the document of HOST is not a JSON object'],
    ['a missing document', sends('{}', {}, 404), 'HOST answered with status 404'],
    ['a failing server', sends('{}', {}, 503), 'HOST answered with status 503'],
    ['a redirect to nowhere', sends('', {}, 302), 'HOST answered with status 302'],
    ['a redirect to no URL', redirectsTo('http://'), 'HOST redirects to what is no URL'],
    ['a loop', redirectsTo('/1'), 'HOST redirects more than 3 times'],
    [
      'another encoding',
      sends('{}', { 'content-encoding': 'zstd' }),
      'the document of HOST has a content-encoding that is not read',
    ],
    ['no gzip', sends('{}', { 'content-encoding': 'gzip' }), 'the document of HOST cannot be decompressed'],
    ['a cut connection', (_, response) => response.destroy(), 'HOST did not answer: UND_ERR_SOCKET'],
    ['an announced end that does not come', cutShort, 'HOST did not answer: UND_ERR_SOCKET'],
  ])('%s', async (_, handler, reason) => {
    const failure = /^the document/.test(reason)
      ? 'bad_document'
      : /did not answer/.test(reason)
        ? 'unreachable'
        : 'http_error'
    expect(await readPath(handler)).toEqual({ reason: reason.replace('HOST', host), failure })
  })

  test('a server that is not there', async () => {
    await stop()
    expect(await read(`http://${host}/1`)).toEqual({
      reason: `${host} did not answer: ECONNREFUSED`,
      failure: 'unreachable',
    })
  })

  test('a name that is not there', async () => {
    expect(await read(`ipfs://${cid}`)).toMatchObject({
      reason: expect.stringMatching(/^ipfs.invalid did not answer: E/),
      failure: 'unreachable',
    })
  })

  test.each([
    ['nothing', ' ', 'the URI is empty'],
    ['a file name', '1.json', 'the URI is neither a URL nor an identifier of IPFS'],
    ['another scheme', 'file:///etc/passwd', 'the URI of scheme file does not name content that can be read'],
    ['credentials', 'http://user:secret@example.com/', 'the URL of example.com has credentials in it'],
    ['a long path', `http://example.com/${'x'.repeat(8000)}`, 'the URL is longer than 8000 characters'],
    ['a long name', `http://${'x.'.repeat(130)}com/`, 'the URL has a host name longer than there can be'],
  ])('a URI that is or has %s', async (_, uri, reason) => {
    expect(await read(uri)).toEqual({ reason, failure: 'bad_uri' })
  })
})

function cutShort(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy())
}

describe('no more is read than the longest document takes:', () => {
  const tooLong = () => ({ reason: `the document of ${host} is longer than 512 KiB`, failure: 'bad_document' })

  test('one byte beyond', async () => {
    expect(await readPath(sends(JSON.stringify(item).padEnd(mostBytes + 1)))).toEqual(tooLong())
  })

  test('a body without end, which is cut off', async () => {
    const closed = new Recorder<string>()
    const endless: Handler = (_, response) => {
      const more = () => {
        while (response.write('x'.repeat(10_000)));
      }
      response.on('drain', more).on('close', () => closed.add('closed'))
      more()
    }
    expect(await readPath(endless)).toEqual(tooLong())
    await closed.count(1)
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('a bomb: %s', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(4 * 1024 * 1024, ' '))
    expect(bomb.length).toBeLessThan(mostBytes)
    expect(await readPath(sends(bomb, { 'content-encoding': encoding }))).toEqual(tooLong())
  })
})

describe('the time for a document covers', () => {
  const tooLate = () => ({ reason: `${host} did not answer within 0.2 s`, failure: 'unreachable' })

  test('a server that says nothing', async () => {
    expect(await readPath(() => undefined, { timeoutMs: 200 })).toEqual(tooLate())
  })

  test('a body that drips', async () => {
    const drip: Handler = (_, response) => {
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
    }
    expect(await readPath(drip, { timeoutMs: 200 })).toEqual(tooLate())
  })

  test('all redirects together', async () => {
    const slow: Handler = (_, response) => void setTimeout(() => response.writeHead(302, { location: '/1' }).end(), 90)
    expect(await readPath(slow, { timeoutMs: 200 })).toEqual(tooLate())
  })
})

describe('the shutdown', () => {
  const shutdown = new Error('shutdown')

  test('ends a request under way with its reason', async () => {
    const stopping = new AbortController()
    paths['/1'] = () => stopping.abort(shutdown)
    await expect(read(`http://${host}/1`, everywhere, stopping.signal)).rejects.toBe(shutdown)
  })

  test('lets no further request begin', async () => {
    await expect(read(`http://${host}/1`, everywhere, AbortSignal.abort(shutdown))).rejects.toBe(shutdown)
    expect(requested).toEqual([])
  })

  test('is no answer of the server: a read that is closed over throws', async () => {
    const documents = open(everywhere)
    const begun = new Recorder<string>()
    paths['/1'] = () => begun.add('begun')
    const reading = documents.read(`http://${host}/1`, new AbortController().signal)
    const outcome = expect(reading).rejects.toThrow('the documents are closed')
    await begun.count(1)
    await documents.close()
    await outcome
  })
})

describe('no connection is made to an address that is not public:', () => {
  const port = () => host.split(':')[1]

  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['0', '0.0.0.0'],
    ['[::ffff:127.0.0.1]', '::ffff:7f00:1'],
    ['[64:ff9b::7f00:1]', '64:ff9b::7f00:1'],
    ['[::1]', '::1'],
    ['localhost', 'localhost'],
    ['LOCALHOST', 'localhost'],
  ])('%s', async (name, refused) => {
    paths['/1'] = sends(JSON.stringify(item))
    const answer = await read(`http://${name}:${port()}/1`, { gateways })
    expect(answer).toEqual({ reason: `${refused} has no public address, so it is not read`, failure: 'not_allowed' })
    expect(requested).toEqual([])
  })

  test('the same through TLS', async () => {
    const answer = await read(`https://localhost:${port()}/1`, { gateways })
    expect(answer).toEqual({ reason: 'localhost has no public address, so it is not read', failure: 'not_allowed' })
  })

  test.each(['127.0.0.2', 'localhost'])('after a redirect from an allowed one to %s', async (name) => {
    paths['/2'] = sends(JSON.stringify(item))
    let allowed = 1
    const isAllowed = () => allowed-- > 0
    const answer = await readPath(redirectsTo(`http://${name}:${port()}/2`), { isAllowed })
    expect(answer).toEqual({ reason: `${name} has no public address, so it is not read`, failure: 'not_allowed' })
    expect(requested).toEqual(['/1'])
  })

  test.each([
    ['file:///etc/passwd', 'a redirect leads to the scheme file: which is not followed'],
    ['http://user:secret@localhost/', 'the URL of localhost has credentials in it'],
  ])('a redirect to %s is not followed', async (location, reason) => {
    expect(await readPath(redirectsTo(location))).toMatchObject({ reason })
  })

  test('of the addresses of a name only the allowed ones are connected to', async () => {
    paths['/1'] = sends(JSON.stringify(item))
    const checked: string[] = []
    const isAllowed = (address: string) => {
      checked.push(address)
      return address === '127.0.0.1'
    }
    expect(await read(`http://localhost:${port()}/1`, { gateways, isAllowed })).toEqual({ content: item })
    expect(checked).toContain('127.0.0.1')
  })
})

describe("the operator's gateway", () => {
  const own = () => ({ gateways: { ipfs: `http://user:p%40ss@${host}/secret`, arweave: `http://${host}/ar` } })

  test('may be private, and gets its user and password', async () => {
    paths[`/secret/ipfs/${cid}/1.json`] = sends(JSON.stringify(item))
    expect(await read(`ipfs://${cid}/1.json`, own())).toEqual({ content: item })
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    paths['/ar/id'] = sends(JSON.stringify(item))
    expect(await read('ar://id', own())).toEqual({ content: item })
    expect(headers['authorization']).toBeUndefined()
  })

  test('is not open to a contract that names its address', async () => {
    const uri = `http://${host}/secret/ipfs/${cid}`
    expect(await read(uri, own())).toEqual({
      reason: '127.0.0.1 has no public address, so it is not read',
      failure: 'not_allowed',
    })
    expect(requested).toEqual([])
  })

  test('leads to no private address by a redirect, not to its own', async () => {
    const path = `/secret/ipfs/${cid}`
    paths[path] = redirectsTo('/admin')
    expect(await read(`ipfs://${cid}`, own())).toMatchObject({
      reason: '127.0.0.1 has no public address, so it is not read',
    })
    expect(requested).toEqual([path])
  })

  test('keeps its secrets in every reason', async () => {
    expect(await read(`ipfs://${cid}`, own())).toMatchObject({ reason: `${host} answered with status 404` })
    await stop()
    expect(await read(`ipfs://${cid}`, own())).toEqual({
      reason: `${host} did not answer: ECONNREFUSED`,
      failure: 'unreachable',
    })
  })
})

test('one host is asked over at most four connections', async () => {
  const waiting = new Recorder<{ request: IncomingMessage; response: ServerResponse }>()
  paths['/1'] = (request, response) => waiting.add({ request, response })
  const documents = open(everywhere)
  const reads = Array.from({ length: 6 }, () => documents.read(`http://${host}/1`, new AbortController().signal))
  for (let index = 0; index < 6; index += 1) {
    await waiting.count(Math.max(4, index + 1))
    waiting.events[index]?.response.end(JSON.stringify(item))
  }
  expect(await Promise.all(reads)).toEqual(Array(6).fill({ content: item }))
  expect(new Set(waiting.events.map(({ request }) => request.socket)).size).toBe(4)
})

/*
 * What must happen in one step, as Lua that Redis 7.0 runs. All keys of a script have one hash tag.
 *
 * A Redis without memory refuses what may need some, unless the script has written before: it must not stop half-way. What is needed so
 * that streams become shorter therefore begins with a write that needs none. Otherwise a full Redis would stay full for ever.
 *
 * The mark is the publisher's book of a stream: `<last id> <number of entries>`, changed only together with the stream. When the
 * two disagree, with each other or with what the publisher remembers, somebody else has trimmed the stream, or Redis has lost
 * its newest part or all of it.
 */

/** KEYS stream, mark. ARGV the mark that the publisher knows, then id, time and payload of each entry. Gives the new mark, or nil. */
export const APPEND = `
local length = redis.call('XLEN', KEYS[1])
if redis.call('GET', KEYS[2]) ~= ARGV[1] or ARGV[1] ~= string.match(ARGV[1], '^%S+') .. ' ' .. length then return false end
for i = 2, #ARGV, 3 do redis.call('XADD', KEYS[1], ARGV[i], 't', ARGV[i + 1], 'p', ARGV[i + 2]) end
local mark = ARGV[#ARGV - 2] .. ' ' .. redis.call('XLEN', KEYS[1])
redis.call('SET', KEYS[2], mark)
return mark`

/** KEYS stream, mark. ARGV the mark that the publisher knows, the id below which all may go. Gives the new mark, or nil. */
export const TRIM = `
local last = string.match(ARGV[1], '^%S+')
if redis.call('GET', KEYS[2]) ~= ARGV[1] or ARGV[1] ~= last .. ' ' .. redis.call('XLEN', KEYS[1]) then return false end
redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[2])
local mark = last .. ' ' .. redis.call('XLEN', KEYS[1])
redis.call('SET', KEYS[2], mark)
return mark`

/** KEYS stream, mark. Makes the mark say what the stream is, and gives it. The stream must exist. */
export const ADOPT = `
local info = redis.call('XINFO', 'STREAM', KEYS[1])
local last, length
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then last = info[i + 1] end
  if info[i] == 'length' then length = info[i + 1] end
end
local mark = last .. ' ' .. length
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[2], mark)
return mark`

/** KEYS stream. ARGV group. Makes the group, and the stream; the answer is the error BUSYGROUP when it is there. */
export const CREATE_GROUP = `
redis.call('XACK', KEYS[1], ARGV[1], '0-0')
return redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')`

/** KEYS failures of a group. ARGV id, how often it has failed. */
export const KEEP_FAILURES = `
redis.call('HDEL', KEYS[1], ARGV[1])
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])`

/** KEYS stream. ARGV group, consumer, least idle time, cursor, count, time of the decision (all ms). Nil when it came too late. */
export const CLAIM = `
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[6] > 1000 then return false end
return redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])`

/** KEYS stream. ARGV group, consumer. What it had is given back as if it had not been delivered to it. */
export const LEAVE = `
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 100000, ARGV[2])
for _, entry in ipairs(pending) do
  redis.call('XCLAIM', KEYS[1], ARGV[1], 'released', 0, entry[1],
    'IDLE', 86400000, 'RETRYCOUNT', math.max(0, entry[4] - 1), 'JUSTID')
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return #pending`

/** KEYS stream. ARGV group, own consumer, idle time in ms. Gives the names of those it removed. */
export const REMOVE_IDLE = `
local removed = {}
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #info, 2 do consumer[info[i]] = info[i + 1] end
  if consumer.name ~= ARGV[2] and consumer.pending == 0 and consumer.idle > tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    removed[#removed + 1] = consumer.name
  end
end
return removed`
